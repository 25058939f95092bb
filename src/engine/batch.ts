import { keyOf, type Place } from './lesson.ts';
import { type Batch, placeOf, type State, stepStatus, workOf } from './update.ts';

/** The first step that was done and no longer holds. */
export function firstDrifted(state: State): Place | undefined {
  return workOf(state.lessons).find((place) => stepStatus(state, place) === 'drifted');
}

/** Repairs what was done before and no longer holds, from the first step that drifted. */
export function repairOf(state: State): Batch | undefined {
  const first = firstDrifted(state);
  if (first === undefined) return undefined;
  const work = workOf(state.lessons);
  const from = work.findIndex((place) => keyOf(place) === keyOf(first));
  const places = work.slice(from).filter((place) => state.completed.has(keyOf(place)));
  return { purpose: 'repair', places, goal: undefined };
}

/** The steps to perform so that the learner can begin at this one; undefined if all of them hold. */
export function catchUpTo(state: State, key: string): Batch | undefined {
  const goal = placeOf(state.lessons, key);
  if (goal === undefined || goal.lesson.undoes === true) return undefined;
  const work = workOf(state.lessons);
  const places = work.slice(
    0,
    work.findIndex((place) => keyOf(place) === key),
  );
  if (places.every((place) => stepStatus(state, place) === 'holds')) return undefined;
  return { purpose: 'catch up', places, goal: key };
}
