import { heightIn } from '../frame.ts';
import type { Theme } from '../theme.ts';
import type { Size } from '../view.ts';

/** Where the learner's shell is on the screen, and what is left for the page. */
export interface PanePlace {
  /** `alone`: the terminal was made too small for both, and shows the one that has the keys. */
  readonly at: 'beside' | 'below' | 'alone';
  /** The page is laid out as on a terminal of this size; undefined if it has no room. */
  readonly page: Size | undefined;
  /** The first cell of the shell's terminal, counted from 0, and its size. */
  readonly row: number;
  readonly column: number;
  readonly columns: number;
  readonly rows: number;
}

/** From this size on, the shell is beside the page. */
const roomBeside: Size = { columns: 110, rows: 30 };
/** From this size on, it's below. */
const roomBelow: Size = { columns: 72, rows: 46 };

/**
 * The part of a wide terminal that the page gets. It gets more where its lines are cut with less, and the
 * shell has enough; beyond its widest lines there's nothing to show.
 */
const pageShare = 0.48;
const uncutPage = 78;
const enoughShell = 60;
const widestPage = 84;
/** The line between the two, and a free column. */
const divider = 2;
/** A row of its own tells the shell's name and keys. */
const status = 1;
/** The rows of a page below which the shell is. */
const pageRowsShare = 0.53;

/** Whether the terminal has room for page and shell. */
export function hasPaneRoom({ columns, rows }: Size, { spoken }: Theme): boolean {
  if (spoken) return false;
  const within = (room: Size) => columns >= room.columns && rows >= room.rows;
  return within(roomBeside) || within(roomBelow);
}

/** @param focused the shell has the keys: it's what is shown if there's room for one only */
export function placePane(size: Size, focused: boolean): PanePlace {
  const { columns, rows } = size;
  const height = heightIn(size);
  if (columns >= roomBeside.columns && rows >= roomBeside.rows) {
    const uncut = Math.min(uncutPage, columns - divider - enoughShell);
    const page = Math.min(widestPage, Math.max(uncut, Math.round(columns * pageShare)));
    const column = page + divider;
    return {
      at: 'beside',
      page: { columns: page, rows },
      row: 0,
      column,
      columns: columns - column,
      rows: height - status,
    };
  }
  if (columns >= roomBelow.columns && rows >= roomBelow.rows) {
    const page = Math.round(height * pageRowsShare);
    return {
      at: 'below',
      // A screen leaves the last row of its terminal free.
      page: { columns, rows: page + 1 },
      row: page + status,
      column: 0,
      columns,
      rows: height - page - status,
    };
  }
  return {
    at: 'alone',
    page: focused ? undefined : size,
    row: 0,
    column: 0,
    columns,
    rows: Math.max(1, height - status),
  };
}
