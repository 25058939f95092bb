import { pack } from 'tar-stream';

/** An entry to put in an archive; a name alone is an empty file, or a directory if it ends in a slash. */
export interface Item {
  readonly name: string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link' | 'character-device' | 'fifo';
  readonly content?: string | Buffer;
  readonly linkname?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly uname?: string;
  readonly gname?: string;
  /** Seconds. */
  readonly mtime?: number;
  readonly devmajor?: number;
  readonly devminor?: number;
  readonly pax?: Readonly<Record<string, string>>;
}

/** A tar archive of these entries, in this order. */
export async function tar(items: readonly (Item | string)[]): Promise<Buffer> {
  const archive = pack();
  for (const item of items.map(asItem)) {
    const { name, content = '', mtime = 1_735_689_600, ...rest } = item;
    const type = item.type ?? (name.endsWith('/') ? 'directory' : 'file');
    const header = { ...rest, name, type, mtime: new Date(mtime * 1000) };
    if (type === 'file') archive.entry(header, Buffer.from(content));
    else archive.entry(header);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** An archive whose first header has other bytes at a place, and the checksum that belongs to them. */
export function patched(archive: Buffer, at: number, bytes: string): Buffer {
  const copy = Buffer.from(archive);
  copy.write(bytes, at, 'latin1');
  copy.fill(' ', 148, 156);
  const sum = copy.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return copy;
}

function asItem(item: Item | string): Item {
  return typeof item === 'string' ? { name: item } : item;
}

/** Bytes as a source, in chunks of one size. */
export async function* chunks(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of source) parts.push(chunk);
  return Buffer.concat(parts);
}
