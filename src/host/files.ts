import {
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failedWith, TourError } from '../errors.ts';
import { obstacleError } from './preflight/obstacles.ts';
import { elevated, type Privilege, refuseUnanswered } from './privilege.ts';
import { maxReadBytes, probe } from './shell.ts';

/**
 * The bytes of a file. Synchronous on purpose: for a few megabytes, Node's thread pool costs more than
 * the read.
 *
 * @throws TourError if it isn't a regular file (a FIFO would block, a device has no end) or is larger than
 * anything the tour makes; otherwise the error of the system call
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

/** The result of reading; undefined if there is nothing to read. */
export function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The result of reading; undefined if the system call fails. */
function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/* Reading root's files: directly if we may, through sudo if not. */

/** The text of a file; undefined if it can't be read. */
export async function readAs(privilege: Privilege, path: string): Promise<string | undefined> {
  if (privilege !== 'sudo') return ifReadable(() => readWhole(path).toString());
  return printedBy(elevated(privilege, ['cat', '--', path]));
}

/** The names in a directory, hidden ones too, sorted; undefined if it cannot be read. */
export async function listAs(privilege: Privilege, path: string): Promise<string[] | undefined> {
  if (privilege !== 'sudo') return ifReadable(() => readdirSync(path).sort());
  const listed = await printedBy(elevated(privilege, ['ls', '-A', '-1', '--', path]));
  return listed
    ?.split('\n')
    .filter((name) => name !== '')
    .sort();
}

/** What a command prints; undefined if it fails. @throws TourError if it has no answer */
async function printedBy(argv: readonly string[]): Promise<string | undefined> {
  const ran = await probe(argv);
  refuseUnanswered(argv, ran);
  return ran.code === 0 ? ran.stdout : undefined;
}

/**
 * Makes a directory for temporary files, which the caller removes.
 * @throws TourError if there is no room for it, or no directory for such
 */
export function makeTemporaryDirectory(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'handroll-tour-'));
  } catch (error) {
    throw obstacleError('tmp-unusable', `${tmpdir()} can't be used: ${(error as Error).message}`);
  }
}
