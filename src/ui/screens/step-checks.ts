import { type CheckResult, isRepetition } from '../../engine/check.ts';
import type { Phase } from '../../engine/update.ts';
import { waitingFor } from '../../text/words.ts';
import { checkLines } from '../check-lines.ts';
import type { Range, Section } from '../document.ts';
import { type Line, marked, span } from '../line.ts';
import { listWidth } from '../measure.ts';
import { sentence } from '../prose.ts';
import { isNews, isUnderway, resultsOf, type StepPage } from './step-page.ts';

/** The checks of a step and their results so far; the first that fails must be in view. */
export function checkSection(page: StepPage): Section {
  const { state, theme, width } = page;
  const results = resultsOf(page);
  const looking = state.phase === 'checking';
  const room = Math.min(width, listWidth);
  const lines: Line[] = [];
  let focus: Range | undefined;
  for (const [index, check] of state.at.step.checks.entries()) {
    const result = results[index];
    const stale = isStale(state.phase, result) && !isNews(page, index);
    const shown = stale || givesAway(page) ? undefined : result;
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

/** Whether results from before the script ran would give away the answer to the question. */
function givesAway({ state }: StepPage): boolean {
  const { readOnly, predict } = state.at.step;
  const before = state.phase === 'ready' || state.phase === 'observing';
  return before && readOnly === true && predict !== undefined;
}

/** Whether a result doesn't count: the script is running, or a check fails before it has run. */
function isStale(phase: Phase, result: CheckResult | undefined): boolean {
  if (phase === 'running') return true;
  return (phase === 'ready' || phase === 'observing') && result?.status === 'fail';
}
