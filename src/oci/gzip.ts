/** The header of a gzip member. */
export interface GzipHeader {
  /** Modification time of the original, in seconds; 0 means none was recorded (`gzip -n`). */
  readonly mtime: number;
  /** The original file's name, if it was recorded (`gzip` without `-n` does). */
  readonly name?: string;
  /** The FLG byte: bit 0 text, 1 header CRC, 2 extra field, 3 name, 4 comment. */
  readonly flags: number;
  /** The operating system byte: 3 is Unix, 255 unknown. */
  readonly os: number;
  /** The header's own bytes, up to where the compressed data begins. */
  readonly bytes: Uint8Array;
}

/** A part of a gzip header, by its name in RFC 1952, section 2.3. */
export interface GzipPart {
  readonly name: string;
  readonly offset: number;
  /** Bytes of it that were read. */
  readonly length: number;
  /** Whether that is all of it. */
  readonly isWhole: boolean;
}

/** The fields that every header has, with their lengths. */
const fixedFields: readonly (readonly [name: string, length: number])[] = [
  ['ID1 ID2', 2],
  ['CM', 1],
  ['FLG', 1],
  ['MTIME', 4],
  ['XFL', 1],
  ['OS', 1],
];
const flagsOffset = 3;
const fixedLength = 10;

/**
 * The parts of a gzip header, in order, as far as the bytes go.
 *
 * @param view the beginning of a stream that is gzip
 * @see RFC 1952, section 2.3
 */
export function gzipParts(view: Buffer): GzipPart[] {
  const parts: GzipPart[] = [];
  let offset = 0;
  const add = (name: string, length: number | undefined) => {
    const there = Math.max(0, Math.min(length ?? view.length, view.length - offset));
    const isWhole = length !== undefined && there === length;
    if (there > 0) parts.push({ name, offset, length: there, isWhole });
    offset += length ?? view.length;
  };
  const upToZero = () => {
    const zero = offset < view.length ? view.indexOf(0, offset) : -1;
    return zero === -1 ? undefined : zero + 1 - offset;
  };
  const flags = view[flagsOffset] ?? 0;
  for (const [name, length] of fixedFields) add(name, length);
  if (flags & 4) {
    add('XLEN FEXTRA', offset + 2 <= view.length ? 2 + view.readUInt16LE(offset) : undefined);
  }
  if (flags & 8) add('FNAME', upToZero());
  if (flags & 16) add('FCOMMENT', upToZero());
  if (flags & 2) add('CRC16', 2);
  return parts;
}

/**
 * Reads a gzip header.
 *
 * @param bytes the beginning of the stream, at least as far as the header goes
 * @returns `undefined` if it is not gzip, or the header does not end within `bytes`
 */
export function readGzipHeader(bytes: Uint8Array): GzipHeader | undefined {
  if (bytes.length < fixedLength || bytes[0] !== 0x1f || bytes[1] !== 0x8b) return undefined;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = gzipParts(view);
  const last = parts.at(-1);
  const flags = view.readUInt8(flagsOffset);
  const count = fixedFields.length + [2, 4, 8, 16].filter((bit) => flags & bit).length;
  if (last === undefined || !last.isWhole || parts.length < count) return undefined;
  const name = parts.find((part) => part.name === 'FNAME');
  return {
    mtime: view.readUInt32LE(4),
    ...(name === undefined
      ? {}
      : { name: view.toString('latin1', name.offset, name.offset + name.length - 1) }),
    flags,
    os: view.readUInt8(9),
    bytes: bytes.subarray(0, last.offset + last.length),
  };
}

/** The level that the header records: `gzip -9`, `gzip -1`, or none. */
export function gzipLevel({ bytes }: GzipHeader): 'slowest' | 'fastest' | undefined {
  const xfl = bytes[8];
  if (xfl === 2) return 'slowest';
  return xfl === 4 ? 'fastest' : undefined;
}
