import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../oci/digest.ts';
import { readLayer } from '../oci/layer.ts';
import type { EntryKind, LayerEntry } from '../oci/layer-entry.ts';
import type { FileCache } from './file-cache.ts';
import { readWhole } from './files.ts';
import { elevated, type Privilege } from './privilege.ts';
import { bytesOf, maxReadBytes } from './shell.ts';

/** Everything in a directory, as the entries of a layer that was made of it; sorted by path. */
export interface Tree {
  readonly entries: readonly LayerEntry[];
}

export interface TreeOptions {
  /** Whose eyes to look with; the learner's own when left out. */
  readonly as?: Privilege;
  /** Where the hashes of large files are known from, while they are the same files. */
  readonly fileCache: FileCache;
  /** Contents of files up to this many bytes are kept. Of the largest (`maxReadBytes`) not even a hash is. */
  readonly keep?: number;
}

/**
 * Reads everything in a directory: devices, links and contents included.
 * @returns undefined if the directory is not there or cannot be read
 */
export async function readTree(
  directory: string,
  { as, fileCache, keep = 4096 }: TreeOptions,
): Promise<Tree | undefined> {
  if (as === 'sudo') return packedTree(directory, as, keep);
  try {
    const entries = await walk(directory, '.', { fileCache, keep });
    return { entries: entries.sort((a, b) => (a.path < b.path ? -1 : 1)) };
  } catch {
    return undefined;
  }
}

/** What only root may read comes through sudo in one piece: GNU tar packs it, the layer reader reads it. */
async function packedTree(
  directory: string,
  as: Privilege,
  keep: number,
): Promise<Tree | undefined> {
  const argv = ['tar', '--directory', directory, '--sort=name', '--create', '.'];
  const packed = await bytesOf(elevated(as, argv));
  return packed && readLayer([packed], { keep }).catch(() => undefined);
}

type Reading = Required<Pick<TreeOptions, 'fileCache' | 'keep'>>;

async function walk(root: string, path: string, reading: Reading): Promise<LayerEntry[]> {
  const entry = await readEntry(root, path, reading);
  if (entry.kind !== 'directory') return [entry];
  const names = readdirSync(join(root, path));
  const below = await Promise.all(names.map((name) => walk(root, join(path, name), reading)));
  return [entry, ...below.flat()];
}

async function readEntry(
  root: string,
  path: string,
  { fileCache, keep }: Reading,
): Promise<LayerEntry> {
  const full = join(root, path);
  const { mode, uid, gid, mtimeMs, size, rdev } = lstatSync(full);
  const kind = kinds.get(mode & 0o170000);
  if (kind === undefined) throw new Error(`${full} is a socket: no layer can hold it`);
  const common = { name: path, path, kind, mode: mode & 0o7777, uid, gid, mtime: mtimeMs / 1000 };
  if (kind === 'symlink') return { ...common, size: 0, link: readlinkSync(full) };
  if (kind === 'character' || kind === 'block') return { ...common, size: 0, ...numbers(rdev) };
  if (kind !== 'file') return { ...common, size: 0 };
  if (size > keep) {
    const digest = size > maxReadBytes ? undefined : await fileCache.derive(full, 'sha256', sha256);
    return { ...common, size, ...(digest === undefined ? {} : { digest }) };
  }
  const content = readWhole(full);
  return { ...common, size, digest: sha256(content), content };
}

const kinds = new Map<number, EntryKind>([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o020000, 'character'],
  [0o060000, 'block'],
  [0o010000, 'fifo'],
]);

/** Device numbers as the kernel packs them for stat(2): makedev(3). */
function numbers(rdev: number): { major: number; minor: number } {
  return { major: (rdev >> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >> 12) & 0xfff00) };
}
