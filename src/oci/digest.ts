import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/**
 * A content identifier in the form that descriptors use: `algorithm:hex` (`sha256:6c3c…`).
 *
 * A plain string: its grammar and the algorithms that can be checked are in `digest-grammar.ts`.
 *
 * @see OCI image spec, descriptor.md "Digests"
 */
export type Digest = string;

/** The digest and the size of a stream. */
interface DigestAndSize {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** The SHA-256 of bytes, or of a string's UTF-8 bytes. */
export function sha256(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/**
 * Computes the digest and size of a stream. Memory doesn't grow with the stream.
 *
 * @param algorithm of the digest: `sha256` (default) or `sha512`
 */
export async function digestStream(
  source: AsyncIterable<Uint8Array>,
  algorithm = 'sha256',
): Promise<DigestAndSize> {
  const hash = createHash(algorithm);
  let size = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    size += chunk.byteLength;
  }
  return { digest: `${algorithm}:${hash.digest('hex')}`, size };
}

/**
 * {@link digestStream} of a file.
 *
 * @returns `undefined` only if there is no such file; any other failure is thrown
 */
export async function digestFile(path: string): Promise<DigestAndSize | undefined> {
  try {
    return await digestStream(createReadStream(path, { highWaterMark: 1024 * 1024 }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The first eight hex digits, without the algorithm: the usual short form of a digest. */
export function short(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1).slice(0, 8);
}
