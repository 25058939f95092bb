import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { failedWith } from '../errors.ts';
import { BadLayer, BeyondLimit } from './bad-layer.ts';
import { MonitoredSource } from './monitored-source.ts';
import { unzstd } from './zstd.ts';

/** How a layer's bytes are packed. */
export type Compression = 'gzip' | 'zstd' | 'none';

/** How many first bytes {@link compressionOf} looks at. */
export const magicLength = 4;
const chunkLength = 256 * 1024;

/**
 * A layer that expands beyond both of these is taken for a bomb: no real layer compresses that well, and
 * unpacking it would never end.
 */
const maxExpansion = 200;
const alwaysAllowedBytes = 2 * 1024 ** 3;

/** Whether a stream that expands this much is taken for a bomb. */
export function expandsBeyondMeasure(packed: number, unpacked: number): boolean {
  return unpacked > alwaysAllowedBytes && unpacked > packed * maxExpansion;
}

/**
 * Tells from the first four bytes how a stream is compressed.
 *
 * @see RFC 1952, section 2.3.1; RFC 8878, sections 3.1.1 and 3.1.2 (skippable frames)
 */
export function compressionOf(firstBytes: Uint8Array): Compression {
  const [a, b, c, d] = firstBytes;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if (a !== undefined && a >> 4 === 5 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  return 'none';
}

/**
 * The content of a stream that may be gzip, zstd or plain.
 *
 * @param onSniffed called with the compression before the first byte is yielded
 * @throws {BadLayer} if the compressed stream is damaged, truncated, followed by other bytes, or a bomb;
 *   errors of the source pass through
 */
export async function* decompressed(
  source: AsyncIterable<Uint8Array>,
  onSniffed?: (compression: Compression) => void,
): AsyncGenerator<Uint8Array> {
  const { head, whole } = await peek(source, magicLength);
  const compression = compressionOf(head);
  onSniffed?.(compression);
  if (compression === 'none') {
    yield* whole;
    return;
  }
  const packed = new MonitoredSource(whole);
  let unpacked = 0;
  for await (const chunk of compression === 'gzip' ? gunzip(packed) : unzstd(packed)) {
    unpacked += chunk.byteLength;
    if (expandsBeyondMeasure(packed.size, unpacked)) {
      throw new BeyondLimit(
        `${packed.size} bytes of ${compression} expand beyond ${unpacked} bytes`,
      );
    }
    yield chunk;
  }
}

async function* gunzip(source: MonitoredSource): AsyncGenerator<Uint8Array> {
  const unpacker = createGunzip({ chunkSize: chunkLength });
  const feeding = pipeline(Readable.from(source), unpacker);
  feeding.catch(() => {});
  try {
    yield* unpacker as AsyncIterable<Buffer>;
    await feeding;
  } catch (error) {
    if (source.failure !== undefined) throw source.failure;
    // zlib takes zeros after the last member for padding and ends the stream there, which the pipeline
    // reports in either of two ways. It takes anything else for the header of another member: a header
    // error can't be about the first one, which was examined before.
    const isPadded = failedWith(error, 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR');
    const isOther = (error as Error).message === 'incorrect header check';
    if (isPadded || isOther) throw trailing();
    throw new BadLayer(`the gzip stream is damaged: ${(error as Error).message}`, { cause: error });
  } finally {
    unpacker.destroy();
  }
  if (unpacker.bytesWritten < source.size) throw trailing();
}

function trailing(): BadLayer {
  return new BadLayer('the gzip stream has something after its end');
}

/** Reads the first bytes of a stream, and returns them with the whole stream. */
async function peek(
  source: AsyncIterable<Uint8Array>,
  length: number,
): Promise<{ head: Uint8Array; whole: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head: Uint8Array = Buffer.alloc(0);
  while (head.length < length) {
    const next = await iterator.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) yield head;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { head, whole: whole() };
}
