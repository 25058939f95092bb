import type { LayerEntry } from './layer-entry.ts';
import {
  type HiddenEntry,
  type LayerConflict,
  type MergedEntry,
  type Remark,
  Tree,
} from './tree.ts';

export type {
  HiddenEntry as Hidden,
  LayerConflict as Misfit,
  MergedEntry as Merged,
  Remark,
} from './tree.ts';

/** What layers make, applied one upon the other. */
export interface Stack {
  /** Every path but the root, parents before children, names in code unit order. */
  readonly tree: ReadonlyMap<string, MergedEntry>;
  /** What is not seen in the end, and which layer hides it. */
  readonly hidden: readonly HiddenEntry[];
  readonly conflicts: readonly LayerConflict[];
  readonly remarks: readonly Remark[];
}

/**
 * Applies layers to an empty root.
 *
 * Whiteouts of a layer act on what the lower layers left, before anything of the layer itself is put
 * in place, wherever in the archive they stand. Symlinks among the directories of a path are followed,
 * never out of the root. Directories that no entry names come into being.
 *
 * @param layers bottom first, entries in the archive's order
 * @see OCI image spec, layer.md "Applying Changesets", "Whiteouts"
 */
export function applyLayers(layers: readonly (readonly LayerEntry[])[]): Stack {
  const work = applyingLayers(layers);
  for (let step = work.next(); ; step = work.next()) if (step.done) return step.value;
}

/** What layers make, without the list of it: what has no place, what is hidden and what is remarkable. */
export function stackTree(layers: readonly (readonly LayerEntry[])[]): Tree {
  const tree = new Tree();
  for (const [layer, entries] of layers.entries()) for (const _ of tree.apply(entries, layer));
  return tree;
}

/** {@link applyLayers}, yielding after each thousand entries or so. */
export function* applyingLayers(
  layers: readonly (readonly LayerEntry[])[],
): Generator<undefined, Stack> {
  const builder = new Tree();
  for (const [layer, entries] of layers.entries()) yield* builder.apply(entries, layer);
  const tree = yield* builder.flatten();
  const seen = new Set<LayerEntry>();
  if (builder.hidden.length > 0) for (const { file } of tree.values()) seen.add(file);
  const hidden = builder.hidden.map((each) => {
    return { ...each, bytes: seen.has(each.entry) ? 0 : each.entry.size };
  });
  return { tree, hidden, conflicts: builder.conflicts, remarks: builder.remarks };
}

/** The merged tree of layers, by path: see {@link applyLayers}. */
export function merge(layers: readonly (readonly LayerEntry[])[]): Map<string, MergedEntry> {
  return new Map(applyLayers(layers).tree);
}

/** Bytes of file content that are hidden, by how: what lower layers carry for nothing. */
export function hiddenBytes(hidden: readonly HiddenEntry[]): {
  hidden: number;
  duplicated: number;
} {
  let all = 0;
  let duplicated = 0;
  for (const { bytes, how } of hidden) {
    all += bytes;
    if (how === 'duplicate') duplicated += bytes;
  }
  return { hidden: all, duplicated };
}
