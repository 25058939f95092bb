import { type Layer, readLayer } from '../oci/layer.ts';
import { elevated, type Privilege } from './privilege.ts';
import { streamed } from './shell.ts';

/**
 * Everything in a directory: GNU tar packs it, the same reader as for layers reads it. One way to
 * look, whoever the directory belongs to; devices and links included.
 * @param as whose eyes to look with; the learner's own when left out
 * @param keep contents of files up to this many bytes are kept
 * @returns undefined if the directory is not there or cannot be read
 */
export async function readTree(
  directory: string,
  { as, keep = 4096 }: { as?: Privilege; keep?: number } = {},
): Promise<Layer | undefined> {
  const argv = ['tar', '--directory', directory, '--sort=name', '--create', '.'];
  const source = streamed(as === undefined ? argv : elevated(as, argv));
  const layer = await readLayer(source.bytes, { keep }).catch(() => undefined);
  return (await source.failed()) === undefined ? layer : undefined;
}
