import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Exit, failedWith, refusedByMachine, TourError } from '../errors.ts';
import { readStat } from './process-stat.ts';

/** Where everything happens: the working directory, and the tour's own corner in it. */
export interface Workspace {
  /** Absolute, symbolic links resolved as far as it exists. */
  readonly dir: string;
  /** `$WORKDIR/.handroll-tour`: the mark, progress, the lock, the private containerd's files. */
  readonly own: string;
  readonly namespace: string;
}

const corner = '.handroll-tour';
const markName = 'owner.json';

/** A namespace as containerd accepts it (`identifiers.Validate`): at most 76 characters. */
const identifier = /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/;

/** Directories that belong to the machine: no learner means these, whatever they typed. */
const notWorkdirs = new Set(
  '/ /bin /boot /dev /dev/shm /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /usr/local /var /var/lib /var/tmp'.split(
    ' ',
  ),
);

/** Resolves symbolic links in the part of a path that exists. */
function settled(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!failedWith(error, 'ENOENT') || dirname(path) === path) return path;
    return join(settled(dirname(path)), basename(path));
  }
}

/**
 * Names the working directory and the namespace; touches nothing.
 * @throws TourError (exit 2) for names that containerd or overlayfs could not take
 */
export function locate(
  options: { workdir?: string; namespace?: string } = {},
  env: NodeJS.ProcessEnv = process.env,
): Workspace {
  const namespace = options.namespace ?? (env.CTR_NAMESPACE || 'spelunking');
  if (!identifier.test(namespace) || namespace.length > 76) {
    throw new TourError(`'${namespace}' cannot be a containerd namespace.`, {
      hint: 'Use up to 76 letters and digits, with single . _ or - between them.',
      exit: Exit.usage,
    });
  }
  const given = options.workdir ?? (env.WORKDIR || join(homedir(), 'container-demo'));
  if (given === '') throw new TourError('--workdir is empty.', { exit: Exit.usage });
  const dir = settled(resolve(given));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a newline in a path is the point here.
  if (/[,:\\\u0000-\u001f\u007f]/.test(dir)) {
    throw new TourError(`The working directory cannot be ${JSON.stringify(dir)}.`, {
      hint: 'Overlayfs separates its directories with : and , so a path with those, a backslash or a control character will not mount.',
      exit: Exit.usage,
    });
  }
  return { dir, own: join(dir, corner), namespace };
}

/** What the directory is to us, by what is in it. */
export type Ownership = 'absent' | 'empty' | 'ours' | 'foreign';

export function ownership({ dir, own }: Workspace): Ownership {
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

interface Mark {
  readonly tool: 'handroll-tour';
}

function readMark(own: string): Mark | undefined {
  try {
    // A link could lead anywhere: a mark only counts in a real directory.
    if (!lstatSync(own).isDirectory()) return undefined;
    const mark = JSON.parse(readFileSync(join(own, markName), 'utf8')) as Partial<Mark>;
    return mark.tool === 'handroll-tour' ? (mark as Mark) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Says why a directory is not one the tour may work in, before anything is touched.
 * @throws TourError (exit 4)
 */
export function refuseForeign(workspace: Workspace): void {
  const { dir } = workspace;
  const home = settled(homedir());
  if (notWorkdirs.has(dir) || dir === home || home.startsWith(`${dir}/`)) {
    throw new TourError(`${dir} cannot be the tour's working directory: other things live there.`, {
      hint: 'Name a new directory, such as --workdir ~/container-demo. Nothing was touched.',
    });
  }
  if (ownership(workspace) !== 'foreign') return;
  throw new TourError(`${dir} has files in it that the tour did not make.`, {
    hint: 'Name a directory that is empty or does not exist yet: --workdir DIR. Nothing was touched.',
  });
}

/**
 * Makes the working directory where it is missing, and marks it as ours.
 * @throws TourError (exit 4) if it is not ours to use
 */
export function claim(workspace: Workspace): void {
  refuseForeign(workspace);
  const state = ownership(workspace);
  if (state === 'ours') return;
  try {
    makeDirectory(workspace.own);
    const mark: Mark = { tool: 'handroll-tour' };
    writeFileSync(join(workspace.own, markName), `${JSON.stringify(mark)}\n`);
  } catch (error) {
    throw notWritable(workspace, error);
  }
}

/** With `recursive`, Node tries for ever where the kernel has no room for new names: below /proc. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another command has made it in the meantime.
    if (!failedWith(error, 'EEXIST')) throw error;
  }
}

function notWritable({ dir }: Workspace, error: unknown): TourError {
  const refused = refusedByMachine(error);
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

interface Holder {
  readonly pid: number;
  /** Clock ticks since boot: tells a process from a later one with the same number. */
  readonly started: string;
  readonly doing: string;
}

function startOf(pid: number): string | undefined {
  try {
    return readStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).started;
  } catch {
    return undefined;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/**
 * Takes the working directory for one command that changes things; two would undo each other's work.
 * @param doing what to tell the second one: 'a tour', 'handroll-tour run'
 * @returns lets it go again
 * @throws TourError (exit 4) if a living process has it
 */
export function lock(workspace: Workspace, doing: string): () => void {
  const path = join(workspace.own, 'lock');
  const own = `${path}.${process.pid}`;
  const mine: Holder = { pid: process.pid, started: startOf(process.pid) ?? '', doing };
  try {
    for (;;) {
      // Written elsewhere and linked into place: nobody ever reads half a lock.
      writeFileSync(own, JSON.stringify(mine));
      if (linked(own, path)) break;
      const holder = readHolder(path);
      if (holder !== undefined && isAlive(holder)) throw taken(workspace, holder);
      takeAway(path, own);
    }
  } catch (error) {
    throw error instanceof TourError ? error : notWritable(workspace, error);
  } finally {
    rmSync(own, { force: true });
  }
  return () => {
    if (readHolder(path)?.pid === process.pid) rmSync(path, { force: true });
  };
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (failedWith(error, 'EEXIST')) return false;
    throw error;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  return startOf(pid) === started;
}

/** Removes a lock that a dead process left, unless another has just put its own in its place. */
function takeAway(path: string, aside: string): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return;
    throw error;
  }
  const holder = readHolder(aside);
  if (holder !== undefined && isAlive(holder)) linked(aside, path);
}

function taken({ dir }: Workspace, { doing, pid }: Holder): TourError {
  return new TourError(`${doing} is already at work in ${dir} (process ${pid}).`, {
    hint: 'Go on there, or give this one a directory and a namespace of its own: --workdir DIR --namespace NS.',
  });
}
