import { counted } from '../text/words.ts';
import { chop } from '../text/wrap.ts';
import type { Highlight } from './grammar.ts';
import { type Line, line, slice, span, textOf, truncate, widthOf } from './line.ts';
import type { Theme } from './theme.ts';

const margin = 3;

/**
 * A script that can be copied: its lines have only spaces before them, if they fit.
 * @param highlight its grammar, once that is loaded; until then only comments differ
 */
export function scriptLines(
  source: string,
  theme: Theme,
  width: number,
  highlight?: Highlight,
): Line[] {
  const before = span(theme.spoken ? '' : ' '.repeat(margin));
  const further = span(` ${theme.symbols.further} `.padEnd(margin), 'dim');
  const colored = highlight?.(source, 'bash') ?? source.split('\n').map(plainLine);
  return colored.flatMap((code) => {
    const text = textOf(code);
    let from = 0;
    return chop(text, width - margin).map((piece, index) => {
      // A space at which a line was broken is in neither piece.
      const at = text.indexOf(piece, from);
      from = at + piece.length;
      return piece === '' ? [] : [index === 0 ? before : further, ...slice(code, at, piece.length)];
    });
  });
}

function plainLine(text: string): Line {
  return [span(text, /^\s*#/.test(text) ? 'dim' : 'text')];
}

/** A script on one line: its first command, and how many more lines it has. */
export function scriptSummary(source: string, theme: Theme, width: number): Line {
  const commands = source.split('\n').filter((text) => text.trim() !== '' && !/^\s*#/.test(text));
  const count = commands.length - 1;
  const more = count > 0 ? [span(` + ${counted(count, 'line')}`, 'dim')] : [];
  const first = line(span(`${theme.symbols.prompt} `, 'dim'), (commands[0] ?? '').trim());
  return [...truncate(first, width - widthOf(more)), ...more];
}
