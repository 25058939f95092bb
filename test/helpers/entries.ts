import { sha256 } from '../../src/oci/digest.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';

/** Entries of trees and layers, as they are read from a machine, for tests that have none. */
export type Told = Omit<LayerEntry, 'name' | 'path'>;

const owned = { uid: 0, gid: 0, mtime: 1735689600, size: 0 };

export function file(text: string, mode = 0o644): Told {
  const content = Buffer.from(text);
  return { ...owned, kind: 'file', mode, size: content.length, digest: sha256(content), content };
}

/** A file too large to be kept: only its digest is known. */
export function program(size = 1_000_000): Told {
  return { ...owned, kind: 'file', mode: 0o755, size, digest: sha256(`${size}`) };
}

export function directory(mode = 0o755): Told {
  return { ...owned, kind: 'directory', mode };
}

export function link(target: string): Told {
  return { ...owned, kind: 'symlink', mode: 0o777, link: target };
}

export function device(
  major: number,
  minor: number,
  kind: 'character' | 'block' = 'character',
): Told {
  return { ...owned, kind, mode: 0o644, major, minor };
}

/** The entries by path, sorted, below a root; what is undefined is not there. */
export function tree(entries: Readonly<Record<string, Told | undefined>>): LayerEntry[] {
  return Object.entries({ '.': directory(), ...entries })
    .flatMap(([path, told]) => (told === undefined ? [] : [{ ...told, name: path, path }]))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
