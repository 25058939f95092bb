import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Exit, failedWith, TourError } from '../errors.ts';

const chunkLength = 1024 * 1024;

/** A regular file that can be read. */
interface RegularFile {
  /** Bytes, when it was opened. */
  readonly size: number;
  /** Exactly that many bytes, even if the file grows; it's opened when they're read. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Which part of a file to read, and whether its name may be a symlink. */
interface ReadOptions {
  /** First byte (default: the beginning). */
  readonly start?: number;
  /** How many bytes (default: up to the end). */
  readonly length?: number;
  /** Reject a symlink (default: follow it). */
  readonly noFollow?: true;
}

/**
 * Examines a file before it's read. It has to be a regular one: a FIFO would block, a device has no end.
 *
 * @throws {TourError} if it's missing, not regular, or we may not read it
 */
export async function openRegularFile(path: string): Promise<RegularFile> {
  const file = await openFile(path);
  const { size } = await file.stat();
  await file.close();
  return { size, bytes: readRegularFile(path, { length: size }) };
}

/** The bytes of a regular file; rejects like {@link openRegularFile}. */
export async function* readRegularFile(
  path: string,
  options: ReadOptions = {},
): AsyncGenerator<Uint8Array> {
  const { start = 0, length = Number.POSITIVE_INFINITY, noFollow } = options;
  if (length === 0) return;
  const file = await openFile(path, noFollow ? constants.O_NOFOLLOW : 0);
  try {
    const end = start + length - 1;
    yield* createReadStream('', {
      fd: file,
      start,
      end,
      highWaterMark: chunkLength,
      autoClose: false,
    });
  } finally {
    await file.close();
  }
}

async function openFile(path: string, flags = 0): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  } catch (error) {
    throw unreadable(error, path);
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new TourError(`${path} is not a regular file.`, { exit: Exit.usage });
}

/** Turns a system call's error into a TourError, if the user can fix it. */
export function unreadable(error: unknown, path: string): unknown {
  if (failedWith(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ENXIO')) {
    return new TourError(`There is no file ${path}.`, { exit: Exit.usage, cause: error });
  }
  if (failedWith(error, 'EACCES', 'EPERM')) {
    return new TourError(`Not permitted to read ${path}.`, { exit: Exit.refused, cause: error });
  }
  return error;
}
