import { type Line, truncate, widthOf } from './line.ts';
import type { Theme } from './theme.ts';
import type { Size } from './view.ts';

/**
 * The contents of a screen's regions. A region is a list of lines, measured and cut to fit, because it
 * scrolls by line and keys depend on which lines are in view. Ink places the regions.
 */
export interface Frame {
  /** Columns of the title and of the rules. */
  readonly width: number;
  readonly header?: Ends;
  /** Side by side, and scrolled together. */
  readonly columns: readonly Column[];
  /** The lesson's picture, which doesn't scroll. */
  readonly picture?: PlacedPicture | undefined;
  /** Lines that stay in view below the columns. */
  readonly pinned: readonly Line[];
  readonly footer?: Footing;
}

/** A text at the left edge and one at the right. */
export interface Ends {
  readonly left: Line;
  readonly right: Line;
}

/** A picture that stays in sight: above the second column, or below all of them. */
export interface PlacedPicture {
  readonly at: 'beside' | 'below';
  readonly lines: readonly Line[];
}

/** Rows that it takes, with the rule that sets it apart. */
export function heightOf(picture: PlacedPicture): number {
  return picture.lines.length + 1;
}

export interface Column {
  readonly lines: readonly Line[];
  /** If left out, the column takes all the room there is. */
  readonly width?: number | undefined;
}

export interface Footing {
  /** The texts in a rule above the keys. Without them there is no such rule. */
  readonly rule?: Ends;
  readonly keys: Line;
  /** A text at the right of the keys. */
  readonly right?: Line;
}

export const noEnds: Ends = { left: [], right: [] };

/** Free columns on either side. */
export const margin = 1;
/** Rows taken by the title, a rule and the keys. */
export const furniture = 3;
/** Wide enough that lines aren't wrapped for a screen reader. */
const spokenWidth = 10_000;

/** Columns between the margins, limited to a width that is easy to read. */
export function widthIn({ columns }: Size, { spoken }: Theme, widest: number): number {
  return spoken ? spokenWidth : Math.max(1, Math.min(columns - 2 * margin, widest));
}

/** Rows of a screen: all but the terminal's last one, where writing may scroll it. */
export function heightIn({ rows }: Size): number {
  return Math.max(furniture + 1, rows - 1);
}

/** Fits two texts on one row; the left one is cut if there isn't enough room. */
export function fitEnds({ left, right }: Ends, width: number): Ends {
  if (right.length === 0) return { left: truncate(left, width), right };
  return { left: truncate(left, Math.max(0, width - widthOf(right) - 1)), right };
}

/** Cuts lines to a width. */
export function cut(lines: readonly Line[], width: number): Line[] {
  return lines.map((each) => truncate(each, width));
}
