import { keyOf, type Place } from '../../engine/lesson.ts';
import { lastWords } from '../../engine/output.ts';
import type { OutputExcerpt } from '../../engine/progress.ts';
import { key } from '../../engine/text.ts';
import { type BatchRun, isBatchDone, type State } from '../../engine/update.ts';
import { counted } from '../../text/words.ts';
import { type Document, stack } from '../document.ts';
import { type Line, line, marked, span, truncate } from '../line.ts';
import { listWidth } from '../measure.ts';
import { sentence } from '../prose.ts';
import { numberOf } from '../step-status.ts';
import type { Theme } from '../theme.ts';
import type { TourViewModel } from '../view-model.ts';
import { wrap } from '../wrap.ts';
import { checkSection } from './step-checks.ts';
import { ranLines } from './step-output.ts';

/** The goal of a batch in a few words: a lesson, or a step of one. */
function goalOf({ lessons }: State, { batch }: BatchRun): string {
  if (batch.goal === undefined) return '';
  for (const lesson of lessons) {
    const at = lesson.steps.findIndex((step) => keyOf({ lesson, step }) === batch.goal);
    if (at === 0) return numberOf(lesson);
    if (at > 0) return `${numberOf(lesson)}, step ${at + 1}`;
  }
  return '';
}

function doing(state: State, underway: BatchRun): string {
  if (underway.batch.purpose === 'repair') return 'repairing what drifted';
  return `catching up to ${goalOf(state, underway)}`;
}

export function batchTitle({ state }: TourViewModel): { left: Line; right: Line } {
  const { batchRun } = state;
  const right = batchRun === undefined ? [] : [span(doing(state, batchRun), 'dim')];
  return { left: [span('handroll-tour', 'dim')], right };
}

/** A batch in progress: how far it is, what runs now, what is done. */
export function batchDocument(model: TourViewModel, width: number, height: number): Document {
  const { state, theme } = model;
  const { batchRun } = state;
  if (batchRun === undefined) return stack([]);
  const room = Math.min(width, listWidth);
  const { lesson, step } = state.at;
  const behind = batchRun.batch.places.slice(0, batchRun.done);
  const current: Line[] = [
    [span(`${numberOf(lesson)}  ${lesson.title}`, 'dim')],
    [span(step.title, 'title')],
  ];
  const passed = behind.map((place) => doneLine(model, batchRun, place, room));
  // A screen reader gets only what is new, in the order in which it happens.
  if (theme.spoken) return stack([{ lines: passed }, { lines: current }]);
  const page = { ...model, width: room, height: outputHeight(height) };
  const happening = [
    ...(state.phase === 'observing' ? [] : ranLines(page)),
    ...checkSection(page).lines,
  ];
  const sections = [progressLines(model, batchRun, room), current, happening].map((lines) => ({
    lines,
  }));
  const left = height - stack(sections).lines.length - 1;
  const latest = left > 0 ? passed.slice(-left).reverse() : [];
  return stack([...sections, { lines: latest }]);
}

/** Lines for the output, so that most of the page is left for the checks. */
const outputHeight = (height: number) => Math.max(8, Math.floor(height / 2));

const barWidth = 12;

function progressLines({ state, theme }: TourViewModel, batchRun: BatchRun, width: number): Line[] {
  const total = batchRun.batch.places.length;
  const full = Math.round((batchRun.done / Math.max(1, total)) * barWidth);
  const performed = batchRun.performed.length;
  const held = batchRun.done - performed;
  const checks = batchRun.batch.places
    .slice(0, batchRun.done)
    .reduce((sum, place) => sum + (state.results.get(keyOf(place))?.length ?? 0), 0);
  const told = [
    `${batchRun.done} of ${counted(total, 'step')}`,
    `${performed} performed`,
    `${held} held already`,
    `${counted(checks, 'check')} passed`,
  ].join(', ');
  const { symbols } = theme;
  return [
    truncate(
      [
        span(symbols.full.repeat(full), 'pass'),
        span(symbols.empty.repeat(barWidth - full), 'dim'),
        span(`  ${told}`),
      ],
      width,
    ),
    ...(batchRun.stopping ? [line(span(`Stopping${symbols.ellipsis}`, 'warn'))] : []),
  ];
}

/** What a step of the batch printed, if its script ended with an error although its checks hold. */
function errorOf(state: State, { performed }: BatchRun, place: Place): OutputExcerpt | undefined {
  if (!performed.includes(keyOf(place))) return undefined;
  const printed = state.records.get(keyOf(place))?.printed;
  return printed === undefined || printed.code === 0 ? undefined : printed;
}

function doneLine(
  { state, theme }: TourViewModel,
  batchRun: BatchRun,
  place: Place,
  width: number,
): Line {
  const was = batchRun.performed.includes(keyOf(place)) ? 'performed' : 'held already';
  const { lesson, step } = place;
  const error = errorOf(state, batchRun, place);
  return truncate(
    [
      error === undefined ? span(theme.symbols.pass, 'pass') : span(theme.symbols.warn, 'warn'),
      span(` ${numberOf(lesson).padStart(2)}  `, 'dim'),
      span(`${step.title}  `),
      span(was, 'dim'),
      ...(error === undefined ? [] : [span(`, exit ${error.code}`, 'warn')]),
    ],
    width,
  );
}

/** What a stopped batch would resume, as a label. */
export function continueLabel(state: State): string | undefined {
  const { batchRun } = state;
  if (batchRun === undefined || !batchRun.ended || isBatchDone(state)) return undefined;
  const { purpose } = batchRun.batch;
  return purpose === 'repair' ? 'go on repairing' : `go on to ${goalOf(state, batchRun)}`;
}

/** The result of a batch, shown on the step where it ended. */
export function batchNote({ state, theme }: TourViewModel, width: number): Line[] {
  const { batchRun } = state;
  if (batchRun === undefined || !batchRun.ended) return [];
  return [
    ...outcome(state, batchRun, theme, width),
    ...scriptErrors(state, batchRun, theme, width),
  ];
}

function outcome(state: State, batchRun: BatchRun, theme: Theme, width: number): Line[] {
  const { performed, done } = batchRun;
  const steps = counted(performed.length, 'step');
  if (!isBatchDone(state)) {
    const left = counted(batchRun.batch.places.length - done, 'step');
    const told = `Stopped here, with ${left} to go. Nothing after this was run; \`${key('carry on')}\` goes on.`;
    return marked(span(theme.symbols.warn, 'warn'), sentence(told, theme, width - 4));
  }
  const held = done - performed.length;
  const told =
    batchRun.batch.purpose === 'repair'
      ? `Repaired: ${steps} run and checked again. Steps that still held were left alone.`
      : `You are caught up: ${steps} performed and checked${held > 0 ? `, ${held} held already` : ''}. Each can be read again from the contents (\`${key('contents')}\`).`;
  return marked(span(theme.symbols.pass, 'pass'), sentence(told, theme, width - 4));
}

function scriptErrors(state: State, batchRun: BatchRun, theme: Theme, width: number): Line[] {
  return batchRun.batch.places.slice(0, batchRun.done).flatMap((place) => {
    const error = errorOf(state, batchRun, place);
    if (error === undefined) return [];
    const told = `The checks of ${keyOf(place)} hold, though its script ended with an error (exit ${error.code}):`;
    return marked(span(theme.symbols.warn, 'warn'), [
      ...sentence(told, theme, width - 4),
      ...wrap([span(lastWords(error) ?? 'it printed nothing', 'warn')], width - 4),
    ]);
  });
}
