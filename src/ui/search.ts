import type { Document } from './document.ts';
import type { Key } from './keys.ts';
import { type Line, type Span, span, textOf } from './line.ts';
import type { ChosenScreen, Search } from './view.ts';

/** Lines with the text in them, whatever its case. */
export function matchesIn({ lines, beside }: Document, text: string): number[] {
  const wanted = text.toLowerCase();
  if (wanted === '') return [];
  const has = (line: Line | undefined) =>
    line !== undefined && textOf(line).toLowerCase().includes(wanted);
  return lines.flatMap((line, at) => (has(line) || has(beside?.lines[at]) ? [at] : []));
}

/** Whether this page can show a match: the contents and the list of hits are no pages to read. */
export function isFoundOn(screen: ChosenScreen, document: Document, text: string): boolean {
  return screen !== 'contents' && screen !== 'hits' && matchesIn(document, text).length > 0;
}

/** The next line with a match below this one, or above it; after the last comes the first. */
export function nextMatch(
  document: Document,
  text: string,
  from: number,
  by: 1 | -1,
): number | undefined {
  const all = matchesIn(document, text);
  if (by === 1) return all.find((at) => at > from) ?? all[0];
  return all.findLast((at) => at < from) ?? all.at(-1);
}

/** The search after a key, while its text is typed; undefined if it was cancelled. */
export function typed(search: Search, key: Key): Search | undefined {
  switch (key) {
    case 'escape':
      return undefined;
    case 'enter':
      return search.text === '' ? undefined : { ...search, typing: false };
    case 'backspace':
      return { ...search, text: search.text.slice(0, -1) };
    case 'space':
      return { ...search, text: `${search.text} ` };
    default:
      return [...key].length === 1 ? { ...search, text: search.text + key } : search;
  }
}

/** Lines with what is searched for marked. */
export function marked(lines: readonly Line[], text: string): readonly Line[] {
  const wanted = text.toLowerCase();
  if (wanted === '') return lines;
  return lines.map((line) => line.flatMap((each) => partsOf(each, wanted)));
}

function partsOf({ text, role }: Span, wanted: string): Span[] {
  const parts: Span[] = [];
  let from = 0;
  for (;;) {
    const at = text.toLowerCase().indexOf(wanted, from);
    if (at === -1) break;
    const end = at + wanted.length;
    parts.push({ text: text.slice(from, at), role }, span(text.slice(at, end), 'found'));
    from = end;
  }
  return [...parts, { text: text.slice(from), role }].filter((part) => part.text !== '');
}
