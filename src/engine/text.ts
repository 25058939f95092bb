import type { AnyFact } from './fact.ts';

/** A fact's place in a text. `width` pads it with spaces, so that pictures keep their shape. */
interface LiveFact {
  readonly fact: AnyFact;
  readonly width: number;
}

/** Prose: plain text with `code`, *emphasis* and live facts. Paragraphs are separated by a blank line. */
export type Text = readonly (string | LiveFact)[];

/** Actions whose key a sentence may name. */
export type KeyAction =
  | 'run'
  | 'install'
  | 'shell'
  | 'visit'
  | 'hint'
  | 'glossary'
  | 'contents'
  | 'explore'
  | 'lab'
  | 'picture'
  | 'quiz'
  | 'output'
  | 'carry on'
  | 'cancel';

/** A placeholder for the key that does this; the keymap fills it in. */
export function key(action: KeyAction): string {
  return `{key:${action}}`;
}

/** Replaces the placeholders of a text by the names of the keys. */
export function withKeys(text: string, nameOf: (action: KeyAction) => string): string {
  return text.replace(/\{key:([a-z ]+)\}/g, (_, action: string) => nameOf(action as KeyAction));
}

function isLiveFact(value: AnyFact | LiveFact): value is LiveFact {
  return 'width' in value;
}

function joined(strings: TemplateStringsArray, values: readonly (AnyFact | LiveFact | string)[]) {
  const parts: (string | LiveFact)[] = [strings[0] ?? ''];
  for (const [index, value] of values.entries()) {
    const string = strings[index + 1] ?? '';
    // A key is a part of the sentence around it.
    if (typeof value === 'string') parts.push(`${parts.pop()}${value}${string}`);
    else parts.push(isLiveFact(value) ? value : { fact: value, width: 0 }, string);
  }
  return parts;
}

/** Prose in a template. Line breaks and indentation of the source are ignored, blank lines are kept. */
export function text(
  strings: TemplateStringsArray,
  ...values: (AnyFact | LiveFact | string)[]
): Text {
  const parts = joined(strings, values).map((part) =>
    typeof part === 'string'
      ? part
          .replace(/[ \t]*\n[ \t]*/g, '\n')
          .replace(/\n(\n*)/g, (_, more: string) => (more === '' ? ' ' : '\n\n'))
      : part,
  );
  return trimmed(parts);
}

/** A picture in a template. Spaces are kept, except for the indentation that all lines share. */
export function picture(strings: TemplateStringsArray, ...values: (AnyFact | LiveFact)[]): Text {
  const parts = joined(strings, values);
  const indents = parts.flatMap((part) =>
    typeof part === 'string'
      ? [...part.matchAll(/\n( *)(?=[^\n ])/g)].map(([, it = '']) => it.length)
      : [],
  );
  const shared = Math.min(...indents, 80);
  const margin = new RegExp(`\\n {0,${shared}}`, 'g');
  return trimmed(
    parts.map((part) => (typeof part === 'string' ? part.replace(margin, '\n') : part)),
  );
}

/** A fact padded to a fixed number of columns. */
export function wide(fact: AnyFact, width: number): LiveFact {
  return { fact, width };
}

function trimmed(parts: (string | LiveFact)[]): Text {
  const first = parts[0];
  const last = parts.at(-1);
  if (typeof first === 'string') parts[0] = first.replace(/^\s*\n|^ +(?=\S)/, '');
  if (typeof last === 'string') {
    const at = parts.length - 1;
    parts[at] = (parts[at] as string).trimEnd();
  }
  return parts;
}

/** A run of prose in one style. A `mark` is the backtick or star around it. */
interface Piece {
  readonly text: string;
  readonly role: 'text' | 'code' | 'emphasis' | 'mark';
}

/** *Emphasis*: stars at the edges of words. One in `*.tar` or 2 * 3 is just a star. */
const emphasis = /(?<![\w*])\*([^\s*](?:[^*]*[^\s*])?)\*(?![\w*])/g;

function emphasised(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(emphasis)) {
    const star: Piece = { text: '*', role: 'mark' };
    pieces.push({ text: text.slice(from, match.index), role: 'text' });
    pieces.push(star, { text: match[1] ?? '', role: 'emphasis' }, star);
    from = match.index + match[0].length;
  }
  return [...pieces, { text: text.slice(from), role: 'text' }];
}

/** The pieces and live facts of a text, paragraph by paragraph. `Code` may hold live facts. */
export function paragraphsOf(text: Text): (Piece | LiveFact)[][] {
  const result: (Piece | LiveFact)[][] = [[]];
  let code = false;
  const add = (...pieces: Piece[]) =>
    result.at(-1)?.push(...pieces.filter((each) => each.text !== ''));
  for (const part of text) {
    if (typeof part !== 'string') {
      result.at(-1)?.push(part);
      continue;
    }
    for (const [index, paragraph] of part.split('\n\n').entries()) {
      if (index > 0) result.push([]);
      for (const [at, piece] of paragraph.split('`').entries()) {
        if (at > 0) {
          code = !code;
          add({ text: '`', role: 'mark' });
        }
        if (code) add({ text: piece, role: 'code' });
        else add(...emphasised(piece));
      }
    }
  }
  return result;
}

/** The facts a text refers to. */
export function factsIn(...texts: readonly (Text | undefined)[]): AnyFact[] {
  return texts.flatMap((parts) =>
    (parts ?? []).flatMap((part) => (typeof part === 'string' ? [] : [part.fact])),
  );
}

export const notYetKnown = 'not yet known';

/** What completes '$VARIABLE is' if its value isn't known: what it's about may have ended, and come again. */
export function unknownWords({ knownWhile }: AnyFact): string {
  return knownWhile === undefined ? notYetKnown : `known while ${knownWhile}`;
}

/** The text as a string, with the values of its known facts. */
export function plain(parts: Text, known: ReadonlyMap<string, string>): string {
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      const value = known.get(part.fact.id) ?? (part.width > 0 ? 'not yet' : notYetKnown);
      return value.padEnd(part.width);
    })
    .join('');
}
