import { BadLayer } from '../../oci/bad-layer.ts';
import { type Compression, decompressed } from '../../oci/compression.ts';
import { digestStream } from '../../oci/digest.ts';
import { hashOf } from '../../oci/digest-grammar.ts';
import { type Layer, readLayer } from '../../oci/layer.ts';
import type { LayerEntry } from '../../oci/layer-entry.ts';
import type { LayoutFiles } from '../../oci/layout/layout-files.ts';
import { type PathRow, pathTree } from './path-tree.ts';

/** Called with the number of bytes read; throws to stop reading. */
type OnBytes = (read: number) => void;

/** The result of hashing a blob. */
export type Verdict =
  | { readonly status: 'true' }
  /** Its content has another digest. */
  | { readonly status: 'false'; readonly actual: string }
  /** The algorithm cannot be computed here. */
  | { readonly status: 'unchecked' };

export interface ReadLayer extends Layer {
  readonly compression: Compression;
  /** Its entries by index, as a tree of paths. */
  readonly rows: readonly PathRow<number>[];
}

/** Hashes a blob and compares it with its name. */
export async function verifyBlob(
  files: LayoutFiles,
  path: string,
  digest: string,
  onBytes: OnBytes,
): Promise<Verdict> {
  const hash = hashOf(digest);
  if (hash === undefined) return { status: 'unchecked' };
  const { digest: actual } = await digestStream(counted(files.read(path), onBytes), hash);
  return actual === digest ? { status: 'true' } : { status: 'false', actual };
}

/**
 * Reads a layer to its end.
 *
 * @param maxHeaders bytes that the headers of its entries may have together
 * @returns the layer, or what is wrong with it
 */
export async function readLayerBlob(
  files: LayoutFiles,
  path: string,
  { maxHeaders, onBytes }: { maxHeaders: number; onBytes: OnBytes },
): Promise<ReadLayer | string> {
  let compression: Compression = 'none';
  try {
    const source = counted(files.read(path), onBytes);
    const unpacked = decompressed(source, (found) => {
      compression = found;
    });
    const layer = await readLayer(unpacked, { maxHeaders });
    const items = layer.entries.map((entry, at) => [entry.path, at] as const);
    const rows = await inTurns(pathTree(items), () => onBytes(0));
    return { ...layer, compression, rows };
  } catch (error) {
    if (error instanceof BadLayer) return error.message;
    throw error;
  }
}

/** The size of all these entries' headers, in bytes. */
export function headersOf(entries: readonly LayerEntry[]): number {
  return entries.reduce((sum, { name, link = '' }) => sum + 512 + name.length + link.length, 0);
}

/** Milliseconds of work between two breaks: short enough not to be noticed. */
const turnMs = 8;

/** Runs a long generator, with breaks for other tasks. */
export async function inTurns<T>(
  work: Generator<undefined, T>,
  onTurn: () => void = () => {},
): Promise<T> {
  let began = performance.now();
  for (let step = work.next(); ; step = work.next()) {
    if (step.done) return step.value;
    if (performance.now() - began < turnMs) continue;
    await new Promise(setImmediate);
    onTurn();
    began = performance.now();
  }
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onBytes: OnBytes,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    onBytes(chunk.byteLength);
    yield chunk;
  }
}
