import { shuffled } from '../shuffle.ts';
import type { LabCase } from './case.ts';

/**
 * The order of the cases: from easy to hard. With a seed, those of one level are mixed, the same way on
 * every machine, so that a class works on different cases in the same order.
 */
export function dealt(cases: readonly LabCase[], seed?: number): LabCase[] {
  const mixed = seed === undefined ? cases : shuffled(cases, `lab ${seed}`);
  return mixed.toSorted((a, b) => a.level - b.level || (seed === undefined ? compareIds(a, b) : 0));
}

function compareIds(a: LabCase, b: LabCase): number {
  return a.id < b.id ? -1 : 1;
}
