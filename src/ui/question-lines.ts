import { type Line, marked, span, widthOf } from './line.ts';
import { readable } from './measure.ts';
import type { Theme } from './theme.ts';
import { wrap } from './wrap.ts';

/**
 * A question and its numbered choices; the one that was chosen is marked.
 * @param closely whether short choices share a line
 */
export function questionLines(
  { question, choices }: { readonly question: string; readonly choices: readonly string[] },
  chosen: number | undefined,
  theme: Theme,
  width: number,
  closely = false,
): Line[] {
  const asked = wrap([span(question, 'title')], readable(width, theme) - 2);
  const answers = choices.map((choice, index) => {
    const mine = index === chosen;
    const sign = mine ? theme.symbols.here : ' '.repeat(theme.symbols.here.length);
    const words = wrap([span(choice, mine ? 'title' : 'text')], readable(width, theme) - 7);
    return marked(span(`  ${sign} ${index + 1}`, mine ? 'main' : 'dim'), words);
  });
  const rows = closely ? sharing(answers, readable(width, theme)) : answers.flat();
  return [...marked(span(theme.symbols.ask, 'main'), asked), ...rows];
}

/** Puts choices of one line each next to each other, as many as fit. */
function sharing(choices: readonly (readonly Line[])[], width: number): Line[] {
  const rows: Line[] = [];
  let open = false;
  for (const lines of choices) {
    const [only = []] = lines;
    const before = rows.at(-1);
    const short = lines.length === 1;
    if (open && short && before !== undefined && widthOf(before) + widthOf(only) <= width) {
      rows[rows.length - 1] = [...before, ...only];
    } else {
      rows.push(...lines);
    }
    open = short;
  }
  return rows;
}
