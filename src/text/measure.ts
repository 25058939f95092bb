import stringWidth from 'string-width';

/** Longer lines of prose are hard to read. */
export const proseWidth = 76;

/** Text whose characters each take one column and don't combine, as nearly all text does. */
const simple =
  /^[ -~\u00a0-\u00ac\u00ae-\u02ff\u0391-\u03c9\u0410-\u044f\u2010-\u2027\u2190-\u21ff\u2500-\u25fc]*$/;

/** The width of a text in columns. */
export function columnsOf(text: string): number {
  return simple.test(text) ? text.length : stringWidth(text);
}

const graphemes = new Intl.Segmenter();

/** The longest beginning of a text that fits, and the rest. */
export function splitAt(text: string, width: number): readonly [head: string, tail: string] {
  if (simple.test(text)) return [text.slice(0, width), text.slice(width)];
  let used = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    used += columnsOf(segment);
    if (used > width) return [text.slice(0, index), text.slice(index)];
  }
  return [text, ''];
}
