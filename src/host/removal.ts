import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Containerd, complaint, Unresponsive } from './containerd.ts';
import type { Host } from './host.ts';
import { emptyGroupsOf, labHosts, mountsBelow, respondingContainerd } from './inventory.ts';
import { type Mount, parseMountinfo } from './mounts.ts';
import { disclaimNamespace, namespaceContents, namespaceOwner } from './namespace.ts';
import { markPath, ownUid, readMark } from './ownership.ts';
import { initPid } from './private-containerd/private-containerd.ts';
import { inUserNamespace } from './private-containerd/user-namespace.ts';
import { elevated, elevatedKill } from './privilege.ts';
import { readStat } from './process-stat.ts';
import { type NotRemoved, removeIfEmpty, removeTree } from './remove-tree.ts';
import { type CommandResult, probe, ranOutOfTime } from './shell.ts';
import { resolveExisting, type Workspace } from './workspace.ts';

/**
 * Removes what the tour made, from any state. Writes nothing, since the disk may be full, runs nothing
 * from the working directory, and follows no links in it.
 */

/** Gets a line for each thing that was removed, or that wasn't and why. */
export type Say = (line: string) => void;

/**
 * Removes what is ours from containerd, if there is one.
 * @throws TourError if it doesn't answer
 */
export async function removeFromContainerd(host: Host, say: Say): Promise<void> {
  const containerd = await respondingContainerd(host);
  if (containerd === undefined) return;
  for (const lab of await labHosts(host, containerd)) {
    const { namespace } = lab.workspace;
    // A dozen of them hold an image of the same name.
    await emptyNamespace(lab, (line) =>
      say(line.includes(namespace) ? line : `${namespace}: ${line}`),
    );
  }
  await emptyNamespace(host, say);
}

/** Removes what is ours in a host's namespace, and the namespace if nothing else is left in it. */
export async function emptyNamespace(host: Host, say: Say): Promise<void> {
  const containerd = await host.containerd();
  const owner = await namespaceOwner(containerd, host.workspace, host.owner);
  if (owner.whose !== 'ours') return;
  const removed = remover(containerd, say);
  const contents = await namespaceContents(containerd, owner.id);
  const running = new Set((await containerd.tasks()).map(({ id }) => id));
  for (const name of contents.containers) {
    if (running.has(name)) await removed(`task ${name}`, 'tasks', 'rm', '-f', name);
    await removed(`container ${name}`, 'containers', 'rm', name);
  }
  for (const name of contents.images)
    await removed(`image ${name}`, 'images', 'rm', '--sync', name);
  for (const key of contents.snapshots) await removed(`snapshot ${key}`, 'snapshots', 'rm', key);
  // Others may have started to use the namespace in the meantime.
  const { others } = await namespaceContents(containerd, owner.id);
  if (others.length > 0) {
    const names = others.map(({ kind, name }) => `${kind} ${name}`).join(', ');
    say(`left in ${containerd.namespace}, since the tour did not make it: ${names}`);
    return disclaimNamespace(containerd);
  }
  await removeNamespace(containerd, removed);
}

type Remove = (what: string, ...args: string[]) => Promise<CommandResult>;

function remover(containerd: Containerd, say: Say): Remove {
  return async (what, ...args) => {
    const ran = await containerd.ctr(...args);
    // Otherwise each of a hundred more things would wait as long.
    if (ranOutOfTime(ran)) throw new Unresponsive(containerd.address);
    say(ran.code === 0 ? `removed ${what}` : `${what} stays: ${complaint(ran)}`);
    return ran;
  };
}

/** Removes a namespace with its unnamed contents, mostly left by an import that was killed. */
async function removeNamespace(containerd: Containerd, removed: Remove): Promise<void> {
  for (const lease of await containerd.leases()) {
    await removed(`lease ${lease}`, 'leases', 'rm', '--sync', lease);
  }
  for (const snapshotter of ['overlayfs', 'native']) {
    await removeSnapshots(containerd, snapshotter, removed);
  }
  for (const digest of await containerd.content()) {
    await removed(`blob ${digest}`, 'content', 'rm', digest);
  }
  await removed(`namespace ${containerd.namespace}`, 'namespaces', 'rm', containerd.namespace);
}

/** Children are removed before their parents, so there are as many rounds as layers. */
async function removeSnapshots(
  containerd: Containerd,
  snapshotter: string,
  removed: Remove,
): Promise<void> {
  for (let before = Number.POSITIVE_INFINITY; ; ) {
    const snapshots = await containerd.snapshotsOf(snapshotter);
    if (snapshots.length === 0 || snapshots.length >= before) return;
    before = snapshots.length;
    const parents = new Set(snapshots.map(({ parent }) => parent));
    for (const { key } of snapshots.filter((each) => !parents.has(each.key))) {
      await removed(`snapshot ${key}`, 'snapshots', '--snapshotter', snapshotter, 'rm', key);
    }
  }
}

/** Removes what is ours outside of containerd: a private daemon, mounts, control groups, the directory. */
export async function removeFromMachine(host: Host, say: Say): Promise<void> {
  const finish = await releaseDirectory(host, say);
  await finish();
}

/**
 * Stops and unmounts what would keep the working directory from being deleted.
 * @returns a function that deletes what is left of it, and the parents that the tour made
 */
export async function releaseDirectory(host: Host, say: Say): Promise<() => Promise<void>> {
  const { workspace } = host;
  const parents = readMark(workspace.own)?.parents ?? [];
  await endPrivateContainerd(host, say);
  for (const target of ourMounts(workspace)) {
    const ran = await asRootOf(host, ['umount', '--', target]);
    say(ran.code === 0 ? `unmounted ${target}` : `${target} stays mounted: ${lastLine(ran)}`);
  }
  await removeGroups(host, say);
  return async () => {
    const left = mountsBelow(workspace.dir);
    if (left.length > 0) {
      say(`${workspace.dir} stays: something is mounted at ${left.join(', ')}`);
      return;
    }
    if (readMark(workspace.own) !== undefined) await removeDirectory(host, say);
    if (host.owner === ownUid()) removeParents(workspace, parents);
  };
}

const asRootOf = ({ privilege }: Host, argv: readonly string[]) => probe(elevated(privilege, argv));

const lastLine = ({ stderr, code }: CommandResult) =>
  stderr.trim().split('\n').at(-1) || `exit code ${code}`;

/** Stops the private containerd: when its first process ends, the kernel kills the rest of its pid namespace. */
async function endPrivateContainerd(host: Host, say: Say): Promise<void> {
  const { workspace } = host;
  const pid = initPid(workspace);
  if (pid === undefined || !isUsers(pid, host.owner)) return;
  for (const signal of ['TERM', 'KILL'] as const) {
    await probe(elevatedKill(host.privilege, signal, pid));
    const deadline = performance.now() + 2000;
    while (isAlive(pid) && performance.now() < deadline) await sleep(10);
  }
  say(
    isAlive(pid) ? `process ${pid} does not end` : `ended the private containerd, process ${pid}`,
  );
}

/**
 * The first process of a pid namespace becomes a zombie only once all its other processes have ended.
 * Until then one of those may still write into the directory.
 */
function isAlive(pid: number): boolean {
  try {
    return !'ZX'.includes(readStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).state);
  } catch {
    return false;
  }
}

/** Whether root or this user owns a process: the pid file may have been planted. */
function isUsers(pid: number, uid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [, own] = /^Uid:\s+(\d+)/m.exec(status) ?? [];
    return own === '0' || own === String(uid);
  } catch {
    return false;
  }
}

/**
 * What the tour, or a learner by hand, mounts below the working directory: overlays of directories in it,
 * the tour's tmpfs, mounts on top of these, and what a killed `ctr run` left in the tour's own
 * directory. Innermost first.
 */
function ourMounts({ dir: directory, own }: Workspace): string[] {
  const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  const ours = mounts.filter((mount) => isOurs(mount, directory)).map(({ target }) => target);
  const targets = new Set(ours);
  return mountsBelow(directory)
    .filter((target) => targets.has(target) || target.startsWith(`${own}/`))
    .filter((target) => resolveExisting(target) === target);
}

function isOurs({ type, source, options }: Mount, directory: string): boolean {
  if (type === 'tmpfs') return source === 'handroll-tour';
  const layers = options.get('upperdir') ?? options.get('lowerdir') ?? '';
  // The kernel shows paths as they were given to mount, and lesson 06 gives relative ones.
  return type === 'overlay' && (!layers.startsWith('/') || layers.startsWith(`${directory}/`));
}

/** Removes control groups that runc made, children first; only empty ones can be removed. */
async function removeGroups(host: Host, say: Say): Promise<void> {
  for (const group of emptyGroupsOf(host)) {
    const ran = await asRootOf(host, ['rmdir', '--', ...withChildren(group)]);
    say(ran.code === 0 ? `removed control group ${group}` : `${group} stays: ${lastLine(ran)}`);
  }
}

function withChildren(group: string): string[] {
  const children = readdirSync(group, { withFileTypes: true }).filter((each) => each.isDirectory());
  return [...children.flatMap(({ name }) => withChildren(join(group, name))), group];
}

async function removeDirectory(host: Host, say: Say): Promise<void> {
  const { workspace, privilege, owner } = host;
  const { dir } = workspace;
  // The mark is removed last, so that an interrupted cleanup can be run again.
  const remove = () => removeTree(dir, { owner, last: markPath });
  let kept = remove();
  // The tour's own directory, which is removed last, may have files of root's too.
  for (let before = ''; kept.length > 0 && privilege !== 'root'; ) {
    const paths = kept.map(({ path }) => path).join('\n');
    if (paths === before) break;
    before = paths;
    const ran = await removeAsRoot(host, kept);
    if (ran.code !== 0) say(lastLine(ran));
    kept = remove();
  }
  for (const { path, error } of kept) say(`${path} stays: ${sentence(error)}`);
  if (kept.length === 0) say(`removed ${dir}`);
}

/** Removes files of root's, or of a user in the learner's user namespace, in a directory of ours. */
function removeAsRoot(host: Host, kept: readonly NotRemoved[]): Promise<CommandResult> {
  const rm = ['rm', '-rf', '--one-file-system', '--', ...kept.map(({ path }) => path)];
  return host.privilege === 'rootless' ? probe(inUserNamespace(rm)) : asRootOf(host, rm);
}

/** 'Operation not permitted', from Node's 'EPERM: operation not permitted, unlink …'. */
function sentence({ message }: Error): string {
  const [, text = message] = /^E[A-Z0-9]+: ([^,]+)/.exec(message) ?? [];
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Removes the parents of the working directory that the tour made, if they're empty. */
function removeParents({ dir }: Workspace, parents: readonly string[]): void {
  for (const parent of parents.toReversed()) {
    if (!dir.startsWith(`${parent}/`) || !removeIfEmpty(parent)) return;
  }
}
