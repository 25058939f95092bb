import type { Output } from '../engine/output.ts';
import type { OwnDigests } from '../engine/own-digests.ts';
import { counted } from '../text/words.ts';
import { chop } from '../text/wrap.ts';
import { digestAround } from './digests.ts';
import { keyFor } from './keymap.ts';
import { type Line, type Span, span, widthOf } from './line.ts';
import { type ReadableLine, readable } from './readable-output.ts';
import type { Theme } from './theme.ts';

/** A long line of output is continued on at most this many rows. */
const rowsPerLine = 10;

/**
 * A script's output, with a bar that sets it apart from the tour's own words.
 * @param own fits it for reading, with the learner's digests named; left out, the lines are as they came
 */
export function outputLines(output: Output, theme: Theme, width: number, own?: OwnDigests): Line[] {
  const { dropped } = output;
  return [
    ...(dropped > 0 ? [outputNote(`${counted(dropped, 'line')} came before these`, theme)] : []),
    ...shownLines(output, theme, width, own).flatMap((each) => outputRows(each, theme, width)),
  ];
}

function roomIn(width: number, theme: Theme): number {
  return width - widthOf([outputBar(theme.symbols.bar, theme)]);
}

/** The last lines that were fitted: a page asks for the same ones several times. */
let latest:
  | { of: Output['lines']; room: number; own: OwnDigests; lines: ReadableLine[] }
  | undefined;

function shownLines(
  { lines }: Output,
  theme: Theme,
  width: number,
  own: OwnDigests | undefined,
): readonly ReadableLine[] {
  const room = roomIn(width, theme);
  if (own === undefined || theme.spoken) return lines.map((text) => ({ text, note: '' }));
  if (latest?.of !== lines || latest.room !== room || latest.own !== own) {
    latest = { of: lines, room, own, lines: readable(lines, room, own, theme.styles === 'color') };
  }
  return latest.lines;
}

/** Whether the page shows output otherwise than it came. */
export function isFitted(output: Output, theme: Theme, width: number, own: OwnDigests): boolean {
  return shownLines(output, theme, width, own).some(({ text }, at) => text !== output.lines[at]);
}

function outputBar(sign: string, { spoken }: Theme): Span {
  return span(spoken ? '' : ` ${sign} `, 'dim');
}

function outputNote(text: string, theme: Theme): Line {
  const { bar, ellipsis } = theme.symbols;
  return [outputBar(bar, theme), span(`${ellipsis} ${text}`, 'dim')];
}

function outputRows({ text, note }: ReadableLine, theme: Theme, width: number): Line[] {
  const { bar, further, ellipsis } = theme.symbols;
  const first = outputBar(bar, theme);
  const room = width - widthOf([first]);
  const pieces = piecesOf(text, room);
  const rows: Span[][] = pieces.slice(0, rowsPerLine).map((piece) => [span(piece)]);
  if (rows.length < pieces.length) {
    rows.push([span(`${ellipsis} ${text.length} characters in all`, 'dim')]);
  }
  const named = note === '' ? [] : [span(`  ${note}`, 'dim')];
  return rows.map((row, index) =>
    index === 0 ? [first, ...row, ...named] : [outputBar(further, theme), ...row],
  );
}

/** Cuts a line into rows, but not through a digest. */
function piecesOf(text: string, room: number): string[] {
  const [head = ''] = chop(text, room);
  const from = head.length < text.length ? digestAround(text, head.length) : undefined;
  if (from === undefined || from === 0) {
    const rest = text.slice(head.length).replace(/^ /, '');
    return rest === '' ? [head] : [head, ...piecesOf(rest, room)];
  }
  return [text.slice(0, from), ...piecesOf(text.slice(from), room)];
}

/** Whether the output fits into `room` rows. Stops counting once it doesn't. */
export function fits(
  output: Output,
  room: number,
  theme: Theme,
  width: number,
  own?: OwnDigests,
): boolean {
  let rows = output.dropped > 0 ? 1 : 0;
  for (const each of shownLines(output, theme, width, own)) {
    if (rows > room) return false;
    rows += outputRows(each, theme, width).length;
  }
  return rows <= room;
}

/** Cuts output to `room` rows: the middle is left out or, while the script runs, the beginning. */
export function excerpt(
  output: Output,
  room: number,
  theme: Theme,
  width: number,
  options: { readonly growing: boolean; readonly own?: OwnDigests },
): Line[] {
  const { own } = options;
  if (fits(output, room, theme, width, own)) return outputLines(output, theme, width, own);
  const { dropped } = output;
  const lines = shownLines(output, theme, width, own);
  const rowsAt = (at: number) => outputRows(lines[at] ?? { text: '', note: '' }, theme, width);
  // If lines were dropped, the beginning is gone and can't be shown.
  const headRows = options.growing || dropped > 0 ? 0 : Math.ceil((room - 1) / 2);
  const tailRows = room - 1 - headRows;
  const head: Line[] = [];
  let from = 0;
  while (head.length < headRows) head.push(...rowsAt(from++));
  const tail: Line[] = [];
  let to = lines.length;
  while (tail.length < tailRows && to > from) {
    to -= 1;
    tail.unshift(...rowsAt(to));
  }
  const key = keyFor('output', theme);
  const more = to - from + dropped;
  const what = more > 0 ? counted(more, 'more line') : 'more of this line';
  const where = dropped > 0 ? ` (${key} shows the last ${lines.length})` : ` (${key} shows all)`;
  return [
    ...head.slice(0, headRows),
    outputNote(options.growing ? what : `${what}${where}`, theme),
    ...(tailRows > 0 ? tail.slice(-tailRows) : []),
  ];
}
