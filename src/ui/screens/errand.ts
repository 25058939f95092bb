import { keyOf, type Place } from '../../engine/lesson.ts';
import { key } from '../../engine/text.ts';
import { hasArrived, type State, type Underway } from '../../engine/transition.ts';
import { counted } from '../../text/words.ts';
import { type Document, stack } from '../document.ts';
import { type Line, line, marked, span, truncate } from '../line.ts';
import { listWidth } from '../measure.ts';
import type { NowOpen } from '../now.ts';
import { sentence } from '../prose.ts';
import { numberOf } from '../standing.ts';
import { checkSection } from './step-checks.ts';
import { ranLines } from './step-output.ts';

/** The goal of an errand in a few words: a lesson, or a step of one. */
function goalOf({ lessons }: State, { errand }: Underway): string {
  if (errand.goal === undefined) return '';
  for (const lesson of lessons) {
    const at = lesson.steps.findIndex((step) => keyOf({ lesson, step }) === errand.goal);
    if (at === 0) return numberOf(lesson);
    if (at > 0) return `${numberOf(lesson)}, step ${at + 1}`;
  }
  return '';
}

function doing(state: State, underway: Underway): string {
  if (underway.errand.purpose === 'repair') return 'repairing what drifted';
  return `catching up to ${goalOf(state, underway)}`;
}

export function errandTitle({ state }: NowOpen): { left: Line; right: Line } {
  const { errand } = state;
  const right = errand === undefined ? [] : [span(doing(state, errand), 'dim')];
  return { left: [span('handroll-tour', 'dim')], right };
}

/** An errand in progress: how far it is, what runs now, what is done. */
export function errandDocument(now: NowOpen, width: number, height: number): Document {
  const { state, theme } = now;
  const { errand } = state;
  if (errand === undefined) return stack([]);
  const room = Math.min(width, listWidth);
  const { lesson, step } = state.at;
  const behind = errand.errand.places.slice(0, errand.done);
  const current: Line[] = [
    [span(`${numberOf(lesson)}  ${lesson.title}`, 'dim')],
    [span(step.title, 'title')],
  ];
  const passed = behind.map((place) => behindLine(now, errand, place, room));
  // A screen reader gets only what is new, in the order in which it happens.
  if (theme.spoken) return stack([{ lines: passed }, { lines: current }]);
  const page = { ...now, width: room, height: outputHeight(height) };
  const happening = [
    ...(state.phase === 'looking' ? [] : ranLines(page)),
    ...checkSection(page).lines,
  ];
  const sections = [farLines(now, errand, room), current, happening].map((lines) => ({ lines }));
  const left = height - stack(sections).lines.length - 1;
  const latest = left > 0 ? passed.slice(-left).reverse() : [];
  return stack([...sections, { lines: latest }]);
}

/** Lines for the output, so that most of the page is left for the checks. */
const outputHeight = (height: number) => Math.max(8, Math.floor(height / 2));

const barWidth = 12;

function farLines({ state, theme }: NowOpen, errand: Underway, width: number): Line[] {
  const total = errand.errand.places.length;
  const full = Math.round((errand.done / Math.max(1, total)) * barWidth);
  const performed = errand.performed.length;
  const held = errand.done - performed;
  const checks = errand.errand.places
    .slice(0, errand.done)
    .reduce((sum, place) => sum + (state.results.get(keyOf(place))?.length ?? 0), 0);
  const told = [
    `${errand.done} of ${counted(total, 'step')}`,
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
    ...(errand.stopping ? [line(span(`Stopping${symbols.ellipsis}`, 'warn'))] : []),
  ];
}

function behindLine({ theme }: NowOpen, errand: Underway, place: Place, width: number): Line {
  const was = errand.performed.includes(keyOf(place)) ? 'performed' : 'held already';
  const { lesson, step } = place;
  return truncate(
    [
      span(theme.symbols.pass, 'pass'),
      span(` ${numberOf(lesson).padStart(2)}  `, 'dim'),
      span(`${step.title}  `),
      span(was, 'dim'),
    ],
    width,
  );
}

/** What a stopped errand would resume, as a label. */
export function wayOn(state: State): string | undefined {
  const { errand } = state;
  if (errand === undefined || !errand.over || hasArrived(state)) return undefined;
  const { purpose } = errand.errand;
  return purpose === 'repair' ? 'go on repairing' : `go on to ${goalOf(state, errand)}`;
}

/** The result of an errand, shown on the step where it ended. */
export function errandNote({ state, theme }: NowOpen, width: number): Line[] {
  const { errand } = state;
  if (errand === undefined || !errand.over) return [];
  const { performed, done } = errand;
  const steps = counted(performed.length, 'step');
  if (!hasArrived(state)) {
    const left = counted(errand.errand.places.length - done, 'step');
    const told = `Stopped here, with ${left} to go. Nothing after this was run; \`${key('carry on')}\` goes on.`;
    return marked(span(theme.symbols.warn, 'warn'), sentence(told, theme, width - 4));
  }
  const held = done - performed.length;
  const told =
    errand.errand.purpose === 'repair'
      ? `Repaired: ${steps} run and checked again. Steps that still held were left alone.`
      : `You are caught up: ${steps} performed and checked${held > 0 ? `, ${held} held already` : ''}. Each can be read again from the contents (\`${key('contents')}\`).`;
  return marked(span(theme.symbols.pass, 'pass'), sentence(told, theme, width - 4));
}
