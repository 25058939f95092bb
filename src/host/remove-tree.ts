import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { failedWith } from '../errors.ts';

/** Something that could not be removed, and what the system said. */
export interface Kept {
  readonly path: string;
  readonly error: Error;
}

/**
 * Removes a directory with all that is in it. Another user may swap a directory for a link at any
 * moment, so none is ever named by its path twice: each is opened without following links, held open,
 * and what is in it is named below `/proc/self/fd`. What is mounted in it is left, and not entered.
 *
 * @param options.owner whose the directory has to be, by number; if it is another's, nothing is removed
 * @param options.last the path, name by name, of the entry that is removed after all others, if these
 *   are gone
 * @returns what is still there, but for directories that are not empty for it; empty if all is gone, or
 *   if there was nothing
 */
export function removeTree(
  path: string,
  options: { readonly owner: number; readonly last: readonly string[] },
): Kept[] {
  const kept: Kept[] = [];
  const directory = openDirectory(path, path, kept);
  if (directory === undefined) return kept;
  try {
    if (fstatSync(directory).uid !== options.owner) {
      return [{ path, error: new Error('it belongs to another user by now') }];
    }
    empty(directory, path, mountOf(directory), options.last, kept);
  } finally {
    closeSync(directory);
  }
  // A mount point can be emptied, and not be removed.
  if (kept.length === 0) attempt(path, kept, () => rmdirSync(path), 'EBUSY');
  return kept;
}

/** A link in its place is no directory, and is not followed. */
const asDirectory = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

function openDirectory(path: string, name: string, kept: Kept[]): number | undefined {
  try {
    return openSync(path, asDirectory);
  } catch (error) {
    if (!failedWith(error, 'ENOENT')) kept.push({ path: name, error: error as Error });
    return undefined;
  }
}

/** What is still to be seen of an open directory when its path may lead elsewhere. */
const below = (directory: number, name = '') => join('/proc/self/fd', String(directory), name);

/** The number of the mount that an open directory is on: a bind mount has its own, on the same device. */
function mountOf(directory: number): string {
  const info = readFileSync(`/proc/self/fdinfo/${directory}`, 'utf8');
  return /^mnt_id:\s*(\d+)$/m.exec(info)?.[1] ?? '';
}

function entriesOf(directory: number, name: string, kept: Kept[]): Dirent[] {
  try {
    return readdirSync(below(directory, '.'), { withFileTypes: true });
  } catch (error) {
    kept.push({ path: name, error: error as Error });
    return [];
  }
}

/** Does something to a path; that it has gone meanwhile is as good, and so are these codes. */
function attempt(name: string, kept: Kept[], act: () => void, ...fine: string[]): void {
  try {
    act();
  } catch (error) {
    if (!failedWith(error, 'ENOENT', ...fine)) kept.push({ path: name, error: error as Error });
  }
}

/** Removes what is in an open directory. */
function empty(
  directory: number,
  name: string,
  mount: string,
  [last, ...lastInThere]: readonly string[],
  kept: Kept[],
): void {
  const before = kept.length;
  const entries = entriesOf(directory, name, kept);
  for (const entry of entries.filter((each) => each.name !== last)) {
    removeEntry(directory, entry, name, mount, [], kept);
  }
  if (kept.length > before) return;
  for (const entry of entries.filter((each) => each.name === last)) {
    removeEntry(directory, entry, name, mount, lastInThere, kept);
  }
}

function removeEntry(
  parent: number,
  entry: Dirent,
  parentName: string,
  mount: string,
  last: readonly string[],
  kept: Kept[],
): void {
  const path = below(parent, entry.name);
  const name = join(parentName, entry.name);
  if (!entry.isDirectory()) {
    attempt(name, kept, () => unlinkSync(path));
    return;
  }
  makeReadable(path);
  const directory = openDirectory(path, name, kept);
  if (directory === undefined) return;
  const before = kept.length;
  try {
    if (mountOf(directory) === mount) empty(directory, name, mount, last, kept);
    else kept.push({ path: name, error: new Error('something is mounted there') });
  } finally {
    closeSync(directory);
  }
  if (kept.length === before) attempt(name, kept, () => rmdirSync(path));
}

/** overlayfs leaves directories that not even their owner may read: `work/work`, mode 000. */
function makeReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    // Where this fails as well, opening it will, and says why.
    attempt(path, [], () => chmodSync(path, 0o700));
  }
}

/** Removes a directory if it's empty. @returns whether it is gone */
export function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return failedWith(error, 'ENOENT');
  }
}
