import { createHash } from 'node:crypto';
import type { Digest } from './digest.ts';
import type { LayerEntry } from './layer-entry.ts';
import { type TarEntry, tarEntries } from './tar-entries.ts';

export { BadLayer } from './bad-layer.ts';
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
 * @param options.maxHeaders bytes that the headers of all entries may have together
 * @throws {BadLayer} if the tar is broken or truncated
 * @see OCI image spec, layer.md; config.md "Layer DiffID"
 */
export async function readLayer(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: { keep?: number; maxHeaders?: number } = {},
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
    entries.push(await withContent(item, options.keep ?? -1));
  }
  return { entries, diffId: `sha256:${hash.digest('hex')}`, size };
}

async function withContent({ entry, content }: TarEntry, keep: number): Promise<LayerEntry> {
  if (entry.kind !== 'file') return entry;
  const hash = createHash('sha256');
  const kept: Uint8Array[] = [];
  for await (const chunk of content) {
    hash.update(chunk);
    if (entry.size <= keep) kept.push(chunk);
  }
  const digest = `sha256:${hash.digest('hex')}`;
  return entry.size <= keep
    ? { ...entry, digest, content: Buffer.concat(kept) }
    : { ...entry, digest };
}
