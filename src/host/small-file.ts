import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** The limit for files such as a mark, a lock or a pid file. */
const maxBytes = 64 * 1024;

/**
 * The text of a small file that another user may have replaced with a pipe that is never written to or a
 * link to an endless device.
 *
 * @throws Error if it isn't a regular file or is larger; otherwise the error of the system call
 */
export function readSmallFile(path: string): string {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) throw new Error(`${path} is not a regular file.`);
    const bytes = Buffer.alloc(maxBytes + 1);
    const length = readSync(file, bytes, 0, bytes.length, 0);
    if (length > maxBytes) throw new Error(`${path} is larger than anything of the tour's.`);
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
