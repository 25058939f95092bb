import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { BadLayer } from '../../../src/oci/bad-layer.ts';
import { type Compression, compressionOf, decompressed } from '../../../src/oci/compression.ts';
import { readGzipHeader } from '../../../src/oci/gzip.ts';
import { chunks, collect } from './helpers/archives.ts';

const plainText =
  'zstd says hello, hello, hello to everyone who reads this text, text, text\n'.repeat(8);
/** `zstd -19` of the text: one frame, one compressed block, a checksum. */
const zstdFrame = Buffer.from(
  'KLUv/QRoxQEAIkMKD8DrZLMZVSdrwf9f5tjCAiB89XQhp4co4hHFnmOoqbwznDElNBPmuFsDAAOaUEVSjEdHWQKJw1w+',
  'base64',
);
/** A raw block, a repeated byte, and nothing: what simple encoders write. */
const simpleZstdFrame = Buffer.from('28b52ffd2006180000616263' + '1a000078' + '010000', 'hex');
const skippableFrame = Buffer.from('502a4d1803000000ffffff', 'hex');
const gzipped = gzipSync(plainText);

const read = async (bytes: Buffer, size?: number) =>
  (await collect(decompressed(chunks(bytes, size)))).toString();

describe('decompressed', () => {
  test.each<[string, Buffer, string, Compression]>([
    ['plain', Buffer.from(plainText), plainText, 'none'],
    ['nothing', Buffer.alloc(0), '', 'none'],
    ['three bytes', Buffer.from('abc'), 'abc', 'none'],
    ['gzip', gzipped, plainText, 'gzip'],
    ['two gzip members', Buffer.concat([gzipped, gzipped]), plainText + plainText, 'gzip'],
    ['zstd', zstdFrame, plainText, 'zstd'],
    ['zstd of simple blocks', simpleZstdFrame, 'abcxxx', 'zstd'],
    ['two zstd frames', Buffer.concat([zstdFrame, simpleZstdFrame]), `${plainText}abcxxx`, 'zstd'],
    ['zstd after a skippable frame', Buffer.concat([skippableFrame, zstdFrame]), plainText, 'zstd'],
  ])('%s', async (_, bytes, text, compression) => {
    let sniffed: string | undefined;
    const source = decompressed(chunks(bytes), (found) => {
      sniffed = found;
    });
    expect((await collect(source)).toString()).toBe(text);
    expect(sniffed).toBe(compression);
    expect(compressionOf(bytes)).toBe(compression);
    expect(await read(bytes, 1)).toBe(text);
  });

  const gzipOf = (length: number) => Buffer.concat([gzipped, Buffer.alloc(length)]);
  const flipped = (bytes: Buffer, at: number) => {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(copy.readUInt8(at) ^ 0xff, at);
    return copy;
  };
  test.each([
    ['a gzip header alone', gzipped.subarray(0, 10)],
    ['gzip cut short', gzipped.subarray(0, 40)],
    ['gzip without its last byte', gzipped.subarray(0, -1)],
    ['gzip with a wrong checksum', flipped(gzipped, gzipped.length - 6)],
    ['gzip with a damaged block', flipped(gzipped, 12)],
    ['gzip with garbage after it', Buffer.concat([gzipped, Buffer.from('garbage')])],
    ['gzip with zeros after it', gzipOf(10)],
    ['gzip with very many zeros after it', gzipOf(300_000)],
    ['a second gzip member cut short', Buffer.concat([gzipped, gzipped.subarray(0, 30)])],
    ['zstd cut short', zstdFrame.subarray(0, -20)],
    ['zstd without its checksum', zstdFrame.subarray(0, -4)],
    ['a zstd magic alone', zstdFrame.subarray(0, 4)],
    ['zstd with garbage after it', Buffer.concat([zstdFrame, Buffer.from('garbage')])],
    ['a skippable frame cut short', skippableFrame.subarray(0, -1)],
    ['a zstd window of 64 MiB', Buffer.from('28b52ffd0080010000', 'hex')],
    ['a zstd window of a terabyte', Buffer.from('28b52ffd00f0010000', 'hex')],
    ['a zstd block beyond its size', Buffer.from('28b52ffd0050fdffff', 'hex')],
    ['a reserved zstd block', Buffer.from('28b52ffd0050070000', 'hex')],
  ])('%s is refused', async (_, bytes) => {
    await expect(read(bytes)).rejects.toThrow(BadLayer);
    await expect(read(bytes, 7)).rejects.toThrow(BadLayer);
  });

  test.each([
    ['text', Buffer.from('trailing, not gzip')],
    ...[1, 8, 17, 512, 70_000, 300_000].map((n): [string, Buffer] => [
      `${n} zeros`,
      Buffer.alloc(n),
    ]),
  ])('what stands after the end of gzip is told as that: %s', async (_, more) => {
    for (const size of [65_536, 7]) {
      await expect(read(Buffer.concat([gzipped, more]), size)).rejects.toThrow(
        'something after its end',
      );
    }
  });

  test('work without end is refused', async () => {
    const frame = Buffer.from('28b52ffd0078', 'hex');
    const blocks = Buffer.from('000000'.repeat(20_000), 'hex');
    await expect(read(Buffer.concat([frame, blocks]))).rejects.toThrow('far more work');
  });

  test.each([[gzipped], [zstdFrame], [Buffer.from(plainText)]])(
    'errors of the source pass through',
    async (bytes) => {
      async function* failing() {
        yield bytes.subarray(0, 30);
        throw new RangeError('the disk is gone');
      }
      await expect(collect(decompressed(failing()))).rejects.toThrow(RangeError);
    },
  );

  test.each([
    ['gzip', gzipSync(Buffer.alloc(100_000))],
    ['zstd', zstdFrame],
    ['a zstd window that is refused', Buffer.from('28b52ffd0080010000', 'hex')],
  ])('who stops early, or at a fault, ends the source: %s', async (_, bytes) => {
    let isClosed = false;
    async function* source() {
      try {
        for (;;) yield bytes;
      } finally {
        isClosed = true;
      }
    }
    try {
      for await (const chunk of decompressed(source())) if (chunk.length > 0) break;
    } catch (error) {
      if (!(error instanceof BadLayer)) throw error;
    }
    await expect.poll(() => isClosed).toBe(true);
  });
});

describe('gzip header', () => {
  const fixed = (flags: number) =>
    Buffer.from([0x1f, 0x8b, 8, flags, 0x80, 0x85, 0x74, 0x67, 2, 3]);
  const rest = Buffer.from('compressed');

  test.each([
    ['plain', fixed(0), {}],
    [
      'a name',
      Buffer.concat([fixed(8), Buffer.from('base-layer.tar\0')]),
      { name: 'base-layer.tar' },
    ],
    [
      'extra, name, comment and checksum',
      Buffer.concat([fixed(30), Buffer.from('\x02\0ab', 'latin1'), Buffer.from('n\0c\0xx')]),
      { name: 'n' },
    ],
  ])('%s', (_, header, named) => {
    expect(readGzipHeader(Buffer.concat([header, rest]))).toEqual({
      mtime: 1_735_689_600,
      flags: header[3],
      os: 3,
      bytes: header,
      ...named,
    });
    expect(readGzipHeader(header.subarray(0, -1))).toBeUndefined();
  });

  test('what is no gzip has none', () => {
    expect(readGzipHeader(Buffer.from('not gzip at all'))).toBeUndefined();
    expect(readGzipHeader(Buffer.alloc(0))).toBeUndefined();
  });
});
