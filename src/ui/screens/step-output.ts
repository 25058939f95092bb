import { keyOf } from '../../engine/lesson.ts';
import { noOutput, type Output } from '../../engine/output.ts';
import type { ScriptResult } from '../../engine/update.ts';
import { proseWidth } from '../../text/measure.ts';
import { duration } from '../../text/words.ts';
import { type Line, line, type Span, span, spread, widthOf } from '../line.ts';
import { columnGap, listWidth, twoColumns } from '../measure.ts';
import { excerpt, fits, isFitted } from '../output-lines.ts';
import { scriptSummary } from '../script-lines.ts';
import type { TourViewModel } from '../view-model.ts';
import { checkSection } from './step-checks.ts';
import { isUnderway, type StepPage } from './step-page.ts';

/** The script on one line, its exit code and its output. */
export function ranLines(page: StepPage): Line[] {
  const { state, context, theme, width } = page;
  const ran = state.ended !== undefined || state.phase === 'running';
  if (!ran) return state.error === undefined ? [line(span('Checked as it is now:', 'dim'))] : [];
  const script = context.scriptOf(state.at);
  const went = wentSpans(page);
  const room = Math.min(width, listWidth);
  const growing = state.phase === 'running';
  return [
    theme.spoken
      ? [...scriptSummary(script, theme, width), span(', '), ...went]
      : spread(scriptSummary(script, theme, room - widthOf(went) - 2), went, room),
    ...excerpt(state.output, outputRoom(page), theme, width, { growing, own: state.digests }),
  ];
}

function wentSpans({ state, runningMs }: StepPage): Span[] {
  const { ended } = state;
  if (ended === undefined) {
    return [
      span(runningMs < 1000 ? 'running' : `running, ${Math.floor(runningMs / 1000)} s`, 'dim'),
    ];
  }
  return wentWith(ended);
}

function wentWith(ended: ScriptResult): Span[] {
  const took = duration(ended.milliseconds);
  if (ended.cancelled) return [span(`cancelled after ${took}`, 'warn')];
  return [span(`exit ${ended.code}`, ended.code === 0 ? 'dim' : 'warn'), span(`, ${took}`, 'dim')];
}

/** Rows for the output: all of it unless it takes more than a screen, otherwise what the checks leave. */
function outputRoom(page: StepPage): number {
  const { state, theme, width, height } = page;
  if (theme.spoken) return height;
  const whole = height - 1;
  if (state.phase !== 'running' && fits(state.output, whole, theme, width, state.digests))
    return whole;
  return Math.max(Math.min(6, whole), height - 2 - checkSection(page).lines.length);
}

/** What the script of a finished step printed when it last ran. */
export function printedLines(page: StepPage): Line[] {
  const { state, theme, width } = page;
  const printed = state.records.get(keyOf(state.at))?.printed;
  if (printed === undefined) return [];
  const went = wentWith({ ...printed, cancelled: false });
  const room = Math.min(width, listWidth);
  const nothing = printed.lines.length === 0 ? ' nothing' : '';
  const told = line(span(`Its script printed${nothing}`, 'dim'));
  return [
    theme.spoken ? [...told, span(', '), ...went] : spread(told, went, room),
    ...excerpt(printed, printedRoom(page), theme, width, {
      growing: false,
      own: state.digests,
    }),
  ];
}

function printedRoom({ height, theme }: StepPage): number {
  return theme.spoken ? height : Math.max(6, height - 1);
}

/** The output of a step: from this session's run, or saved from an earlier one. */
export function outputOf(model: TourViewModel): Output {
  if (isUnderway(model)) return model.state.output;
  return model.state.records.get(keyOf(model.state.at))?.printed ?? noOutput;
}

/** The width of the part of a step's page that shows its run. */
export function happeningWidth(width: number): number {
  return width < twoColumns ? width : Math.min(listWidth, width - proseWidth - columnGap);
}

/** Whether the output page shows more of the output, or shows it as it came. */
export function isCut(model: TourViewModel, pageWidth: number, height: number): boolean {
  const width = happeningWidth(pageWidth);
  const page = { ...model, width, height };
  const room = isUnderway(model) ? outputRoom(page) : printedRoom(page);
  const output = outputOf(model);
  const { theme, state } = model;
  return (
    !fits(output, room, theme, width, state.digests) ||
    isFitted(output, theme, width, state.digests)
  );
}
