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
import { isNamespace, ownDirectory, resolveExisting, type Workspace } from './workspace.ts';

/**
 * Whether a directory is the tour's to work in, and to delete.
 *
 * It is if it has the tour's mark and only the user who runs the tour could have put the mark there,
 * since the tour runs programs from it, often as root. All of this is read without following links.
 */

const markName = 'owner.json';

/** Where the mark is in a working directory, name by name. */
export const markPath: readonly string[] = [ownDirectory, markName];

/** What the mark records when a directory becomes the tour's. */
export interface Mark {
  readonly tool: 'handroll-tour';
  /** A random id of this working directory; it's in the labels of what the tour owns elsewhere. */
  readonly id?: string;
  /** The socket of the system's containerd, once we have labelled its namespace as ours. */
  readonly socket?: string;
  /** That namespace. */
  readonly namespace?: string | undefined;
  /** Parents of the working directory that the tour made, outermost first. */
  readonly parents?: readonly string[];
}

/**
 * `absent` and `empty` may become ours. `foreign` has files and no mark. `theirs` belongs to another
 * user, or another user could have put the mark there.
 */
type Ownership = 'absent' | 'empty' | 'ours' | 'foreign' | 'theirs';

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

/** Whether it has the tour's mark, and no other user could have put it there. */
export function isOurs(workspace: Workspace): boolean {
  return intruder(workspace) === undefined && readMark(workspace.own) !== undefined;
}

/** The mark of a working directory; undefined if it has none. `ownership` checks who could have written it. */
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

/** The user id that the tour runs as. */
export function ownUid(): number {
  return process.geteuid?.() ?? 0;
}

/** Whether the working directory exists and isn't empty, whichever user owns it. */
export function isInUse({ dir }: Workspace): boolean {
  try {
    return readdirSync(dir).length > 0;
  } catch (error) {
    return !failedWith(error, 'ENOENT');
  }
}

/** A path that lets another user change the contents of the working directory. */
interface Intruder {
  readonly path: string;
  /** The owner, if that's another user. */
  readonly uid?: number;
}

/** Users who are no threat: root, who can do anything anyway, ourselves, and the user behind sudo. */
function isTrusted(uid: number): boolean {
  if (uid === 0 || uid === ownUid()) return true;
  if (ownUid() === 0 && process.env.SUDO_UID === String(uid)) return true;
  return uid === overflowUid && inUserNamespace();
}

/** The id that the kernel shows for users without one in our user namespace (user_namespaces(7)). */
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

/** The sticky bit, as on /tmp: users may rename only their own files. Node has no name for it. */
const sticky = 0o1000;

/** Whether other users may replace what is in a directory. */
const isReplaceable = (stats: Stats) => (stats.mode & sticky) === 0 && isOpenToOthers(stats);

/** Whether other users may create files in a directory. */
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

/** A user who may rename a parent of our directory can replace it. */
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
 * A link on the path, or one that such a link leads to, must not belong to another user, who chose its
 * target. A link that has disappeared since the path was resolved counts as well: it may come back.
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
      // A dangling link fails with its own error when the directory is made.
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

/** Directories that belong to the machine and are never meant as a working directory. */
const notWorkdirs = new Set(
  '/ /bin /boot /dev /dev/shm /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /usr/local /var /var/lib /var/tmp'.split(
    ' ',
  ),
);

/**
 * Refuses a directory before anything in it is read, run or written.
 * @throws TourError (exit 4) if another user could have planted what the tour would find in it
 */
export function refuseTheirs(workspace: Workspace): void {
  const { dir } = workspace;
  const found = intruder(workspace);
  if (found === undefined) return;
  // Otherwise the hint would be to change the mode of /tmp.
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
 * Refuses a directory that the tour may not work in, before anything is touched.
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
 * Refuses a directory that may not be cleaned up. Root may clean up a learner's: see `removal.ts`.
 * @returns the owner. Keep it: if asked again, the path may lead to another user's directory
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
 * Makes the working directory if it's missing, and marks it as ours.
 * @throws TourError (exit 4) if we may not use it
 */
export function claim(workspace: Workspace): void {
  refuseForeign(workspace);
  const { dir, own } = workspace;
  const known = readMark(own);
  if (known?.id !== undefined) return;
  try {
    const made = makeDirectory(workspace, own);
    // With a umask of 002, members of our group could plant files in them.
    for (const path of [dir, own]) chmodSync(path, lstatSync(path).mode & 0o7755);
    const parents = known?.parents ?? made.filter((path) => dir.startsWith(`${path}/`));
    writeMark(own, { tool: 'handroll-tour', id: randomBytes(8).toString('hex'), parents });
  } catch (error) {
    throw notWritable(workspace, error);
  }
}

/**
 * The workspace with the namespace in which this directory's tour already has something.
 * @param named the namespace that the learner has named, if any
 * @throws TourError (exit 4) if that's another one: cleanup would leave what is in the first
 */
export function inNotedNamespace(workspace: Workspace, named: string | undefined): Workspace {
  const noted = readMark(workspace.own)?.namespace;
  // Root may be cleaning up after a learner, who can write anything into it.
  if (noted === undefined || !isNamespace(noted) || noted === workspace.namespace) return workspace;
  if (named === undefined) return { ...workspace, namespace: noted };
  const { dir, namespace } = workspace;
  throw new TourError(`The tour in ${dir} is in the namespace ${noted}, not in ${namespace}.`, {
    hint: `Go on with --namespace ${noted}, or use another directory for ${namespace}: --workdir DIR. Nothing was touched.`,
  });
}

/** Records where in the system's containerd something of ours is, for the next command and for cleanup. */
export function noteInMark(
  workspace: Workspace,
  noted: { readonly socket?: string; readonly namespace?: string | undefined },
): void {
  const mark = readMark(workspace.own);
  if (mark === undefined) return;
  const changed: Mark = { ...mark, ...noted };
  if (changed.socket === mark.socket && changed.namespace === mark.namespace) return;
  try {
    writeMark(workspace.own, changed);
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
 * Makes a directory and its parents. Node's `recursive` never returns where no directory can be made:
 * below /proc.
 * @returns the directories that were made, outermost first
 * @throws TourError if another user was quicker, in /tmp for one
 */
function makeDirectory(workspace: Workspace, path: string): string[] {
  const made = path === dirname(path) ? [] : makeDirectory(workspace, dirname(path));
  if (makeOne(path)) return [...made, path];
  // Check the owner before anything is put into it: it didn't exist at the first check.
  refuseTheirs(workspace);
  return made;
}

/**
 * @returns false if another command of ours has made the directory
 * @throws TourError if another user has made it, or had a moment ago
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
