import type { Output } from '../engine/output.ts';
import { columnsOf } from '../text/measure.ts';
import { counted } from '../text/words.ts';
import { chop } from '../text/wrap.ts';
import { keyFor } from './keymap.ts';
import { type Line, type Span, span, widthOf } from './line.ts';
import type { Theme } from './theme.ts';

/** A long line of output is continued on at most this many rows. */
const rowsPerLine = 10;

/** A script's output, with a bar that sets it apart from the tour's own words. */
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

/** The rows for one line of output. */
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

/** Narrows the gaps between columns if a line is too wide for the page. */
function closer(text: string, room: number): string {
  return columnsOf(text) <= room ? text : text.replace(/(?<=\S) {3,}/g, '  ').trimEnd();
}

/** Whether the output fits into `room` rows. Stops counting once it doesn't. */
export function fits(output: Output, room: number, theme: Theme, width: number): boolean {
  let rows = output.dropped > 0 ? 1 : 0;
  for (const text of output.lines) {
    if (rows > room) return false;
    rows += outputRows(text, theme, width).length;
  }
  return rows <= room;
}

/** Cuts output to `room` rows: the middle is left out or, while the script runs, the beginning. */
export function excerpt(
  output: Output,
  room: number,
  theme: Theme,
  width: number,
  options: { readonly growing: boolean },
): Line[] {
  if (fits(output, room, theme, width)) return outputLines(output, theme, width);
  const { lines, dropped } = output;
  // If lines were dropped, the beginning is gone and can't be shown.
  const headRows = options.growing || dropped > 0 ? 0 : Math.ceil((room - 1) / 2);
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
