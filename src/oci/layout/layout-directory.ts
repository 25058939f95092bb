import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { failedWith } from '../../errors.ts';
import { readRegularFile, unreadable } from '../regular-file.ts';
import type { LayoutFile, LayoutFiles } from './layout-files.ts';

const absentCodes = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'];

export class LayoutDirectory implements LayoutFiles {
  readonly isDirectory = true;
  readonly violations = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async stat(path: string): Promise<LayoutFile | undefined> {
    const names = path === '' ? [] : path.split('/');
    // Check each parent directory too: a symlink there could also lead out of the layout.
    for (let length = Math.min(1, names.length); length <= names.length; length++) {
      const found = await this.#statAt(names.slice(0, length));
      if (length === names.length) return found;
      if (found?.kind !== 'directory') return found?.kind === 'symlink' ? found : undefined;
    }
    return undefined;
  }

  async list(path: string): Promise<string[]> {
    if ((await this.stat(path))?.kind !== 'directory') return [];
    const directory = join(this.#root, path);
    try {
      return (await readdir(directory)).sort();
    } catch (error) {
      throw unreadable(error, directory);
    }
  }

  async *read(path: string): AsyncGenerator<Uint8Array> {
    const found = await this.stat(path);
    if (found?.kind !== 'file') throw new Error(`${path} is no regular file`);
    yield* readRegularFile(join(this.#root, path), { length: found.size, noFollow: true });
  }

  async #statAt(names: readonly string[]): Promise<LayoutFile | undefined> {
    if (names.some((name) => name === '' || name === '.' || name === '..')) return undefined;
    const path = join(this.#root, ...names);
    try {
      const found = await lstat(path);
      if (found.isFile()) return { kind: 'file', size: found.size };
      if (found.isDirectory()) return { kind: 'directory', size: 0 };
      if (!found.isSymbolicLink()) return { kind: 'other', size: 0 };
      return { kind: 'symlink', size: 0, target: await readlink(path) };
    } catch (error) {
      if (failedWith(error, ...absentCodes)) return undefined;
      throw unreadable(error, path);
    }
  }
}
