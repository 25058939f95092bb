import { notYetKnown, type Text } from '../engine/text.ts';
import { blank, type Line, type Span, span } from './line.ts';
import { readable } from './measure.ts';
import type { Theme } from './theme.ts';
import { wrap } from './wrap.ts';

/** What is known of the facts in a text, as they read. */
export type Known = ReadonlyMap<string, string>;

/** *Emphasis*: stars that stand at the edges of words. One in `*.tar` or 2 * 3 is just a star. */
const emphasis = /(?<![\w*])\*([^\s*](?:[^*]*[^\s*])?)\*(?![\w*])/g;

function emphasised(text: string, marks: boolean): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const match of text.matchAll(emphasis)) {
    spans.push(span(text.slice(from, match.index)));
    spans.push(span(marks ? match[0] : (match[1] ?? ''), 'emphasis'));
    from = match.index + match[0].length;
  }
  return [...spans, span(text.slice(from))];
}

/** The spans of a text, paragraph by paragraph. `Code` may begin in one part and end in another. */
export function paragraphs(text: Text, known: Known, theme: Theme): Span[][] {
  // Without any style, the marks of the source are what tells code and emphasis apart.
  const marks = theme.styles === 'none' && !theme.spoken;
  const result: Span[][] = [[]];
  let code = false;
  const add = (...spans: Span[]) =>
    result.at(-1)?.push(...spans.filter((each) => each.text !== ''));
  for (const part of text) {
    if (typeof part !== 'string') {
      const value = known.get(part.fact.id);
      add(value === undefined ? span(notYetKnown, 'dim') : span(value, 'live'));
      continue;
    }
    for (const [index, paragraph] of spelled(part, theme).split('\n\n').entries()) {
      if (index > 0) result.push([]);
      for (const [at, piece] of paragraph.split('`').entries()) {
        if (at > 0) {
          code = !code;
          if (marks) add(span('`'));
        }
        if (code) add(span(piece, 'code'));
        else add(...emphasised(piece, marks));
      }
    }
  }
  return result;
}

/** In a sentence an ellipsis has room to be spelled out. */
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

/** A sentence of the screens themselves, with the same marks. */
export function sentence(text: string, theme: Theme, width: number): Line[] {
  return prose([text], new Map(), theme, width);
}
