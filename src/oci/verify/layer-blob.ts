import { createHash } from 'node:crypto';
import { BadLayer, BeyondLimit } from '../bad-layer.ts';
import { type Compression, decompressed } from '../compression.ts';
import type { Digest } from '../digest.ts';
import { mediaTypes } from '../documents.ts';
import type { LayerEntry } from '../layer-entry.ts';
import { tarEntries } from '../tar-entries.ts';
import { LayerEntries } from './layer-entries.ts';
import { type Location, member, report } from './violations.ts';

/** The layer media types that are known, and how a blob of each is compressed (media-types.md). */
const layerCompressions: ReadonlyMap<string, Compression | undefined> = new Map([
  // Docker's own two have no say: whatever reads them looks at the bytes.
  [mediaTypes.dockerLayerTar, undefined],
  [mediaTypes.dockerForeignTar, undefined],
  [mediaTypes.dockerLayerZstd, 'zstd'],
  [mediaTypes.dockerForeign, 'gzip'],
  [mediaTypes.layer, 'none'],
  [mediaTypes.layerGzip, 'gzip'],
  [mediaTypes.layerZstd, 'zstd'],
  [mediaTypes.nondistributable, 'none'],
  [mediaTypes.nondistributableGzip, 'gzip'],
  [mediaTypes.nondistributableZstd, 'zstd'],
  [mediaTypes.dockerLayer, 'gzip'],
]);

/** What is in a layer blob. */
export interface LayerFacts {
  readonly compression: Compression;
  /** The digest of the uncompressed stream; `undefined` if it is no whole layer. */
  readonly diffId: Digest | undefined;
  readonly count: number;
  /** In the archive's order; `undefined` if it is no whole layer, or has more than are kept. */
  readonly entries: readonly LayerEntry[] | undefined;
}

/** Entries that are kept of an image, to lay its layers upon each other. Few images have half as many. */
export const maxStackedEntries = 500_000;

/** Whether the media type says that a blob is a layer in a form known here. */
export function isLayerType(mediaType: string): boolean {
  return layerCompressions.has(mediaType);
}

/** How a layer of this type is compressed; plain for Docker's types that do not say. */
export function compressionOfType(mediaType: string): Compression {
  return layerCompressions.get(mediaType) ?? 'none';
}

/**
 * Reads a layer blob to its end and reports what is wrong with the archive and its entries.
 *
 * @param source the blob as it is stored
 * @param location the blob
 * @param algorithm the hash of the DiffID
 * @see OCI image spec, layer.md
 */
export async function verifyLayer(
  source: AsyncIterable<Uint8Array>,
  location: Location,
  algorithm = 'sha256',
): Promise<LayerFacts> {
  const hash = createHash(algorithm);
  const rules = new LayerEntries(location);
  const entries: LayerEntry[] = [];
  let count = 0;
  let compression: Compression = 'none';
  async function* uncompressed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of decompressed(source, (found) => {
      compression = found;
    })) {
      hash.update(chunk);
      yield chunk;
    }
  }
  try {
    for await (const found of tarEntries(uncompressed())) {
      rules.see(found);
      if (++count <= maxStackedEntries) entries.push(found.entry);
    }
  } catch (error) {
    if (!(error instanceof BadLayer)) throw error;
    reportBadLayer(error, location);
    return { compression, diffId: undefined, count, entries: undefined };
  }
  const diffId = `${algorithm}:${hash.digest('hex')}`;
  return { compression, diffId, count, entries: count > maxStackedEntries ? undefined : entries };
}

/** Reports why a layer cannot be read: for what it is, or because it goes beyond what is read here. */
export function reportBadLayer(error: BadLayer, location: Location): void {
  if (error instanceof BeyondLimit) {
    report(location, 'limit', 'a layer that can be read to its end here', error.message);
  } else {
    report(location, 'layer-archive', 'a whole tar archive, plain or compressed', error.message);
  }
}

/**
 * Reports a media type that says otherwise than the bytes.
 *
 * @param location the descriptor
 */
export function checkCompression(mediaType: string, actual: Compression, location: Location): void {
  if (mediaType === mediaTypes.dockerLayerZstd) {
    const why = `${mediaType}: containerd 1.6 refuses to unpack it, "no processor for media-type"`;
    report(member(location, 'mediaType'), 'layer-media-type', mediaTypes.layerZstd, why);
  }
  const expected = layerCompressions.get(mediaType);
  if (expected === undefined || expected === actual) return;
  report(location, 'layer-compression', `${expected}, as ${mediaType} says`, actual);
}
