import { columnsOf, splitAt } from '../text/measure.ts';

/** The meaning of a piece of text. Only the theme decides how it looks. */
export type Role =
  | 'text'
  | 'title'
  | 'dim'
  | 'code'
  | 'emphasis'
  | 'live'
  | 'pass'
  | 'fail'
  | 'warn'
  | 'main'
  /** In a script or JSON. */
  | 'string'
  | 'keyword'
  /** What was searched for. */
  | 'found'
  /** What a digest of the learner's names. */
  | 'base'
  | 'delta'
  | 'config'
  | 'manifest';

/** How a text looks: the style properties of Ink's `<Text>`. */
export interface Style {
  readonly color?: string;
  readonly backgroundColor?: string;
  readonly bold?: true;
  readonly dimColor?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly strikethrough?: true;
  readonly inverse?: true;
}

export interface Span {
  readonly text: string;
  readonly role: Role;
  /** Where a terminal that has links leads from this text. */
  readonly link?: string;
  /** How a program in the learner's shell wrote it. It's theirs, so the theme has no say in it. */
  readonly style?: Style;
}

/** A row of a screen or a part of one, without line breaks. */
export type Line = readonly Span[];

export function span(text: string, role: Role = 'text'): Span {
  return { text, role };
}

/** A line of spans; bare strings are plain text. */
export function line(...parts: readonly (Span | string)[]): Line {
  return parts.map((part) => (typeof part === 'string' ? span(part) : part));
}

export const blank: Line = [];

/** Whether two lines look the same. */
export function sameLine(one: Line, other: Line): boolean {
  return (
    one.length === other.length &&
    one.every(({ text, role, style, link }, at) => {
      const same = other[at];
      return (
        text === same?.text && role === same.role && style === same.style && link === same.link
      );
    })
  );
}

export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + columnsOf(text), 0);
}

/** The text of a line, without its roles. */
export function textOf(line: Line): string {
  return line.map(({ text }) => text).join('');
}

/** The part of a line that begins at a character and has so many. */
export function slice(line: Line, from: number, length: number): Line {
  let at = 0;
  return line.flatMap(({ text, role }) => {
    const part = text.slice(Math.max(0, from - at), Math.max(0, from + length - at));
    at += text.length;
    return part === '' ? [] : [{ text: part, role }];
  });
}

/** Cuts a line that is too long and ends it with an ellipsis. */
export function truncate(line: Line, width: number): Line {
  if (widthOf(line) <= width) return line;
  if (width < 1) return blank;
  const kept: Span[] = [];
  let room = width - 1;
  for (const { text, role } of line) {
    const [head, tail] = splitAt(text, room);
    kept.push({ text: head, role });
    room -= columnsOf(head);
    if (tail !== '') break;
  }
  return [...kept, span('…', kept.at(-1)?.role)];
}

/** Puts one text at the left edge and one at the right; the left one is cut if need be. */
export function spread(left: Line, right: Line, width: number): Line {
  if (right.length === 0) return truncate(left, width);
  const room = Math.max(0, width - widthOf(right) - 1);
  const cut = truncate(left, room);
  return [...cut, span(' '.repeat(Math.max(1, width - widthOf(cut) - widthOf(right)))), ...right];
}

/** Fills a line up with spaces. */
export function padded(line: Line, width: number): Line {
  const missing = width - widthOf(line);
  return missing > 0 ? [...line, span(' '.repeat(missing))] : line;
}

/** Indents lines; the first may begin with something else than spaces. */
export function indented(lines: readonly Line[], by: number, first?: Line): Line[] {
  const margin = span(' '.repeat(by));
  return lines.map((each, index) =>
    index === 0 && first !== undefined ? [...first, ...each] : [margin, ...each],
  );
}

/** Puts a sign before the first line and aligns the others with it. */
export function marked(sign: Span, lines: readonly Line[]): Line[] {
  const margin = ' '.repeat(widthOf([sign]) + 1);
  return lines.map((each, index) =>
    index === 0 ? [sign, span(' '), ...each] : [span(margin), ...each],
  );
}
