import { digestStream } from '../digest.ts';
import { hashOf, parseDigest } from '../digest-grammar.ts';
import { kindText, type LayoutFiles } from '../layout/layout-files.ts';
import type { Violations } from './violations.ts';

export interface Blob {
  /** Its file in the layout. */
  readonly path: string;
  /** Bytes; `undefined` if it is no regular file. */
  readonly size: number | undefined;
}

/**
 * The blobs of a layout, by digests that match the grammar: their parts become names of files. Each is
 * hashed once, and its violations are reported once.
 */
export class Blobs {
  readonly #files: LayoutFiles;
  readonly #findings: Violations;
  readonly #verdicts = new Map<string, Promise<boolean>>();

  constructor(files: LayoutFiles, violations: Violations) {
    this.#files = files;
    this.#findings = violations;
  }

  async find(digest: string): Promise<Blob | undefined> {
    const path = blobPath(digest);
    const file = await this.#files.stat(path);
    if (file === undefined) return undefined;
    return { path, size: file.kind === 'file' ? file.size : undefined };
  }

  /** Whether a blob is a file with the content its digest names, as far as that can be told. */
  verify(digest: string): Promise<boolean> {
    const verdict = this.#verdicts.get(digest) ?? this.#examine(digest);
    this.#verdicts.set(digest, verdict);
    return verdict;
  }

  async #examine(digest: string): Promise<boolean> {
    const path = blobPath(digest);
    const file = await this.#files.stat(path);
    if (file?.kind !== 'file') {
      this.#findings.add('blob-kind', path, 'a regular file', kindText(file));
      return false;
    }
    const hash = hashOf(digest);
    if (hash === undefined) {
      this.#findings.add('digest-unchecked', path, digest, 'an algorithm that is not checked here');
      return true;
    }
    if (hash !== 'sha256') {
      const actual = `${hash}: containerd 1.6, umoci 0.4 and skopeo 1.9 refuse it`;
      this.#findings.add('digest-algorithm', path, 'sha256, which all tools read', actual);
    }
    const actual = await digestStream(this.#files.read(path), hash);
    if (actual.digest === digest) return true;
    this.#findings.add('blob-content', path, digest, actual.digest);
    return false;
  }
}

/** Where a layout has the blob of a digest (image-layout.md "Blobs"). */
export function blobPath(digest: string): string {
  const parts = parseDigest(digest);
  if (typeof parts === 'string') throw new TypeError(`${digest} is no digest: ${parts}`);
  return `blobs/${parts.algorithm}/${parts.encoded}`;
}
