import { digestStream } from '../digest.ts';
import { hashOf, parseDigest } from '../digest-grammar.ts';
import type { LayoutFiles } from '../layout/layout-files.ts';
import type { Findings } from './findings.ts';

/** A blob of a layout, looked at. */
export interface Blob {
  /** Its file in the layout. */
  readonly path: string;
  /** `good`: it is what its digest says, or nobody here can tell. */
  readonly state: 'missing' | 'irregular' | 'corrupt' | 'good';
  /** Bytes, of a file. */
  readonly size?: number;
}

/** The blobs of a layout. Each is read and hashed once, and its findings are reported once. */
export class Blobs {
  readonly #files: LayoutFiles;
  readonly #findings: Findings;
  readonly #looked = new Map<string, Promise<Blob>>();

  constructor(files: LayoutFiles, findings: Findings) {
    this.#files = files;
    this.#findings = findings;
  }

  /** @param digest one that matches the grammar: its parts become names of files */
  look(digest: string): Promise<Blob> {
    const blob = this.#looked.get(digest) ?? this.#examine(digest);
    this.#looked.set(digest, blob);
    return blob;
  }

  async #examine(digest: string): Promise<Blob> {
    const path = blobPath(digest);
    const file = await this.#files.look(path);
    if (file === undefined) return { path, state: 'missing' };
    if (file.kind !== 'file') {
      this.#findings.add('blob-kind', path, 'a regular file', `a ${file.kind}`);
      return { path, state: 'irregular' };
    }
    const blob: Blob = { path, state: 'good', size: file.size };
    const hash = hashOf(digest);
    if (hash === undefined) {
      this.#findings.add('digest-unchecked', path, digest, 'an algorithm that is not checked here');
      return blob;
    }
    const actual = await digestStream(this.#files.read(path), hash);
    if (actual.digest === digest) return blob;
    this.#findings.add('blob-content', path, digest, actual.digest);
    return { ...blob, state: 'corrupt' };
  }
}

/** Where a layout has the blob of a digest (image-layout.md "Blobs"). */
export function blobPath(digest: string): string {
  const parts = parseDigest(digest);
  if (typeof parts === 'string') throw new TypeError(`${digest} is no digest: ${parts}`);
  return `blobs/${parts.algorithm}/${parts.encoded}`;
}
