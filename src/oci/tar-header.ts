import { BadLayer } from './bad-layer.ts';

/** Bytes of a header, and what content is padded to. */
export const blockLength = 512;

/** A field of a tar header: its name, where it begins, how long it is, and how to read it. */
export type TarField = readonly [
  name: string,
  offset: number,
  length: number,
  how: 'text' | 'octal',
];

/** The fields of a header (POSIX pax, "ustar Interchange Format"). */
export const tarHeaderFields = [
  ['name', 0, 100, 'text'],
  ['mode', 100, 8, 'octal'],
  ['uid', 108, 8, 'octal'],
  ['gid', 116, 8, 'octal'],
  ['size', 124, 12, 'octal'],
  ['mtime', 136, 12, 'octal'],
  ['chksum', 148, 8, 'octal'],
  ['typeflag', 156, 1, 'text'],
  ['linkname', 157, 100, 'text'],
  ['magic', 257, 6, 'text'],
  ['version', 263, 2, 'text'],
  ['uname', 265, 32, 'text'],
  ['gname', 297, 32, 'text'],
  ['devmajor', 329, 8, 'octal'],
  ['devminor', 337, 8, 'octal'],
  ['prefix', 345, 155, 'text'],
] as const satisfies readonly TarField[];

export type TarFieldName = (typeof tarHeaderFields)[number][0];

const fieldPlaces = Object.fromEntries(
  tarHeaderFields.map(([name, offset, length]) => [name, [offset, offset + length] as const]),
) as Record<TarFieldName, readonly [start: number, end: number]>;

/** The two times that GNU's own format has in place of the prefix. */
const gnuTimes = [
  [345, 357],
  [357, 369],
] as const;

/** By the magic: GNU's own format, POSIX ustar, or the older v7. */
export type TarFormat = 'gnu' | 'ustar' | 'v7';

/** The header in one block, without what extension headers before it add. */
export interface TarHeader {
  /** Its own bytes. */
  readonly block: Buffer;
  readonly format: TarFormat;
  /** The type flag: one character. */
  readonly type: string;
  readonly size: number;
}

/**
 * Reads a header.
 *
 * @param at its offset in the archive, for the error
 * @throws {BadLayer} if the block isn't a header
 */
export function readTarHeader(block: Buffer, at: number): TarHeader {
  const sum = numberIn(block, 'chksum');
  if (sum !== sumOf(block, unsigned) && sum !== sumOf(block, signed)) {
    throw new BadLayer(`no tar header at byte ${at}: its checksum is another`);
  }
  const size = numberIn(block, 'size');
  if (size === undefined || size < 0)
    throw new BadLayer(`a tar header at byte ${at} without a size`);
  const type = block.toString('latin1', ...fieldPlaces.typeflag);
  return { block, format: tarFormatOf(block), type, size };
}

/** The forms of a size that every reader accepts: octal digits, and base 256 for larger ones. */
const plainSizePattern = /^(?:[0-7]{11}[ \0]|\x80)/;
const plainSumPattern = /^ *[0-7]+\0* *$/;

/**
 * The header's bytes, changed so that tar-stream reads them as the runtimes do: with the size of the
 * content that follows, the magic that a prefix needs, and a checksum of unsigned bytes.
 *
 * @param content the size of the content according to the header itself
 */
export function mended({ block, format, size }: TarHeader, content: number): Buffer {
  const hasPrefix = format === 'gnu' && hasGoPrefix(block);
  const isPlain = size === content && plainSizePattern.test(latin1In(block, 'size'));
  const hasSum =
    plainSumPattern.test(latin1In(block, 'chksum')) &&
    numberIn(block, 'chksum') === sumOf(block, unsigned);
  if (isPlain && hasSum && !hasPrefix) return block;
  const bytes = Buffer.from(block);
  if (!isPlain) {
    const [start, end] = fieldPlaces.size;
    bytes.fill(0, start, end);
    if (content < 8 ** 11) bytes.write(content.toString(8).padStart(11, '0'), start, 'latin1');
    else {
      bytes[start] = 0x80;
      bytes.writeBigUInt64BE(BigInt(content), end - 8);
    }
  }
  if (hasPrefix) bytes.write('ustar\x0000', fieldPlaces.magic[0], 'latin1');
  const sum = sumOf(bytes, unsigned).toString(8).padStart(6, '0');
  bytes.write(`${sum}\0 `, fieldPlaces.chksum[0], 'latin1');
  return bytes;
}

export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** A text field, up to its first NUL. */
export function textIn(block: Buffer, field: TarFieldName): string {
  const [start, end] = fieldPlaces[field];
  const zero = block.indexOf(0, start);
  return textOf(block.subarray(start, zero === -1 ? end : Math.min(zero, end)));
}

function latin1In(block: Buffer, field: TarFieldName): string {
  return block.toString('latin1', ...fieldPlaces[field]);
}

/** A number field; `undefined` if it isn't a safe integer. */
export function numberIn(block: Buffer, field: TarFieldName): number | undefined {
  return numberOf(block.subarray(...fieldPlaces[field]));
}

/** Octal text, or two's complement if the first bit is set. */
function numberOf(bytes: Buffer): number | undefined {
  const first = bytes[0] ?? 0;
  if (first & 0x80) {
    const bits = BigInt(bytes.length * 8 - 1);
    const value = BigInt.asIntN(Number(bits), BigInt(`0x${bytes.toString('hex')}`));
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : undefined;
  }
  const digits = /^[ \0]*([0-7]*) *(?:\0.*)?$/s.exec(bytes.toString('latin1'))?.[1];
  return digits === undefined ? undefined : Number.parseInt(`0${digits}`, 8);
}

/** The format of a header, by its magic; a block that isn't a header counts as v7. */
export function tarFormatOf(block: Buffer): TarFormat {
  const magic = block.toString('latin1', fieldPlaces.magic[0], fieldPlaces.version[1]);
  if (magic === 'ustar  \0') return 'gnu';
  return magic.startsWith('ustar\0') ? 'ustar' : 'v7';
}

/**
 * Go before 1.8 wrote names with a ustar prefix under GNU magic, which has two times there. If these
 * bytes aren't valid octal times, they're a prefix.
 */
function hasGoPrefix(block: Buffer): boolean {
  if (gnuTimes.every((place) => numberOf(block.subarray(...place)) !== undefined)) return false;
  return /^[!-~][ -~]*(?:\0|$)/.test(block.toString('latin1', ...fieldPlaces.prefix));
}

const unsigned = (byte: number) => byte;
const signed = (byte: number) => (byte << 24) >> 24;

/** The sum of all bytes, with the checksum's own counted as spaces. Some writers add signed bytes. */
function sumOf(block: Buffer, countsAs: (byte: number) => number): number {
  const [start, end] = fieldPlaces.chksum;
  let sum = (end - start) * 0x20;
  for (let at = 0; at < start; at++) sum += countsAs(block[at] ?? 0);
  for (let at = end; at < blockLength; at++) sum += countsAs(block[at] ?? 0);
  return sum;
}

/** The records of a pax header, by keyword, with all values of repeated ones. */
export type PaxRecords = ReadonlyMap<string, readonly Buffer[]>;

/**
 * Parses the records of a pax extended header.
 *
 * @throws {BadLayer} if a record isn't `LENGTH KEYWORD=VALUE\n`, which runtimes refuse too
 */
export function readPaxRecords(bytes: Buffer): PaxRecords {
  const records = new Map<string, Buffer[]>();
  for (let at = 0; at < bytes.length; ) {
    const head = /^(\d{1,10}) /.exec(bytes.toString('latin1', at, at + 16));
    const end = at + Number(head?.[1]);
    const start = at + (head?.[0].length ?? 0);
    const equals = bytes.indexOf('=', start);
    // Without a length, `end` is NaN and the comparison fails.
    const isWhole = end <= bytes.length && equals > start && equals < end && bytes[end - 1] === 10;
    if (!isWhole) throw new BadLayer('a pax header with a malformed record');
    const keyword = textOf(bytes.subarray(start, equals));
    const value = bytes.subarray(equals + 1, end - 1);
    const values = records.get(keyword);
    if (values === undefined) records.set(keyword, [value]);
    else values.push(value);
    at = end;
  }
  return records;
}

/** The last value of a keyword, as text; an empty one counts as none. */
export function paxText(records: PaxRecords, keyword: string): string | undefined {
  const value = records.get(keyword)?.at(-1);
  return value === undefined || value.length === 0 ? undefined : textOf(value);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Text of a header, which should be UTF-8. If it isn't, each byte beyond ASCII becomes a lone surrogate,
 * which can't occur in UTF-8, so that different names stay different.
 */
export function textOf(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes
      .toString('latin1')
      .replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(0xdc00 + byte.charCodeAt(0)));
  }
}
