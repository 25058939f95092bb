import type { Lesson } from '../engine/lesson.ts';
import { columnsOf } from '../text/measure.ts';
import { indented, type Line, type Span, span } from './line.ts';
import { type Known, prose } from './prose.ts';
import type { Theme } from './theme.ts';

/** A lesson's picture with its spaces kept; for a screen reader, its description. */
function pictureLines(
  picture: NonNullable<Lesson['picture']>,
  known: Known,
  theme: Theme,
  width: number,
): Line[] {
  if (theme.spoken) return prose([picture.alt], known, theme, width);
  const lines: Span[][] = [[]];
  for (const part of picture.drawing) {
    if (typeof part !== 'string') {
      const value = known.get(part.fact.id);
      const shown = value ?? (part.width > 0 ? 'not yet' : 'not yet known');
      const room = ' '.repeat(Math.max(0, part.width - columnsOf(shown)));
      lines.at(-1)?.push(span(shown, value === undefined ? 'dim' : 'live'), span(room));
      continue;
    }
    for (const [index, text] of part.split('\n').entries()) {
      if (index > 0) lines.push([]);
      if (text !== '') lines.at(-1)?.push(span(text));
    }
  }
  return lines;
}

/** The picture of a lesson for its page, if it has one. */
export function lessonPicture(
  { picture }: Lesson,
  known: Known,
  theme: Theme,
  width: number,
): Line[] {
  if (picture === undefined) return [];
  return indented(pictureLines(picture, known, theme, width), theme.spoken ? 0 : 2);
}
