import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** A mark, a lock, a process number: no file of these is larger. */
const most = 64 * 1024;

/**
 * The text of a small file, in a directory where another user may have put something else in its place:
 * a pipe that is never written to, a link to a device without end.
 *
 * @throws Error for what is no regular file, or is larger; otherwise what the system call failed with
 */
export function readSmallFile(path: string): string {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) throw new Error(`${path} is not a regular file.`);
    const bytes = Buffer.alloc(most + 1);
    const length = readSync(file, bytes, 0, bytes.length, 0);
    if (length > most) throw new Error(`${path} is larger than anything of the tour's.`);
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
