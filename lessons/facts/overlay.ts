import { readFileSync } from 'node:fs';
import { fact, lessonFact } from '../../src/engine/fact.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { listAs } from '../../src/host/files.ts';
import { type Mount, mountsUnder, parseMountinfo } from '../../src/host/mounts.ts';
import { readTree } from '../../src/host/tree.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { trees } from './trees.ts';
import { fitting, writtenIn } from './written.ts';

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

/** Columns of the picture for what is in a directory. */
export const pictureColumns = 58;

/** For the picture: what was written to the upperdir. */
export const upperWritten = fact<readonly string[]>('overlay.written', {
  what: 'what was written to overlay/upper',
  from: '06-overlayfs/mount',
  read: async (observation) => {
    const tree = await observation.get(upper);
    return tree && writtenIn(tree.entries);
  },
  show: fitting(pictureColumns),
});

/** For the picture: the root of the merged view. */
export const mergedNames = fact<readonly string[]>('overlay.merged', {
  what: 'what overlay/merged shows',
  from: '06-overlayfs/mount',
  read: async (observation) => {
    if ((await observation.get(overlay)) !== undefined) {
      const { privilege } = observation.host;
      return listAs(privilege, observation.pathFromOutside('overlay', 'merged'));
    }
    // It was mounted, and isn't any more.
    return (await observation.get(upper)) && [];
  },
  show: fitting(pictureColumns),
});

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
