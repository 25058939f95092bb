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
  /** What the check looks at does not last and is over: what was witnessed of it may stand in. */
  readonly over?: true;
  /**
   * The mistakes recognised, if any, the most specific first: `actual` and `hint` are then what was
   * seen of it and its remedy.
   */
  readonly diagnoses?: readonly [Diagnosis, ...Diagnosis[]];
}

/** Whether a check fails for nothing but mistakes that those before it were told to fail for. */
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
  /** What could not be looked at, and why. */
  readonly why: string;
}

/** It could be seen once, was seen, and cannot be seen any more. */
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
  /** What goes wrong, as one would tell it: 'the archive is packed unsorted'. */
  readonly name: string;
  readonly breaks: Script;
  /** Other checks of the same lesson that see it too: ID in the same step, or STEP/ID. */
  readonly also?: readonly Other[];
  /** A part of what the check then says: proof that it saw this mistake and not another. */
  readonly says: RegExp;
  /** The ID of the mistake that is then recognised, before all others. */
  readonly diagnosis?: string;
  /** What has to be done before the step is run again, where that alone does not mend it. */
  readonly mends?: Script;
}

/** Looks at the machine and says whether one claim holds. Never changes anything. */
export interface Check<Id extends string = string> {
  /** Unique in its step. */
  readonly id: Id;
  /** The claim of the article that it observes. */
  readonly claim: string;
  /** What holds when it passes, in one line. */
  readonly says: string;
  /** What it looks at may be gone later, and is then vouched for by what was witnessed. */
  readonly passing?: true;
  readonly look: (look: Look) => Promise<Outcome>;
  /** What people do wrong here, told by what it leaves behind. */
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

/** Passes if both are the same text; the hint is for when they are not. */
export function same(
  actual: string,
  expected: string,
  otherwise: { readonly evidence: string; readonly hint: string },
): Outcome {
  return actual === expected
    ? pass(otherwise.evidence)
    : fail({ expected, actual, hint: otherwise.hint });
}

/**
 * What a check says of the machine as it is, or was witnessed.
 * @param subject what the witness was about: a witness of another image vouches for nothing
 */
export async function evaluate(
  check: Check,
  look: Look,
  witness: { readonly key: string; readonly subject: AnyFact | undefined },
): Promise<CheckResult> {
  const outcome = await answer(check, look);
  return (await vouchedFor(check, outcome, look, witness)) ?? diagnosed(check, outcome, look);
}

/** Remembers what passes and does not last; what was remembered stands in for what is over. */
async function vouchedFor(
  check: Check,
  outcome: Outcome,
  look: Look,
  witness: { readonly key: string; readonly subject: AnyFact | undefined },
): Promise<CheckResult | undefined> {
  if (check.passing !== true || outcome.status === 'blocked') return undefined;
  if (outcome.status === 'fail' && outcome.over !== true) return undefined;
  const subject = witness.subject === undefined ? '' : await nameOf(witness.subject, look);
  // Of what has no name now nothing can be vouched for, and nothing be remembered.
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
  // What cannot be read is not known: the checks of it say why.
  const value = await look.get(subject).catch(() => undefined);
  return value === undefined ? undefined : String(value);
}

/** What a check says of the machine as it is now, whatever was witnessed before. */
export async function observe(check: Check, look: Look): Promise<Outcome> {
  return diagnosed(check, await answer(check, look), look);
}

/** Where a known mistake is recognised, that is what the check says: it is nearer than any other hint. */
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

async function answer(check: Check, look: Look): Promise<Outcome> {
  try {
    return await check.look(look);
  } catch (error) {
    if (error instanceof NotYet) {
      return fail({
        expected: error.what,
        actual: 'not there yet',
        hint: `It comes about in ${error.from}.`,
        ...(check.passing === true ? { over: true } : {}),
      });
    }
    // The machine said no. Anything else is a bug of ours.
    if (isAnswer(error)) return blocked(error.message);
    throw error;
  }
}
