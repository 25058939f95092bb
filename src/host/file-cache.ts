import { statSync } from 'node:fs';
import { failedWith } from '../errors.ts';
import { readWhole } from './files.ts';

/**
 * Caches what is computed from the bytes of a file, such as its hash or its entries, per version of the
 * file. Inode, size and change time identify a version: unlike the modification time, no program can
 * set the change time.
 */
export interface FileCache {
  /** @returns undefined if there is no such file */
  derive<T>(
    path: string,
    what: string,
    derive: (bytes: Buffer) => Promise<T> | T,
  ): Promise<T | undefined>;
}

/** The coarsest resolution of change times (milliseconds, HZ=100). */
const clockTickMs = 10;

export function createFileCache(): FileCache {
  const known = new Map<string, { version: string; value: unknown }>();
  return {
    derive: async <T>(path: string, what: string, derive: (bytes: Buffer) => Promise<T> | T) => {
      try {
        const looked = Date.now();
        const { ino, size, ctimeMs } = statSync(path);
        const version = `${ino} ${size} ${ctimeMs}`;
        const found = known.get(`${what} ${path}`);
        if (found?.version === version) return found.value as T;
        const value = await derive(readWhole(path));
        // A file that changed within this tick could change again without a new change time.
        if (looked - ctimeMs > 2 * clockTickMs) known.set(`${what} ${path}`, { version, value });
        return value;
      } catch (error) {
        if (failedWith(error, 'ENOENT', 'ENOTDIR')) return undefined;
        throw error;
      }
    },
  };
}
