import type { Line } from '../ui/line.ts';
import type { Theme } from '../ui/theme.ts';
import type { ExplorerState, Page } from './state.ts';

/** A page as rows that are made one at a time, when they are shown. */
export interface PageView {
  /** Stays at the top. */
  readonly head: readonly Line[];
  /** So many of the rows, the first ones, have a window of their own above the others. */
  readonly upper: number;
  /** Between the two windows. */
  readonly middle: Line;
  readonly count: number;
  readonly line: (at: number) => Line;
  /** What a search looks at. */
  readonly text: (at: number) => string;
  /** The page a row leads to. */
  readonly target: (at: number) => Page | undefined;
  /** In place of rows, where there are none. */
  readonly instead: Line;
  /** Where one begins. */
  readonly start: number;
  /** What the cursor's row means in full, where the row has no room for it. */
  readonly foot: (at: number) => string | undefined;
}

export interface Drawing {
  readonly state: ExplorerState;
  readonly theme: Theme;
  readonly width: number;
}

/** What differs from an empty page. */
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
