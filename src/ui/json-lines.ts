import type { Highlight } from './grammar.ts';
import type { Line } from './line.ts';

/** A line of a JSON document: a key or a string, and what may stand around it. */
const member = /^\s*[[{]*\s*"[^"]*"\s*[:,\]}]/;

/** Colours the lines of output that are JSON. The bar before them and a name after them stay as they are. */
export function jsonColored(
  lines: readonly Line[],
  highlight: Highlight | undefined,
): readonly Line[] {
  if (highlight === undefined) return lines;
  return lines.map((line) => {
    const [bar, printed, ...rest] = line;
    if (bar?.role !== 'dim' || printed?.role !== 'text' || !member.test(printed.text)) return line;
    return [bar, ...(highlight(printed.text, 'json')[0] ?? []), ...rest];
  });
}
