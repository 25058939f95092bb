import { html, type Markup } from './markup.ts';
import type { Run, Words } from './model.ts';

/** The size of one character's cell: text of 13.3 px in the usual fixed-width proportion. */
const cell = { width: 8, height: 19 };
const baseline = 14;
const centre = { x: cell.width / 2, y: cell.height / 2 };

/** The directions in which a line leaves the middle of its cell: up, right, down, left. */
const lines: Readonly<Record<string, string>> = {
  '─': 'rl',
  '│': 'ud',
  '┌': 'rd',
  '┐': 'dl',
  '└': 'ur',
  '┘': 'ul',
  '├': 'urd',
  '┤': 'udl',
  '┬': 'rdl',
  '┴': 'url',
  '┼': 'urdl',
};

const ways: Readonly<Record<string, string>> = {
  u: `v${-centre.y}`,
  r: `h${centre.x}`,
  d: `v${centre.y}`,
  l: `h${-centre.x}`,
};

/** An arrow's tip, drawn from the middle of the cell. */
const arrows: Readonly<Record<string, string>> = {
  '►': 'm-4,-4 l7,4 l-7,4 z',
  '◄': 'm4,-4 l-7,4 l7,4 z',
  '▲': 'm-4,3 l4,-7 l4,7 z',
  '▼': 'm-4,-3 l4,7 l4,-7 z',
};

interface PlacedText {
  readonly row: number;
  readonly column: number;
  readonly text: string;
  readonly role: Run['role'];
}

/** The labels and their positions. Two spaces or a line separate one label from the next. */
function texts(rows: readonly Words[]): PlacedText[] {
  return rows.flatMap((words, row) => {
    let start = 0;
    return words.flatMap(({ text, role }) => {
      const from = start;
      start += text.length;
      return [...text.matchAll(/[^ ─│┌┐└┘├┤┬┴┼►◄▲▼]+(?: [^ ─│┌┐└┘├┤┬┴┼►◄▲▼]+)*/g)].map((found) => ({
        row,
        column: from + found.index,
        text: found[0],
        role,
      }));
    });
  });
}

function strokes(rows: readonly string[], of: Readonly<Record<string, string>>): string {
  return rows
    .flatMap((row, y) =>
      [...row].flatMap((character, x) => {
        const drawn = of[character];
        const at = `M${x * cell.width + centre.x},${y * cell.height + centre.y}`;
        return drawn === undefined ? [] : [at + drawn];
      }),
    )
    .join('');
}

/** Each direction is drawn from the middle; the pen then moves back for the next one. */
const linePaths = Object.fromEntries(
  Object.entries(lines).map(([character, ends]) => [
    character,
    [...ends].map((way) => `${ways[way]}m${back(way)}`).join(''),
  ]),
);

function back(way: string): string {
  const [dx, dy] = { u: [0, centre.y], r: [-centre.x, 0], d: [0, -centre.y] }[way] ?? [centre.x, 0];
  return `${dx},${dy}`;
}

/** Turns a picture of box-drawing characters into SVG, which scales and keeps its text as text. */
export function boxArtToSvg(rows: readonly Words[], alt: string): Markup {
  const plain = rows.map((words) => words.map(({ text }) => text).join(''));
  const columns = Math.max(...plain.map((row) => row.trimEnd().length));
  const width = columns * cell.width;
  const height = rows.length * cell.height;
  const labels = texts(rows).map(
    ({ row, column, text, role }) =>
      html`<text class="${role}" x="${column * cell.width}" y="${row * cell.height + baseline}" textLength="${text.length * cell.width}">${text}</text>`,
  );
  return html`<svg role="img" aria-label="${alt}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><path class="line" d="${strokes(plain, linePaths)}"/><path class="tip" d="${strokes(plain, arrows)}"/>${labels}</svg>`;
}
