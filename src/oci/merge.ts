import type { LayerEntry } from './layer-entry.ts';
import {
  type HiddenEntry,
  type LayerConflict,
  type MergedEntry,
  type Remark,
  Tree,
} from './tree.ts';

/** The result of applying layers. */
export interface Stack {
  /** Every path but the root, parents before children, names in code unit order. */
  readonly tree: ReadonlyMap<string, MergedEntry>;
  /** Entries of lower layers that aren't visible in the result, and the layer that hides each. */
  readonly hidden: readonly HiddenEntry[];
  readonly conflicts: readonly LayerConflict[];
  readonly remarks: readonly Remark[];
}

/**
 * Applies layers to an empty root.
 *
 * A layer's whiteouts apply to the result of the lower layers before the layer's own entries are added,
 * wherever they are in the archive. Symlinks among the directories of a path are followed, but never out
 * of the root. Directories without an entry are created.
 *
 * @param layers bottom first, entries in the archive's order
 * @see OCI image spec, layer.md "Applying Changesets", "Whiteouts"
 */
export function applyLayers(layers: readonly (readonly LayerEntry[])[]): Stack {
  const work = applyingLayers(layers);
  for (let step = work.next(); ; step = work.next()) if (step.done) return step.value;
}

/** What applying layers reports, without the merged tree: rejected and hidden entries, and remarks. */
export function stackTree(layers: readonly (readonly LayerEntry[])[]): Tree {
  const tree = new Tree();
  for (const [layer, entries] of layers.entries()) for (const _ of tree.apply(entries, layer));
  return tree;
}

/** Like {@link applyLayers}, but yields about every thousand entries. */
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

/** Bytes of hidden file content, by how it's hidden: what lower layers contain in vain. */
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
