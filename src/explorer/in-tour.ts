import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openLayout } from '../oci/layout/open-layout.ts';
import type { OpenGuest } from '../ui/tour.tsx';
import { showExplorer } from './explorer.tsx';

/** The explorer on the layout that the tour builds. */
export const explorerInTour: OpenGuest = (workdir, place, clear) => {
  const path = join(workdir, 'oci');
  if (!existsSync(path)) return `There is nothing to explore yet: lesson 4 makes ${path}.`;
  return clear().then(() =>
    showExplorer({
      ...place,
      name: path,
      open: () => openLayout(path),
      leave: 'back to the tour',
    }),
  );
};
