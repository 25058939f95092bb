import type { Line } from '../ui/line.ts';
import type { Theme } from '../ui/theme.ts';
import type { ExplorerState, Page } from './state.ts';

/** A page whose rows are rendered one at a time, when they're shown. */
export interface PageView {
  /** Stays at the top. */
  readonly head: readonly Line[];
  /** The number of first rows that scroll in a window of their own above the others. */
  readonly upper: number;
  /** Between the two windows. */
  readonly middle: Line;
  readonly count: number;
  readonly line: (at: number) => Line;
  /** The text of a row that is searched. */
  readonly text: (at: number) => string;
  /** The page that a row opens. */
  readonly target: (at: number) => Page | undefined;
  /** Shown if there are no rows. */
  readonly instead: Line;
  /** The first cursor position. */
  readonly start: number;
  /** The full text of the cursor's row, if it doesn't fit. */
  readonly foot: (at: number) => string | undefined;
}

export interface Drawing {
  readonly state: ExplorerState;
  readonly theme: Theme;
  readonly width: number;
}

/** A page with the given properties; the rest as on an empty page. */
export function pageView(parts: Partial<PageView>): PageView {
  return {
    head: [],
    upper: 0,
    middle: [],
    count: 0,
    line: () => [],
    text: () => '',
    target: () => undefined,
    instead: [],
    start: 0,
    foot: () => undefined,
    ...parts,
  };
}
