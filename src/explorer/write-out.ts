import { open, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { failedWith } from '../errors.ts';
import { BadLayer } from '../oci/bad-layer.ts';
import type { LayerEntry } from '../oci/layer-entry.ts';
import { printable } from '../text/printable.ts';
import { exactly } from './labels.ts';

/** The most names to try: `passwd`, `passwd.1`, … */
const maxNamesTried = 100;

/**
 * Writes a file of an image into the working directory, under its own name or, if that is taken, with a
 * number. It never replaces a file or follows a link, and the new file isn't executable.
 *
 * @returns a message about the result
 */
export async function writeFileOut(
  { path, size }: LayerEntry,
  content: AsyncIterable<Uint8Array>,
): Promise<string> {
  // A name from an image may contain characters that a terminal or a shell would act on.
  const own = basename(path)
    .replace(/[^\p{L}\p{N}._+@-]/gu, '_')
    .replace(/^\.+$/, '_');
  for (let number = 0; number < maxNamesTried; number++) {
    const name = number === 0 ? own : `${own}.${number}`;
    try {
      const file = await open(name, 'wx', 0o644);
      try {
        for await (const chunk of content) await file.writeFile(chunk);
      } finally {
        await file.close();
      }
      return `Written: ./${name}, ${exactly(size)} bytes.`;
    } catch (error) {
      if (failedWith(error, 'EEXIST')) continue;
      if (error instanceof BadLayer) {
        await rm(name);
        return `Not written: ${error.message}.`;
      }
      if (!(error instanceof Error && 'code' in error)) throw error;
      return `Not written: ${printable(error.message)}.`;
    }
  }
  return `Not written: there are ${maxNamesTried} files called ${own} here already.`;
}
