import type { CheckResult } from '../../engine/check.ts';
import { keyOf } from '../../engine/lesson.ts';
import type { NowOpen } from '../now.ts';

/** What the parts of a step's page are made from. */
export interface StepPage extends NowOpen {
  readonly width: number;
  /** Lines of the window it will be seen through. */
  readonly height: number;
}

/** What is known of each check, in order. */
export function resultsOf({ state }: NowOpen): readonly (CheckResult | undefined)[] {
  return state.results.get(keyOf(state.at)) ?? state.at.step.checks.map(() => undefined);
}

/** Whether the page shows what comes of the step, rather than what is going to be done. */
export function isUnderway({ state, view }: NowOpen): boolean {
  const { phase, ended, problem } = state;
  if (phase === 'running' || phase === 'checking') return true;
  if (phase !== 'passed' && phase !== 'failed') return false;
  return view.acted || ended !== undefined || problem !== undefined;
}

export function isFirst({ state }: NowOpen): boolean {
  const { lesson, step } = state.at;
  return lesson.steps[0] === step;
}

export function isLast({ state }: NowOpen): boolean {
  const { lesson, step } = state.at;
  return lesson.steps.at(-1) === step;
}

/** What was found by itself since one came here, and is not what it should be. */
export function isNews({ state }: NowOpen, index: number): boolean {
  const before = state.came?.[index];
  const after = state.results.get(keyOf(state.at))?.[index];
  if (state.phase !== 'ready' || after?.status !== 'fail' || before === undefined) return false;
  return before.status !== 'fail' || before.actual !== after.actual;
}
