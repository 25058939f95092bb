import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../oci/digest.ts';
import { readLayer } from '../oci/layer.ts';
import type { EntryKind, LayerEntry } from '../oci/layer-entry.ts';
import type { FileCache } from './file-cache.ts';
import { readWhole } from './files.ts';
import { elevated, type Privilege } from './privilege.ts';
import { bytesOf, maxReadBytes } from './shell.ts';

/** Everything in a directory, as the entries of a layer made from it would be; sorted by path. */
export interface Tree {
  readonly entries: readonly LayerEntry[];
}

interface TreeOptions {
  /** The privilege to read with; the learner's own by default. */
  readonly as?: Privilege;
  /** Caches the hashes of large files. */
  readonly fileCache: FileCache;
  /** Contents of larger files aren't kept; of files above `maxReadBytes`, not even a hash. */
  readonly keep?: number;
}

/**
 * Reads everything in a directory: devices, links and contents included.
 * @returns undefined if the directory is missing or can't be read
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

/** Reads a directory of root's through sudo: GNU tar packs it, and the layer reader reads the tar. */
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
