import { realpath, stat } from 'node:fs/promises';
import { unreadable } from '../regular-file.ts';
import { DockerArchive } from './docker-archive.ts';
import { type Foreign, recognize } from './foreign.ts';
import { LayoutDirectory } from './layout-directory.ts';
import type { LayoutFiles } from './layout-files.ts';
import { LayoutTar } from './layout-tar.ts';

/** A path and a display name, since the path of a temporary copy means nothing to the user. */
export interface NamedPath {
  readonly path: string;
  readonly name: string;
}

/** What was opened, and what it is if it isn't a layout. */
export interface OpenedLayout {
  /** The files; those of a docker archive are presented as a layout's. */
  readonly files: LayoutFiles;
  readonly foreign: Foreign | undefined;
}

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

/**
 * Opens anything that may contain an image: a layout, a docker archive, or something recognised that
 * * can't be read.
 *
 * @throws {TourError} if there is nothing there
 */
export async function openImage({ path, name }: NamedPath): Promise<OpenedLayout> {
  const files = await openLayout(path);
  const foreign = await recognize(files, name);
  const isReadable = foreign?.kind === 'docker-archive';
  return { files: isReadable ? await DockerArchive.open(files) : files, foreign };
}
