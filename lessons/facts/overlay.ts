import { readFileSync } from 'node:fs';
import { lessonFact } from '../../src/engine/fact.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { listAs } from '../../src/host/files.ts';
import { type Mount, mountsUnder, parseMountinfo } from '../../src/host/mounts.ts';
import { readTree } from '../../src/host/tree.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { trees } from './trees.ts';

/** The overlay that the learner mounts, while it is mounted. */
export const overlay = lessonFact(
  'the mounted overlay',
  '06-overlayfs/mount',
  async (observation) => {
    return mountsUnder(observation.path('overlay', 'merged'), allMounts(observation))[0];
  },
);

export function allMounts(observation: Observation): Mount[] {
  return parseMountinfo(readFileSync(observation.host.mountTable(), 'utf8'));
}

/** The lower directories of an overlay, topmost first, as they were given or as the kernel shows them. */
export function lowerOf(mount: Mount): string[] {
  return (mount.options.get('lowerdir') ?? '').split(':');
}

/** The same trees in the other order, while they are mounted. */
export const swapped = lessonFact(
  'the swapped overlay',
  '06-overlayfs/swap',
  async (observation) =>
    mountsUnder(observation.path('practice', 'swapped'), allMounts(observation))[0],
);

/** What the upperdir holds. */
export const upper = lessonFact('overlay/upper', '06-overlayfs/write', async (observation) =>
  readTree(observation.pathFromOutside('overlay', 'upper'), {
    as: observation.host.privilege,
    fileCache: observation.host.fileCache,
  }),
);

export const seenInData = lessonFact(
  'what data holds in the merged view',
  '06-overlayfs/mount',
  async (observation) => {
    await observation.need(overlay);
    const names = await listAs(
      observation.host.privilege,
      observation.pathFromOutside('overlay', 'merged', 'data'),
    );
    return names?.join(', ') || 'nothing';
  },
);

/** The program that is in base, and its copy in the upperdir. */
export const busyboxSizes = lessonFact<{ readonly base: number; readonly upper: number }>(
  'the copy of busybox in overlay/upper',
  '06-overlayfs/write',
  async (observation) => {
    const sizeIn = (entries: readonly LayerEntry[]) =>
      entries.find(({ path, kind }) => path === 'bin/busybox' && kind === 'file')?.size;
    const above = sizeIn((await observation.need(upper)).entries);
    const below = sizeIn((await observation.need(trees.base)).entries);
    return above === undefined || below === undefined ? undefined : { base: below, upper: above };
  },
);
