import { type Document, stack } from '../document.ts';
import { type Line, span } from '../line.ts';
import type { NowOpen } from '../now.ts';
import { sentence } from '../prose.ts';
import { wrap } from '../wrap.ts';

const column = 21;

/** Before sudo asks for a password: what it is for, command by command. */
export function privilegeDocument({ setting, theme }: NowOpen, width: number): Document {
  const rows = setting.needsRoot.flatMap(([what, why, where]): Line[] => {
    if (theme.spoken) return [[span(`${what}: ${why}. ${where}.`)]];
    return wrap([span(why), span(` (${where})`, 'dim')], Math.min(width, 100) - column).map(
      (text, index) => [span((index === 0 ? ` ${what}` : '').padEnd(column), 'code'), ...text],
    );
  });
  return stack([
    { lines: [[span('Some commands need root, and sudo wants your password first', 'title')]] },
    {
      lines: sentence(
        'The scripts say `sudo` wherever they use it, and nowhere else. These are the commands:',
        theme,
        width,
      ),
    },
    { lines: rows },
    {
      lines: sentence(
        'Your password goes to sudo itself, in the plain terminal; the tour never sees it. It is asked once, and again only if sudo forgets (usually after a quarter of an hour).',
        theme,
        width,
      ),
    },
  ]);
}
