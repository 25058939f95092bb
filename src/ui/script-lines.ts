import { counted } from '../text/words.ts';
import { chop } from '../text/wrap.ts';
import { type Line, line, span, truncate, widthOf } from './line.ts';
import type { Theme } from './theme.ts';

const margin = 3;

/** A script that can be copied: its lines have only spaces before them, if they fit. */
export function scriptLines(source: string, theme: Theme, width: number): Line[] {
  const before = span(theme.spoken ? '' : ' '.repeat(margin));
  const further = span(` ${theme.symbols.further} `.padEnd(margin), 'dim');
  return source.split('\n').flatMap((text) => {
    const role = /^\s*#/.test(text) ? 'dim' : 'text';
    return chop(text, width - margin).map((piece, index) =>
      piece === '' ? [] : [index === 0 ? before : further, span(piece, role)],
    );
  });
}

/** A script on one line: its first command, and how many more lines it has. */
export function scriptSummary(source: string, theme: Theme, width: number): Line {
  const commands = source.split('\n').filter((text) => text.trim() !== '' && !/^\s*#/.test(text));
  const count = commands.length - 1;
  const more = count > 0 ? [span(` + ${counted(count, 'line')}`, 'dim')] : [];
  const first = line(span(`${theme.symbols.prompt} `, 'dim'), (commands[0] ?? '').trim());
  return [...truncate(first, width - widthOf(more)), ...more];
}
