import { proseWidth } from '../text/measure.ts';
import type { Theme } from './theme.ts';

/** Lists may be wider than prose and are still easy to read. */
export const listWidth = 100;

/** From this width on, a step has two columns: its purpose, and what happens. */
export const twoColumns = 140;
export const columnGap = 4;

/** How wide a line of prose may be. In speech mode, lines are not wrapped. */
export function readable(width: number, { spoken }: Theme): number {
  return spoken ? width : Math.min(width, proseWidth);
}
