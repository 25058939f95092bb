import type { LayerEntry } from '../layer-entry.ts';
import { type Stack, stackTree } from '../merge.ts';
import type { Remark } from '../tree.ts';
import type { Rule } from './rules.ts';
import type { Violations } from './violations.ts';

/** A layer that was read, or of which only the place is known. */
export interface StackedLayer {
  /** As findings name it: the blob or the file. */
  readonly name: string;
  /** `undefined` if it could not be read. */
  readonly entries: readonly LayerEntry[] | undefined;
}

/**
 * Reports what of layers has no place upon each other, and what some tools do otherwise.
 *
 * Layers keep their number where one is missing. What lies above the gap may refer to what is in it, so
 * nothing is reported there.
 *
 * @param layers bottom first
 */
export function reportStack(
  { conflicts, remarks }: Pick<Stack, 'conflicts' | 'remarks'>,
  layers: readonly StackedLayer[],
  violations: Violations,
): void {
  const gap = layers.findIndex(({ entries }) => entries === undefined);
  const isKnown = (layer: number) => gap === -1 || layer < gap;
  const at = (layer: number, { name }: LayerEntry) => `${layers[layer]?.name}!${name}`;
  for (const { entry, layer, why } of conflicts) {
    if (!isKnown(layer)) continue;
    const rule = entry.kind === 'hardlink' ? 'layer-hard-link' : 'layer-path';
    violations.addOnce(rule, at(layer, entry), 'an entry with a place', why);
  }
  for (const { entry, layer, what, path } of remarks) {
    if (!isKnown(layer)) continue;
    const { rule, expected, actual } = remarkWords[what];
    violations.addOnce(rule, at(layer, entry), expected, actual(path));
  }
}

/** Lays layers upon each other for no more than what is to be reported about it. */
export function verifyStack(layers: readonly StackedLayer[], violations: Violations): void {
  reportStack(stackTree(layers.map(({ entries }) => entries ?? [])), layers, violations);
}

interface Words {
  readonly rule: Rule;
  readonly expected: string;
  readonly actual: (path: string) => string;
}

const remarkWords: Readonly<Record<Remark['what'], Words>> = {
  'hard-link-below': {
    rule: 'layer-hard-link-below',
    expected: 'a hard link to a file of the same layer',
    actual: (path) =>
      `a link to ${path} of a lower layer: the spec says that it may fail; umoci unpacks it, containerd 1.6 as root fails with "no such file or directory"`,
  },
  'symlink-below': {
    rule: 'layer-symlink-below',
    expected: 'directories on its path, as far as lower layers have it',
    actual: (path) =>
      `${path} is a symlink there: umoci follows it, as is done here; containerd 1.6 makes ${path} a directory, which hides what the symlink leads to`,
  },
  'whiteout-late': {
    rule: 'layer-whiteout-late',
    expected: 'the whiteout before what the layer has there',
    actual: (path) =>
      `${path} comes first: the spec applies whiteouts to lower layers only, wherever they stand; containerd 1.6 as root fails with "file exists"`,
  },
  'whiteout-parent': {
    rule: 'layer-whiteout-parent',
    expected: 'an entry for the directory that replaces what is whited out',
    actual: (path) => `none for ${path}: containerd 1.6 as root fails with "not a directory"`,
  },
};
