import { type Diagnoser, type Diagnosis, isAnswerOfMachine } from './diagnosis.ts';
import type { AnyFact } from './fact.ts';
import { NotYet, type Observation } from './observation.ts';
import type { Script } from './script.ts';

interface Pass {
  readonly status: 'pass';
  /** What was seen, in words a learner understands. */
  readonly evidence: string;
}

export interface Fail {
  readonly status: 'fail';
  readonly expected: string;
  readonly actual: string;
  readonly hint: string;
  /** What the check looks at doesn't last and has ended: an earlier sighting may count instead. */
  readonly targetGone?: true;
  /** On a check that settles: waiting won't change this result, so the check isn't repeated. */
  readonly permanent?: true;
  /**
   * The mistakes recognised, if any, the most specific first. `actual` and `hint` then come from the
   * first of them.
   */
  readonly diagnoses?: readonly [Diagnosis, ...Diagnosis[]];
}

interface Blocked {
  readonly status: 'blocked';
  /** What couldn't be read, and why. */
  readonly why: string;
}

/** The check passed earlier, and what it looked at has ended since. */
interface Witnessed {
  readonly status: 'witnessed';
  readonly evidence: string;
  /** ISO 8601. */
  readonly at: string;
}

export type Outcome = Pass | Fail | Blocked;
export type CheckResult = Outcome | Witnessed;

/** A way to break exactly what a check guards. Data for the tests, and for lessons in breaking. */
export interface Fault<Other extends string = string> {
  /** What goes wrong, as a short clause: 'the archive is packed unsorted'. */
  readonly name: string;
  readonly breaks: Script;
  /** Other checks of the same lesson that fail too: ID in the same step, or STEP/ID. */
  readonly also?: readonly Other[];
  /** Matches a part of the check's message: proof that it found this fault and not another. */
  readonly says: RegExp;
  /** The ID of the mistake that is recognised first. */
  readonly diagnosis?: string;
  /** Undoes the fault where running the step again isn't enough. */
  readonly mends?: Script;
}

/** Looks at the machine and says whether one claim holds. Never changes anything. */
export interface Check<Id extends string = string> {
  /** Unique in its step. */
  readonly id: Id;
  /** The article's claim that the check tests. */
  readonly claim: string;
  /** What holds when it passes, in one line. */
  readonly says: string;
  /** What the check looks at may end: an earlier pass then counts as `witnessed`. */
  readonly ephemeral?: true;
  /**
   * What goes on after the script's command has returned. It completes a sentence that begins with
   * 'waiting for': 'containerd to collect its garbage'. After a script, the check is repeated until it
   * passes, for ten seconds at most.
   */
  readonly settles?: string;
  /** A package manager may be able to mend it. */
  readonly installable?: true;
  readonly observe: (observation: Observation) => Promise<Outcome>;
  /** Common mistakes here, recognised by the traces they leave. */
  readonly diagnoser?: Diagnoser;
}

export function check<const Id extends string>(id: Id, definition: Omit<Check, 'id'>): Check<Id> {
  return { ...definition, id };
}

export function pass(evidence: string): Pass {
  return { status: 'pass', evidence };
}

export function fail(difference: Omit<Fail, 'status'>): Fail {
  return { status: 'fail', ...difference };
}

export function blocked(why: string): Blocked {
  return { status: 'blocked', why };
}

/** How to wait for a check that settles. */
export interface RetryPolicy {
  /** Waits a moment. @returns false once the time for waiting is over */
  readonly pause: () => Promise<boolean>;
  /** Begins a new observation, since an observation caches what it has read. */
  readonly observeAgain: () => Observation;
}

/**
 * Runs a check; a pass that was recorded earlier counts if what it was about has ended since.
 * @param witness.key LESSON/STEP/CHECK, under which a pass is recorded
 * @param witness.subject what a recorded pass was about: a pass for another image doesn't count
 * @param retry for a check that settles; without it the check runs once
 */
export async function evaluate(
  check: Check,
  observation: Observation,
  witness: { readonly key: string; readonly subject: AnyFact | undefined },
  retry?: RetryPolicy,
): Promise<CheckResult> {
  const { outcome, observedIn } = await answer(check, observation, retry, witness.key);
  return (
    (await vouchedFor(check, outcome, observedIn, witness)) ?? diagnosed(check, outcome, observedIn)
  );
}

/** Records a pass of a check whose subject doesn't last, and returns the record once that has ended. */
async function vouchedFor(
  check: Check,
  outcome: Outcome,
  observation: Observation,
  witness: { readonly key: string; readonly subject: AnyFact | undefined },
): Promise<CheckResult | undefined> {
  if (check.ephemeral !== true || outcome.status === 'blocked') return undefined;
  if (outcome.status === 'fail' && outcome.targetGone !== true) return undefined;
  const subject = witness.subject === undefined ? '' : await nameOf(witness.subject, observation);
  // Without a subject there is nothing to record the pass under, or to compare a recorded one with.
  if (subject === undefined) return undefined;
  if (outcome.status === 'pass') {
    observation.progress.witness(witness.key, { evidence: outcome.evidence, subject });
    return outcome;
  }
  const seen = observation.progress.witnessed(witness.key);
  if (seen === undefined || seen.subject !== subject) return undefined;
  return { status: 'witnessed', evidence: seen.evidence, at: seen.at };
}

async function nameOf(subject: AnyFact, observation: Observation): Promise<string | undefined> {
  // A fact that can't be read counts as unknown: its checks say why.
  const value = await observation.get(subject).catch(() => undefined);
  return value === undefined ? undefined : String(value);
}

/** Runs a check on the machine as it is now, without earlier passes. */
export async function evaluateWithoutWitness(
  check: Check,
  observation: Observation,
): Promise<Outcome> {
  const { outcome } = await answer(check, observation);
  return diagnosed(check, outcome, observation);
}

/** Replaces a check's own message by a recognised mistake's, which is more specific. */
async function diagnosed(
  check: Check,
  outcome: Outcome,
  observation: Observation,
): Promise<Outcome> {
  if (outcome.status === 'pass' || check.diagnoser === undefined) return outcome;
  const [first, ...more] = await check.diagnoser.diagnose(observation);
  if (first === undefined) return outcome;
  return fail({
    expected: outcome.status === 'fail' ? outcome.expected : check.says,
    actual: first.observed,
    hint: first.remedy,
    ...(outcome.status === 'fail' && outcome.targetGone === true ? { targetGone: true } : {}),
    diagnoses: [first, ...more],
  });
}

/** A check's outcome and its observation: the last one, if the check was repeated. */
async function answer(
  check: Check,
  observation: Observation,
  retry?: RetryPolicy,
  key?: string,
): Promise<{ readonly outcome: Outcome; readonly observedIn: Observation }> {
  let observedIn = observation;
  try {
    let outcome = await check.observe(observedIn);
    while (retry !== undefined && maySettle(check, outcome) && (await retry.pause())) {
      observedIn = retry.observeAgain();
      outcome = await check.observe(observedIn);
    }
    return { outcome, observedIn };
  } catch (error) {
    return { outcome: outcomeOfError(check, error, key), observedIn };
  }
}

function maySettle({ settles }: Check, outcome: Outcome): boolean {
  return settles !== undefined && outcome.status === 'fail' && outcome.permanent !== true;
}

function outcomeOfError(check: Check, error: unknown, key = ''): Outcome {
  if (error instanceof NotYet) {
    return fail({
      expected: error.what,
      actual: 'not there yet',
      hint: `${key.startsWith(`${error.from}/`) ? 'This step' : `Step ${error.from}`} creates it.`,
      ...(check.ephemeral === true ? { targetGone: true } : {}),
    });
  }
  // The machine refused. Any other error is a bug in the tour.
  if (isAnswerOfMachine(error)) return blocked(error.message);
  throw error;
}
