import { createHash } from 'node:crypto';
import { BadLayer } from '../bad-layer.ts';
import { type Compression, decompressed } from '../compression.ts';
import type { Digest } from '../digest.ts';
import { MEDIA_TYPE } from '../documents.ts';
import { tarEntries } from '../tar-entries.ts';
import { type Place, report } from './findings.ts';
import { LayerEntries } from './layer-entries.ts';

/** The layer media types that are known, and how a blob of each is compressed (media-types.md). */
const COMPRESSIONS: ReadonlyMap<string, Compression> = new Map([
  [MEDIA_TYPE.layer, 'none'],
  [MEDIA_TYPE.layerGzip, 'gzip'],
  [MEDIA_TYPE.layerZstd, 'zstd'],
  [MEDIA_TYPE.nondistributable, 'none'],
  [MEDIA_TYPE.nondistributableGzip, 'gzip'],
  [MEDIA_TYPE.nondistributableZstd, 'zstd'],
  [MEDIA_TYPE.dockerLayer, 'gzip'],
]);

/** What is in a layer blob. */
export interface LayerFacts {
  readonly compression: Compression;
  /** The digest of the uncompressed stream; `undefined` if it is no whole layer. */
  readonly diffId: Digest | undefined;
}

/** Whether the media type says that a blob is a layer in a form known here. */
export function isLayerType(mediaType: string): boolean {
  return COMPRESSIONS.has(mediaType);
}

/**
 * Reads a layer blob to its end and reports what is wrong with the archive and its entries.
 *
 * @param source the blob as it is stored
 * @param place the blob
 * @param algorithm the hash of the DiffID
 * @see OCI image spec, layer.md
 */
export async function verifyLayer(
  source: AsyncIterable<Uint8Array>,
  place: Place,
  algorithm = 'sha256',
): Promise<LayerFacts> {
  const hash = createHash(algorithm);
  const entries = new LayerEntries(place);
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
    for await (const { entry } of tarEntries(uncompressed())) entries.see(entry);
  } catch (error) {
    if (!(error instanceof BadLayer)) throw error;
    report(place, 'layer-archive', 'a whole tar archive, plain or compressed', error.message);
    return { compression, diffId: undefined };
  }
  return { compression, diffId: `${algorithm}:${hash.digest('hex')}` };
}

/**
 * Reports a media type that says otherwise than the bytes.
 *
 * @param place the descriptor
 */
export function checkCompression(mediaType: string, actual: Compression, place: Place): void {
  const expected = COMPRESSIONS.get(mediaType);
  if (expected === undefined || expected === actual) return;
  report(place, 'layer-compression', `${expected}, as ${mediaType} says`, actual);
}
