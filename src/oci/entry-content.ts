import { decompressed } from './compression.ts';
import type { LayerEntry } from './layer-entry.ts';
import { tarEntries } from './tar-entries.ts';
import type { MergedEntry } from './tree.ts';

/**
 * The content of one entry of a layer.
 *
 * @param stored the layer as it is stored
 * @param at the entry's index in the archive's order
 * @throws {BadLayer} if the layer cannot be read as far as that
 */
export async function* entryContent(
  stored: AsyncIterable<Uint8Array>,
  at: number,
): AsyncGenerator<Uint8Array> {
  let index = 0;
  for await (const { content } of tarEntries(decompressed(stored))) {
    if (index++ < at) continue;
    yield* content;
    return;
  }
}

/** Linux follows at most this many symlinks on one path. */
const maxSymlinks = 40;

/** The node that reading a path of the merged tree opens: follows all symlinks, but never out of the root. */
export function fileAt(
  tree: ReadonlyMap<string, MergedEntry>,
  path: string,
): LayerEntry | undefined {
  const ahead = path.split('/').reverse();
  const names: string[] = [];
  let links = 0;
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (name === '..') names.pop();
    if (['', '.', '..'].includes(name)) continue;
    const found = tree.get([...names, name].join('/'))?.file;
    if (found?.kind !== 'symlink') names.push(name);
    else {
      if (++links > maxSymlinks) return undefined;
      if (found.link?.startsWith('/')) names.length = 0;
      ahead.push(...(found.link ?? '').split('/').reverse());
    }
  }
  return tree.get(names.join('/'))?.file;
}
