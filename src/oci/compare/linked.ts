import { decompressed } from '../compression.ts';
import { withDigest } from '../layer.ts';
import { cleanPath, describeKind, type LayerEntry } from '../layer-entry.ts';
import { tarEntries } from '../tar-entries.ts';
import type { FieldDifference } from './entry-fields.ts';

/** Reads a blob again: the targets of hard links are known only after the first pass. */
export type Source = () => AsyncIterable<Uint8Array>;

type Pair = readonly [a: LayerEntry, b: LayerEntry];

/**
 * Reports whether entries with different hard links have different content. Reads the layers again and
 * hashes only the links' targets.
 */
export async function compareLinked(
  pairs: readonly Pair[],
  sources: readonly [a: Source, b: Source],
  tell: (difference: FieldDifference, entry: string) => void,
): Promise<void> {
  if (pairs.length === 0) return;
  const contents = await Promise.all(
    sources.map((source, side) =>
      contentsOf(
        source,
        pairs.flatMap((pair) => pair[side] ?? []),
      ),
    ),
  );
  for (const [a, b] of pairs) {
    const [left, right] = [contents[0]?.get(a.path), contents[1]?.get(b.path)];
    const cause = left !== undefined && left === right ? 'hard-links' : 'content';
    const field = a.kind === b.kind ? 'link' : 'kind';
    tell({ field, a: describeKind(a), b: describeKind(b), cause }, a.name);
  }
}

/** The digests of the files at these paths, following hard links. */
async function contentsOf(
  source: Source,
  wanted: readonly LayerEntry[],
): Promise<Map<string, string>> {
  const links = new Map<string, string>();
  for await (const { entry } of tarEntries(decompressed(source()))) {
    if (entry.kind === 'hardlink') links.set(entry.path, cleanPath(entry.link ?? ''));
  }
  const targets = new Map(wanted.map(({ path }) => [path, targetOf(path, links)]));
  const needed = new Set(targets.values());
  const digests = new Map<string, string>();
  for await (const item of tarEntries(decompressed(source()))) {
    const { path } = item.entry;
    const digest = needed.has(path) ? (await withDigest(item)).digest : undefined;
    if (digest !== undefined) digests.set(path, digest);
  }
  const found = [...targets].flatMap(([path, target]) => {
    const digest = digests.get(target);
    return digest === undefined ? [] : [[path, digest] as const];
  });
  return new Map(found);
}

function targetOf(path: string, links: ReadonlyMap<string, string>): string {
  let target = path;
  for (let steps = 0; steps < links.size; steps++) target = links.get(target) ?? target;
  return target;
}
