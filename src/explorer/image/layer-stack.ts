import type { LayerEntry } from '../../oci/layer-entry.ts';
import { applyingLayers } from '../../oci/merge.ts';
import type { HiddenEntry, MergedEntry } from '../../oci/tree.ts';
import { type PathRow, pathTree } from './path-tree.ts';

/** A path in a stack of layers: a visible node or a hidden entry. */
export type StackRow =
  | { readonly is: 'here'; readonly merged: MergedEntry; readonly same: boolean }
  | { readonly is: 'gone'; readonly hidden: HiddenEntry };

/** The merged view of the layers that are on. */
export interface LayerStack {
  readonly rows: readonly PathRow<StackRow>[];
  /** The number of visible paths. */
  readonly here: number;
  /** The number of hidden entries. */
  readonly gone: number;
}

/**
 * Merges layers, with a row for every visible path and for each one that an upper layer deletes. An entry
 * that is replaced at the same path has no row of its own: the row of its replacement mentions it.
 *
 * @param layers bottom first; one that is switched off is empty, so that the others keep their number
 */
export function* stackLayers(
  layers: readonly (readonly LayerEntry[])[],
): Generator<undefined, LayerStack> {
  const { tree, hidden } = yield* applyingLayers(layers);
  // A directory over a directory hides nothing; a file over the same file does.
  const repeated = new Set<string>();
  const gone: HiddenEntry[] = [];
  for (const each of hidden) {
    if (each.how === 'duplicate') repeated.add(each.path);
    if (!tree.has(each.path)) gone.push(each);
  }
  function* items(): Generator<readonly [string, StackRow]> {
    for (const [path, merged] of tree) {
      yield [path, { is: 'here', merged, same: repeated.has(path) }];
    }
    for (const each of gone) yield [each.path, { is: 'gone', hidden: each }];
  }
  return { rows: yield* pathTree(items()), here: tree.size, gone: gone.length };
}
