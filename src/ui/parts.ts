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
  return [
    ...(dropped > 0 ? [outputNote(`${counted(dropped, 'line')} came before these`, theme)] : []),
    ...lines.flatMap((text) => outputRows(text, theme, width)),
  ];
}

function outputBar(sign: string, { spoken }: Theme): Span {
  return span(spoken ? '' : ` ${sign} `, 'dim');
}

function outputNote(text: string, theme: Theme): Line {
  const { bar, ellipsis } = theme.symbols;
  return [outputBar(bar, theme), span(`${ellipsis} ${text}`, 'dim')];
}

/** The rows that one line of output takes. */
function outputRows(text: string, theme: Theme, width: number): Line[] {
  const { bar, further, ellipsis } = theme.symbols;
  const first = outputBar(bar, theme);
  const room = width - widthOf([first]);
  const pieces = chop(closer(text, room), room);
  const rows = pieces.slice(0, rowsPerLine).map((piece) => span(piece));
  if (rows.length < pieces.length) {
    rows.push(span(`${ellipsis} ${text.length} characters in all`, 'dim'));
  }
  return rows.map((row, index) => [index === 0 ? first : outputBar(further, theme), row]);
}

/** The columns of a table that is too wide for the page come together, rather than apart. */
function closer(text: string, room: number): string {
  return columnsOf(text) <= room ? text : text.replace(/(?<=\S) {3,}/g, '  ').trimEnd();
}

/** Whether all of the output fits into so many rows. Looks at no more of it than it has to. */
export function fits(output: Output, room: number, theme: Theme, width: number): boolean {
  let rows = output.dropped > 0 ? 1 : 0;
  for (const text of output.lines) {
    if (rows > room) return false;
    rows += outputRows(text, theme, width).length;
  }
  return rows <= room;
}

/** Output in so many rows: without its middle, or without its beginning while more is coming. */
export function excerpt(
  output: Output,
  room: number,
  keep: 'ends' | 'tail',
  theme: Theme,
  width: number,
): Line[] {
  if (fits(output, room, theme, width)) return outputLines(output, theme, width);
  const { lines, dropped } = output;
  const headRows = keep === 'tail' ? 0 : Math.ceil((room - 1) / 2);
  const tailRows = room - 1 - headRows;
  const head: Line[] = [];
  let from = 0;
  while (head.length < headRows) head.push(...outputRows(lines[from++] ?? '', theme, width));
  const tail: Line[] = [];
  let to = lines.length;
  while (tail.length < tailRows && to > from) {
    to -= 1;
    tail.unshift(...outputRows(lines[to] ?? '', theme, width));
  }
  const more = to - from + dropped;
  const what = more > 0 ? counted(more, 'more line') : 'more of this line';
  return [
    ...head.slice(0, headRows),
    outputNote(keep === 'ends' ? `${what} (o shows all)` : what, theme),
    ...(tailRows > 0 ? tail.slice(-tailRows) : []),
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
