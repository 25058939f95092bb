// Apart from `check.ts`, since the first frame would otherwise load all that looks at the machine.

import type { CheckResult } from './check.ts';

/** Whether every mistake behind a failed check was already reported by an earlier check. */
export function isRepetition(
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
