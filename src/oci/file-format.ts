import { type Compression, compressionOf } from './compression.ts';
import { tarFormatOf } from './tar-header.ts';

/** What a file that should be a layer can turn out to be. */
type FileFormat = Exclude<Compression, 'none'> | 'xz' | 'bzip2' | 'zip' | 'tar';

/** The first bytes of other compression formats, in hexadecimal. */
const magicNumbers = [
  ['fd377a585a00', 'xz'],
  ['425a68', 'bzip2'],
  ['504b0304', 'zip'],
] as const;

/**
 * Tells from its first block what a file is; `undefined` if it's none of these.
 *
 * A tar from before ustar has no magic and isn't recognised.
 */
export function fileFormatOf(head: Buffer): FileFormat | undefined {
  const compression = compressionOf(head);
  if (compression !== 'none') return compression;
  const hex = head.toString('hex', 0, 8);
  const [, format] = magicNumbers.find(([beginning]) => hex.startsWith(beginning)) ?? [];
  return format ?? (tarFormatOf(head) === 'v7' ? undefined : 'tar');
}
