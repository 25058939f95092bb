import { columnsOf, splitAt } from '../text/measure.ts';
import { elided, withDigests } from './digests.ts';
import { type Line, type Role, type Span, widthOf } from './line.ts';

interface Word {
  readonly spans: Span[];
  width: number;
  /** The role of the space before it, since an emphasis may continue through it. */
  readonly gap: Role;
}

function wordsIn(spans: readonly Span[]): Word[] {
  const words: Word[] = [];
  let open: Word | undefined;
  let gap: Role = 'text';
  for (const { text, role } of spans) {
    for (const piece of text.split(/( +)/)) {
      if (piece === '') continue;
      if (piece.startsWith(' ')) {
        open = undefined;
        gap = role;
        continue;
      }
      if (open === undefined) {
        open = { spans: [], width: 0, gap };
        words.push(open);
      }
      open.spans.push({ text: piece, role });
      open.width += columnsOf(piece);
    }
  }
  return words;
}

/** Cuts a word that is wider than a line; a path after a slash. A digest loses its middle instead. */
function broken(long: Word, width: number): Word[] {
  if (long.width <= width) return [long];
  const spans = long.spans.map(({ text, role }) => ({ text: withDigests(text, elided), role }));
  const word = { ...long, spans, width: widthOf(spans) };
  if (word.width <= width) return [word];
  const pieces: Word[] = [{ spans: [], width: 0, gap: word.gap }];
  for (const { text, role } of word.spans) {
    let rest = text;
    while (rest !== '') {
      let piece = pieces.at(-1) as Word;
      if (piece.width >= width) {
        piece = { spans: [], width: 0, gap: role };
        pieces.push(piece);
      }
      let [head, tail] = splitAt(rest, width - piece.width);
      const slash = tail === '' ? -1 : head.lastIndexOf('/');
      const divided = slash > 0 && slash < head.length - 1;
      if (divided) [head, tail] = [head.slice(0, slash + 1), head.slice(slash + 1) + tail];
      // The character is wider than the rest of the line, or than the whole line.
      if (head === '' && piece.width > 0) {
        pieces.push({ spans: [], width: 0, gap: role });
        continue;
      }
      if (head === '') [head, tail] = [rest, ''];
      piece.spans.push({ text: head, role });
      piece.width += columnsOf(head);
      if (divided) pieces.push({ spans: [], width: 0, gap: role });
      rest = tail;
    }
  }
  return pieces;
}

function joined(spans: readonly Span[]): Line {
  const result: Span[] = [];
  for (const { text, role } of spans) {
    const last = result.at(-1);
    if (last?.role === role) result[result.length - 1] = { text: last.text + text, role };
    else result.push({ text, role });
  }
  return result;
}

/** Breaks prose at its spaces into lines of at most this width. */
export function wrap(spans: readonly Span[], width: number): Line[] {
  const room = Math.max(1, width);
  const lines: Span[][] = [];
  let used = 0;
  for (const word of wordsIn(spans).flatMap((each) => broken(each, room))) {
    const current = lines.at(-1);
    if (current !== undefined && used + 1 + word.width <= room) {
      const before = current.at(-1);
      const gap = before?.role === word.spans[0]?.role ? word.gap : 'text';
      current.push({ text: ' ', role: gap }, ...word.spans);
      used += 1 + word.width;
    } else {
      lines.push([...word.spans]);
      used = word.width;
    }
  }
  return lines.map(joined);
}
