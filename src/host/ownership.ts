import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { failedWith, TourError, tourErrorFrom } from '../errors.ts';
import { homeDirectoryOf, userNameOf } from './current-user.ts';
import { replaceAtomically } from './replace-atomically.ts';
import { shellQuoteIfNeeded } from './shell-quote.ts';
import { readSmallFile } from './small-file.ts';
import { ownDirectory, resolveExisting, type Workspace } from './workspace.ts';

/**
 * Whether a directory is the tour's to work in, and to delete.
 *
 * It is if it has the tour's mark, and if nobody but the user who runs the tour can have put the mark
 * there: the tour runs programs below it, often as root. All of this is read without following links.
 */

const markName = 'owner.json';

/** Where the mark is in a working directory, name by name. */
export const markPath: readonly string[] = [ownDirectory, markName];

/** What is written down when a directory becomes the tour's. */
export interface Mark {
  readonly tool: 'handroll-tour';
  /** Random, for this working directory alone: what it owns elsewhere is labelled with it. */
  readonly id?: string;
  /** The socket of the system's containerd, once its namespace was labelled as ours. */
  readonly socket?: string;
  /** Directories above the working directory that the tour made to have a place for it, outermost first. */
  readonly parents?: readonly string[];
}

/**
 * `absent` and `empty` may become ours. `foreign` has files and no mark. `theirs` belongs to another
 * user, or another user could have put the mark there.
 */
export type Ownership = 'absent' | 'empty' | 'ours' | 'foreign' | 'theirs';

export function ownership(workspace: Workspace): Ownership {
  const { dir, own } = workspace;
  if (intruder(workspace) !== undefined) return 'theirs';
  let entries: string[];
  try {
    entries = readdirSync(dir);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return 'absent';
    if (failedWith(error, 'ENOTDIR')) return 'foreign';
    throw new TourError(`${dir} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  if (entries.length === 0) return 'empty';
  return readMark(own) === undefined ? 'foreign' : 'ours';
}

/** The mark of a working directory; undefined if it has none. Who wrote it is asked by `ownership`. */
export function readMark(own: string): Mark | undefined {
  try {
    // A link could lead anywhere: a mark only counts in a real directory, and as a real file.
    if (!lstatSync(own).isDirectory()) return undefined;
    const mark = JSON.parse(readSmallFile(join(own, markName))) as Partial<Mark>;
    return mark.tool === 'handroll-tour' ? (mark as Mark) : undefined;
  } catch {
    return undefined;
  }
}

/** As whom the tour runs. */
export function ownUid(): number {
  return process.geteuid?.() ?? 0;
}

/** Whether there is a working directory, with something in it: the tour's or not. */
export function isInUse({ dir }: Workspace): boolean {
  try {
    return readdirSync(dir).length > 0;
  } catch (error) {
    return !failedWith(error, 'ENOENT');
  }
}

/** Another user who could change what is in the working directory, and the path that allows it. */
interface Intruder {
  readonly path: string;
  /** The owner, where that is somebody else. */
  readonly uid?: number;
}

/** Users who are no threat: root, who can do all of it anyway, we, and whoever became root by sudo. */
function isTrusted(uid: number): boolean {
  if (uid === 0 || uid === ownUid()) return true;
  if (ownUid() === 0 && process.env.SUDO_UID === String(uid)) return true;
  return uid === overflowUid && inUserNamespace();
}

/** Whom the kernel shows for a user who has no number in our user namespace (user_namespaces(7)). */
const overflowUid = 65534;

function inUserNamespace(): boolean {
  try {
    return !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
  } catch {
    return false;
  }
}

function statOrNothing(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG')) return undefined;
    throw error;
  }
}

/** The mode bit of /tmp: in such a directory, everybody may rename only their own. Node has no name for it. */
const sticky = 0o1000;

/** Whether others may put something in the place of what is in a directory. */
const isReplaceable = (stats: Stats) => (stats.mode & sticky) === 0 && isOpenToOthers(stats);

/** Whether others may put something into a directory. */
function isOpenToOthers({ mode, gid }: Stats): boolean {
  // Most distributions give each user a group of their own, and a umask that lets it write.
  const shared = (mode & constants.S_IWGRP) !== 0 && gid !== 0 && gid !== process.getegid?.();
  return shared || (mode & constants.S_IWOTH) !== 0;
}

function intruder(workspace: Workspace): Intruder | undefined {
  const { dir, own } = workspace;
  return intruderIn(dir, own) ?? intruderAbove(dir) ?? intruderOnTheWay(workspace);
}

/** The directory, the tour's own directory in it and the mark must be ours, and only ours to change. */
function intruderIn(dir: string, own: string): Intruder | undefined {
  for (const path of [dir, own, join(own, markName)]) {
    const stats = statOrNothing(path);
    if (stats === undefined) return undefined;
    if (stats.uid !== ownUid()) return { path, uid: stats.uid };
    if (stats.isDirectory() && isOpenToOthers(stats)) return { path };
  }
  return undefined;
}

/** Who may rename a directory above ours can put another one in its place. */
function intruderAbove(dir: string): Intruder | undefined {
  for (let path = dirname(dir); ; path = dirname(path)) {
    const stats = statOrNothing(path);
    if (stats !== undefined) {
      if (!isTrusted(stats.uid)) return { path, uid: stats.uid };
      if (isReplaceable(stats)) return { path };
    }
    if (path === dirname(path)) return undefined;
  }
}

/**
 * A link on the way to it, or one that such a link leads to, was put there by somebody, who chose where
 * it leads. One that has gone since the path was resolved counts as well: it may come back.
 */
function intruderOnTheWay({ given, dir }: Workspace): Intruder | undefined {
  let path = '/';
  let links = 0;
  for (const names = given.split('/'); names.length > 0; ) {
    const next = join(path, names.shift() ?? '');
    const stats = statOrNothing(next);
    if (!stats?.isSymbolicLink()) {
      path = next;
      continue;
    }
    links += 1;
    if (!isTrusted(stats.uid) || links > mostLinks) return { path: next, uid: stats.uid };
    if (!existsSync(next)) {
      // It leads nowhere, which is said when the directory is made.
      path = next;
      continue;
    }
    const target = readlinkSync(next);
    if (target.startsWith('/')) path = '/';
    names.unshift(...target.split('/'));
  }
  return path === dir ? undefined : { path: given };
}

/** As many as the kernel follows (path_resolution(7)). */
const mostLinks = 40;

/** Directories that belong to the machine: no learner means these, whatever they typed. */
const notWorkdirs = new Set(
  '/ /bin /boot /dev /dev/shm /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /usr/local /var /var/lib /var/tmp'.split(
    ' ',
  ),
);

/**
 * Says why nothing in a directory is to be read, run or written, before any of it happens.
 * @throws TourError (exit 4) where another user could have put there what the tour would find
 */
export function refuseTheirs(workspace: Workspace): void {
  const { dir } = workspace;
  const found = intruder(workspace);
  if (found === undefined) return;
  // The advice for these would be to change the mode of /tmp.
  refuseMachines(workspace, homedir());
  const { path, uid } = found;
  if (uid === undefined) {
    throw changeable(path);
  }
  const owner = userNameOf(uid) ?? `user ${uid}`;
  if (path !== dir || ownUid() !== 0) {
    throw new TourError(`${path} belongs to ${owner}, not to you.`, {
      hint: 'The tour runs programs from its working directory, so it has to be yours: --workdir DIR. Nothing was touched.',
    });
  }
  throw new TourError(`${dir} belongs to ${owner}, and you are root.`, {
    hint: `Look at it as ${owner}: sudo -u ${shellQuoteIfNeeded(userNameOf(uid) ?? `#${uid}`)} -H handroll-tour list --workdir ${shellQuoteIfNeeded(dir)}\nhandroll-tour cleanup is safe as root, and runs nothing that it finds there. Nothing was touched.`,
  });
}

function changeable(path: string): TourError {
  return new TourError(`Other users of this machine may change ${path}.`, {
    hint: `The tour runs programs from its working directory, so only you may change it:\n  chmod go-w ${shellQuoteIfNeeded(path)}\nOr name another directory: --workdir DIR. Nothing was touched.`,
  });
}

/**
 * Says why a directory is not one the tour may work in, before anything is touched.
 * @throws TourError (exit 4)
 */
export function refuseForeign(workspace: Workspace): void {
  refuseMachines(workspace, homedir());
  refuseTheirs(workspace);
  if (ownership(workspace) === 'foreign') throw notMade(workspace.dir);
}

function refuseMachines({ dir }: Workspace, home: string | undefined): void {
  const lived = home === undefined ? undefined : resolveExisting(home);
  if (!notWorkdirs.has(dir) && dir !== lived && !lived?.startsWith(`${dir}/`)) return;
  throw new TourError(`${dir} cannot be the tour's working directory: other things live there.`, {
    hint: 'Name a new directory, such as --workdir ~/container-demo. Nothing was touched.',
  });
}

function notMade(dir: string): TourError {
  return new TourError(`${dir} has files in it that the tour did not make.`, {
    hint: 'Name a directory that is empty or does not exist yet: --workdir DIR. Nothing was touched.',
  });
}

/**
 * Says why a directory is not one to clean up. Root may, for a learner: see `removal.ts`.
 * @returns for whom it is cleaned up. Asked again, the path may lead to another user's directory
 * @throws TourError (exit 4)
 */
export function refuseToClean(workspace: Workspace): number {
  const { dir, own } = workspace;
  const owners = [dir, own, join(own, markName)].map((path) => statOrNothing(path)?.uid);
  const [owner] = owners;
  const isLearners = ownUid() === 0 && owner !== 0 && new Set(owners).size === 1;
  if (isLearners && owner !== undefined) {
    refuseMachines(workspace, homeDirectoryOf(owner));
    if (readMark(own) === undefined) throw notMade(dir);
    return owner;
  }
  refuseForeign(workspace);
  return ownUid();
}

/**
 * Makes the working directory where it is missing, and marks it as ours.
 * @throws TourError (exit 4) if it is not ours to use
 */
export function claim(workspace: Workspace): void {
  refuseForeign(workspace);
  const { dir, own } = workspace;
  const known = readMark(own);
  if (known?.id !== undefined) return;
  try {
    const made = makeDirectory(workspace, own);
    // With a umask of 002, whoever shares our group could plant files in them.
    for (const path of [dir, own]) chmodSync(path, lstatSync(path).mode & 0o7755);
    const parents = known?.parents ?? made.filter((path) => dir.startsWith(`${path}/`));
    writeMark(own, { tool: 'handroll-tour', id: randomBytes(8).toString('hex'), parents });
  } catch (error) {
    throw error instanceof TourError ? error : notWritable(workspace, error);
  }
}

/** Notes which system containerd has something of ours: cleanup may find that it does not answer. */
export function noteSocket(workspace: Workspace, socket: string): void {
  const mark = readMark(workspace.own);
  if (mark === undefined || mark.socket === socket) return;
  try {
    writeMark(workspace.own, { ...mark, socket });
  } catch (error) {
    throw notWritable(workspace, error);
  }
}

function writeMark(own: string, mark: Mark): void {
  replaceAtomically(join(own, markName), (path) =>
    writeFileSync(path, `${JSON.stringify(mark)}\n`),
  );
}

/**
 * Makes a directory and those above it. With `recursive`, Node tries for ever where the kernel has no
 * room for new names: below /proc.
 * @returns those that were made, outermost first
 * @throws TourError if another user was quicker, in /tmp for one
 */
function makeDirectory(workspace: Workspace, path: string): string[] {
  const made = path === dirname(path) ? [] : makeDirectory(workspace, dirname(path));
  if (makeOne(path)) return [...made, path];
  // Nothing is put into it before it is known whose it is: it was not there when that was asked first.
  refuseTheirs(workspace);
  return made;
}

/**
 * @returns false if there is such a directory, made by another command of ours
 * @throws TourError if there is one of another user's, or was just now
 */
function makeOne(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    const stats = statOrNothing(path);
    if (stats === undefined ? failedWith(error, 'EEXIST') : !isTrusted(stats.uid)) {
      throw changeable(path);
    }
    if (stats?.isDirectory()) return false;
    throw error;
  }
}

export function notWritable({ dir }: Workspace, error: unknown): TourError {
  const refused = tourErrorFrom(error);
  if (refused !== undefined) return refused;
  return new TourError(`${dir} cannot be written: ${(error as Error).message}`, {
    hint: 'Name a directory of your own: --workdir DIR.',
    cause: error,
  });
}

export function isWritable(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
