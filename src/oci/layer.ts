import { createHash } from 'node:crypto';
import { expandsBeyondMeasure } from './compression.ts';
import type { Digest } from './digest.ts';
import type { LayerEntry } from './layer-entry.ts';
import { type TarEntry, tarEntries } from './tar-entries.ts';

export { BadLayer, BeyondLimit } from './bad-layer.ts';
export type { EntryKind, LayerEntry } from './layer-entry.ts';

/** A layer, read to its end. */
export interface Layer {
  /** In the archive's order. */
  readonly entries: readonly LayerEntry[];
  /** SHA-256 of the uncompressed stream, padding after the end-of-archive marker included. */
  readonly diffId: Digest;
  /** Bytes of the uncompressed stream. */
  readonly size: number;
}

/**
 * Reads a layer.
 *
 * @param source the *uncompressed* tar (see `decompressed` for the others)
 * @param options.keep keep the content of files of up to this many bytes (default: of none)
 * @param options.maxHeaders the limit for the headers of all entries together, in bytes
 * @param options.onEntry called with each entry before its content is read
 * @throws {BadLayer} if the tar is broken or truncated
 * @see OCI image spec, layer.md; config.md "Layer DiffID"
 */
export async function readLayer(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: { keep?: number; maxHeaders?: number; onEntry?: (entry: TarEntry) => void } = {},
): Promise<Layer> {
  const hash = createHash('sha256');
  let size = 0;
  async function* measured(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      hash.update(chunk);
      size += chunk.byteLength;
      yield chunk;
    }
  }
  const entries: LayerEntry[] = [];
  for await (const item of tarEntries(measured(), { maxHeaders: options.maxHeaders })) {
    options.onEntry?.(item);
    entries.push(await withContent(item, options.keep ?? -1));
  }
  return { entries, diffId: `sha256:${hash.digest('hex')}`, size };
}

async function withContent(item: TarEntry, keep: number): Promise<LayerEntry> {
  const kept: Uint8Array[] = [];
  const isKept = item.entry.kind === 'file' && item.entry.size <= keep;
  const entry = await withDigest(item, (chunk) => {
    if (isKept) kept.push(chunk);
  });
  return isKept ? { ...entry, content: Buffer.concat(kept) } : entry;
}

/**
 * Reads an entry's content. Huge sparse files aren't read and have no digest.
 *
 * @param onChunk called with each piece of the content
 */
export async function withDigest(
  { entry, content, stored, sparse }: TarEntry,
  onChunk: (chunk: Uint8Array) => void = () => {},
): Promise<LayerEntry> {
  if (entry.kind !== 'file' || (sparse && expandsBeyondMeasure(stored, entry.size))) return entry;
  const hash = createHash('sha256');
  for await (const chunk of content) {
    hash.update(chunk);
    onChunk(chunk);
  }
  return { ...entry, digest: `sha256:${hash.digest('hex')}` };
}
