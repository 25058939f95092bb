import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { failedWith } from '../errors.ts';

/** Something that couldn't be removed, and the error. */
export interface NotRemoved {
  readonly path: string;
  readonly error: Error;
}

/**
 * Removes a directory with its contents. Another user may swap a directory for a link at any moment, so
 * each directory is opened without following links and kept open, and its contents are addressed through
 * `/proc/self/fd`. Mount points in it are left alone.
 *
 * @param options.owner the user id that must own the directory; otherwise nothing is removed
 * @param options.last the path, as a list of names, of the entry that is removed after all others, if
 *   these could be removed
 * @returns what is left, without the directories that contain it; empty if everything is gone
 */
export function removeTree(
  path: string,
  options: { readonly owner: number; readonly last: readonly string[] },
): NotRemoved[] {
  const kept: NotRemoved[] = [];
  // The directory that was emptied must be the one that is removed, even if the path changes in between.
  const parent = openDirectory(dirname(path), path, kept);
  if (parent === undefined) return kept;
  try {
    removeIn(parent, path, options, kept);
  } finally {
    closeSync(parent);
  }
  return kept;
}

function removeIn(
  parent: number,
  path: string,
  options: { readonly owner: number; readonly last: readonly string[] },
  kept: NotRemoved[],
): void {
  const here = below(parent, Buffer.from(basename(path)));
  const directory = openDirectory(here, path, kept);
  if (directory === undefined) return;
  try {
    if (fstatSync(directory).uid !== options.owner) {
      kept.push({ path, error: new Error('it belongs to another user by now') });
      return;
    }
    empty(directory, path, mountOf(directory), options.last, kept);
  } finally {
    closeSync(directory);
  }
  // A mount point can be emptied but not removed.
  if (kept.length === 0) attempt(path, kept, () => rmdirSync(here), 'EBUSY');
}

/** Opens a directory; fails for a link instead of following it. */
const asDirectory = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

function openDirectory(
  path: string | Buffer,
  name: string,
  kept: NotRemoved[],
): number | undefined {
  try {
    return openReadable(path);
  } catch (error) {
    if (!failedWith(error, 'ENOENT')) kept.push({ path: name, error: error as Error });
    return undefined;
  }
}

/**
 * overlayfs leaves `work/work` with mode 000, which not even its owner may read. Changing the mode by
 * path is safe here, since only the owner could swap it for a link. Root, who may clean up for another
 * user, never needs to.
 */
function openReadable(path: string | Buffer): number {
  try {
    return openSync(path, asDirectory);
  } catch (error) {
    if (!failedWith(error, 'EACCES') || process.geteuid?.() === 0) throw error;
    chmodSync(path, 0o700);
    return openSync(path, asDirectory);
  }
}

/** The path of an entry through the open directory. A name may not be UTF-8. */
const below = (directory: number, name: Buffer) =>
  Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), name]);

/** The id of the mount that an open directory is on; a bind mount has its own, on the same device. */
function mountOf(directory: number): string {
  const info = readFileSync(`/proc/self/fdinfo/${directory}`, 'utf8');
  return /^mnt_id:\s*(\d+)$/m.exec(info)?.[1] ?? '';
}

interface Entry {
  readonly name: Buffer;
  isDirectory(): boolean;
}

function entriesOf(directory: number, name: string, kept: NotRemoved[]): Entry[] {
  try {
    const here = below(directory, Buffer.from('.'));
    // Node's types know of names as text only.
    return readdirSync(here, { withFileTypes: true, encoding: 'buffer' } as never) as never;
  } catch (error) {
    kept.push({ path: name, error: error as Error });
    return [];
  }
}

/** Does something to a path; that it has gone meanwhile is as good, and so are these codes. */
function attempt(name: string, kept: NotRemoved[], act: () => void, ...fine: string[]): void {
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
  kept: NotRemoved[],
): void {
  const before = kept.length;
  const entries = entriesOf(directory, name, kept);
  const isLast = (entry: Entry) => entry.name.toString() === last;
  for (const entry of entries.filter((each) => !isLast(each))) {
    removeEntry(directory, entry, name, mount, [], kept);
  }
  if (kept.length > before) return;
  for (const entry of entries.filter(isLast)) {
    removeEntry(directory, entry, name, mount, lastInThere, kept);
  }
}

function removeEntry(
  parent: number,
  entry: Entry,
  parentName: string,
  mount: string,
  last: readonly string[],
  kept: NotRemoved[],
): void {
  const path = below(parent, entry.name);
  const name = join(parentName, entry.name.toString());
  if (!entry.isDirectory()) {
    attempt(name, kept, () => unlinkSync(path));
    return;
  }
  const directory = openDirectory(path, name, kept);
  if (directory === undefined) return;
  const before = kept.length;
  try {
    if (mountOf(directory) === mount) {
      makeWritable(directory);
      empty(directory, name, mount, last, kept);
    } else kept.push({ path: name, error: new Error('something is mounted there') });
  } finally {
    closeSync(directory);
  }
  if (kept.length === before) attempt(name, kept, () => rmdirSync(path));
}

/** Nothing in a directory can be removed if its owner can't write in it. */
function makeWritable(directory: number): void {
  const { mode } = fstatSync(directory);
  if ((mode & constants.S_IRWXU) === constants.S_IRWXU) return;
  try {
    fchmodSync(directory, 0o700);
  } catch {
    // What then cannot be removed is told, entry by entry.
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
