import { keyOf, type Place } from './lesson.ts';
import { type Errand, placeOf, type State, standingOf, workOf } from './transition.ts';

/** The first step that was done and does not hold any more. */
export function firstDrifted(state: State): Place | undefined {
  return workOf(state.lessons).find((place) => standingOf(state, place) === 'drifted');
}

/** From the first step that drifted, whatever was done and does not hold; nothing that was not. */
export function repairOf(state: State): Errand | undefined {
  const first = firstDrifted(state);
  if (first === undefined) return undefined;
  const work = workOf(state.lessons);
  const from = work.findIndex((place) => keyOf(place) === keyOf(first));
  const places = work.slice(from).filter((place) => state.read.has(keyOf(place)));
  return { purpose: 'repair', places, goal: undefined };
}

/** Everything before a step, so that one can begin there; undefined where nothing is missing. */
export function catchUpTo(state: State, key: string): Errand | undefined {
  const goal = placeOf(state.lessons, key);
  if (goal === undefined || goal.lesson.undoes === true) return undefined;
  const work = workOf(state.lessons);
  const places = work.slice(
    0,
    work.findIndex((place) => keyOf(place) === key),
  );
  if (places.every((place) => standingOf(state, place) === 'holds')) return undefined;
  return { purpose: 'catch up', places, goal: key };
}
