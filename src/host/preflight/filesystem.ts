import { readFileSync } from 'node:fs';
import { type Mount, mountOf, parseMountinfo } from '../mounts.ts';

/** What a directory lies on. */
export interface Filesystem {
  /** Of the file system: ext4, overlay, tmpfs. */
  readonly type: string;
  /** Where it is mounted. */
  readonly target: string;
  /** It can hold a tree with links and devices. */
  readonly supportsLayers: boolean;
  /**
   * It can be the upperdir of an overlay, and what containerd unpacks into. Where it cannot, a tmpfs in
   * the directory does.
   */
  readonly supportsOverlayUpper: boolean;
}

/** File systems without links, and those that are made of something else than files. */
const noTree = /^(vfat|msdos|exfat|ntfs3?|iso9660|squashfs|proc|sysfs|unknown)$/;

/** File systems in which overlayfs cannot leave its marks: itself, and those of other machines. */
const noUpper = /^(overlay|nfs4?|cifs|smb3|9p|virtiofs|fuse.*)$/;

/** The file system under a directory that need not exist yet. */
export function filesystemOf(
  directory: string,
  mounts: readonly Mount[] = mountsHere(),
): Filesystem {
  const { type = 'unknown', target = '/' } = mountOf(directory, mounts) ?? {};
  const supportsLayers = !noTree.test(type);
  return {
    type,
    target,
    supportsLayers,
    supportsOverlayUpper: supportsLayers && !noUpper.test(type),
  };
}

function mountsHere(): Mount[] {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}
