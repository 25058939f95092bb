import type { CheckResult } from '../../engine/check.ts';
import { isRepetition } from '../../engine/repetition.ts';
import type { Phase } from '../../engine/update.ts';
import { waitingFor } from '../../text/words.ts';
import { checkLines } from '../check-lines.ts';
import type { Range, Section } from '../document.ts';
import { type Line, marked, type Span, span, spread, truncate, widthOf } from '../line.ts';
import { listWidth } from '../measure.ts';
import { sentence, spelled } from '../prose.ts';
import type { Theme } from '../theme.ts';
import type { TourViewModel } from '../view-model.ts';
import { areChecksPinned, isNews, isUnderway, resultsOf, type StepPage } from './step-page.ts';

/** The checks of a step and their results so far; the first that fails must be in view. */
export function checkSection(page: StepPage): Section {
  const { state, theme, width } = page;
  const results = resultsOf(page);
  const looking = state.phase === 'checking';
  const room = Math.min(width, listWidth);
  const lines: Line[] = [];
  let focus: Range | undefined;
  for (const [index, check] of state.at.step.checks.entries()) {
    const shown = resultShown(page, index);
    const again = isRepetition(shown, results.slice(0, index));
    const own = checkLines(check, shown, looking, theme, room, again);
    // Before the learner acts, the page stays where it is: the line at the bottom reports changes.
    if (focus === undefined && shown?.status === 'fail' && isUnderway(page)) {
      focus = { from: lines.length, to: lines.length + own.length };
    }
    lines.push(...own);
    const what = state.waiting.get(index);
    if (what !== undefined) {
      lines.push(...marked(span(' '), sentence(waitingFor(what), theme, room - 2)));
    }
  }
  return { lines, stop: true, focus };
}

/** Evidence that would be shorter than this is left out. */
const leastEvidence = 12;

/** The checks on one line each, to stay in view while the learner works in the shell beside the page. */
export function pinnedChecks(model: TourViewModel, width: number): Line[] {
  if (!areChecksPinned(model)) return [];
  const { state, theme } = model;
  return state.at.step.checks.map(({ says }, index) => {
    const result = resultShown(model, index);
    const left = [signOf(result, theme), span(` ${says}`)];
    const room = width - widthOf(left) - 2;
    if (result?.status !== 'pass' || room < leastEvidence) return truncate(left, width);
    return spread(left, truncate([span(spelled(result.evidence, theme), 'live')], room), width);
  });
}

function signOf(result: CheckResult | undefined, { symbols }: Theme): Span {
  switch (result?.status) {
    case undefined:
      return span(symbols.todo, 'dim');
    case 'pass':
    case 'witnessed':
      return span(symbols.pass, 'pass');
    case 'blocked':
      return span(symbols.warn, 'warn');
    case 'fail':
      return span(symbols.fail, 'fail');
  }
}

/** The result of a check, unless it doesn't count now or would give away an answer. */
function resultShown(model: TourViewModel, index: number): CheckResult | undefined {
  const result = resultsOf(model)[index];
  const stale = isStale(model.state.phase, result) && !isNews(model, index);
  return stale || givesAway(model) ? undefined : result;
}

/** Whether results from before the script ran would give away the answer to the question. */
function givesAway({ state }: TourViewModel): boolean {
  const { readOnly, predict } = state.at.step;
  const before = state.phase === 'ready' || state.phase === 'observing';
  return before && readOnly === true && predict !== undefined;
}

/** Whether a result doesn't count: the script is running, or a check fails before it has run. */
function isStale(phase: Phase, result: CheckResult | undefined): boolean {
  if (phase === 'running') return true;
  return (phase === 'ready' || phase === 'observing') && result?.status === 'fail';
}
