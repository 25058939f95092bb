import { readFileSync } from 'node:fs';
import { type Mount, mountOf, parseMountinfo } from '../mounts.ts';

/** The file system of a directory. */
export interface Filesystem {
  /** ext4, overlay, tmpfs … */
  readonly type: string;
  /** Where it is mounted. */
  readonly target: string;
  /** Whether it can hold symbolic links and devices. */
  readonly supportsLayers: boolean;
  /**
   * Whether it can hold the upperdir of an overlay and the directories that containerd unpacks into. If
   * not, a tmpfs is mounted in the working directory.
   */
  readonly supportsOverlayUpper: boolean;
}

/** File systems without symbolic links, and those that aren't for files. */
const noTree = /^(vfat|msdos|exfat|ntfs3?|iso9660|squashfs|proc|sysfs|unknown)$/;

/** File systems that can't store overlayfs's whiteouts and xattrs: overlayfs itself and network ones. */
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
