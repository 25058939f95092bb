import { parseDigest } from '../../oci/digest-grammar.ts';

/** A row of a JSON text that was laid out. */
export interface JsonLine {
  /** How many objects and arrays are open around it. */
  readonly depth: number;
  readonly text: string;
  /** The digest that is its value, if it is one. */
  readonly digest?: string;
}

const maxLines = 100_000;
/** A longer string is cut: nobody reads it on one row. */
const maxStringLength = 4096;
const tokenPattern = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/gs;

/**
 * Lays a JSON text out, a member or an element a row. The text itself is walked, not the value it
 * parses to: numbers keep their spelling, members their order, and a name that stands twice is seen
 * twice. Any depth will do.
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
