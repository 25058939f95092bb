import { createHash, type Hash } from 'node:crypto';
import { BadLayer } from '../bad-layer.ts';
import { type Compression, decompressed } from '../compression.ts';
import type { Digest } from '../digest.ts';
import { type GzipHeader, readGzipHeader } from '../gzip.ts';
import { withDigest } from '../layer.ts';
import { type TarEntry, tarEntries } from '../tar-entries.ts';
import { blockLength } from '../tar-header.ts';
import type { SeenEntry } from './entry-fields.ts';

/** Far longer than any real gzip header. */
const maxGzipHeaderBytes = 64 * 1024;

/** What is known about a layer blob once it has been read to its end. */
export interface LayerRead {
  readonly compression: Compression;
  /** Of the first member, if it is gzip. */
  readonly gzip: GzipHeader | undefined;
  /** The stored bytes after the gzip header. */
  readonly stored: { readonly digest: Digest; readonly size: number };
  readonly diffId: Digest;
  /** The size of the tar, and of what follows the last entry. */
  readonly size: number;
  readonly trailing: number;
}

/** A layer blob, read one entry at a time. Memory doesn't grow with its size. */
export class LayerStream {
  /** Why reading failed, if it did. */
  failure: string | undefined;
  readonly #diffId = createHash('sha256');
  readonly #stored = createHash('sha256');
  readonly #entries: AsyncGenerator<TarEntry>;
  #compression: Compression = 'none';
  #gzip: GzipHeader | undefined;
  #storedSize = 0;
  #size = 0;
  #endOfEntries = 0;

  /** @param source the blob as it is stored */
  constructor(source: AsyncIterable<Uint8Array>) {
    const tar = decompressed(this.#watch(source), (compression) => {
      this.#compression = compression;
    });
    this.#entries = tarEntries(this.#measure(tar));
  }

  /** The next entry; `undefined` at the end or after reading has failed. */
  async next(): Promise<SeenEntry | undefined> {
    if (this.failure !== undefined) return undefined;
    try {
      const { done, value } = await this.#entries.next();
      if (done) return undefined;
      const { header, offset, stored } = value;
      this.#endOfEntries = offset + Math.ceil(stored / blockLength) * blockLength;
      return { entry: await withDigest(value), header };
    } catch (error) {
      if (!(error instanceof BadLayer)) throw error;
      this.failure = error.message;
      return undefined;
    }
  }

  /** Stops reading. */
  async close(): Promise<void> {
    await this.#entries.return(undefined);
  }

  /** Call it once, at the end. */
  read(): LayerRead {
    return {
      compression: this.#compression,
      gzip: this.#gzip,
      stored: { digest: digestOf(this.#stored), size: this.#storedSize },
      diffId: digestOf(this.#diffId),
      size: this.#size,
      trailing: Math.max(0, this.#size - this.#endOfEntries),
    };
  }

  async *#watch(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let head: Uint8Array | undefined = new Uint8Array();
    const take = (bytes: Uint8Array) => {
      this.#stored.update(bytes);
      this.#storedSize += bytes.byteLength;
    };
    const takeHead = (bytes: Uint8Array) => {
      this.#gzip = readGzipHeader(bytes);
      take(bytes.subarray(this.#gzip?.bytes.length ?? 0));
    };
    for await (const chunk of source) {
      if (head === undefined) take(chunk);
      else {
        head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
        if (head.length >= maxGzipHeaderBytes) {
          takeHead(head);
          head = undefined;
        }
      }
      yield chunk;
    }
    if (head !== undefined) takeHead(head);
  }

  async *#measure(tar: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of tar) {
      this.#diffId.update(chunk);
      this.#size += chunk.byteLength;
      yield chunk;
    }
  }
}

function digestOf(hash: Hash): Digest {
  return `sha256:${hash.digest('hex')}`;
}
