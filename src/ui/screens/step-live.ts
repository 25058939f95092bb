import type { CheckResult } from '../../engine/check.ts';
import { type Line, line, span, truncate, widthOf } from '../line.ts';
import type { TourViewModel } from '../view-model.ts';
import { isAboutMachine, isNews, isUnderway, resultsOf } from './step-page.ts';

/** In a window with fewer rows, every line is needed for the page. */
const roomy = 20;

/**
 * The line that stays in view while the learner works in another terminal: how many checks hold; in
 * lesson 0, first how to set the variables there.
 */
export function liveLine(model: TourViewModel, width: number): Line[] {
  const { state, theme } = model;
  if (theme.spoken || isUnderway(model) || state.phase === 'observing') return [];
  const { symbols } = theme;
  const results = resultsOf(model);
  const total = results.length;
  const holding = results.filter(isGood).length;
  if (state.phase === 'passed' && !wasGood(model)) {
    const told = total === 1 ? 'It holds' : `All ${total} hold`;
    return [
      line(span(symbols.pass, 'pass'), ' ', span(`${told}: there is nothing left to run.`, 'pass')),
    ];
  }
  const trouble = state.at.step.checks.findIndex(
    (_, index) => isNews(model, index) || (state.phase === 'failed' && !isGood(results[index])),
  );
  if (trouble >= 0) {
    const result = results[trouble];
    const found = result?.status === 'fail' ? result.actual : 'cannot be seen';
    const told = [span(symbols.warn, 'warn'), span(` ${holding} of ${total} hold. Found: `)];
    return [truncate([...told, span(found.replaceAll('\n', ' '), 'live')], width)];
  }
  const more =
    state.phase === 'ready' &&
    results.some((each, at) => isGood(each) && !isGood(state.resultsOnArrival?.[at]));
  if (more) return [line(span(symbols.todo, 'dim'), span(` ${holding} of ${total} hold.`))];
  if (model.size.rows < roomy) return [];
  return isAboutMachine(state.at) ? otherTerminalLine(model, width) : [];
}

/** The command must not be wrapped: pasted with a line break it would be a different one. */
function otherTerminalLine({ context }: TourViewModel, width: number): Line[] {
  const command = span(context.otherTerminal);
  const whole = [span('In another terminal: ', 'dim'), command];
  return [whole, [command]].filter((each) => widthOf(each) <= width).slice(0, 1);
}

function isGood(result: CheckResult | undefined): boolean {
  return result?.status === 'pass' || result?.status === 'witnessed';
}

function wasGood({ state }: TourViewModel): boolean {
  return state.resultsOnArrival?.every(isGood) === true;
}
