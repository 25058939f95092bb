import type { Check, CheckResult } from '../engine/check.ts';
import type { Output } from '../engine/output.ts';
import { columnsOf, type Line, line, type Span, span, spread, truncate, widthOf } from './line.ts';
import { sentence, spelled } from './prose.ts';
import type { Theme } from './theme.ts';
import { chop, wrap } from './wrap.ts';

/** Wider than prose, and still something the eye can follow from left to right. */
export const listWidth = 100;

const codeMargin = 3;

/** A script, ready to copy: nothing but spaces before its lines, as long as they fit. */
export function codeLines(source: string, theme: Theme, width: number): Line[] {
  const margin = span(theme.spoken ? '' : ' '.repeat(codeMargin));
  const further = span(` ${theme.symbols.further} `.padEnd(codeMargin), 'dim');
  return source.split('\n').flatMap((text) => {
    const role = /^\s*#/.test(text) ? 'dim' : 'text';
    return chop(text, width - codeMargin).map((piece, index) =>
      piece === '' ? [] : [index === 0 ? margin : further, span(piece, role)],
    );
  });
}

/** A script on one line: its first command, and how much more there is. */
export function codeSummary(source: string, theme: Theme, width: number): Line {
  const commands = source.split('\n').filter((text) => text.trim() !== '' && !/^\s*#/.test(text));
  const count = commands.length - 1;
  const more = count > 0 ? [span(` + ${counted(count, 'line')}`, 'dim')] : [];
  const first = line(span(`${theme.symbols.prompt} `, 'dim'), (commands[0] ?? '').trim());
  return [...truncate(first, width - widthOf(more)), ...more];
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Long lines of output go on below, but not without end. */
const rowsPerLine = 10;

/** Output as it is printed, below the script, marked as not being the tour's own words. */
export function outputLines({ lines, dropped }: Output, theme: Theme, width: number): Line[] {
  const bar = (sign: string) => span(theme.spoken ? '' : ` ${sign} `, 'dim');
  const [first, further] = [bar(theme.symbols.bar), bar(theme.symbols.further)];
  const room = width - widthOf([first]);
  const before =
    dropped > 0 ? [`${theme.symbols.ellipsis} ${counted(dropped, 'line')} came before these`] : [];
  return [
    ...before.map((text) => [first, span(text, 'dim')]),
    ...lines.flatMap((text) => {
      const pieces = chop(closer(text, room), room);
      const kept = pieces.slice(0, rowsPerLine).map((piece) => span(piece));
      if (kept.length < pieces.length)
        kept.push(span(`${theme.symbols.ellipsis} ${text.length} characters in all`, 'dim'));
      return kept.map((piece, index) => [index === 0 ? first : further, piece]);
    }),
  ];
}

/** The columns of a table that is too wide for the page come together, rather than apart. */
function closer(text: string, room: number): string {
  return columnsOf(text) <= room ? text : text.replace(/(?<=\S) {3,}/g, '  ').trimEnd();
}

/** Leaves out the middle of what does not fit, or the beginning while more is coming. */
export function cut(
  lines: readonly Line[],
  room: number,
  keep: 'ends' | 'tail',
  { symbols }: Theme,
): Line[] {
  if (lines.length <= room) return [...lines];
  const left = lines.length - room + 1;
  const head = keep === 'tail' ? 0 : Math.ceil((room - 1) / 2);
  const bar = lines[0]?.[0];
  const note = span(
    `${symbols.ellipsis} ${counted(left, 'more line')}${keep === 'ends' ? ' (o shows all)' : ''}`,
    'dim',
  );
  const tail = room - 1 - head;
  return [
    ...lines.slice(0, head),
    bar === undefined ? [note] : [bar, note],
    ...(tail > 0 ? lines.slice(-tail) : []),
  ];
}

/** One check: what it says and, once it was looked at, what was seen. */
export function checkLines(
  check: Check,
  result: CheckResult | undefined,
  looking: boolean,
  theme: Theme,
  width: number,
): Line[] {
  const { symbols } = theme;
  switch (result?.status) {
    case undefined: {
      const sign = looking ? span(symbols.busy, 'dim') : span(symbols.todo, 'dim');
      return marked(sign, wrapped([span(check.says)], sign, width));
    }
    case 'pass':
      return seen(span(symbols.pass, 'pass'), check.says, result.evidence, theme, width);
    case 'witnessed': {
      const evidence = `${result.evidence}, seen ${clock(result.at)}`;
      return seen(span(symbols.pass, 'pass'), check.says, evidence, theme, width);
    }
    case 'blocked': {
      const sign = span(symbols.warn, 'warn');
      return [
        ...marked(sign, wrapped([span(check.says)], sign, width)),
        ...labelled('unseen', [span(result.why, 'warn')], theme, width),
      ];
    }
    case 'fail': {
      const sign = span(symbols.fail, 'fail');
      return [
        ...marked(sign, wrapped([span(check.says, 'fail')], sign, width)),
        ...labelled('expected', [span(result.expected)], theme, width),
        ...labelled('found', [span(result.actual, 'live')], theme, width),
        ...sentence(result.hint, theme, width - 4).map((each) => [span('    '), ...each]),
      ];
    }
  }
}

/** The evidence stands at the right if there is room, else below. */
function seen(sign: Span, says: string, evidence: string, theme: Theme, width: number): Line[] {
  const saw = [span(spelled(evidence, theme), 'live')];
  const left = line(sign, ' ', says);
  if (theme.spoken) return [[...left, span('. '), ...saw]];
  if (widthOf(left) + 2 + widthOf(saw) <= width) return [spread(left, saw, width)];
  return [
    ...marked(sign, wrapped([span(says)], sign, width)),
    ...wrap(saw, width - 4).map((each) => [span('    '), ...each]),
  ];
}

function labelled(label: string, value: readonly Span[], theme: Theme, width: number): Line[] {
  if (theme.spoken) return [line(`${label}: `, ...value)];
  const margin = 14;
  return wrap(value, width - margin).map((each, index) => [
    span(index === 0 ? `    ${label}`.padEnd(margin) : ' '.repeat(margin), 'dim'),
    ...each,
  ]);
}

function wrapped(spans: readonly Span[], sign: Span, width: number): Line[] {
  return wrap(spans, width - widthOf([sign]) - 1);
}

/** Lines behind a sign, all at the same column. */
export function marked(sign: Span, lines: readonly Line[]): Line[] {
  const margin = ' '.repeat(widthOf([sign]) + 1);
  return lines.map((each, index) =>
    index === 0 ? [sign, span(' '), ...each] : [span(margin), ...each],
  );
}

/** The time of day, for something that was seen today or not long ago. */
function clock(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : at.toTimeString().slice(0, 5);
}

/** How long something took, as one says it. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`;
}
