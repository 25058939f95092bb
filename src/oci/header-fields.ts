import { compressionOf } from './compression.ts';

/** A field at the beginning of a blob: where it stands, how the format calls it, what it says. */
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
 * @param bytes as far as they were read; a field that goes on beyond them ends there
 * @returns none for anything else
 */
export function headerFields(bytes: Uint8Array): HeaderField[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const compression = compressionOf(view);
  if (compression === 'gzip') return gzipFields(view);
  if (compression === 'zstd') {
    return [{ offset: 0, length: 4, name: 'magic', meaning: 'zstd, or a frame it skips' }];
  }
  return view.toString('latin1', 257, 262) === 'ustar' ? tarFields(view) : [];
}

const FLAGS = ['FTEXT', 'FHCRC', 'FEXTRA', 'FNAME', 'FCOMMENT'] as const;
const SYSTEMS: Readonly<Record<number, string>> = {
  0: 'FAT',
  3: 'Unix',
  7: 'Macintosh',
  10: 'NTFS',
  11: 'NTFS',
  255: 'unknown',
};

function gzipFields(view: Buffer): HeaderField[] {
  const fields: HeaderField[] = [];
  let offset = 0;
  const add = (length: number, name: string, meaning: string) => {
    const there = Math.max(0, Math.min(length, view.length - offset));
    if (there > 0) fields.push({ offset, length: there, name, meaning });
    offset += length;
  };
  const flags = view[3] ?? 0;
  add(2, 'ID1 ID2', 'gzip');
  add(1, 'CM', view[2] === 8 ? 'deflate' : `method ${view[2]}`);
  const set = FLAGS.filter((_, bit) => flags & (1 << bit));
  add(1, 'FLG', set.length === 0 ? 'none: no name, no comment' : set.join(' '));
  add(4, 'MTIME', view.length < 8 ? '' : timeIn(view.readUInt32LE(4)));
  const extra = view[8];
  add(1, 'XFL', extra === 2 ? 'compressed most' : extra === 4 ? 'compressed fastest' : '');
  add(1, 'OS', SYSTEMS[view[9] ?? 255] ?? `system ${view[9]}`);
  if (flags & 4) {
    const length = offset + 2 <= view.length ? view.readUInt16LE(offset) : 0;
    add(2 + length, 'XLEN FEXTRA', `${length} bytes of extra fields`);
  }
  if (flags & 8) addText('FNAME');
  if (flags & 16) addText('FCOMMENT');
  if (flags & 2) add(2, 'CRC16', 'checksum of the header');
  if (offset < view.length) add(view.length - offset, 'data', 'the compressed bytes begin');
  return fields;

  function addText(name: string): void {
    const zero = offset < view.length ? view.indexOf(0, offset) : -1;
    const end = zero === -1 ? view.length : zero;
    const text = view.toString('latin1', offset, end);
    add(end - offset + 1, name, zero === -1 ? `${text} … and on` : text);
  }
}

function timeIn(seconds: number): string {
  if (seconds === 0) return 'none, as with gzip -n';
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Of a tar header: name, first byte, length, how to read it. */
export const TAR_FIELDS: readonly (readonly [string, number, number, 'text' | 'octal'])[] = [
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
];

function tarFields(view: Buffer): HeaderField[] {
  return TAR_FIELDS.map(([name, offset, length, how]) => {
    const [text = ''] = view.toString('latin1', offset, offset + length).split('\0');
    const octal = Number.parseInt(text, 8);
    const number = Number.isNaN(octal) ? text : name === 'mtime' ? timeIn(octal) : `${octal}`;
    const meaning = how === 'text' ? text : name === 'mode' ? text.trim() : number;
    return { offset, length, name, meaning };
  });
}
