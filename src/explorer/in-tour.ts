import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openLayout } from '../oci/layout/open-layout.ts';
import { type Explorer, type ExplorerOptions, showExplorer } from './explorer.tsx';

/**
 * The explorer on the layout that the tour builds.
 *
 * @param clear takes from the screen what is on it
 * @returns why there is nothing to explore, if there is not
 */
export function explorerOn(
  workdir: string,
  place: Pick<ExplorerOptions, 'stdin' | 'stdout' | 'theme' | 'terminal'>,
  clear: () => Promise<void>,
): Promise<Explorer> | string {
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
}
