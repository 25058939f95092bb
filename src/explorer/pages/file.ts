import { diffLines } from '../../oci/line-diff.ts';
import { type Line, span, textOf } from '../../ui/line.ts';
import { contentKey, contentPlace, entryAt, lowerPlace } from '../contents.ts';
import { exactly, itemName, printableLabel } from '../labels.ts';
import { type Drawing, type PageView, pageView } from '../page-view.ts';
import type { Content, Page } from '../state.ts';
import { bytesPerRow, hexRow } from './bytes.ts';

type FilePage = Extract<Page, { kind: 'file' }>;

/** A file out of a layer: as text or in hexadecimal, or how it differs from the one below. */
export function fileView(page: FilePage, { state }: Drawing): PageView {
  const place = contentPlace(state, page);
  const entry = entryAt(state, page);
  const file = place && entryAt(state, place);
  if (place === undefined || entry === undefined || file === undefined) {
    return pageView({ instead: [span('There is no content to show.', 'dim')] });
  }
  const content = state.contents.get(contentKey(place));
  const where = `  in ${itemName(state, page.path, page.image)}`;
  const title = [span(printableLabel(entry.path), 'title'), span(where, 'dim')];
  if (content === undefined)
    return pageView({ head: [title, []], instead: [span('being read', 'dim')] });
  if (typeof content === 'string')
    return pageView({ head: [title, []], instead: [span(content, 'fail')] });
  const isAll = content.length === file.size;
  const part = isAll
    ? `${exactly(file.size)} bytes`
    : `the first ${exactly(content.length)} of ${exactly(file.size)} bytes`;
  const head: Line[] = [[...title, span(`, ${part}`, 'dim')], []];
  const lower = page.view === 'difference' ? lowerPlace(state, page) : undefined;
  if (lower !== undefined) {
    const under = state.contents.get(contentKey(lower));
    const name = itemName(state, lower.path, lower.image);
    return differenceView(head, name, under, content);
  }
  const lines = page.view === 'hex' ? undefined : linesIn(content);
  if (lines === undefined) {
    const row = (at: number) => hexRow(at * bytesPerRow, content);
    return pageView({
      head,
      count: Math.ceil(content.length / bytesPerRow),
      line: row,
      text: (at) => textOf(row(at)),
      instead: [span('An empty file.', 'dim')],
    });
  }
  return pageView({
    head,
    count: lines.length,
    line: (at) => [span(printableLabel(lines[at] ?? ''))],
    text: (at) => lines[at] ?? '',
    instead: [span('An empty file.', 'dim')],
  });
}

function differenceView(
  head: readonly Line[],
  name: string,
  lower: Content | undefined,
  upper: Uint8Array,
): PageView {
  if (lower === undefined) return pageView({ head, instead: [span('being read', 'dim')] });
  if (typeof lower === 'string') return pageView({ head, instead: [span(lower, 'fail')] });
  const about: Line = [span(`against ${name}: - there, + here`, 'dim')];
  const [before, after] = [linesIn(lower), linesIn(upper)];
  if (Buffer.compare(lower, upper) === 0) {
    return pageView({ head: [...head, about, []], instead: [span('The same bytes.', 'pass')] });
  }
  if (before === undefined || after === undefined) {
    const first = upper.findIndex((byte, at) => byte !== lower[at]);
    const at = first === -1 ? upper.length : first;
    const says = `No text. The first difference is at byte ${exactly(at)}.`;
    return pageView({ head: [...head, about, []], instead: [span(says)] });
  }
  const lines = diffLines(before, after);
  const marks = { both: ' ', lower: '-', upper: '+' } as const;
  const row = (at: number): Line => {
    const line = lines[at];
    if (line === undefined) return [];
    const text = `${marks[line.in]} ${printableLabel(line.text)}`;
    if (line.in === 'both') return [span(text, 'dim')];
    return [span(text, line.in === 'lower' ? 'fail' : 'pass')];
  };
  const first = lines.findIndex((line) => line.in !== 'both');
  return pageView({
    head: [...head, about, []],
    count: lines.length,
    line: row,
    text: (at) => lines[at]?.text ?? '',
    start: Math.max(0, first),
  });
}

/** The lines of a text in UTF-8; `undefined` for what is none. What was cut may end within a character. */
function linesIn(content: Uint8Array): string[] | undefined {
  if (content.includes(0)) return undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content, { stream: true });
    const lines = text.split('\n');
    return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
  } catch {
    return undefined;
  }
}
