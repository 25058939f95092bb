import { BadLayer } from '../bad-layer.ts';
import { type Compression, compressionOf, magicLength } from '../compression.ts';
import { cleanPath, type LayerEntry } from '../layer-entry.ts';
import { openRegularFile, readRegularFile } from '../regular-file.ts';
import { expanded, type SparseMap } from '../sparse.ts';
import { type TarEntry, tarEntries } from '../tar-entries.ts';
import type { LayoutFile, LayoutFiles, LayoutViolation } from './layout-files.ts';

/** A member of the archive: what it is, and where in the archive its content stands. */
interface Member extends LayoutFile {
  readonly offset: number;
  readonly stored: number;
  readonly sparse?: SparseMap | undefined;
}

/**
 * The files of a layout in a tar archive. The archive is read once to locate its members; nothing is
 * unpacked.
 */
export class LayoutTar implements LayoutFiles {
  readonly isDirectory = false;
  readonly violations: LayoutViolation[] = [];
  readonly #archive: string;
  readonly #members = new Map<string, Member>();
  readonly #names = new Map<string, Set<string>>();

  private constructor(archive: string) {
    this.#archive = archive;
  }

  /** Reads the archive's headers. What is wrong with it goes to `violations`; errors of the file reject. */
  static async open(archive: string): Promise<LayoutTar> {
    const layout = new LayoutTar(archive);
    try {
      const { bytes } = await openRegularFile(archive);
      for await (const found of tarEntries(bytes)) layout.#add(found);
    } catch (error) {
      if (!(error instanceof BadLayer)) throw error;
      const packed = await compressionOfFile(archive);
      const actual = packed === 'none' ? error.message : `a file compressed with ${packed}`;
      layout.violations.push({ expected: 'a whole tar archive', actual });
    }
    return layout;
  }

  async stat(path: string): Promise<LayoutFile | undefined> {
    return this.#members.get(path);
  }

  async list(path: string): Promise<string[]> {
    return [...(this.#names.get(path) ?? [])].sort();
  }

  async *read(path: string): AsyncGenerator<Uint8Array> {
    const member = this.#members.get(path);
    if (member?.kind !== 'file') throw new Error(`${path} is no regular file`);
    const { offset, stored, sparse } = member;
    const bytes = readRegularFile(this.#archive, { start: offset, length: stored });
    yield* sparse === undefined ? bytes : expanded(sparse, bytes);
  }

  #add({ entry, offset, stored, sparse }: TarEntry): void {
    const { name, path, kind } = entry;
    if (name.startsWith('/') || path.split('/').includes('..')) {
      this.violations.push({ expected: 'names below the layout', actual: name });
      return;
    }
    if (path === '.') return;
    const existing = this.#members.get(path);
    if (existing !== undefined && !(existing.kind === 'directory' && kind === 'directory')) {
      this.violations.push({ expected: 'one member of a name', actual: `another ${name}` });
    }
    // A file that is linked twice is archived once, and then as a hard link to the first.
    const linked = kind === 'hardlink' ? this.#members.get(cleanPath(entry.link ?? '')) : undefined;
    this.#members.set(path, linked ?? { ...memberOf(entry), offset, stored, sparse });
    this.#addName(path);
  }

  /** Records the name in its directory, which may have no member of its own. */
  #addName(path: string): void {
    const slash = path.lastIndexOf('/');
    const directory = slash === -1 ? '' : path.slice(0, slash);
    const names = this.#names.get(directory) ?? new Set();
    this.#names.set(directory, names.add(path.slice(slash + 1)));
    if (directory === '' || this.#members.has(directory)) return;
    this.#members.set(directory, { kind: 'directory', size: 0, offset: 0, stored: 0 });
    this.#addName(directory);
  }
}

function memberOf({ kind, size, link }: LayerEntry): LayoutFile {
  if (kind === 'symlink' && link !== undefined) return { kind, size, target: link };
  if (kind === 'file' || kind === 'directory') return { kind, size };
  return { kind: 'other', size: 0 };
}

async function compressionOfFile(path: string): Promise<Compression> {
  for await (const chunk of readRegularFile(path, { length: magicLength })) {
    return compressionOf(chunk);
  }
  return 'none';
}
