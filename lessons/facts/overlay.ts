import { readFileSync } from 'node:fs';
import { seenHere } from '../../src/engine/fact.ts';
import type { Look } from '../../src/engine/look.ts';
import { listAs } from '../../src/host/files.ts';
import { type Mount, mountsUnder, parseMountinfo } from '../../src/host/mounts.ts';
import { readTree } from '../../src/host/tree.ts';

/** The overlay that the learner mounts, while it is mounted. */
export const overlay = seenHere('the mounted overlay', '06-overlayfs/mount', async (look) => {
  return mountsUnder(look.path('overlay', 'merged'), allMounts(look))[0];
});

export function allMounts(look: Look): Mount[] {
  return parseMountinfo(readFileSync(look.host.mountTable(), 'utf8'));
}

/** The lower directories of an overlay, topmost first, as they were given or as the kernel shows them. */
export function lowerOf(mount: Mount): string[] {
  return (mount.options.get('lowerdir') ?? '').split(':');
}

/** What the writable directory holds. */
export const upper = seenHere('overlay/upper', '06-overlayfs/write', async (look) =>
  readTree(look.seen('overlay', 'upper'), {
    as: look.host.privilege,
    derivations: look.host.derivations,
  }),
);

export const seenInData = seenHere(
  'what data holds in the merged view',
  '06-overlayfs/mount',
  async (look) => {
    await look.need(overlay);
    const names = await listAs(look.host.privilege, look.seen('overlay', 'merged', 'data'));
    return names?.join(', ') || 'nothing';
  },
);
