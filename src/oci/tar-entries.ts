import { createHash, type Hash } from 'node:crypto';
import { type Extract, extract, type Header } from 'tar-stream';
import { attributesIn } from './attributes.ts';
import { BadLayer, BeyondLimit } from './bad-layer.ts';
import { ByteReader } from './byte-reader.ts';
import { cleanPath, type EntryKind, type LayerEntry } from './layer-entry.ts';
import { expanded, readSparseMap, type SparseMap } from './sparse.ts';
import {
  blockLength,
  isZeroBlock,
  mended,
  numberIn,
  type PaxRecords,
  paxText,
  readPaxRecords,
  readTarHeader,
  type TarFieldName,
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
const extensionTypes = 'xgLKN';
/** No honest header is near as long. */
const maxExtensionBytes = 4 * 1024 * 1024;
/** Bytes that all headers may have together: two million entries. They are what is kept of a layer. */
const maxHeaderBytes = 1024 ** 3;
/** What size these claim says nothing: no content follows. */
const typesWithoutContent = '123456';
const noRecords: PaxRecords = new Map();
const zeroBlock = Buffer.alloc(blockLength);
/**
 * Formats before ustar have no magic: the checksum tells a header. Names are decoded here, not there,
 * so that bytes that are no UTF-8 survive.
 */
const extractOptions = { allowUnknownFormat: true, filenameEncoding: 'latin1' } as object;

/** What tar-stream 3.2 gives beyond its published types. */
type StreamHeader = Omit<Header, 'type' | 'linkname'> & {
  /** `null` for types outside of POSIX. */
  readonly type: Header['type'] | null;
  readonly linkname: string | null;
};
type EntryStream = Extract extends AsyncIterable<infer Stream> ? Stream : never;

/** Types outside of POSIX are regular files to those who do not know them; so says POSIX. */
const kindOfType: Readonly<Record<string, EntryKind>> = {
  directory: 'directory',
  symlink: 'symlink',
  link: 'hardlink',
  'character-device': 'character',
  'block-device': 'block',
  fifo: 'fifo',
};

/**
 * Reads the entries of an uncompressed tar, in the archive's order, as the runtimes written in Go do.
 *
 * tar-stream reads them, a header or a piece of content at a time. A walk over the raw stream goes before
 * it, for what it does not do:
 *
 * - The end-of-archive marker ends the archive, whatever stands behind. A single zero block will do at
 *   the end.
 * - The last file need not be padded. Go programs that forget to close their archive end it with the
 *   content (`umoci insert` before 0.4.8).
 * - Links and devices have no content, whatever size they claim.
 * - Global pax headers say nothing about the entries.
 * - Values of pax records are bytes, numbers may be negative, and how a header is written is told too.
 *
 * The source is read to its end, unless the reader stops early. Content that is not read is passed over.
 * Memory does not grow with the archive.
 *
 * @param options.maxHeaders bytes that all headers may have together
 * @throws {BadLayer} if the archive is broken or truncated; errors of the source pass through
 */
export async function* tarEntries(
  source: AsyncIterable<Uint8Array>,
  { maxHeaders = maxHeaderBytes }: { maxHeaders?: number | undefined } = {},
): AsyncGenerator<TarEntry> {
  const input = new ByteReader(source, 'the archive');
  const reader = extract(extractOptions);
  const streams = reader[Symbol.asyncIterator]();
  let headers = 0;
  let padding = 0;
  try {
    for (;;) {
      const found = await nextHeader(input);
      if (found === undefined) break;
      reader.write(Buffer.concat([zeroBlock.subarray(0, padding), ...found.bytes]));
      const stream = await nextStream(streams, found);
      const content = throughReader(found.stored, input, reader, stream);
      const item = await describe(found, stream.header as StreamHeader, unclosed(content));
      const { name, link = '' } = item.entry;
      headers += blockLength + name.length + link.length + found.attributesSize;
      if (headers > maxHeaders) throw new BeyondLimit('more entries than can be kept in mind');
      yield item;
      for await (const _ of content);
      padding = -found.stored & (blockLength - 1);
      const there = (await input.takeAtMost(padding)).length;
      if (there > 0 && there < padding) throw new BadLayer('the archive ends early');
    }
    await input.drain();
  } finally {
    reader.destroy();
    await input.close();
  }
}

/** A header, and what the extension headers before it say. */
interface ExtendedHeader {
  readonly header: TarHeader;
  /** Bytes of content in the archive. */
  readonly stored: number;
  /** Where the content begins in the stream. */
  readonly offset: number;
  readonly pax: PaxRecords;
  /** Bytes of its pax records, which may be kept as attributes. */
  readonly attributesSize: number;
  readonly extensions: string;
  readonly extensionDigest: string;
  /** It and those extensions that count, as tar-stream takes them. */
  readonly bytes: readonly Buffer[];
}

/**
 * Reads up to the content of the next entry.
 *
 * @returns `undefined` at the end of the archive
 */
async function nextHeader(input: ByteReader): Promise<ExtendedHeader | undefined> {
  let pax = noRecords;
  let attributesSize = 0;
  let extensions = '';
  let hash: Hash | undefined;
  /** The last of each type. */
  const counting = new Map<string, Buffer>();
  for (;;) {
    const at = input.taken;
    const block = await nextBlock(input);
    if (block === undefined) return undefined;
    const header = readTarHeader(block, at);
    const { type, size } = header;
    if (!extensionTypes.includes(type)) {
      const own = typesWithoutContent.includes(type) ? 0 : size;
      const stored = storedSize(header, pax, at);
      const extensionDigest = hash?.digest('base64') ?? '';
      const bytes = [...counting.values(), mended(header, own)];
      const offset = input.taken;
      return { header, stored, offset, pax, attributesSize, extensions, extensionDigest, bytes };
    }
    if (size > maxExtensionBytes) throw new BadLayer(`a header at byte ${at} of ${size} bytes`);
    const content = Buffer.from(await input.take(size));
    const padding = await input.take(-size & (blockLength - 1));
    extensions += type;
    hash ??= createHash('sha256');
    hash.update(block).update(content).update(padding);
    if (type === 'x') {
      pax = readPaxRecords(content);
      attributesSize = size;
    }
    if (type === 'g') continue;
    // tar-stream loses its place after one without content.
    if (size === 0) counting.delete(type);
    else counting.set(type, Buffer.concat([mended(header, size), content, padding]));
  }
}

/** The next block; `undefined` where the archive ends. */
async function nextBlock(input: ByteReader): Promise<Buffer | undefined> {
  if (await input.isAtEnd()) return undefined;
  // It is kept longer than the chunk it is part of.
  const block = Buffer.from(await input.take(blockLength));
  if (!isZeroBlock(block)) return block;
  const at = input.taken;
  if (isZeroBlock(await input.takeAtMost(blockLength))) return undefined;
  throw new BadLayer(`a header at byte ${at} after a single zero block`);
}

/** How much content follows a header, at a byte of the archive. */
function storedSize({ type, size }: TarHeader, pax: PaxRecords, at: number): number {
  if (type === 'S') {
    throw new BadLayer(
      `a sparse file in the old GNU form (type S) at byte ${at}, which containerd and umoci refuse: pack it with tar without --sparse`,
    );
  }
  const said = paxText(pax, 'size');
  if (said !== undefined && !/^0*\d{1,16}$/.test(said)) {
    throw new BadLayer(`a pax size at byte ${at} that is not a number`);
  }
  const stored = said === undefined ? size : Number(said);
  if (!Number.isSafeInteger(stored)) throw new BadLayer(`no possible size at byte ${at}`);
  if (!typesWithoutContent.includes(type)) return stored;
  if (type !== '5' && stored > 0 && said !== undefined) {
    throw new BadLayer(`a link or device at byte ${at} with a pax size`);
  }
  return 0;
}

async function nextStream(
  streams: AsyncIterator<EntryStream>,
  { stored, offset }: ExtendedHeader,
): Promise<EntryStream> {
  const { value, done } = await streams.next().catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BadLayer(`not a whole tar archive: ${reason}`, { cause });
  });
  const { size, type } = value?.header ?? {};
  if (done || (size !== stored && type !== 'directory')) {
    throw new BadLayer(`readers of tar disagree about the header before byte ${offset}`);
  }
  return value;
}

/** The content of an entry: what tar-stream makes of it, piece by piece. */
async function* throughReader(
  length: number,
  input: ByteReader,
  reader: Extract,
  stream: EntryStream,
): AsyncGenerator<Uint8Array> {
  if (length === 0) return;
  const chunks = (stream as unknown as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  for await (const piece of input.pieces(length)) {
    reader.write(piece);
    const { value, done } = await chunks.next();
    if (!done) yield value;
  }
  await chunks.next();
}

/** The same, which can be left and gone on with elsewhere. */
async function* unclosed(source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
}

/** What an entry is. */
async function describe(
  found: ExtendedHeader,
  read: StreamHeader,
  content: AsyncIterable<Uint8Array>,
): Promise<TarEntry> {
  const { header, pax, extensions, extensionDigest } = found;
  const { type, format, block } = header;
  const name = paxText(pax, 'GNU.sparse.name') ?? paxText(pax, 'path') ?? fromLatin1(read.name);
  const link = paxText(pax, 'linkpath') ?? (read.linkname ? fromLatin1(read.linkname) : undefined);
  if (name.includes('\0') || link?.includes('\0')) {
    throw new BadLayer(`a NUL byte in the name ${JSON.stringify(name)}`);
  }
  // tar-stream takes some of what is no number for one, and is one off below 0.
  const number = (field: TarFieldName) => {
    const text = paxText(pax, field);
    const value = text === undefined ? numberIn(block, field) : Number(text);
    if (value !== undefined && Number.isFinite(value)) return value;
    throw new BadLayer(`the ${field} of ${name} is not a number`);
  };
  const kind = kindOf(type, read.type, name);
  const isDevice = kind === 'character' || kind === 'block';
  const input = new ByteReader(content, 'the sparse file');
  const sparse = kind === 'file' ? await readSparseMap(pax, found.stored, input) : undefined;
  const stored = found.stored - input.taken;
  const attributes = attributesIn(pax);
  const entry: LayerEntry = {
    name,
    path: cleanPath(name),
    kind,
    mode: number('mode') & 0o7777,
    uid: number('uid'),
    gid: number('gid'),
    mtime: number('mtime'),
    size: kind === 'file' ? (sparse?.size ?? stored) : 0,
    ...(link === undefined ? {} : { link }),
    ...(isDevice ? { major: number('devmajor'), minor: number('devminor') } : {}),
    ...(attributes === undefined ? {} : { xattrs: attributes }),
  };
  return {
    entry,
    offset: found.offset + input.taken,
    stored,
    ...(sparse === undefined ? {} : { sparse }),
    content: sparse === undefined ? content : expanded(sparse, input.pieces(stored)),
    header: {
      format,
      type,
      uname: paxText(pax, 'uname') ?? textIn(block, 'uname'),
      gname: paxText(pax, 'gname') ?? textIn(block, 'gname'),
      pax,
      block,
      extensions,
      extensionDigest,
    },
  };
}

function kindOf(flag: string, type: StreamHeader['type'], name: string): EntryKind {
  // GNU tar's incremental archives list a directory's names in its content. Before ustar, a trailing
  // slash is all that tells a directory.
  const known = kindOfType[type ?? ''] ?? (flag === 'D' ? 'directory' : undefined);
  return known ?? (name.endsWith('/') ? 'directory' : 'file');
}

/** Text that tar-stream took for Latin-1, a character a byte. */
function fromLatin1(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
  return /^[\x00-\x7f]*$/.test(text) ? text : textOf(Buffer.from(text, 'latin1'));
}
