import { Decompress } from 'fzstd';
import { BadLayer } from './bad-layer.ts';

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a5;
const MAX_BLOCK = 128 * 1024;
/** What zstd itself accepts without being told otherwise, times four; the decoder holds it in memory. */
const MAX_WINDOW = 32 * 1024 * 1024;
/** Bytes the decoder may move around for each byte it makes, beyond an initial allowance. */
const MAX_MOVES = 512;
const ALLOWED_MOVES = 8 * 1024 ** 3;

/**
 * Decompresses zstd, all its frames.
 *
 * Frames and blocks are walked here, and the decoder gets one block at a time: what it makes of each is
 * at most 128 KiB, so memory is bounded by the window and the reader sets the pace.
 *
 * @throws {BadLayer} if the stream is damaged, cut short, or made to exhaust who reads it
 * @see RFC 8878, section 3
 */
export async function* unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = new ByteReader(source);
  const effort = { moved: 0, made: 0 };
  for (;;) {
    const magic = await input.take(4, true);
    if (magic === undefined) return;
    const number = magic.readUInt32LE();
    if (number >>> 4 === SKIPPABLE_MAGIC) await input.skip((await input.take(4)).readUInt32LE());
    else if (number === MAGIC) yield* frame(magic, input, effort);
    else throw new BadLayer('the zstd stream has bytes that are no frame');
  }
}

interface Effort {
  moved: number;
  made: number;
}

async function* frame(
  magic: Buffer,
  input: ByteReader,
  effort: Effort,
): AsyncGenerator<Uint8Array> {
  const { bytes, window, hasChecksum } = await frameHeader(input);
  let made: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => made.push(chunk));
  decode(decoder, Buffer.concat([magic, bytes]));
  for (let isLast = false; !isLast; ) {
    const head = await input.take(3);
    const bits = head.readUIntLE(0, 3);
    isLast = (bits & 1) === 1;
    const isRepeat = ((bits >> 1) & 3) === 1;
    const size = bits >> 3;
    if (size > MAX_BLOCK) throw new BadLayer(`a zstd block of ${size} bytes`);
    decode(decoder, Buffer.concat([head, await input.take(isRepeat ? 1 : size)]));
    if (isLast) {
      decode(decoder, hasChecksum ? await input.take(4) : Buffer.alloc(0), true);
    }
    for (const chunk of made) {
      effort.made += chunk.length;
      yield chunk;
    }
    made = [];
    // The decoder shifts its whole window with each block, even an empty one.
    effort.moved += window;
    if (effort.moved > ALLOWED_MOVES + MAX_MOVES * effort.made) {
      throw new BadLayer('the zstd stream takes far more work than it has content');
    }
  }
}

interface FrameHeader {
  readonly bytes: Buffer;
  /** Bytes of output the decoder must remember. */
  readonly window: number;
  readonly hasChecksum: boolean;
}

/** RFC 8878, section 3.1.1.1. */
async function frameHeader(input: ByteReader): Promise<FrameHeader> {
  const descriptor = await input.take(1);
  const flags = descriptor.readUInt8();
  const isSingle = (flags & 0x20) !== 0;
  const windowLength = isSingle ? 0 : 1;
  const dictionaryLength = [0, 1, 2, 4][flags & 3] ?? 0;
  const sizeLength = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const rest = await input.take(windowLength + dictionaryLength + sizeLength);
  const sizeAt = windowLength + dictionaryLength;
  const window = isSingle ? contentSize(rest.subarray(sizeAt)) : windowSize(rest.readUInt8());
  if (window > MAX_WINDOW) {
    throw new BadLayer(`a zstd window of ${window} bytes; at most ${MAX_WINDOW} are read`);
  }
  return { bytes: Buffer.concat([descriptor, rest]), window, hasChecksum: (flags & 4) !== 0 };
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentSize(field: Buffer): number {
  if (field.length === 8) return Number(field.readBigUInt64LE());
  // A two-byte size counts from 256.
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0);
}

function decode(decoder: Decompress, bytes: Uint8Array, isFinal = false): void {
  try {
    decoder.push(bytes, isFinal);
  } catch (cause) {
    throw new BadLayer(`the zstd stream is damaged: ${(cause as Error).message}`, { cause });
  }
}

/** Takes exact numbers of bytes from a stream of chunks. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  take(length: number): Promise<Buffer>;
  /** `undefined` if the stream has ended just here and that is fine. */
  take(length: number, mayEnd: true): Promise<Buffer | undefined>;
  async take(length: number, mayEnd = false): Promise<Buffer | undefined> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#rest.length === 0 && !(await this.#refill())) {
        if (mayEnd && missing === length) return undefined;
        throw new BadLayer('the zstd stream ends early');
      }
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      const part = await this.take(Math.min(left, MAX_BLOCK));
      left -= part.length;
    }
  }

  async #refill(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done) return false;
    this.#rest = next.value;
    return true;
  }
}
