import type { OwnDigests } from '../engine/own-digests.ts';
import { columnsOf, splitAt } from '../text/measure.ts';
import { elided, ownIn, withDigests } from './digests.ts';

/** A line of output as the page shows it. */
export interface ReadableLine {
  readonly text: string;
  /** The names of the digests on it, if there is room for them. */
  readonly note: string;
}

/** Columns that the last column of a table keeps, however long it is. */
const leastLastColumn = 12;

/**
 * Fits lines of output into a width: without the middles of digests and paths, tables column by column.
 * @param colored whether a digest's colour tells what it names; otherwise its name must have room
 */
export function readable(
  lines: readonly string[],
  room: number,
  own: OwnDigests,
  colored: boolean,
): ReadableLine[] {
  const result: ReadableLine[] = [];
  for (let at = 0; at < lines.length; ) {
    const table = tableAt(lines, at);
    const isTooWide = table.some((text) => columnsOf(text) > room);
    if (isTooWide)
      result.push(...fittedTable(table, room, own).map((text) => ({ text, note: '' })));
    else
      result.push(
        ...lines
          .slice(at, at + (table.length || 1))
          .map((text) => fitted(text, room, own, colored)),
      );
    at += table.length || 1;
  }
  return result;
}

function fitted(text: string, room: number, own: OwnDigests, colored: boolean): ReadableLine {
  const ways: ((text: string) => string)[] = [
    (it) => it,
    (it) => withDigests(it, elided),
    withoutMiddles,
    closer,
  ];
  let shown = text;
  for (const way of ways) {
    shown = way(shown);
    if (columnsOf(shown) <= room) break;
  }
  const note = [...new Set(ownIn(text, own).map(({ name }) => name))].join(', ');
  const hasRoom = (text: string) => columnsOf(text) + 2 + columnsOf(note) <= room;
  if (note === '') return { text: shown, note };
  const brief = colored ? shown : withDigests(shown, elided);
  if (!hasRoom(shown) && hasRoom(brief)) return { text: brief, note };
  return { text: shown, note: hasRoom(shown) ? note : '' };
}

/** Leaves out the middle of long paths: two of them are told apart by their ends. */
function withoutMiddles(text: string): string {
  return text.replace(
    /(\/[\w.@+-]+)(?:\/[\w.@+-]+){2,}((?:\/[\w.@+-]+){3})(?![\w.@+-])/g,
    '$1/…$2',
  );
}

/** Narrows the gaps between columns. */
function closer(text: string): string {
  return text.replace(/(?<=\S) {3,}/g, '  ').trimEnd();
}

const heading = /^[A-Z]{2,}(?: +[A-Z]{2,})+ *$/;

/** The lines of a table that begins here: its heading and its rows; none if there is no table. */
function tableAt(lines: readonly string[], at: number): readonly string[] {
  const [head = '', ...rest] = lines.slice(at);
  if (!heading.test(head)) return [];
  const starts = startsIn(head);
  const end = rest.findIndex(
    (text) =>
      text.trim() === '' || !(isAligned(text, starts) || gapped(text).length === starts.length),
  );
  return [head, ...(end === -1 ? rest : rest.slice(0, end))];
}

/** Where the columns of a table begin. */
function startsIn(head: string): number[] {
  return [...head.matchAll(/\S+/g)].map(({ index }) => index);
}

function isAligned(text: string, starts: readonly number[]): boolean {
  return starts.every((start) => start === 0 || (text[start - 1] ?? ' ') === ' ');
}

function gapped(text: string): string[] {
  return text.trim().split(/ {2,}/);
}

/** A table whose columns are as wide as they must be; the last is cut. */
function fittedTable(lines: readonly string[], room: number, own: OwnDigests): string[] {
  const rows = cellsOf(lines);
  const named = (hex: string) => {
    const name = own.get(hex)?.name;
    return name === undefined ? '' : ` ${name}`;
  };
  const brief = (text: string) => withDigests(text, (hex) => `${hex.slice(0, 8)}…${named(hex)}`);
  const ways: ((text: string) => string)[] = [
    (text) => withDigests(text, (hex, found) => `${elided(hex, found)}${named(hex)}`),
    brief,
    (text) => brief(text).replace(/application\/vnd\.(?:\w+\.)+(?=\w+\.v\d)/g, '…'),
  ];
  const last = Math.max(...rows.map((cells) => cells.length)) - 1;
  for (const [index, way] of ways.entries()) {
    const shown = rows.map((cells) => cells.map(way));
    const widths = Array.from({ length: last + 1 }, (_, column) =>
      Math.max(...shown.map((cells) => columnsOf(cells[column] ?? ''))),
    );
    const fixed = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0);
    const needed = fixed + Math.min(widths[last] ?? 0, leastLastColumn);
    if (needed > room && index < ways.length - 1) continue;
    return shown.map((cells) => cut(padded(cells, widths), room));
  }
  return [...lines];
}

function padded(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - columnsOf(cell))))
    .join('  ')
    .trimEnd();
}

function cut(text: string, room: number): string {
  return columnsOf(text) <= room ? text : `${splitAt(text, room - 1)[0]}…`;
}

/** The cells of a table: below their heading or, if it isn't aligned, as the gaps divide them. */
function cellsOf(lines: readonly string[]): string[][] {
  const starts = startsIn(lines[0] ?? '');
  const aligned = lines.every((text) => isAligned(text, starts));
  return lines.map((text) =>
    aligned
      ? starts.map((start, column) => text.slice(start, starts[column + 1]).trim())
      : gapped(text),
  );
}
