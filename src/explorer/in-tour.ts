import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { openLayout } from '../oci/layout/open-layout.ts';
import type { OpenGuest } from '../ui/tour.tsx';
import { showExplorer } from './explorer.tsx';
import { DirectoryLayers } from './image/directory-layers.ts';

/** The directories that become the layers, bottom first. */
const trees = ['build/base', 'build/delta'];

/** The explorer on the layout that the tour builds; before there is one, on the trees of its layers. */
export const explorerInTour: OpenGuest = (workdir, place, clear) => {
  const path = join(workdir, 'oci');
  const isLayout = existsSync(path);
  if (!isLayout && !trees.some((tree) => existsSync(join(workdir, tree)))) {
    return `There is nothing to explore yet: lesson 2 makes ${join(workdir, 'build')}.`;
  }
  const dir = isLayout ? path : join(workdir, 'build');
  return clear().then(() =>
    showExplorer({
      ...place,
      name: dir,
      targets: { dir, hostname: hostname() },
      open: () => (isLayout ? openLayout(path) : DirectoryLayers.open(workdir, trees)),
      leave: 'back to the tour',
    }),
  );
};
