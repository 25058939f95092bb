import { type Line, truncate, widthOf } from './line.ts';
import type { Theme } from './theme.ts';
import type { Size } from './view.ts';

/**
 * What stands in the regions of a screen. Each is lines, measured and cut to fit, because a region
 * scrolls its lines and a key has to know what of them is in view; Ink puts the regions in their places.
 */
export interface Frame {
  /** Columns of the title and of the rules. */
  readonly width: number;
  readonly header?: Ends;
  /** Side by side, and scrolled together. */
  readonly columns: readonly Column[];
  /** Stays in view below the columns. */
  readonly pinned: readonly Line[];
  readonly footer?: Footing;
}

/** What stands at the left edge, and what at the right. */
export interface Ends {
  readonly left: Line;
  readonly right: Line;
}

export interface Column {
  readonly lines: readonly Line[];
  /** Without it, the column takes what room there is. */
  readonly width?: number | undefined;
}

export interface Footing {
  /** The texts in the rule above the keys. */
  readonly rule: Ends;
  readonly keys: Line;
}

export const noEnds: Ends = { left: [], right: [] };

/** Free columns on either side. */
export const margin = 1;
/** Rows of title, rule, rule, keys. */
export const furniture = 4;
/** A voice reads sentences, not lines. */
const spokenWidth = 10_000;

/** Columns between the margins, but no more than the eye follows from left to right. */
export function widthIn({ columns }: Size, { spoken }: Theme, widest: number): number {
  return spoken ? spokenWidth : Math.max(1, Math.min(columns - 2 * margin, widest));
}

/** Rows of a screen: not the last one of the terminal, where writing may scroll it. */
export function heightIn({ rows }: Size): number {
  return Math.max(furniture + 1, rows - 1);
}

/** Two texts on one row; the one at the left gives way. */
export function apart({ left, right }: Ends, width: number): Ends {
  if (right.length === 0) return { left: truncate(left, width), right };
  return { left: truncate(left, Math.max(0, width - widthOf(right) - 1)), right };
}

/** Lines no wider than there is room for. */
export function cut(lines: readonly Line[], width: number): Line[] {
  return lines.map((each) => truncate(each, width));
}
