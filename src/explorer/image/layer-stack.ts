import type { LayerEntry } from '../../oci/layer-entry.ts';
import { applyingLayers, type Hidden, type Merged } from '../../oci/merge.ts';
import { type PathRow, pathTree } from './path-tree.ts';

/** A path in a stack of layers: what is seen there, or what is not seen any more. */
export type StackRow =
  | { readonly is: 'here'; readonly merged: Merged; readonly same: boolean }
  | { readonly is: 'gone'; readonly hidden: Hidden };

/** The layers that are on, seen from above. */
export interface LayerStack {
  readonly rows: readonly PathRow<StackRow>[];
  /** Paths that are seen. */
  readonly here: number;
  /** Entries that are not. */
  readonly gone: number;
}

/**
 * Lays layers upon each other, with a row for every path that is seen and for each that an upper layer
 * takes away. What is covered by something at the same path has no row of its own: what covers it says so.
 *
 * @param layers bottom first; one that is switched off is empty, so that the others keep their number
 */
export function* stackLayers(
  layers: readonly (readonly LayerEntry[])[],
): Generator<undefined, LayerStack> {
  const { tree, hidden } = yield* applyingLayers(layers);
  // A directory that is laid over another hides nothing; the same file once more does.
  const repeated = new Set<string>();
  const gone: Hidden[] = [];
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
