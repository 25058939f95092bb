import { faults } from '../../lessons/faults.ts';
import type { LessonId } from '../../lessons/index.ts';
import type { Check, Fault } from '../../src/engine/check.ts';
import type { Place } from '../../src/engine/lesson.ts';

/** How to break what a check of the tour guards. */
export function faultsOf({ lesson, step }: Place, { id }: Check): readonly Fault[] {
  return faults[lesson.id as LessonId][step.id]?.[id] ?? [];
}
