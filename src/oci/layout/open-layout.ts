import { realpath, stat } from 'node:fs/promises';
import { unreadable } from '../regular-file.ts';
import { LayoutDirectory } from './layout-directory.ts';
import type { LayoutFiles } from './layout-files.ts';
import { LayoutTar } from './layout-tar.ts';

/**
 * Opens an image layout: a directory, or a tar archive of one.
 *
 * @throws {TourError} if there is nothing there, or neither
 */
export async function openLayout(path: string): Promise<LayoutFiles> {
  try {
    if ((await stat(path)).isDirectory()) return new LayoutDirectory(await realpath(path));
  } catch (error) {
    throw unreadable(error, path);
  }
  return await LayoutTar.open(path);
}
