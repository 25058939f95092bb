import { type Line, line, type Span, span, spread, widthOf } from '../line.ts';
import { columnGap, listWidth, proseWidth, twoColumns } from '../measure.ts';
import type { NowOpen } from '../now.ts';
import { excerpt, fits } from '../output-lines.ts';
import { scriptSummary } from '../script-lines.ts';
import { duration } from '../words.ts';
import { checkSection } from './step-checks.ts';
import { isUnderway, type StepPage } from './step-page.ts';

/** The script in a line, how it went, and what it printed. */
export function ranLines(page: StepPage): Line[] {
  const { state, setting, theme, width } = page;
  const ran = state.ended !== undefined || state.phase === 'running';
  if (!ran) return state.problem === undefined ? [line(span('Checked as it is now:', 'dim'))] : [];
  const script = setting.scriptOf(state.at);
  const went = wentSpans(page);
  const room = Math.min(width, listWidth);
  const growing = state.phase === 'running';
  return [
    theme.spoken
      ? [...scriptSummary(script, theme, width), span(', '), ...went]
      : spread(scriptSummary(script, theme, room - widthOf(went) - 2), went, room),
    ...excerpt(state.output, outputRoom(page), theme, width, { growing }),
  ];
}

function wentSpans({ state, running }: StepPage): Span[] {
  const { ended } = state;
  if (ended === undefined) {
    return [span(running < 1000 ? 'running' : `running, ${Math.floor(running / 1000)} s`, 'dim')];
  }
  const took = duration(ended.milliseconds);
  if (ended.cancelled) return [span(`cancelled after ${took}`, 'warn')];
  return [span(`exit ${ended.code}`, ended.code === 0 ? 'dim' : 'warn'), span(`, ${took}`, 'dim')];
}

/** Output that nearly fits is shown whole, if all is well; else it leaves room for the checks. */
function outputRoom(page: StepPage): number {
  const { state, theme, width, height } = page;
  if (theme.spoken) return height;
  const whole = height - 3;
  const well = state.phase === 'passed' || state.phase === 'checking';
  if (well && fits(state.output, whole, theme, width)) return whole;
  return Math.max(Math.min(6, whole), height - 2 - checkSection(page).lines.length);
}

/** How wide the part of a step's page is in which things happen. */
export function happeningWidth(width: number): number {
  return width < twoColumns ? width : Math.min(listWidth, width - proseWidth - columnGap);
}

/** Whether some of the output is only to be seen on its own page. */
export function isCut(now: NowOpen, pageWidth: number, height: number): boolean {
  if (!isUnderway(now)) return false;
  const width = happeningWidth(pageWidth);
  return !fits(now.state.output, outputRoom({ ...now, width, height }), now.theme, width);
}
