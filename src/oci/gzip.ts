/** The start of a gzip member: the fields that say when and from what it was made. */
export interface GzipHeader {
  /** Modification time of the original, in seconds; 0 means none was recorded (`gzip -n`). */
  readonly mtime: number;
  /** The original file's name, if the writer put it in (`gzip` without `-n` does). */
  readonly name?: string;
  /** The FLG byte: bit 0 text, 1 header CRC, 2 extra field, 3 name, 4 comment. */
  readonly flags: number;
  /** The operating system byte: 3 is Unix, 255 unknown. */
  readonly os: number;
  /** The header's own bytes, up to where the compressed data begins. */
  readonly bytes: Uint8Array;
}

const HEADER_CRC = 2;
const EXTRA = 4;
const NAME = 8;
const COMMENT = 16;
const FIXED_LENGTH = 10;

/**
 * Reads a gzip header.
 *
 * @param bytes the beginning of the stream, at least as far as the header goes
 * @returns `undefined` if it is not gzip, or the header does not end within `bytes`
 * @see RFC 1952, section 2.3
 */
export function readGzipHeader(bytes: Uint8Array): GzipHeader | undefined {
  if (bytes.length < FIXED_LENGTH || bytes[0] !== 0x1f || bytes[1] !== 0x8b) return undefined;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.readUInt8(3);
  let end: number = FIXED_LENGTH;
  if (flags & EXTRA) {
    if (end + 2 > view.length) return undefined;
    end += 2 + view.readUInt16LE(end);
  }
  let name: string | undefined;
  if (flags & NAME) {
    const terminator = view.indexOf(0, end);
    if (terminator === -1) return undefined;
    name = view.toString('latin1', end, terminator);
    end = terminator + 1;
  }
  if (flags & COMMENT) {
    const terminator = view.indexOf(0, end);
    if (terminator === -1) return undefined;
    end = terminator + 1;
  }
  if (flags & HEADER_CRC) end += 2;
  if (end > view.length) return undefined;
  return {
    mtime: view.readUInt32LE(4),
    ...(name === undefined ? {} : { name }),
    flags,
    os: view.readUInt8(9),
    bytes: bytes.subarray(0, end),
  };
}

/** What a header says of the level: the slowest (`gzip -9`), the fastest (`gzip -1`), or nothing. */
export function gzipLevel({ bytes }: GzipHeader): 'slowest' | 'fastest' | undefined {
  const xfl = bytes[8];
  if (xfl === 2) return 'slowest';
  return xfl === 4 ? 'fastest' : undefined;
}
