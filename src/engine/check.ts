import { TourError } from '../errors.ts';
import type { AnyFact } from './fact.ts';
import { type Look, NotYet } from './look.ts';
import type { Script } from './script.ts';

/** A row of the table of claims (P1 to C1) that a check observes. */
export type ClaimId =
  `${'P' | 'I' | 'F' | 'L' | 'O' | 'M' | 'V' | 'S' | 'R' | 'Z' | 'D' | 'C'}${number}`;

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
export interface Fault {
  /** What goes wrong, as one would tell it: 'the archive is packed unsorted'. */
  readonly name: string;
  readonly breaks: Script;
  /** Other checks of the same lesson that see it too: ID, or STEP/ID. */
  readonly also?: readonly string[];
  /** A part of what the check then says: proof that it saw this mistake and not another. */
  readonly says: RegExp;
  /** What has to be done before the step is run again, where that alone does not mend it. */
  readonly mends?: Script;
}

/** Looks at the machine and says whether one claim holds. Never changes anything. */
export interface Check {
  /** Unique in its lesson. */
  readonly id: string;
  readonly claim: ClaimId;
  /** What holds when it passes, in one line. */
  readonly says: string;
  /** What it looks at may be gone later, and is then vouched for by what was witnessed. */
  readonly passing?: true;
  readonly look: (look: Look) => Promise<Outcome>;
  readonly faults: readonly [Fault, ...Fault[]];
}

export function check(id: string, definition: Omit<Check, 'id'>): Check {
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
  const outcome = await observe(check, look);
  if (check.passing !== true || outcome.status === 'blocked') return outcome;
  if (outcome.status === 'fail' && outcome.over !== true) return outcome;
  const subject = witness.subject === undefined ? '' : await nameOf(witness.subject, look);
  // Of what has no name now nothing can be vouched for, and nothing be remembered.
  if (subject === undefined) return outcome;
  if (outcome.status === 'pass') {
    look.progress.witness(witness.key, { evidence: outcome.evidence, subject });
    return outcome;
  }
  const seen = look.progress.witnessed(witness.key);
  if (seen === undefined || seen.subject !== subject) return outcome;
  return { status: 'witnessed', evidence: seen.evidence, at: seen.at };
}

async function nameOf(subject: AnyFact, look: Look): Promise<string | undefined> {
  // What cannot be read is not known: the checks of it say why.
  const value = await look.get(subject).catch(() => undefined);
  return value === undefined ? undefined : String(value);
}

/** What a check says of the machine as it is now, whatever was witnessed before. */
export async function observe(check: Check, look: Look): Promise<Outcome> {
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
    if (error instanceof TourError) return blocked(error.message);
    const code = (error as NodeJS.ErrnoException).code;
    // The machine said no (EACCES, EISDIR, ELOOP …). Anything without such a code is a bug of ours.
    if (error instanceof Error && typeof code === 'string' && /^E[A-Z]+$/.test(code)) {
      return blocked(error.message);
    }
    throw error;
  }
}
