import type { CheckResult } from '../engine/check.ts';
import { keyOf, type Lesson, type Place } from '../engine/lesson.ts';
import { positionOf, type Standing, type State, standingOf, workOf } from '../engine/transition.ts';
import type { View } from './view.ts';

/** The status of a lesson. */
export interface LessonStanding {
  readonly standing: Standing | 'in part';
  readonly holding: number;
  /** The step that decides it: the first that doesn't hold. */
  readonly open: Place | undefined;
}

export function lessonStanding(state: State, lesson: Lesson): LessonStanding {
  const places = lesson.steps.map((step) => ({ lesson, step }));
  const standings = places.map((place) => standingOf(state, place));
  const holding = standings.filter((standing) => standing === 'holds').length;
  const named = (standing: Standing) => places[standings.indexOf(standing)];
  const drifted = named('drifted');
  if (drifted !== undefined) return { standing: 'drifted', holding, open: drifted };
  const unseen = named('cannot be seen');
  if (unseen !== undefined) return { standing: 'cannot be seen', holding, open: unseen };
  const open = named('not yet');
  if (open === undefined) return { standing: 'holds', holding, open };
  return { standing: holding > 0 ? 'in part' : 'not yet', holding, open };
}

/** The first check of a step that doesn't pass, and what it found. */
export function firstTrouble(
  state: State,
  place: Place,
): { readonly says: string; readonly found: string } | undefined {
  const results = state.results.get(keyOf(place)) ?? [];
  for (const [index, { says }] of place.step.checks.entries()) {
    const found = troubleIn(results[index]);
    if (found !== undefined) return { says, found };
  }
  return undefined;
}

function troubleIn(result: CheckResult | undefined): string | undefined {
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
export function doorOf(state: State, lesson: Lesson): Place | undefined {
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
export function chosenDoor(state: State, cursor: Cursor): Place | undefined {
  const place = chosenPlace(state, cursor);
  if (place === undefined) return undefined;
  if (cursor.stepCursor === undefined) return doorOf(state, place.lesson);
  return isOpenTo(state, place) ? place : undefined;
}

/** Whether a step may be opened: it was done before, or it comes next. */
function isOpenTo(state: State, place: Place): boolean {
  if (place.lesson.undoes === true || state.read.has(keyOf(place))) return true;
  const order = workOf(state.lessons).map(keyOf);
  const position = order.indexOf(keyOf(positionOf(state)));
  // If all steps hold, any of them may be opened.
  return position === -1 || order.indexOf(keyOf(place)) <= position;
}
