import type { CheckResult } from '../../engine/check.ts';
import { keyOf, type Place } from '../../engine/lesson.ts';
import type { TourViewModel } from '../view-model.ts';

/** The input of the parts of a step's page. */
export interface StepPage extends TourViewModel {
  readonly width: number;
  /** The number of lines in the window. */
  readonly height: number;
  /** The lesson's picture has a place of its own on the screen. */
  readonly pictured?: boolean;
  /** How much of its comfort the page gives up, so that what is to be read fits the window. */
  readonly tightness?: Tightness;
}

/** Nothing; choices that share a line; also blank lines; also the picture and the values, which go below. */
export const tightnesses = [0, 1, 2, 3] as const;
type Tightness = (typeof tightnesses)[number];

/** Whether the picture and the values of the script are below what is to be read. */
export function isTightest(page: StepPage): boolean {
  return page.tightness === 3 && !isUnderway(page);
}

/** The result of each check so far, in order. */
export function resultsOf({ state }: TourViewModel): readonly (CheckResult | undefined)[] {
  return state.results.get(keyOf(state.at)) ?? state.at.step.checks.map(() => undefined);
}

/** Whether the page shows the step's result rather than what is going to be done. */
export function isUnderway({ state, view }: TourViewModel): boolean {
  const { phase, ended, error } = state;
  if (phase === 'running' || phase === 'checking') return true;
  if (phase !== 'passed' && phase !== 'failed') return false;
  return view.acted || ended !== undefined || error !== undefined;
}

/** Whether the checks stay in view below the page, because the learner works in the shell beside it. */
export function areChecksPinned(model: TourViewModel): boolean {
  return model.view.shell !== undefined && !isUnderway(model);
}

/** Whether a step is one of lesson 0, which gets the machine and the learner's terminals ready. */
export function isAboutMachine({ lesson }: Place): boolean {
  return Number.parseInt(lesson.id, 10) === 0;
}

export function isFirst({ state }: TourViewModel): boolean {
  const { lesson, step } = state.at;
  return lesson.steps[0] === step;
}

export function isLast({ state }: TourViewModel): boolean {
  const { lesson, step } = state.at;
  return lesson.steps.at(-1) === step;
}

/** Whether a background re-check has found a failure that wasn't there on arrival. */
export function isNews({ state }: TourViewModel, index: number): boolean {
  const before = state.resultsOnArrival?.[index];
  const after = state.results.get(keyOf(state.at))?.[index];
  if (state.phase !== 'ready' || after?.status !== 'fail' || before === undefined) return false;
  return before.status !== 'fail' || before.actual !== after.actual;
}
