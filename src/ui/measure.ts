import { proseWidth } from '../text/measure.ts';
import type { Theme } from './theme.ts';

/** Lists are wider, and still something the eye can follow from left to right. */
export const listWidth = 100;

/** From this width on, what happens stands beside what it is for. */
export const twoColumns = 140;
export const columnGap = 4;

/** How wide a line of prose may be: a voice has no line breaks. */
export function readable(width: number, { spoken }: Theme): number {
  return spoken ? width : Math.min(width, proseWidth);
}
