import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { failedWith, TourError } from '../../errors.ts';
import { exitSignal } from '../../signals.ts';
import { isOurs } from '../ownership.ts';
import { filesystemOf } from '../preflight/filesystem.ts';
import { readMachine } from '../preflight/machine.ts';
import { obstacleError } from '../preflight/obstacles.ts';
import { findOutside, findTool } from '../preflight/tools.ts';
import { asRoot, elevated, type Privilege } from '../privilege.ts';
import { replaceAtomically } from '../replace-atomically.ts';
import { launch, probe } from '../shell.ts';
import { readSmallFile } from '../small-file.ts';
import type { Workspace } from '../workspace.ts';
import { ownControlGroup } from './control-group.ts';
import ctr from './ctr.sh';
import inDirectory from './in-directory.sh';
import inOwnSession from './in-own-session.sh';
import init from './init.sh';
import onTmpfs from './on-tmpfs.sh';
import runcInGroup from './runc-in-group.sh';
import runcInUserNamespace from './runc-in-user-namespace.sh';
import { lastLogLines, startupError } from './startup-failure.ts';
import sudoWrapper from './sudo.sh';
import sudoWithoutRoot from './sudo-without-root.sh';
import { inUserNamespace } from './user-namespace.ts';
import withPath from './with-path.sh';
import withTerminal from './with-terminal.sh';

/**
 * A private containerd, started from the installed binaries.
 *
 * It runs in its own pid and mount namespaces, with an empty /run. It shares no socket, shim or runc
 * state with a system daemon, the path of its socket is short even if the working directory's is long,
 * and when the first process of the namespace ends, everything in it ends.
 *
 * Without root there's a user namespace around them, and scripts run inside it.
 *
 * The first process waits until a pipe, the lifeline, has no writers. Every command of ours that uses
 * the daemon holds the pipe open, and the kernel closes it however the command ends.
 */
interface PrivateContainerd {
  /** The number of the first process, outside the namespace. */
  readonly pid: number;
  /** The path of the daemon's socket, outside the namespace. */
  readonly address: string;
  /** Releases this reference: the daemon stops with the last one. */
  readonly release: () => void;
}

const socket = '/run/containerd/containerd.sock';

/** The prefix of a command that runs in the daemon's namespaces. */
function stepInto(pid: number, privilege: Privilege): string[] {
  const user = privilege === 'rootless' ? ['--user', '--preserve-credentials'] : [];
  return ['nsenter', '--target', String(pid), ...user, '--mount', '--pid'];
}

/**
 * Plugins that would use directories outside the daemon's own (CRI, NRI, /opt) or need something that's
 * missing. containerd ignores names that its version doesn't know.
 */
const disabled = [
  'io.containerd.grpc.v1.cri',
  'io.containerd.internal.v1.opt',
  'io.containerd.nri.v1.nri',
  'io.containerd.cri.v1.images',
  'io.containerd.cri.v1.runtime',
  'io.containerd.podsandbox.controller.v1.podsandbox',
  'io.containerd.grpc.v1.sandbox-controllers',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.snapshotter.v1.blockfile',
  'io.containerd.snapshotter.v1.erofs',
  'io.containerd.differ.v1.erofs',
  'io.containerd.internal.v1.tracing',
  'io.containerd.tracing.processor.v1.otlp',
];

/** A JSON string is a TOML basic string. Version 2 is the one that 1.6, 1.7 and 2.x all read. */
const configuration = (dir: string) => `version = 2
root = ${JSON.stringify(join(dir, 'root'))}
state = "/run/containerd/state"
disabled_plugins = ${JSON.stringify(disabled)}
[grpc]
address = "${socket}"
`;

export function daemonDir({ own }: Workspace): string {
  return join(own, 'containerd');
}

/** Where the learner's shells find the `ctr` that reaches the private daemon. */
export function wrapperDir({ own }: Workspace): string {
  return join(own, 'bin');
}

/** Whether a private containerd has ever been started for this working directory. */
export function hasPrivateContainerd(workspace: Workspace): boolean {
  return existsSync(join(daemonDir(workspace), 'config.toml'));
}

/** The privilege that the private containerd was first started with, by the owner of its files; undefined if it wasn't. */
export function startedAs(workspace: Workspace): Privilege | undefined {
  const files = statIfAny(join(daemonDir(workspace), 'root'));
  if (files === undefined) return undefined;
  const own = process.getuid?.();
  if (files.uid === own) return own === 0 ? 'root' : 'rootless';
  return 'sudo';
}

function statIfAny(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    // Nothing was started at a path that we can't follow; what is wrong with it is reported later.
    if (failedWith(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EACCES')) return undefined;
    throw error;
  }
}

/** Written by the first process of the namespaces: whose they are. */
const namePlate = '/run/handroll-tour';

/** Whether this process is in the daemon's namespaces, as a command in a shell without root is. */
export function isInside(workspace: Workspace): boolean {
  try {
    return readSmallFile(namePlate).trim() === daemonDir(workspace);
  } catch {
    return false;
  }
}

/** The number of the first process, if that's running and really is ours. */
export function initPid(workspace: Workspace): number | undefined {
  if (isInside(workspace)) return 1;
  const dir = daemonDir(workspace);
  try {
    const pid = readSmallFile(join(dir, 'pid')).trim();
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return argv.includes(dir) ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

/** The command as root in the daemon's namespaces; unchanged if the daemon isn't running, or in there. */
export function inDaemonNamespaces(
  workspace: Workspace,
  privilege: Privilege,
  argv: readonly string[],
): string[] {
  const pid = isInside(workspace) ? undefined : initPid(workspace);
  return pid === undefined ? [...argv] : [...stepInto(pid, privilege), '--', ...argv];
}

/** The same for a command that gets the learner's terminal, in a directory. */
export function terminalInDaemonNamespaces(
  workspace: Workspace,
  privilege: Privilege,
  argv: readonly string[],
  directory: string,
): string[] {
  if (isInside(workspace) || initPid(workspace) === undefined) return [...argv];
  const there = ['bash', '-c', inDirectory, 'bash', directory, ...argv];
  return ['bash', '-c', withTerminal, 'bash', ...inDaemonNamespaces(workspace, privilege, there)];
}

async function prepare(workspace: Workspace, privilege: Privilege): Promise<void> {
  const dir = daemonDir(workspace);
  const bin = wrapperDir(workspace);
  if (!isOurs(workspace)) {
    throw new TourError(`${workspace.dir} isn't a working directory of the tour, or was removed.`);
  }
  mkdirSync(dir, { recursive: true });
  mkdirSync(bin, { recursive: true });
  replaceAtomically(join(dir, 'config.toml'), (path) => writeFileSync(path, configuration(dir)));
  const executable = { mode: 0o755 };
  const program = (name: string, text: string) =>
    replaceAtomically(join(bin, name), (path) => writeFileSync(path, text, executable));
  replaceAtomically(join(dir, 'privilege'), (path) => writeFileSync(path, `${privilege}\n`));
  program('ctr', ctr);
  replaceAtomically(join(dir, 'ctr'), (path) =>
    symlinkSync(findOutside('ctr') ?? '/usr/bin/ctr', path),
  );
  const sudo = findOutside('sudo');
  if (sudo !== undefined) replaceAtomically(join(dir, 'sudo'), (path) => symlinkSync(sudo, path));
  if (privilege === 'rootless') program('sudo', sudoWithoutRoot);
  else if (sudo !== undefined) program('sudo', sudoWrapper);
  const runc = privilege === 'rootless' ? runcInUserNamespace : runcInGroup;
  replaceAtomically(join(dir, 'control-group'), (path) =>
    writeFileSync(path, `${ownControlGroup(workspace)}\n`),
  );
  mkdirSync(join(dir, 'bin'), { recursive: true });
  replaceAtomically(join(dir, 'bin/runc'), (path) => writeFileSync(path, runc, executable));
  replaceAtomically(join(dir, 'runc'), (path) =>
    symlinkSync(findTool('runc') ?? '/usr/sbin/runc', path),
  );
  const lifeline = join(dir, 'lifeline');
  if (existsSync(lifeline)) return;
  const { code, stderr } = await probe(['mkfifo', '--', lifeline]);
  // Another command may have been faster.
  if (code !== 0 && !existsSync(lifeline)) {
    throw obstacleError('workdir-filesystem', stderr.trim());
  }
}

/** By directory, the first process whose daemon didn't answer in time. */
const timedOut = new Map<string, number>();

/** How long a daemon is waited for that shows no sign of life. */
const patienceMs = 10_000;

/** How long it's waited for at most: a busy machine can take this long to start it. */
const mostPatienceMs = 60_000;

/**
 * Joins the working directory's private containerd, starting it if it isn't running.
 * @throws TourError (exit 4) with the end of its log if it ends at once or doesn't answer: for ten seconds
 *   in which it logged nothing, or one second if it already failed to, or a minute in all
 */
export async function startOrJoin(
  workspace: Workspace,
  privilege: Privilege,
): Promise<PrivateContainerd> {
  const dir = daemonDir(workspace);
  // Its files are those of the learner outside, which must not be written as root's in here.
  if (!isInside(workspace)) await prepare(workspace, privilege);
  // For reading and writing, since opening a pipe only for writing blocks until it has a reader.
  const lifeline = openSync(join(dir, 'lifeline'), constants.O_RDWR | constants.O_NONBLOCK);
  const release = () => closeSync(lifeline);
  const known = initPid(workspace);
  const begun = performance.now();
  let deadline = begun + (known !== undefined && known === timedOut.get(dir) ? 1000 : patienceMs);
  let logged = logSize(dir);
  let pauseMs = 10;
  let starting: { running: () => boolean } | undefined;
  // A daemon of another command may just be ending. One that ends three times doesn't work.
  let starts = 0;
  let readsItsFiles = true;
  while (performance.now() < deadline && starts <= 3 && !exitSignal.aborted) {
    const pid = initPid(workspace);
    if (pid !== undefined) {
      const address = `/proc/${pid}/root${socket}`;
      const inTime = ['--connect-timeout', '1s', '--timeout', '10s'];
      const ctr = [findOutside('ctr') ?? 'ctr', '--address', address, ...inTime];
      const ran = await probe(elevated(privilege, [...ctr, 'namespaces', 'ls', '-q']));
      if (ran.code === 0) return { pid, address, release };
      // It's running, but couldn't read its own files: waiting doesn't help.
      readsItsFiles = !ran.stderr.includes('unknown service');
      if (!readsItsFiles) break;
    } else if (starting?.running() !== true) {
      starting = start(workspace, privilege);
      starts += 1;
    }
    const size = logSize(dir);
    if (size !== logged) {
      logged = size;
      deadline = Math.min(performance.now() + patienceMs, begun + mostPatienceMs);
    }
    await sleep(pauseMs);
    // Asking costs processor time that a slow machine needs for starting it.
    pauseMs = Math.min(pauseMs * 2, 200);
  }
  const hangs = readsItsFiles && initPid(workspace) !== undefined;
  release();
  // Without our reference it ends: wait for that, so that the next query doesn't meet it.
  const leaving = performance.now() + 1000;
  while (initPid(workspace) !== undefined && performance.now() < leaving && !exitSignal.aborted) {
    await sleep(10);
  }
  const unresponsive = initPid(workspace);
  if (unresponsive !== undefined) timedOut.set(dir, unresponsive);
  const plan = { workdir: workspace.dir, privilege, containerd: 'private' } as const;
  throw startupError(lastLogLines(dir), { machine: readMachine(workspace.dir), plan, hangs });
}

/** A daemon that starts says so in its log, step by step. */
function logSize(dir: string): number {
  return statIfAny(join(dir, 'log'))?.size ?? 0;
}

function start(workspace: Workspace, privilege: Privilege): { running: () => boolean } {
  const dir = daemonDir(workspace);
  // What an earlier one said last must not be told of this one.
  rmSync(join(dir, 'log'), { force: true });
  // containerd unpacks overlayfs's whiteouts into its root, which an overlay refuses to store.
  const below = filesystemOf(workspace.dir).supportsOverlayUpper
    ? []
    : ['bash', '-c', onTmpfs, 'handroll-tour', join(dir, 'root')];
  const unshare = ['unshare', '--mount', '--propagation', 'private', '--pid', '--fork'];
  const first = ['bash', '-c', init, 'handroll-tour', dir];
  // Without root, mounting is possible only inside the user namespace, and the mounts end with it.
  const whole =
    privilege === 'rootless'
      ? inUserNamespace([...unshare, '--kill-child', ...below, ...first])
      : [...below, ...unshare, '--kill-child', ...first];
  const argv = ['bash', '-c', inOwnSession, 'handroll-tour', ...whole];
  // sudo sets its own PATH: append ours, so that the same tools are found.
  const path =
    privilege === 'sudo' ? ['bash', '-c', withPath, 'handroll-tour', process.env.PATH ?? ''] : [];
  return launch(asRoot(privilege, [...path, ...argv]), join(dir, 'start.log'));
}
