import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exit, TourError } from '../errors.ts';
import type { ContainerdChoice, ContainerdMode } from './containerd-mode.ts';
import { createFileCache } from './file-cache.ts';
import { listAs, readAs } from './files.ts';
import { type Mount, parseMountinfo } from './mounts.ts';
import { readMark } from './ownership.ts';
import { obstacleError, remedyOf } from './preflight/obstacles.ts';
import { findOutside, findTool } from './preflight/tools.ts';
import {
  hasPrivateContainerd,
  initPid,
  startOrJoin,
} from './private-containerd/private-containerd.ts';
import {
  asRoot,
  elevated,
  type Privilege,
  SudoPasswordNeeded,
  sudoNeedsPassword,
} from './privilege.ts';
import { readStat } from './process-stat.ts';
import {
  bytesOf,
  type CommandResult,
  type FollowedCommand,
  followLines,
  intoFile,
  probe,
  ranOutOfTime,
} from './shell.ts';
import { readTree, type Tree } from './tree.ts';
import type { Workspace } from './workspace.ts';

export interface Snapshot {
  readonly key: string;
  readonly parent: string | undefined;
  readonly kind: string;
}

export interface Task {
  readonly id: string;
  /** The number that containerd knows it by: inside its own pid namespace. */
  readonly pid: number;
  readonly status: string;
}

/** What a snapshot's mount would be made of, bottom first. */
export interface SnapshotMount {
  readonly lower: readonly string[];
  readonly upper: string | undefined;
}

/** A containerd we may use, asked through `ctr`. Only `ctr` below changes anything; scripts do the rest. */
export interface Containerd {
  readonly mode: ContainerdMode;
  /** The socket, as a path on this machine. */
  readonly address: string;
  readonly version: string;
  readonly namespace: string;
  /** Whether it's still the one that was opened: a private one may have been stopped and started again. */
  lives(): boolean;
  /** The names of all namespaces. A namespace exists only while something is in it. */
  namespaces(): Promise<string[]>;
  /** The labels of our namespace; undefined if there is none. */
  namespaceLabels(): Promise<Map<string, string> | undefined>;
  /** Makes sure that it still answers; an answer a moment ago counts. @throws TourError */
  answers(): Promise<void>;
  /** Image names and the digest of what each points at. */
  images(namespace?: string): Promise<Map<string, string>>;
  /** The value of a label on each of our images, by image name; images without it are left out. */
  imageLabels(label: string): Promise<Map<string, string>>;
  content(): Promise<string[]>;
  contentLabelled(label: string): Promise<string[]>;
  /** A blob's bytes; undefined if the store does not have it. */
  blob(digest: string): Promise<Buffer | undefined>;
  snapshots(namespace?: string): Promise<Snapshot[]>;
  /** The snapshots of a snapshotter; none if this containerd hasn't got it. */
  snapshotsOf(snapshotter: string): Promise<Snapshot[]>;
  containers(namespace?: string): Promise<string[]>;
  /** Containers that have one of these values as a label. */
  containersLabelled(label: string, values: readonly string[]): Promise<string[]>;
  snapshotLabels(key: string): Promise<Map<string, string>>;
  leases(): Promise<string[]>;
  tasks(): Promise<Task[]>;
  /**
   * A container's task, if it runs. Once seen, it counts as running for as long as that process exists.
   */
  running(container: string): Promise<Task | undefined>;
  /** The directories of a committed snapshot and its parents; undefined if there is no such key. */
  layersOf(key: string): Promise<SnapshotMount | undefined>;
  /** The directories that a container's root consists of; undefined if it has no active snapshot. */
  activeMount(key: string): Promise<SnapshotMount | undefined>;
  /** The mounts in the daemon's mount namespace. */
  mounts(): Promise<Mount[]>;
  /** The text of `/proc/1/mountinfo` inside a container. */
  mountsInside(task: Task): Promise<Mount[]>;
  /** Everything in a directory that only root or only the daemon's namespace can see. */
  tree(directory: string): Promise<Tree | undefined>;
  /** The names in a directory of the daemon's, hidden ones too; undefined if there is none. */
  list(directory: string): Promise<string[] | undefined>;
  /** The text of a file of the daemon's; undefined if it can't be read. */
  read(path: string): Promise<string | undefined>;
  /** A path of the daemon's as a path of this machine. */
  seen(path: string): string;
  /** Writes an image, as an archive, into an open file. */
  exportInto(file: number, image: string): Promise<CommandResult>;
  /** Calls back with every event in the namespace, except those that the tour's own queries cause. */
  events(onEvent: () => void): FollowedCommand;
  /** The same containerd, asked about another namespace. */
  inNamespace(name: string): Containerd;
  /** Runs a `ctr` command in our namespace, as root: for marking what is ours, and for cleaning up. */
  ctr(...args: string[]): Promise<CommandResult>;
  /** The path of the mount table of the daemon's namespace, as scripts see it. */
  readonly mountinfo: string;
  close(): void;
}

/** The prefix of the views that a query makes and removes again. */
const readOnlyView = 'handroll-tour-look-';

/** The default socket of the system's containerd. */
export const systemSocket = '/run/containerd/containerd.sock';

/** The rows of a table without spaces in its fields, without the heading. */
function rows(text: string): string[][] {
  return text
    .split('\n')
    .slice(1)
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Reads what `ctr images ls` prints: names, and the digest of what each points at. */
export function readImages(table: string): Map<string, string> {
  return new Map(rows(table).map(([ref = '', , digest = '']) => [ref, digest]));
}

/** Reads `k=v,k=v` as the tables of `ctr` print labels; a value must not have commas in it. */
function readLabels(text: string): Map<string, string> {
  return new Map(
    text.split(',').flatMap((pair): [string, string][] => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [] : [[pair.slice(0, equals), pair.slice(equals + 1)]];
    }),
  );
}

/** Reads the labels of a namespace from what `ctr namespaces ls` prints; undefined if it isn't listed. */
function readNamespaceLabels(table: string, namespace: string): Map<string, string> | undefined {
  const row = rows(table).find(([name]) => name === namespace);
  return row && readLabels(row.slice(1).join(' '));
}

/** Reads a label of each image from what `ctr images ls` prints: they're in the last column. */
function readImageLabels(table: string, label: string): Map<string, string> {
  return new Map(
    rows(table).flatMap(([ref = '', ...columns]): [string, string][] => {
      const value = readLabels(columns.at(-1) ?? '').get(label);
      return value === undefined ? [] : [[ref, value]];
    }),
  );
}

/** Reads what `ctr snapshots ls` prints. */
export function readSnapshots(table: string): Snapshot[] {
  return rows(table).map(([key = '', second = '', third]) =>
    third === undefined
      ? { key, parent: undefined, kind: second }
      : { key, parent: second, kind: third },
  );
}

/** Reads what `ctr tasks ls` prints. */
export function readTasks(table: string): Task[] {
  return rows(table).map(([id = '', number = '', status = '']) => ({
    id,
    pid: Number(number),
    status,
  }));
}

/** Reads the server's version from what `ctr version` prints, without the suffix of a distribution. */
export function readServerVersion(text: string): string {
  const server = text.slice(text.indexOf('Server:'));
  return /Version:\s+v?(\d+\.\d+\.\d+)/.exec(server)?.[1] ?? 'unknown';
}

/** Reads the mounts that `ctr snapshots view --mounts` prints, whatever the order of its options. */
export function readSnapshotMounts(json: string): SnapshotMount {
  const [first] = JSON.parse(json) as { Type: string; Source: string; Options: string[] }[];
  if (first === undefined) return { lower: [], upper: undefined };
  if (first.Type !== 'overlay') return { lower: [first.Source], upper: undefined };
  return overlayDirectories(first.Options);
}

function overlayDirectories(options: readonly string[]): SnapshotMount {
  const option = (name: string) =>
    options.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1);
  // The kernel lists the topmost directory first.
  return { lower: option('lowerdir')?.split(':').reverse() ?? [], upper: option('upperdir') };
}

/** Reads the `mount -t overlay overlay TARGET -o …` line of `ctr snapshots mounts`. */
export function readMountLine(line: string): SnapshotMount {
  const options = line.slice(line.indexOf(' -o ') + 4).trim();
  return overlayDirectories(options.split(','));
}

/** The last line that `ctr` printed, without its prefix: what to show when it fails. */
export function complaint({ stderr, code }: CommandResult): string {
  const last = lines(stderr).at(-1) ?? `exit code ${code}`;
  return last.replace(/^ctr: /, '');
}

/** A container's process, and what can't change while it runs. */
interface Running {
  readonly task: Task;
  readonly born: string;
  mount?: SnapshotMount;
}

/** Whether the command timed out. */
function gaveUp(ran: CommandResult): boolean {
  // Or ctr had a time limit of its own, which a later one (2.1.9) tells as the end of its reading.
  const { stderr } = ran;
  const late =
    /server preface: .*use of closed network connection/.test(stderr) ||
    (/deadline exceeded/.test(stderr) && !/connection refused|no such file/.test(stderr));
  return ranOutOfTime(ran) || late;
}

/**
 * Whether someone else ended `ctr` with a signal, and not our time limit. What it asks or removes can be
 * asked or removed again; if it's we who are told to end, the second one ends at once.
 */
function wasKilled({ code }: CommandResult, milliseconds: number): boolean {
  return [129, 130, 137, 143].includes(code) && milliseconds < 10_000;
}

/** An answer counts for this many milliseconds. */
const recentMs = 2000;

/** A daemon that accepts connections and doesn't answer. */
export class Unresponsive extends TourError {
  constructor(address: string) {
    super(`The containerd at ${address} takes connections and does not answer.`, {
      hint: remedyOf('daemon-hangs'),
    });
  }
}

interface DaemonConnection {
  readonly mode: ContainerdMode;
  readonly address: string;
  readonly pid: number | undefined;
  readonly close: () => void;
}

/** By default, `ctr` tries for ten seconds to reach a daemon that has ended, even if we have ended too. */
const connecting = ['--connect-timeout', '4s'];

function client(
  workspace: Workspace,
  privilege: Privilege,
  connection: DaemonConnection,
  version: string,
): Containerd {
  const { namespace } = workspace;
  const { mode, address, pid, close } = connection;
  const program = findOutside('ctr') ?? 'ctr';
  const probed = (...argv: string[]) => probe(elevated(privilege, argv));
  const ctr = async (...args: string[]) => {
    const ask = () => probed(program, '--address', address, ...connecting, ...args);
    const begun = performance.now();
    const ran = await ask();
    return wasKilled(ran, performance.now() - begun) ? ask() : ran;
  };
  const of = (name: string, ...args: string[]) => ctr('--namespace', name, ...args);
  const inOurs = (...args: string[]) => of(namespace, ...args);
  let answered = performance.now();
  /** Throws unless `ctr` succeeded: a daemon that stopped answering must not look like an empty one. */
  const printedBy = (ran: CommandResult): string => {
    if (ran.code === 0) {
      answered = performance.now();
      return ran.stdout;
    }
    if (gaveUp(ran)) throw new Unresponsive(address);
    throw new TourError(`containerd does not answer: ${complaint(ran)}`, {
      hint: 'See whether it is running: handroll-tour doctor.',
    });
  };
  const answer = async (asked: Promise<CommandResult>) => printedBy(await asked);
  /** The same of a thing that may not be there; undefined then. */
  const ifThere = async (asked: Promise<CommandResult>): Promise<string | undefined> => {
    const ran = await asked;
    const isMissing = ran.code !== 0 && ran.stderr.includes('not found');
    return isMissing ? undefined : printedBy(ran);
  };
  const seen = (path: string) => (pid === undefined ? path : `/proc/${pid}/root${path}`);
  const ownTable = `/proc/${pid ?? 'self'}/mountinfo`;
  const namespaces = async () => lines(await answer(ctr('namespaces', 'ls', '-q')));
  const tasks = async () => readTasks(await answer(inOurs('tasks', 'ls')));
  /** When a task's process was started, in clock ticks; undefined if it has ended. */
  const bornAt = async (task: Task): Promise<string | undefined> => {
    const stat = await readAs(privilege, seen(`/proc/${task.pid}/stat`));
    if (stat === undefined) return undefined;
    const { state, started } = readStat(stat);
    return 'ZX'.includes(state) ? undefined : started;
  };
  const seenRunning = new Map<string, Running>();
  /** What was seen of a container, if its process is still the same one. */
  const stillRunning = async (container: string): Promise<Running | undefined> => {
    const known = seenRunning.get(container);
    return known !== undefined && (await bornAt(known.task)) === known.born ? known : undefined;
  };
  const fileCache = createFileCache();
  const directories = new Map<string, SnapshotMount>();
  let views = 0;
  return {
    mode,
    address,
    version,
    namespace,
    lives: () => pid === undefined || initPid(workspace) === pid,
    seen,
    close,
    events: (onEvent) =>
      followLines(
        [program, '--address', address, 'events', `namespace=="${namespace}"`],
        (argv) => asRoot(privilege, argv),
        (line) => {
          if (!line.includes(`"${readOnlyView}`)) onEvent();
        },
      ),
    namespaces,
    namespaceLabels: async () =>
      readNamespaceLabels(await answer(ctr('namespaces', 'ls')), namespace),
    ctr: inOurs,
    inNamespace: (name) =>
      client({ ...workspace, namespace: name }, privilege, connection, version),
    answers: async () => {
      if (performance.now() - answered > recentMs) await namespaces();
    },
    images: async (name = namespace) => readImages(await answer(of(name, 'images', 'ls'))),
    imageLabels: async (label) => readImageLabels(await answer(inOurs('images', 'ls')), label),
    contentLabelled: async (label) =>
      lines(await answer(inOurs('content', 'ls', '-q', `labels."${label}"`))),
    content: async () => lines(await answer(inOurs('content', 'ls', '-q'))),
    blob: (digest) =>
      bytesOf(
        elevated(privilege, [program, '-a', address, '-n', namespace, 'content', 'get', digest]),
      ),
    exportInto: (file, image) => {
      // Written by the daemon, the archive ends too early now and then (2.1.9), and ctr ends with 0.
      const local = /^(?:1\.[0-6]\.|unknown)/.test(version) ? [] : ['--local'];
      const words = ['images', 'export', ...local, '-', image];
      const argv = [program, '-a', address, '-n', namespace, ...words];
      return intoFile(elevated(privilege, argv), file);
    },
    snapshots: async (name = namespace) => readSnapshots(await answer(of(name, 'snapshots', 'ls'))),
    snapshotsOf: async (snapshotter) => {
      const ran = await inOurs('snapshots', '--snapshotter', snapshotter, 'ls');
      if (gaveUp(ran)) throw new Unresponsive(address);
      // Not every containerd has it.
      return ran.code === 0 ? readSnapshots(ran.stdout) : [];
    },
    containers: async (name = namespace) => lines(await answer(of(name, 'containers', 'ls', '-q'))),
    containersLabelled: async (label, values) => {
      // Without a filter, it would be all of them.
      if (values.length === 0) return [];
      const filters = values.map(
        (value) => `labels.${JSON.stringify(label)}==${JSON.stringify(value)}`,
      );
      return lines(await answer(inOurs('containers', 'ls', '-q', ...filters)));
    },
    snapshotLabels: async (key) => {
      const said = await ifThere(inOurs('snapshots', 'info', key));
      // It has been removed since it was listed.
      if (said === undefined) return new Map();
      const { Labels = {} } = JSON.parse(said) as { Labels?: Record<string, string> };
      return new Map(Object.entries(Labels));
    },
    leases: async () => lines(await answer(inOurs('leases', 'ls', '-q'))),
    tasks,
    running: async (container) => {
      const known = await stillRunning(container);
      if (known !== undefined) return known.task;
      const found = (await tasks()).find(({ id }) => id === container);
      const born = found?.status === 'RUNNING' ? await bornAt(found) : undefined;
      if (found === undefined || born === undefined) return undefined;
      seenRunning.set(container, { task: found, born });
      return found;
    },
    layersOf: async (key) => {
      const known = directories.get(key);
      // The numbers of snapshot directories are never reused, so a directory that exists is the right one.
      if (known !== undefined && (await listAs(privilege, seen(known.lower.at(-1) ?? '')))) {
        return known;
      }
      // A committed snapshot has no mount of its own, so a view is made and removed again, in one call
      // each: a view without a lease would be collected as garbage within moments.
      const view = `${readOnlyView}${process.pid}-${views++}`;
      const said = await ifThere(inOurs('snapshots', 'view', '--mounts', view, key));
      if (said === undefined) return undefined;
      // It can fail for a moment while a garbage collection is running, and with it the snapshot couldn't be removed.
      for (let attempt = 0; attempt < 5; attempt += 1) {
        const removed = await inOurs('snapshots', 'rm', view);
        if (removed.code === 0 || removed.stderr.includes('not found')) break;
        await sleep(50 * 2 ** attempt);
      }
      const found = readSnapshotMounts(said);
      directories.set(key, found);
      return found;
    },
    activeMount: async (key) => {
      const known = await stillRunning(key);
      if (known?.mount !== undefined) return known.mount;
      const said = await ifThere(inOurs('snapshots', 'mounts', '/', key));
      if (said === undefined) return undefined;
      const mount = readMountLine(said);
      if (known !== undefined) known.mount = mount;
      return mount;
    },
    // Without root, scripts run in the daemon's namespaces and see its process numbers.
    mountinfo: privilege === 'rootless' ? '/proc/self/mountinfo' : ownTable,
    mounts: async () => parseMountinfo((await readAs(privilege, ownTable)) ?? ''),
    list: (directory) => listAs(privilege, seen(directory)),
    read: (path) => readAs(privilege, seen(path)),
    // This is the number in the daemon's pid namespace, so it's looked up in the daemon's /proc.
    mountsInside: async ({ pid: taskPid }) =>
      parseMountinfo((await readAs(privilege, seen(`/proc/${taskPid}/mountinfo`))) ?? ''),
    tree: (directory) => readTree(seen(directory), { as: privilege, fileCache }),
  };
}

/** Reads from `ctr plugins ls -d` where a plugin keeps its files; undefined if it tells none. */
export function readPluginRoot(details: string): string | undefined {
  return /^\s+root\s+(\/.*)$/m.exec(details)?.[1];
}

/**
 * The directory of a containerd's snapshots, if it isn't here: the daemon lives in another mount
 * namespace, as one in a container does, and only its socket can be reached.
 */
async function hiddenSnapshots(privilege: Privilege, address: string): Promise<string | undefined> {
  const argv = ['--address', address, 'plugins', 'ls', '-d', 'id==overlayfs'];
  const ran = await probe(elevated(privilege, [findOutside('ctr') ?? 'ctr', ...argv]));
  const root = ran.code === 0 ? readPluginRoot(ran.stdout) : undefined;
  if (root === undefined || (await listAs(privilege, root)) !== undefined) return undefined;
  return root;
}

async function versionAt(
  privilege: Privilege,
  address: string,
): Promise<CommandResult & { version: string }> {
  const inTime = ['--connect-timeout', '2s', '--timeout', '8s'];
  const argv = [findOutside('ctr') ?? 'ctr', '--address', address, ...inTime, 'version'];
  const ran = await probe(elevated(privilege, argv));
  return { ...ran, version: readServerVersion(ran.stdout) };
}

/** Which containerd is to be used. */
interface ChosenContainerd {
  readonly mode: ContainerdMode;
  /** The system's socket, if that one doesn't answer and a private one is used instead. */
  readonly unresponsive: string | undefined;
  /** Where the system's keeps its snapshots, if they can't be seen from here. */
  readonly hidden: string | undefined;
}

/** Whether this directory's tour has something in the system's containerd, and has started none of its own. */
export function usesSystem(workspace: Workspace): boolean {
  return !hasPrivateContainerd(workspace) && readMark(workspace.own)?.socket === systemSocket;
}

/**
 * Decides which containerd this working directory uses, from what is there; starts nothing.
 * @param options.toClean the system's containerd may be missing even if it was asked for, or holds something of
 *   ours: the rest is cleaned up
 */
export async function chooseContainerd(
  workspace: Workspace,
  privilege: Privilege,
  options: {
    readonly choice: ContainerdChoice;
    readonly address: string | undefined;
    readonly toClean: boolean;
  },
): Promise<ChosenContainerd> {
  const { choice } = options;
  if (privilege === 'rootless' && (choice === 'system' || options.address !== undefined)) {
    throw new TourError("Without root, the system's containerd is out of reach.", {
      hint: 'Leave --containerd and --address out, and the tour starts one of its own; or use --privilege sudo.',
    });
  }
  const own: ChosenContainerd = { mode: 'private', unresponsive: undefined, hidden: undefined };
  if (choice === 'private' || privilege === 'rootless') return own;
  const open = choice === 'auto' && options.address === undefined;
  // A tour stays with the one it began with: what it made is only there.
  if (open && hasPrivateContainerd(workspace)) return own;
  const system: ChosenContainerd = { ...own, mode: 'system' };
  if (open ? usesSystem(workspace) : options.toClean) return system;
  const address = options.address ?? systemSocket;
  const { trouble } = await askSystem(privilege, address);
  // Without sudo's password it can't be asked yet, and a step that needs it asks for the password.
  if (trouble instanceof SudoPasswordNeeded && !open) return system;
  if (trouble === undefined) {
    const hidden = await hiddenSnapshots(privilege, address);
    return { ...(open && hidden !== undefined ? own : system), hidden };
  }
  if (open) return { ...own, unresponsive: trouble instanceof Unresponsive ? address : undefined };
  throw trouble;
}

/** Asks the system's containerd for its version; `trouble` is why there is no answer. */
async function askSystem(
  privilege: Privilege,
  address: string,
): Promise<{ version: string; trouble?: TourError }> {
  const none = { version: 'unknown' };
  if (!existsSync(address)) {
    const trouble = obstacleError('daemon-absent', `No containerd listens at ${address}.`);
    return { ...none, trouble };
  }
  if (privilege === 'sudo' && (await sudoNeedsPassword())) {
    return { ...none, trouble: new SudoPasswordNeeded() };
  }
  const ran = await versionAt(privilege, address);
  if (ran.code === 0) return { version: ran.version };
  if (gaveUp(ran)) return { ...none, trouble: new Unresponsive(address) };
  const seen = `The containerd at ${address} does not answer: ${complaint(ran)}`;
  return { ...none, trouble: obstacleError('daemon-absent', seen) };
}

/**
 * Opens the chosen containerd, starting a private one.
 * @param socket the system daemon's, if it isn't the usual one
 * @throws TourError (exit 3) if the binaries are missing, (exit 4) if it does not answer
 */
export async function openContainerd(
  workspace: Workspace,
  privilege: Privilege,
  mode: ContainerdMode,
  socket: string | undefined,
): Promise<Containerd> {
  const missing = ['containerd', 'ctr', 'runc'].filter((name) => findTool(name) === undefined);
  if (missing.length > 0) {
    throw new TourError(`Not installed: ${missing.join(', ')}.`, {
      hint: 'handroll-tour doctor prints the command that installs them.',
      exit: Exit.prerequisite,
    });
  }
  if (mode === 'private') {
    const { pid, address, release } = await startOrJoin(workspace, privilege);
    const { version } = await versionAt(privilege, address);
    return client(workspace, privilege, { mode, address, pid, close: release }, version);
  }
  const address = socket ?? systemSocket;
  const { version, trouble } = await askSystem(privilege, address);
  if (trouble !== undefined) throw trouble;
  return client(workspace, privilege, { mode, address, pid: undefined, close: () => {} }, version);
}

/** Whether the private daemon of this working directory is running now. */
export function privateIsRunning(workspace: Workspace): boolean {
  return initPid(workspace) !== undefined;
}
