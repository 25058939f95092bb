import type { CheckResult } from '../engine/check.ts';
import { keyOf, type Lesson, type Place, placesOf } from '../engine/lesson.ts';
import { positionOf, type State, type StepStatus, stepStatus, workOf } from '../engine/update.ts';
import type { View } from './view.ts';

export interface LessonStatus {
  readonly status: StepStatus | 'in part' | 'cleaned up';
  readonly holding: number;
  /** The step that decides it: the first that doesn't hold. */
  readonly firstOpen: Place | undefined;
}

export function lessonStatus(state: State, lesson: Lesson): LessonStatus {
  const places = lesson.steps.map((step) => ({ lesson, step }));
  const standings = places.map((place) => stepStatus(state, place));
  const holding = standings.filter((status) => status === 'holds').length;
  const named = (status: StepStatus) => places[standings.indexOf(status)];
  const drifted = named('drifted');
  if (drifted !== undefined) {
    const status = isCleanedUp(state) ? 'cleaned up' : 'drifted';
    return { status, holding, firstOpen: drifted };
  }
  const unseen = named('cannot be seen');
  if (unseen !== undefined) return { status: 'cannot be seen', holding, firstOpen: unseen };
  const firstOpen = named('not yet');
  if (firstOpen === undefined) return { status: 'holds', holding, firstOpen };
  return { status: holding > 0 ? 'in part' : 'not yet', holding, firstOpen };
}

/** Whether the learner has removed everything again, so that nothing is meant to hold. */
export function isCleanedUp(state: State): boolean {
  const undoing = placesOf(state.lessons.filter((lesson) => lesson.undoes));
  return (
    undoing.length > 0 &&
    undoing.every(
      (place) => state.completed.has(keyOf(place)) && stepStatus(state, place) === 'holds',
    )
  );
}

/** The first check of a step that doesn't pass, and what it found. */
export function firstFailure(
  state: State,
  place: Place,
): { readonly says: string; readonly found: string; readonly advice: string } | undefined {
  const results = state.results.get(keyOf(place)) ?? [];
  for (const [index, { says }] of place.step.checks.entries()) {
    const result = results[index];
    const found = failureIn(result);
    if (found === undefined) continue;
    return { says, found, advice: result?.status === 'fail' ? result.hint : '' };
  }
  return undefined;
}

function failureIn(result: CheckResult | undefined): string | undefined {
  if (result?.status === 'fail') {
    // Name what is missing: "not there yet" alone says too little.
    return result.actual === 'not there yet' ? `${result.expected}: not there` : result.actual;
  }
  if (result?.status === 'blocked') return result.why;
  return undefined;
}

/** A lesson's number in a sentence and on the screen: 3 for `03-layers`. */
export function numberOf({ id }: Lesson): string {
  return String(Number.parseInt(id, 10));
}

/**
 * The step at which a lesson opens, or undefined if it can't be opened yet: earlier lessons always
 * open, later ones need the steps before them.
 */
export function entryStepOf(state: State, lesson: Lesson): Place | undefined {
  const position = positionOf(state);
  const first = { lesson, step: lesson.steps[0] };
  if (lesson.id === position.lesson.id) return position;
  const { lessons } = state;
  if (lesson.undoes === true) return first;
  return lessons.indexOf(lesson) < lessons.indexOf(position.lesson) ? first : undefined;
}

type Cursor = Pick<View, 'cursor' | 'stepCursor'>;

/** The step chosen in the contents; for a lesson, its first one. */
export function chosenPlace(state: State, { cursor, stepCursor }: Cursor): Place | undefined {
  const lesson = state.lessons[cursor];
  const step = lesson?.steps[stepCursor ?? 0];
  return lesson === undefined || step === undefined ? undefined : { lesson, step };
}

/** The step that opens for the choice in the contents, or undefined if it can't be opened yet. */
export function chosenEntryStep(state: State, cursor: Cursor): Place | undefined {
  const place = chosenPlace(state, cursor);
  if (place === undefined) return undefined;
  if (cursor.stepCursor === undefined) return entryStepOf(state, place.lesson);
  return isReachable(state, place) ? place : undefined;
}

/** Whether a step may be opened: it was done before, or it comes next. */
export function isReachable(state: State, place: Place): boolean {
  if (place.lesson.undoes === true || state.completed.has(keyOf(place))) return true;
  const order = workOf(state.lessons).map(keyOf);
  const position = order.indexOf(keyOf(positionOf(state)));
  // If all steps hold, any of them may be opened.
  return position === -1 || order.indexOf(keyOf(place)) <= position;
}
