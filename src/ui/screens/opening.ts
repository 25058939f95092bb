import { type Document, stack } from '../document.ts';
import { line, span } from '../line.ts';
import { sentence } from '../prose.ts';
import type { Theme } from '../theme.ts';

/** What is there at once, before anything is known of the machine. */
export function openingDocument(theme: Theme, width: number): Document {
  return stack([
    { lines: [line(span('A container image, by hand', 'title'))] },
    {
      lines: sentence(
        'Two directories, two archives and four small documents: that is an image. You will make each of them on this machine, give them to containerd, and look at what becomes of them. Every step is really done, and every step is checked.',
        theme,
        width,
      ),
    },
    { lines: [line(span(`Looking at this machine${theme.symbols.ellipsis}`, 'dim'))] },
  ]);
}
