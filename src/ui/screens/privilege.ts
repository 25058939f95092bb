import { type Document, stack } from '../document.ts';
import { type Line, span } from '../line.ts';
import { sentence } from '../prose.ts';
import type { TourViewModel } from '../view-model.ts';
import { wrap } from '../wrap.ts';

const column = 21;

/** The page before sudo asks for a password: what each command needs it for. */
export function privilegeDocument({ context, theme }: TourViewModel, width: number): Document {
  const rows = context.needsRoot.flatMap(([what, why, where]): Line[] => {
    if (theme.spoken) return [[span(`${what}: ${why}. ${where}.`)]];
    return wrap([span(why), span(` (${where})`, 'dim')], Math.min(width, 100) - column).map(
      (text, index) => [span((index === 0 ? ` ${what}` : '').padEnd(column), 'code'), ...text],
    );
  });
  return stack([
    { lines: [[span('Some commands need root, and sudo wants your password first', 'title')]] },
    {
      lines: sentence(
        'The scripts use `sudo` only where you see it. These are the commands:',
        theme,
        width,
      ),
    },
    { lines: rows },
    {
      lines: sentence(
        'You type your password into sudo itself, in the plain terminal; the tour never sees it. sudo asks once, and again when it has forgotten (usually after 15 minutes).',
        theme,
        width,
      ),
    },
  ]);
}
