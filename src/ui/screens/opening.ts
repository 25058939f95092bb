import { type Document, stack } from '../document.ts';
import { line, span } from '../line.ts';
import { sentence } from '../prose.ts';
import type { Theme } from '../theme.ts';

/** What images are, for those who have only used them, and the article that the tour follows. */
const story = [
  "You may picture a container as a tiny computer that a friend packed with a program's files, and that runs anywhere. That's half right.",
  "An image isn't one pile of files. It's a list of filesystems in a fixed order, and a little metadata. Think of overhead transparencies: each sheet has a part of the picture, and stacked up they make one picture. A running container draws on a sheet of its own; the sheets below it never change.",
  "Sheets that never change can be shared. That's what layers are for: a hundred containers use the same Debian, and the disk holds it once.",
  "You'll make an image by hand and run it, and every step is checked.",
  'The tour follows the article "what is a container image?", https://anniecherkaev.com/what-is-a-container-image',
];

/**
 * The first screen, before anything is known about the machine. A learner who hasn't begun yet leaves it
 * with a key.
 * @param looked whether the tour has looked at the machine
 */
export function openingDocument(theme: Theme, width: number, looked: boolean): Document {
  return stack([
    { lines: [line(span('A container image, by hand', 'title'))] },
    ...story.map((paragraph) => ({ lines: sentence(paragraph, theme, width) })),
    {
      lines: looked ? [] : [line(span(`Looking at this machine${theme.symbols.ellipsis}`, 'dim'))],
    },
  ]);
}
