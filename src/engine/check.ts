import { type Diagnosis, isAnswer, type Mistakes } from './diagnosis.ts';
import type { AnyFact } from './fact.ts';
import { type Look, NotYet } from './look.ts';
import type { Script } from './script.ts';

export interface Pass {
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
  readonly over?: true;
  /** On a check that settles: waiting won't change this result, so the check isn't repeated. */
  readonly stays?: true;
  /**
   * The mistakes recognised, if any, the most specific first. `actual` and `hint` then come from the
   * first of them.
   */
  readonly diagnoses?: readonly [Diagnosis, ...Diagnosis[]];
}

/** Whether every mistake behind a failed check was already reported by an earlier check. */
export function repeats(
  result: CheckResult | undefined,
  before: readonly (CheckResult | undefined)[],
): boolean {
  const told = new Set(before.flatMap(observedBy));
  const own = observedBy(result);
  return own.length > 0 && own.every((each) => told.has(each));
}

function observedBy(result: CheckResult | undefined): string[] {
  return result?.status === 'fail' ? (result.diagnoses ?? []).map(({ observed }) => observed) : [];
}

export interface Blocked {
  readonly status: 'blocked';
  /** What couldn't be read, and why. */
  readonly why: string;
}

/** The check passed earlier, and what it looked at has ended since. */
export interface Witnessed {
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
  readonly passing?: true;
  /**
   * What goes on after the script's command has returned. It completes a sentence that begins with
   * 'waiting for': 'containerd to collect its garbage'. After a script, the check is repeated until it
   * passes, for ten seconds at most.
   */
  readonly settles?: string;
  readonly look: (look: Look) => Promise<Outcome>;
  /** Common mistakes here, recognised by the traces they leave. */
  readonly mistakes?: Mistakes;
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

/** Passes if both texts are equal; the hint is shown if they aren't. */
export function same(
  actual: string,
  expected: string,
  otherwise: { readonly evidence: string; readonly hint: string },
): Outcome {
  return actual === expected
    ? pass(otherwise.evidence)
    : fail({ expected, actual, hint: otherwise.hint });
}

/** How to wait for a check that settles. */
export interface Patience {
  /** Waits a moment. @returns false once the time for waiting is over */
  readonly pause: () => Promise<boolean>;
  /** Takes a new look, since a look caches what it has read. */
  readonly lookAgain: () => Look;
}

/**
 * Runs a check; a pass that was recorded earlier counts if what it was about has ended since.
 * @param witness.subject what a recorded pass was about: a pass for another image doesn't count
 * @param patience for a check that settles; without it the check runs once
 */
export async function evaluate(
  check: Check,
  look: Look,
  witness: { readonly key: string; readonly subject: AnyFact | undefined },
  patience?: Patience,
): Promise<CheckResult> {
  const { outcome, seenIn } = await answer(check, look, patience);
  return (await vouchedFor(check, outcome, seenIn, witness)) ?? diagnosed(check, outcome, seenIn);
}

/** Records a pass of a check whose subject doesn't last, and returns the record once that has ended. */
async function vouchedFor(
  check: Check,
  outcome: Outcome,
  look: Look,
  witness: { readonly key: string; readonly subject: AnyFact | undefined },
): Promise<CheckResult | undefined> {
  if (check.passing !== true || outcome.status === 'blocked') return undefined;
  if (outcome.status === 'fail' && outcome.over !== true) return undefined;
  const subject = witness.subject === undefined ? '' : await nameOf(witness.subject, look);
  // Without a subject there is nothing to record the pass under, or to compare a recorded one with.
  if (subject === undefined) return undefined;
  if (outcome.status === 'pass') {
    look.progress.witness(witness.key, { evidence: outcome.evidence, subject });
    return outcome;
  }
  const seen = look.progress.witnessed(witness.key);
  if (seen === undefined || seen.subject !== subject) return undefined;
  return { status: 'witnessed', evidence: seen.evidence, at: seen.at };
}

async function nameOf(subject: AnyFact, look: Look): Promise<string | undefined> {
  // A fact that can't be read counts as unknown: its checks say why.
  const value = await look.get(subject).catch(() => undefined);
  return value === undefined ? undefined : String(value);
}

/** Runs a check on the machine as it is now, without earlier passes. */
export async function observe(check: Check, look: Look): Promise<Outcome> {
  const { outcome } = await answer(check, look);
  return diagnosed(check, outcome, look);
}

/** Replaces a check's own message by a recognised mistake's, which is more specific. */
async function diagnosed(check: Check, outcome: Outcome, look: Look): Promise<Outcome> {
  if (outcome.status === 'pass' || check.mistakes === undefined) return outcome;
  const [first, ...more] = await check.mistakes.recognise(look);
  if (first === undefined) return outcome;
  return fail({
    expected: outcome.status === 'fail' ? outcome.expected : check.says,
    actual: first.observed,
    hint: first.remedy,
    ...(outcome.status === 'fail' && outcome.over === true ? { over: true } : {}),
    diagnoses: [first, ...more],
  });
}

/** A check's outcome and the look it was found in: the last one, if the check was repeated. */
async function answer(
  check: Check,
  look: Look,
  patience?: Patience,
): Promise<{ readonly outcome: Outcome; readonly seenIn: Look }> {
  let seenIn = look;
  try {
    let outcome = await check.look(seenIn);
    while (patience !== undefined && maySettle(check, outcome) && (await patience.pause())) {
      seenIn = patience.lookAgain();
      outcome = await check.look(seenIn);
    }
    return { outcome, seenIn };
  } catch (error) {
    return { outcome: refusal(check, error), seenIn };
  }
}

function maySettle({ settles }: Check, outcome: Outcome): boolean {
  return settles !== undefined && outcome.status === 'fail' && outcome.stays !== true;
}

function refusal(check: Check, error: unknown): Outcome {
  if (error instanceof NotYet) {
    return fail({
      expected: error.what,
      actual: 'not there yet',
      hint: `Step ${error.from} creates it.`,
      ...(check.passing === true ? { over: true } : {}),
    });
  }
  // The machine refused. Any other error is a bug in the tour.
  if (isAnswer(error)) return blocked(error.message);
  throw error;
}
