import { parseDigest } from '../../oci/digest-grammar.ts';

/** A row of a formatted JSON text. */
export interface JsonLine {
  /** How many objects and arrays are open around it. */
  readonly depth: number;
  readonly text: string;
  /** The digest that is its value, if it is one. */
  readonly digest?: string;
}

const maxLines = 100_000;
/** Longer strings are cut off: they're unreadable on one row. */
const maxStringLength = 4096;
const tokenPattern = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/gs;

/**
 * Formats a JSON text with one member or element per row. Works on the text instead of the parsed value,
 * so that numbers keep their notation, members their order, and duplicate names are shown. Works for any
 * depth.
 *
 * @param text JSON that `JSON.parse` accepts
 */
export function jsonLines(text: string): JsonLine[] {
  const lines: JsonLine[] = [];
  let depth = 0;
  let row = '';
  let digest: string | undefined;
  const end = () => {
    if (row !== '') lines.push({ depth, text: row, ...(digest === undefined ? {} : { digest }) });
    row = '';
    digest = undefined;
  };
  let opened = false;
  for (const [token] of text.matchAll(tokenPattern)) {
    const wasOpened = opened;
    opened = false;
    if (token === ':') {
      // What looked like a value was a name.
      digest = undefined;
      row += ': ';
    } else if (token === ',') {
      row += ',';
      end();
      if (lines.length >= maxLines) return [...lines, { depth, text: '…' }];
    } else if (token === '{' || token === '[') {
      if (wasOpened) {
        end();
        depth++;
      }
      row += token;
      opened = true;
    } else if (token === '}' || token === ']') {
      if (!wasOpened) {
        end();
        depth--;
      }
      row += token;
    } else {
      if (wasOpened) {
        end();
        depth++;
      }
      row += token.length > maxStringLength ? `${token.slice(0, maxStringLength)}…"` : token;
      digest = digestIn(token);
    }
  }
  end();
  return lines;
}

function digestIn(token: string): string | undefined {
  if (token.length < 40 || token.length > 200) return undefined;
  const text = token.slice(1, -1);
  return typeof parseDigest(text) === 'string' ? undefined : text;
}
