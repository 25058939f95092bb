import { readFileSync } from 'node:fs';
import { type Mount, mountOf, parseMountinfo } from './mounts.ts';

/** What a directory lies on. */
export interface Ground {
  /** Of the file system: ext4, overlay, tmpfs. */
  readonly type: string;
  /** Where it is mounted. */
  readonly target: string;
}

/** The file system under a directory that need not exist yet. */
export function groundOf(directory: string, mounts: readonly Mount[] = mountsHere()): Ground {
  const { type = 'unknown', target = '/' } = mountOf(directory, mounts) ?? {};
  return { type, target };
}

function mountsHere(): Mount[] {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}
