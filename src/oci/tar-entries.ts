import { createHash, type Hash } from 'node:crypto';
import { attributesIn } from './attributes.ts';
import { BadLayer, BeyondLimit } from './bad-layer.ts';
import { ByteReader } from './byte-reader.ts';
import { cleanPath, type EntryKind, type LayerEntry } from './layer-entry.ts';
import { expanded, readSparseMap, type SparseMap } from './sparse.ts';
import {
  BLOCK,
  isZeroBlock,
  numberIn,
  type PaxRecords,
  paxText,
  readPaxRecords,
  readTarHeader,
  type TarFormat,
  type TarHeader,
  textIn,
  textOf,
} from './tar-header.ts';

/** An entry as it comes by: its header, and its content as long as the next entry is not asked for. */
export interface TarEntry {
  readonly entry: LayerEntry;
  /** Where its content begins in the stream, in bytes. */
  readonly offset: number;
  /** Bytes of content in the archive; of a sparse file, those that are stored. */
  readonly stored: number;
  /** Set for a sparse file. */
  readonly sparse?: SparseMap;
  /** A file's content, to be read at most once; all others have none. */
  readonly content: AsyncIterable<Uint8Array>;
  /** What else its header says, which no file on a disk would show. */
  readonly header: EntryHeader;
}

/** What a header says beyond a file's own attributes, and how it is written. */
export interface EntryHeader {
  readonly format: TarFormat;
  /** The type flag: one character. */
  readonly type: string;
  /** The owner's and the group's names, empty where none is given. */
  readonly uname: string;
  readonly gname: string;
  /** The records of its pax header. */
  readonly pax: PaxRecords;
  /** Its own bytes. */
  readonly block: Buffer;
  /** The types of the headers before it that extend it: `x` and `g` of pax, `L` and `K` of GNU. */
  readonly extensions: string;
  /** A hash of all their bytes; empty if there are none. */
  readonly extensionDigest: string;
}

/** Headers whose content is about the next entry: those of pax, and GNU's long names. */
const EXTENSIONS = 'xgLKN';
/** No honest header is near as long. */
const MAX_EXTENSION = 4 * 1024 * 1024;
/** Bytes that all headers may have together: two million entries. They are what is kept of a layer. */
const MAX_HEADERS = 1024 ** 3;
/** What size these claim says nothing: no content follows. */
const WITHOUT_CONTENT = '123456';
const NO_RECORDS: PaxRecords = new Map();

/** By type flag; all others are regular files to those who do not know them, so says POSIX. */
const KINDS: Readonly<Record<string, EntryKind>> = {
  1: 'hardlink',
  2: 'symlink',
  3: 'character',
  4: 'block',
  5: 'directory',
  6: 'fifo',
  // GNU tar's incremental archives list a directory's names in its content.
  D: 'directory',
};

/**
 * Reads the entries of an uncompressed tar, in the archive's order, as the runtimes written in Go do:
 *
 * - The end-of-archive marker ends it, whatever stands behind. A single zero block will do at the end.
 * - The last file need not be padded. Go programs that forget to close their archive end it with the
 *   content (`umoci insert` before 0.4.8).
 * - Links and devices have no content, whatever size they claim.
 * - Global pax headers say nothing about the entries.
 *
 * The source is read to its end, unless the reader stops early. Content that is not read is passed over.
 * Memory does not grow with the archive.
 *
 * @param options.maxHeaders bytes that all headers may have together
 * @throws {BadLayer} if the archive is broken or truncated; errors of the source pass through
 */
export async function* tarEntries(
  source: AsyncIterable<Uint8Array>,
  { maxHeaders = MAX_HEADERS }: { maxHeaders?: number | undefined } = {},
): AsyncGenerator<TarEntry> {
  const input = new ByteReader(source, 'the archive');
  let headers = 0;
  try {
    for (;;) {
      const found = await nextHeader(input);
      if (found === undefined) break;
      const { entry, stored, sparse } = await describe(found, input);
      headers += BLOCK + entry.name.length + (entry.link?.length ?? 0) + found.attributesSize;
      if (headers > maxHeaders) throw new BeyondLimit('more entries than can be kept in mind');
      const begin = input.taken;
      const pieces = input.pieces(stored);
      const { header, pax, extensions, extensionDigest } = found;
      yield {
        entry,
        offset: begin,
        stored,
        ...(sparse === undefined ? {} : { sparse }),
        content: sparse === undefined ? pieces : expanded(sparse, pieces),
        header: {
          format: header.format,
          type: header.type,
          uname: paxText(pax, 'uname') ?? textIn(header.block, 'uname'),
          gname: paxText(pax, 'gname') ?? textIn(header.block, 'gname'),
          pax,
          block: header.block,
          extensions,
          extensionDigest,
        },
      };
      await input.skip(begin + stored - input.taken);
      const padding = -stored & (BLOCK - 1);
      const there = (await input.takeAtMost(padding)).length;
      if (there > 0 && there < padding) throw new BadLayer('the archive ends early');
    }
    await input.drain();
  } finally {
    await input.close();
  }
}

/** A header, and what the extension headers before it say. */
interface ExtendedHeader {
  readonly header: TarHeader;
  readonly pax: PaxRecords;
  /** Bytes of its pax records, which may be kept as attributes. */
  readonly attributesSize: number;
  readonly longName: string | undefined;
  readonly longLink: string | undefined;
  readonly extensions: string;
  readonly extensionDigest: string;
}

/** @returns `undefined` at the end of the archive */
async function nextHeader(input: ByteReader): Promise<ExtendedHeader | undefined> {
  let pax = NO_RECORDS;
  let attributesSize = 0;
  let longName: string | undefined;
  let longLink: string | undefined;
  let extensions = '';
  let hash: Hash | undefined;
  for (;;) {
    const at = input.taken;
    const block = await nextBlock(input);
    if (block === undefined) return undefined;
    const header = readTarHeader(block, at);
    if (!EXTENSIONS.includes(header.type)) {
      const extensionDigest = hash?.digest('base64') ?? '';
      return { header, pax, attributesSize, longName, longLink, extensions, extensionDigest };
    }
    const { type, size } = header;
    if (size > MAX_EXTENSION) throw new BadLayer(`a header at byte ${at} of ${size} bytes`);
    const content = await input.take(size);
    extensions += type;
    hash ??= createHash('sha256');
    hash
      .update(block)
      .update(content)
      .update(await input.take(-size & (BLOCK - 1)));
    if (type === 'x') {
      pax = readPaxRecords(Buffer.from(content));
      attributesSize = size;
    } else if (type === 'K') longLink = upToZero(content);
    else if (type !== 'g') longName = upToZero(content);
  }
}

/** The next block; `undefined` where the archive ends. */
async function nextBlock(input: ByteReader): Promise<Buffer | undefined> {
  if (await input.isAtEnd()) return undefined;
  // It is kept longer than the chunk it is part of.
  const block = Buffer.from(await input.take(BLOCK));
  if (!isZeroBlock(block)) return block;
  const at = input.taken;
  if (isZeroBlock(await input.takeAtMost(BLOCK))) return undefined;
  throw new BadLayer(`a header at byte ${at} after a single zero block`);
}

function upToZero(bytes: Buffer): string {
  const zero = bytes.indexOf(0);
  return textOf(zero === -1 ? bytes : bytes.subarray(0, zero));
}

/** What an entry is, and how much of its content is in the archive. */
async function describe(found: ExtendedHeader, input: ByteReader) {
  const { header, pax } = found;
  const { type, block } = header;
  const at = input.taken;
  const name =
    paxText(pax, 'GNU.sparse.name') ?? paxText(pax, 'path') ?? found.longName ?? header.name;
  const target = paxText(pax, 'linkpath') ?? found.longLink ?? header.linkname;
  const link = target === '' ? undefined : target;
  if (name.includes('\0') || link?.includes('\0')) {
    throw new BadLayer(`a NUL byte in the name ${JSON.stringify(name)}`);
  }
  if (type === 'S') {
    throw new BadLayer(
      `${name} is a sparse file in the old GNU form (type S), which containerd and umoci refuse: pack it with tar without --sparse`,
    );
  }
  const number = (value: number | undefined, field: string) => {
    if (value !== undefined && Number.isFinite(value)) return value;
    throw new BadLayer(`the ${field} of ${name} is not a number`);
  };
  const counted = (field: 'uid' | 'gid' | 'size' | 'mtime', inHeader: number | undefined) => {
    const text = paxText(pax, field);
    return number(text === undefined ? inHeader : Number(text), field);
  };
  const size = counted('size', header.size);
  if (!Number.isSafeInteger(size) || size < 0) throw new BadLayer(`${name} has no possible size`);
  const isEmpty = WITHOUT_CONTENT.includes(type);
  if (isEmpty && type !== '5' && size > 0 && pax.has('size')) {
    throw new BadLayer(`a link or device at byte ${at - BLOCK} with a pax size`);
  }
  // Before ustar, a trailing slash is all that tells a directory.
  const kind = KINDS[type] ?? (name.endsWith('/') ? 'directory' : 'file');
  const sparse = kind === 'file' ? await readSparseMap(pax, size, input) : undefined;
  const isDevice = kind === 'character' || kind === 'block';
  const attributes = attributesIn(pax);
  const entry: LayerEntry = {
    name,
    path: cleanPath(name),
    kind,
    mode: number(numberIn(block, 'mode'), 'mode') & 0o7777,
    uid: counted('uid', numberIn(block, 'uid')),
    gid: counted('gid', numberIn(block, 'gid')),
    mtime: counted('mtime', numberIn(block, 'mtime')),
    size: kind === 'file' ? (sparse?.size ?? size) : 0,
    ...(link === undefined ? {} : { link }),
    ...(isDevice
      ? {
          major: number(numberIn(block, 'devmajor'), 'devmajor'),
          minor: number(numberIn(block, 'devminor'), 'devminor'),
        }
      : {}),
    ...(attributes === undefined ? {} : { xattrs: attributes }),
  };
  return { entry, stored: isEmpty ? 0 : size - (input.taken - at), sparse };
}
