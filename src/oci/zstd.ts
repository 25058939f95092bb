import { Decompress } from 'fzstd';
import { BadLayer, BeyondLimit } from './bad-layer.ts';
import { ByteReader } from './byte-reader.ts';

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a5;
const maxBlockBytes = 128 * 1024;
/** Four times what a decoder should support (RFC 8878, section 3.1.1.1.2) and encoders use. */
const maxWindowBytes = 32 * 1024 * 1024;
/**
 * The decoder shifts its whole window with each block, even an empty one. These limit the bytes that it
 * shifts, at first and per byte of input: ten times what the hardest real stream needs.
 */
const maxShiftedBytes = 64 * 1024 ** 3;
const maxShiftedPerByte = 8192;

/**
 * Decompresses all frames of a zstd stream.
 *
 * This parses frames and blocks, and gives the decoder one block at a time. Each block yields at most
 * 128 KiB, so memory is bounded by the window, and the reader sets the pace.
 *
 * @throws {BadLayer} if the stream is damaged, truncated, or made to exhaust its reader
 * @see RFC 8878, section 3
 */
export async function* unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = new ByteReader(source, 'the zstd stream');
  let shifted = 0;
  try {
    while (!(await input.isAtEnd())) {
      const magic = (await input.peek(4)).readUInt32LE();
      if (magic >>> 4 === skippableMagic) {
        const size = (await input.take(8)).readUInt32LE(4);
        for (let left = size; left > 0; )
          left -= (await input.take(Math.min(left, maxBlockBytes))).length;
      } else if (magic === frameMagic) {
        const header = await frameHeader(input);
        for await (const block of frame(header, input)) {
          yield* block;
          shifted += header.window;
          if (shifted > maxShiftedBytes + maxShiftedPerByte * input.taken) {
            throw new BeyondLimit('the zstd stream takes far more work than it has bytes');
          }
        }
      } else throw new BadLayer('the zstd stream has bytes that are no frame');
    }
  } finally {
    await input.close();
  }
}

/** The decoder's output for the current block. */
async function* frame(header: FrameHeader, input: ByteReader): AsyncGenerator<Uint8Array[]> {
  let made: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => made.push(chunk));
  decode(decoder, header.bytes);
  for (let isLast = false; !isLast; ) {
    const bits = (await input.peek(3)).readUIntLE(0, 3);
    isLast = (bits & 1) === 1;
    const isRepeat = ((bits >> 1) & 3) === 1;
    const size = bits >> 3;
    if (size > maxBlockBytes) throw new BadLayer(`a zstd block of ${size} bytes`);
    decode(decoder, await input.take(3 + (isRepeat ? 1 : size)));
    if (isLast) decode(decoder, await input.take(header.hasChecksum ? 4 : 0), true);
    yield made;
    made = [];
  }
}

interface FrameHeader {
  readonly bytes: Buffer;
  /** The size of the decoder's window, in bytes. */
  readonly window: number;
  readonly hasChecksum: boolean;
}

/** RFC 8878, section 3.1.1.1. */
async function frameHeader(input: ByteReader): Promise<FrameHeader> {
  const flags = (await input.peek(5)).readUInt8(4);
  const isSingle = (flags & 0x20) !== 0;
  const windowLength = isSingle ? 0 : 1;
  const dictionaryLength = [0, 1, 2, 4][flags & 3] ?? 0;
  const sizeLength = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const bytes = await input.take(5 + windowLength + dictionaryLength + sizeLength);
  const size = bytes.subarray(bytes.length - sizeLength);
  const window = isSingle ? contentSize(size) : windowSize(bytes.readUInt8(5));
  if (window > maxWindowBytes) {
    throw new BeyondLimit(`a zstd window of ${window} bytes; at most ${maxWindowBytes} are read`);
  }
  return { bytes, window, hasChecksum: (flags & 4) !== 0 };
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentSize(field: Buffer): number {
  if (field.length === 8) return Number(field.readBigUInt64LE());
  // A two-byte size starts at 256.
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0);
}

function decode(decoder: Decompress, bytes: Uint8Array, isFinal = false): void {
  try {
    decoder.push(bytes, isFinal);
  } catch (cause) {
    throw new BadLayer(`the zstd stream is damaged: ${(cause as Error).message}`, { cause });
  }
}
