import type { LayoutFiles } from '../oci/layout/layout-files.ts';
import { clip } from '../text/printable.ts';
import { sizeText } from '../text/size.ts';

/** Milliseconds before anything is told, and between two lines. */
const [afterMs, everyMs] = [1000, 200];

/** The terminal that a line is written to. */
type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;

/**
 * Tells how far the reading of an image has come, on one line of a terminal: gigabytes take a while.
 * @returns files whose reading is told, and `end`, which removes the line
 */
export function tellReading(
  files: LayoutFiles,
  terminal: Terminal = process.stderr,
): { readonly files: LayoutFiles; readonly end: () => void } {
  if (!terminal.isTTY) return { files, end: () => {} };
  const begun = performance.now();
  let told = 0;
  const tell = (text: string) => {
    const now = performance.now();
    if (now - begun < afterMs || now - told < everyMs) return;
    told = now;
    terminal.write(`\r${clip(text, terminal.columns - 2)}\u001b[K`);
  };
  async function* read(path: string): AsyncIterable<Uint8Array> {
    const all = sizeText((await files.stat(path))?.size ?? 0);
    let bytes = 0;
    for await (const chunk of files.read(path)) {
      bytes += chunk.length;
      tell(`${sizeText(bytes)} of ${all}, ${path}`);
      yield chunk;
    }
  }
  return {
    files: {
      isDirectory: files.isDirectory,
      violations: files.violations,
      stat: (path) => files.stat(path),
      list: (path) => files.list(path),
      read,
    },
    end: () => {
      if (told > 0) terminal.write('\r\u001b[K');
    },
  };
}
