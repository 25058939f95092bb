import { type Line, marked, span } from './line.ts';
import { readable } from './measure.ts';
import type { Theme } from './theme.ts';
import { wrap } from './wrap.ts';

/** A question and its numbered choices; the one that was chosen is marked. */
export function questionLines(
  { question, choices }: { readonly question: string; readonly choices: readonly string[] },
  chosen: number | undefined,
  theme: Theme,
  width: number,
): Line[] {
  const asked = wrap([span(question, 'title')], readable(width, theme) - 2);
  const answers = choices.flatMap((choice, index) => {
    const mine = index === chosen;
    const sign = mine ? theme.symbols.here : ' '.repeat(theme.symbols.here.length);
    const words = wrap([span(choice, mine ? 'title' : 'text')], readable(width, theme) - 7);
    return marked(span(`  ${sign} ${index + 1}`, mine ? 'main' : 'dim'), words);
  });
  return [...marked(span(theme.symbols.ask, 'main'), asked), ...answers];
}
