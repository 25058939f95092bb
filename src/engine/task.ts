import { keyOf, type Lesson, type Place, placesOf } from './lesson.ts';
import type { StepRecord } from './progress.ts';

/*
 * A task is a step with a goal: it's the learner's to do, and its script is one solution, which is shown
 * only on request.
 */

/** What decides about tasks: a part of the state. */
interface Tasks {
  readonly lessons: readonly Lesson[];
  readonly at: Place;
  readonly phase: string;
  readonly solutions: ReadonlySet<string>;
  readonly records: ReadonlyMap<string, StepRecord>;
}

/** Whether the step on the screen is a task whose solution must stay hidden for now. */
export function isSolutionHidden({
  at,
  phase,
  solutions,
}: Pick<Tasks, 'at' | 'phase' | 'solutions'>): boolean {
  return at.step.goal !== undefined && phase !== 'passed' && !solutions.has(keyOf(at));
}

/**
 * Whether a task that has just passed was done without its solution. Once done alone, it stays so: a
 * repair runs the solution, and doesn't undo what the learner could do.
 */
export function isDoneAlone(
  { solutions }: Pick<Tasks, 'solutions'>,
  place: Place,
  wasRun: boolean,
  before: StepRecord | undefined,
): boolean {
  if (place.step.goal === undefined) return false;
  const byScript = wasRun || before?.printed !== undefined;
  return before?.alone === true || !(byScript || solutions.has(keyOf(place)));
}

/** How many tasks have passed, and how many of them were done without the solution. */
export function tasksDone({ lessons, records }: Pick<Tasks, 'lessons' | 'records'>): {
  done: number;
  alone: number;
} {
  const passed = placesOf(lessons).flatMap((place) => {
    const record = records.get(keyOf(place));
    return place.step.goal === undefined || record === undefined ? [] : [record];
  });
  return { done: passed.length, alone: passed.filter(({ alone }) => alone === true).length };
}
