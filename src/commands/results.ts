import type { CheckResult } from '../engine/check.ts';
import type { Place } from '../engine/lesson.ts';
import { isRepetition } from '../engine/repetition.ts';
import type { SessionOptions } from '../engine/session.ts';
import { withKeys } from '../engine/text.ts';
import type { Results } from '../engine/update.ts';
import { waitingFor } from '../text/words.ts';
import { keyInTour } from '../ui/keymap.ts';
import type { Io } from './command.ts';
import type { CheckLine } from './json-lines.ts';

/** How many checks had which result. */
export interface Tally {
  passed: number;
  failed: number;
  blocked: number;
}

export const emptyTally = (): Tally => ({ passed: 0, failed: 0, blocked: 0 });

/** Prints what a check waits for, except with --json. */
export function announceWaiting(io: Io, json: boolean): Pick<SessionOptions, 'onWait'> {
  return json ? {} : { onWait: (_, { says }, what) => io.err(`  ${says}: ${waitingFor(what)}`) };
}

/** Prints the results of a step's checks and counts them. */
export function reportChecks(
  place: Place,
  results: Results,
  tally: Tally,
  io: Io,
  json: boolean,
): void {
  for (const [index, check] of place.step.checks.entries()) {
    const result = results[index];
    if (result === undefined) continue;
    count(tally, result);
    if (json) {
      const { lesson, step } = place;
      const names = { lesson: lesson.id, step: step.id, id: check.id, claim: check.claim };
      io.json({ type: 'check', ...names, ...fields(result) });
    } else {
      const again = isRepetition(result, results.slice(0, index));
      for (const line of inWords(check.claim, check.says, result, again)) io.out(line);
    }
  }
}

function count(tally: Tally, { status }: CheckResult): void {
  if (status === 'pass' || status === 'witnessed') tally.passed += 1;
  else if (status === 'fail') tally.failed += 1;
  else tally.blocked += 1;
}

function fields(result: CheckResult): Omit<CheckLine, 'type' | 'lesson' | 'step' | 'id' | 'claim'> {
  const { status } = result;
  const none = { expected: null, actual: null, hint: null, evidence: null, diagnosis: null };
  switch (status) {
    case 'pass':
    case 'witnessed':
      return { status, ...none, evidence: result.evidence };
    case 'fail':
      return {
        status,
        ...none,
        expected: result.expected,
        actual: result.actual,
        hint: withKeys(result.hint, keyInTour),
        diagnosis: result.diagnoses?.[0].id ?? null,
      };
    case 'blocked':
      return { status, ...none, actual: result.why };
  }
}

function inWords(claim: string, says: string, result: CheckResult, again: boolean): string[] {
  const line = (mark: string, more: string) =>
    `  ${mark.padEnd(9)} ${claim.padEnd(3)} ${says}${more}`;
  switch (result.status) {
    case 'pass':
      return [line('ok', `: ${result.evidence}`)];
    case 'witnessed':
      return [line('witnessed', `: ${result.evidence} (at ${result.at})`)];
    case 'blocked':
      return [line('blocked', `: ${result.why}`)];
    case 'fail':
      // One mistake can make several checks fail, but is explained only once.
      if (again) return [line('FAILED', ''), '            found     the same as above'];
      return [
        line('FAILED', ''),
        `            expected  ${result.expected}`,
        `            found     ${result.actual}`,
        ...withKeys(result.hint, keyInTour)
          .split('\n')
          .map((each) => `            ${each}`),
        ...(result.diagnoses ?? [])
          .slice(1)
          .flatMap(({ observed, remedy }) => [
            `            also      ${observed}`,
            `            ${withKeys(remedy, keyInTour)}`,
          ]),
      ];
  }
}
