import { type Document, stack } from '../document.ts';
import { line, span } from '../line.ts';
import { sentence } from '../prose.ts';
import type { Theme } from '../theme.ts';

/** The first screen, before anything is known about the machine. */
export function openingDocument(theme: Theme, width: number): Document {
  return stack([
    { lines: [line(span('A container image, by hand', 'title'))] },
    {
      lines: sentence(
        "An image is a couple of tar archives and a few small JSON files. You'll make each one by hand on this machine, give them to containerd, and watch what it does with them. Every step is really performed and checked.",
        theme,
        width,
      ),
    },
    { lines: [line(span(`Looking at this machine${theme.symbols.ellipsis}`, 'dim'))] },
  ]);
}
