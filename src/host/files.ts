import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { TourError } from '../errors.ts';
import { elevated, type Privilege } from './privilege.ts';
import { maxReadBytes, probe } from './shell.ts';

/**
 * The bytes of a file. They are read at once: for a few megabytes, Node's thread pool takes longer to be
 * asked than the kernel to answer.
 *
 * @throws TourError for what is no regular file (a FIFO would be waited for, a device has no end), or is
 * larger than anything of the tour's; otherwise what the system call failed with
 */
export function readWhole(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = fstatSync(file);
    if (!status.isFile()) throw new TourError(`${path} is not a regular file.`);
    if (status.size > maxReadBytes) {
      throw new TourError(`${path} is larger than anything that the tour makes.`, {
        hint: 'Make it again; what was to go into it is a few megabytes.',
      });
    }
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** What reading comes to; undefined if the system says no. */
function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/* Reading what belongs to root: directly if we may, through sudo if not. */

/** What a file says; undefined if it cannot be read. */
export async function readAs(privilege: Privilege, path: string): Promise<string | undefined> {
  if (privilege !== 'sudo') return ifReadable(() => readWhole(path).toString());
  const { code, stdout } = await probe(elevated(privilege, ['cat', '--', path]));
  return code === 0 ? stdout : undefined;
}

/** The names in a directory, hidden ones too, sorted; undefined if it cannot be read. */
export async function listAs(privilege: Privilege, path: string): Promise<string[] | undefined> {
  if (privilege !== 'sudo') return ifReadable(() => readdirSync(path).sort());
  const { code, stdout } = await probe(elevated(privilege, ['ls', '-A', '-1', '--', path]));
  if (code !== 0) return undefined;
  return stdout
    .split('\n')
    .filter((name) => name !== '')
    .sort();
}
