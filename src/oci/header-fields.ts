import { compressionOf } from './compression.ts';
import { type GzipPart, gzipParts } from './gzip.ts';
import { numberIn, tarFormatOf, tarHeaderFields } from './tar-header.ts';

/** A field at the beginning of a blob: its offset, its name in the format, its value. */
export interface HeaderField {
  readonly offset: number;
  readonly length: number;
  readonly name: string;
  readonly meaning: string;
}

/**
 * The header's fields in the first bytes of a blob: of gzip (RFC 1952, section 2.3), of zstd
 * (RFC 8878, section 3.1.1), or of the first entry of a plain tar (POSIX ustar).
 *
 * @param bytes the first ones; a field that goes on beyond them is cut off
 * @returns none for anything else
 */
export function headerFields(bytes: Uint8Array): HeaderField[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const compression = compressionOf(view);
  if (compression === 'gzip') return gzipFields(view);
  if (compression === 'zstd') {
    return [{ offset: 0, length: 4, name: 'magic', meaning: 'zstd, or a frame it skips' }];
  }
  return tarFormatOf(view) === 'v7' ? [] : tarFields(view);
}

const gzipFlags = ['FTEXT', 'FHCRC', 'FEXTRA', 'FNAME', 'FCOMMENT'] as const;
const operatingSystems: Readonly<Record<number, string>> = {
  0: 'FAT',
  3: 'Unix',
  7: 'Macintosh',
  10: 'NTFS',
  11: 'NTFS',
  255: 'unknown',
};

function gzipFields(view: Buffer): HeaderField[] {
  const fields: HeaderField[] = gzipParts(view).map((part) => {
    const { name, offset, length } = part;
    return { offset, length, name, meaning: gzipMeaning(part, view) };
  });
  const end = fields.reduce((sum, { length }) => sum + length, 0);
  if (end === view.length) return fields;
  const meaning = 'the compressed bytes begin';
  return [...fields, { offset: end, length: view.length - end, name: 'data', meaning }];
}

function gzipMeaning({ name, offset, length, isWhole }: GzipPart, view: Buffer): string {
  const byte = view[offset] ?? 0;
  switch (name) {
    case 'ID1 ID2':
      return 'gzip';
    case 'CM':
      return byte === 8 ? 'deflate' : `method ${byte}`;
    case 'FLG': {
      const set = gzipFlags.filter((_, bit) => byte & (1 << bit));
      return set.length === 0 ? 'none: no name, no comment' : set.join(' ');
    }
    case 'MTIME':
      return isWhole ? timeIn(view.readUInt32LE(offset)) : '';
    case 'XFL':
      return byte === 2 ? 'compressed most' : byte === 4 ? 'compressed fastest' : '';
    case 'OS':
      return operatingSystems[byte] ?? `system ${byte}`;
    case 'XLEN FEXTRA':
      return `${length < 2 ? 0 : view.readUInt16LE(offset)} bytes of extra fields`;
    case 'CRC16':
      return 'checksum of the header';
    default: {
      const text = view.toString('latin1', offset, offset + length - (isWhole ? 1 : 0));
      return isWhole ? text : `${text} … and on`;
    }
  }
}

function timeIn(seconds: number): string {
  if (seconds === 0) return 'none, as with gzip -n';
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function tarFields(view: Buffer): HeaderField[] {
  return tarHeaderFields.map(([name, offset, length, how]) => {
    const [text = ''] = view.toString('latin1', offset, offset + length).split('\0');
    const number = how === 'octal' ? numberIn(view, name) : undefined;
    const shown = number === undefined ? text : name === 'mtime' ? timeIn(number) : `${number}`;
    return { offset, length, name, meaning: name === 'mode' ? text.trim() : shown };
  });
}
