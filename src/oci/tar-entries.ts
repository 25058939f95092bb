import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Extract, extract, type Header } from 'tar-stream';
import { Archive } from './archive.ts';
import { BadLayer } from './bad-layer.ts';
import { cleanPath, type EntryKind, type HeaderForm, type LayerEntry } from './layer-entry.ts';
import { Watched } from './watched.ts';

/** An entry as it comes by: its header, and its content as long as the next entry is not asked for. */
export interface TarEntry {
  readonly entry: LayerEntry;
  /** Where its content begins in the stream, in bytes. */
  readonly offset: number;
  /** A file's content, to be read at most once; all others have none. */
  readonly content: AsyncIterable<Uint8Array>;
  /** What else its header says, which no file on a disk would show. */
  readonly header: EntryHeader;
}

/** What a header says beyond a file's own attributes, and how it is written. */
export interface EntryHeader extends HeaderForm {
  /** The owner's and the group's names, empty where none is given. */
  readonly uname: string;
  readonly gname: string;
  /** The records of its pax header. */
  readonly pax: Readonly<Record<string, string>>;
}

/** What tar-stream 3.2 gives beyond its published types. */
type TarHeader = Omit<Header, 'type' | 'linkname' | 'pax'> & {
  /** `null` for types outside of POSIX. */
  type: Header['type'] | null;
  linkname: string | null;
  pax: Record<string, string> | null;
};
type Entry = Extract extends AsyncIterable<infer Source> ? Source : never;

/**
 * Formats before ustar have no magic: the checksum tells a header. Names are decoded here, not there,
 * so that bytes that are no UTF-8 survive.
 */
const OPTIONS = { allowUnknownFormat: true, filenameEncoding: 'latin1' } as object;
const BLOCK = 512;
/** Bytes that all headers may have together: two million entries. They are what is kept of a layer. */
const MAX_HEADERS = 1024 ** 3;

const KINDS: Record<string, EntryKind> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'hardlink',
  'character-device': 'character',
  'block-device': 'block',
  fifo: 'fifo',
};

/**
 * Reads the entries of an uncompressed tar, in the archive's order.
 *
 * The source is read to its end, past the end-of-archive marker, unless the reader stops early.
 * Content that is not read is passed over. Memory does not grow with the archive.
 *
 * @param options.maxHeaders bytes that all headers may have together
 * @throws {BadLayer} if the archive is broken or truncated; errors of the source pass through
 */
export async function* tarEntries(
  source: AsyncIterable<Uint8Array>,
  { maxHeaders = MAX_HEADERS }: { maxHeaders?: number | undefined } = {},
): AsyncGenerator<TarEntry> {
  // The archive is walked ahead of the reader, by what the stream between them holds.
  const forms: HeaderForm[] = [];
  const archive = new Watched(new Archive(source, (form) => forms.push(form)));
  const reader = extract(OPTIONS);
  const feeding = pipeline(Readable.from(archive), reader);
  feeding.catch(() => {});
  const explain = (error: unknown) => archive.failure ?? brokenArchive(error);
  async function* contentOf(stream: Entry): AsyncGenerator<Uint8Array> {
    try {
      yield* stream as unknown as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw explain(error);
    }
  }
  let headers = 0;
  try {
    for await (const stream of reader) {
      const header = stream.header as TarHeader;
      const entry = entryOf(header);
      const form = forms.shift();
      if (form === undefined) throw new BadLayer('readers of tar disagree about its headers');
      headers += BLOCK + entry.name.length + (entry.link?.length ?? 0);
      if (headers > maxHeaders) throw new BadLayer('more entries than can be kept in mind');
      yield {
        entry,
        offset: stream.offset + BLOCK,
        content: contentOf(stream),
        header: { uname: header.uname, gname: header.gname, pax: header.pax ?? {}, ...form },
      };
      stream.resume();
    }
    await feeding;
  } catch (error) {
    throw explain(error);
  } finally {
    reader.destroy();
  }
}

function brokenArchive(cause: unknown): BadLayer {
  if (cause instanceof BadLayer) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BadLayer(`not a whole tar archive: ${reason}`, { cause });
}

function entryOf(header: TarHeader): LayerEntry {
  const { pax } = header;
  const name = pax?.['GNU.sparse.name'] ?? pax?.path ?? text(header.name);
  const link = pax?.linkpath ?? (header.linkname === null ? undefined : text(header.linkname));
  const kind = kindOf(header, name);
  const isDevice = kind === 'character' || kind === 'block';
  if (name.includes('\0') || link?.includes('\0')) {
    throw new BadLayer(`a NUL byte in the name ${JSON.stringify(name)}`);
  }
  return {
    name,
    path: cleanPath(name),
    kind,
    mode: number(header.mode, 'mode', name) & 0o7777,
    uid: number(pax?.uid ?? header.uid, 'uid', name),
    gid: number(pax?.gid ?? header.gid, 'gid', name),
    mtime: number(pax?.mtime ?? header.mtime.getTime() / 1000, 'mtime', name),
    size: kind === 'file' ? header.size : 0,
    ...(link === undefined ? {} : { link }),
    ...(isDevice ? { major: header.devmajor, minor: header.devminor } : {}),
  };
}

/** Types outside of POSIX are regular files to those who do not know them; so says POSIX. */
function kindOf(header: TarHeader, name: string): EntryKind {
  const kind = KINDS[header.type ?? 'file'] ?? 'file';
  // Before ustar, a trailing slash is all that tells a directory.
  return kind === 'file' && name.endsWith('/') && header.size === 0 ? 'directory' : kind;
}

function number(value: number | string, field: string, name: string): number {
  const result = Number(value);
  if (!Number.isFinite(result)) throw new BadLayer(`the ${field} of ${name} is not a number`);
  return result;
}

/** A header's text: UTF-8 where it is that, otherwise as it stands, so that no two names become one. */
function text(latin1: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
  if (/^[\x00-\x7f]*$/.test(latin1)) return latin1;
  const utf8 = Buffer.from(latin1, 'latin1').toString('utf8');
  return utf8.includes('\ufffd') ? latin1 : utf8;
}
