import { statSync } from 'node:fs';
import { failedWith } from '../errors.ts';
import { readWhole } from './files.ts';

/**
 * What was derived from the bytes of files: their hashes, their entries. Derived once for each version
 * of a file. A version is told by inode, size and change time, which, unlike the modification time, no
 * program can set.
 */
export interface FileCache {
  /** @returns undefined if there is no such file */
  derive<T>(
    path: string,
    what: string,
    derive: (bytes: Buffer) => Promise<T> | T,
  ): Promise<T | undefined>;
}

/** The clock behind change times ticks this slowly at worst (milliseconds, HZ=100). */
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
        // A file changed within this tick could change again without it showing.
        if (looked - ctimeMs > 2 * clockTickMs) known.set(`${what} ${path}`, { version, value });
        return value;
      } catch (error) {
        if (failedWith(error, 'ENOENT', 'ENOTDIR')) return undefined;
        throw error;
      }
    },
  };
}
