import type { LayoutFiles } from './layout-files.ts';

/** The first bytes of a file, or all of them if there are fewer. */
export async function readHead(files: LayoutFiles, path: string, length: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of files.read(path)) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= length) break;
  }
  return Buffer.concat(chunks).subarray(0, length);
}
