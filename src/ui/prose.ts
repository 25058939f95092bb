import { notYetKnown, paragraphsOf, type Text, withKeys } from '../engine/text.ts';
import { keyFor } from './keymap.ts';
import { blank, type Line, type Span, span } from './line.ts';
import { readable } from './measure.ts';
import type { Theme } from './theme.ts';
import { wrap } from './wrap.ts';

/** The known facts of a text, by id, as text. */
export type Known = ReadonlyMap<string, string>;

/** The spans of a text, paragraph by paragraph. */
export function paragraphs(text: Text, known: Known, theme: Theme): Span[][] {
  // Without styles, code and emphasis keep their backticks and stars.
  const marks = theme.styles === 'none' && !theme.spoken;
  const named = text.map((part) =>
    typeof part === 'string' ? withKeys(part, (action) => keyFor(action, theme)) : part,
  );
  return paragraphsOf(named).map((pieces) =>
    pieces.flatMap((piece): Span[] => {
      if ('fact' in piece) {
        const value = known.get(piece.fact.id);
        return [value === undefined ? span(notYetKnown, 'dim') : span(value, 'live')];
      }
      const { text: words, role } = piece;
      if (role === 'mark') return marks ? [span(words)] : [];
      return [span(spelled(words, theme), role)];
    }),
  );
}

/** In ASCII, replaces an ellipsis by dots: a sentence has room for that. */
export function spelled(text: string, { ascii, symbols }: Theme): string {
  return ascii ? text.replaceAll('…', symbols.ellipsis) : text;
}

/** A text as lines of at most `width` columns, a blank line between paragraphs. */
export function prose(text: Text, known: Known, theme: Theme, width: number): Line[] {
  return paragraphs(text, known, theme)
    .filter((spans) => spans.length > 0)
    .flatMap((spans, index) => {
      const lines = wrap(spans, readable(width, theme));
      return index === 0 ? lines : [blank, ...lines];
    });
}

/** The same for a sentence of the screens, which has no facts. */
export function sentence(text: string, theme: Theme, width: number): Line[] {
  return prose([text], new Map(), theme, width);
}
