import type { Attributes } from './attributes.ts';
import type { Digest } from './digest.ts';

/** The kinds of thing a layer can hold (layer.md, "File Types"; sockets have no tar type). */
export type EntryKind =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'hardlink'
  | 'character'
  | 'block'
  | 'fifo';

/** The type letters of `ls -l`, which has none for a hard link. */
export const typeLetters = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  hardlink: 'h',
  character: 'c',
  block: 'b',
  fifo: 'p',
} as const satisfies Record<EntryKind, string>;

/** One entry of a layer's archive. */
export interface LayerEntry {
  /** As in the archive. */
  readonly name: string;
  /** The name cleaned, without `./`, `/` at either end and `..` within; `.` for the root. */
  readonly path: string;
  readonly kind: EntryKind;
  /** Permission bits with set-user-ID, set-group-ID and sticky, as `chmod` takes them. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Modification time in seconds since 1970; it may have a fraction. */
  readonly mtime: number;
  /** Bytes of content; 0 for all but files. */
  readonly size: number;
  /** The target of a symlink, or the name in the archive that a hard link refers to. */
  readonly link?: string;
  /** Device numbers of a character or block device. */
  readonly major?: number;
  readonly minor?: number;
  /** Extended attributes, if there are any: capabilities, ACLs, labels. */
  readonly xattrs?: Attributes;
  /** SHA-256 of a file's content. */
  readonly digest?: Digest;
  /** A file's content, if it was asked for and is small enough. */
  readonly content?: Buffer;
}

/** A description of an entry: `file of 3 bytes`, `symlink to sh`, `character device 0,0`. */
export function describeKind({ kind, size, link, major, minor }: LayerEntry): string {
  if (kind === 'file') return `file of ${size} bytes`;
  if (kind === 'character' || kind === 'block') return `${kind} device ${major},${minor}`;
  return link === undefined ? kind : `${kind} to ${link}`;
}

/**
 * Cleans an entry's name to a path relative to the root: `./a//b/../c/` is `a/c`.
 *
 * Only a `..` that would leave the root remains, at the beginning.
 */
export function cleanPath(name: string): string {
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  const path = parts.length === 0 ? '.' : parts.join('/');
  // The same string instead of an equal one saves memory: layers have many entries.
  return path === name ? name : path;
}

/** Whether a name, cleaned or not, leads out of the root. */
export function leavesRoot(name: string): boolean {
  return /^\.\.(?:\/|$)/.test(cleanPath(name));
}
