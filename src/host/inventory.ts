import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failedWith, ifPossible } from '../errors.ts';
import type { Containerd } from './containerd.ts';
import type { Host } from './host.ts';
import { keeperPid } from './keeper.ts';
import { mountsUnder, parseMountinfo } from './mounts.ts';
import { ownership } from './workspace.ts';

/** Something on this machine that is there because of the tour. */
export interface Left {
  readonly kind:
    | 'task'
    | 'container'
    | 'image'
    | 'snapshot'
    | 'content'
    | 'lease'
    | 'namespace'
    | 'mount'
    | 'cgroup'
    | 'shim'
    | 'containerd'
    | 'directory';
  readonly name: string;
}

/** What containerd holds in the tour's namespace. Asked for nothing, a missing namespace stays missing. */
async function inContainerd(containerd: Containerd): Promise<Left[]> {
  const { namespace } = containerd;
  if (!(await containerd.namespaces()).includes(namespace)) return [];
  const [tasks, containers, images, snapshots, content, leases] = await Promise.all([
    containerd.tasks(),
    containerd.containers(),
    containerd.images(),
    containerd.snapshots(),
    containerd.content(),
    containerd.leases(),
  ]);
  const all = (kind: Left['kind'], names: readonly string[]) =>
    names.map((name) => ({ kind, name }));
  return [
    ...all(
      'task',
      tasks.map(({ id }) => id),
    ),
    ...all('container', containers),
    ...all('image', [...images.keys()]),
    ...all(
      'snapshot',
      snapshots.map(({ key }) => key),
    ),
    ...all('content', content),
    ...all('lease', leases),
    ...all('namespace', [namespace]),
  ];
}

/**
 * Control groups that runc made, in each hierarchy. One with processes in it belongs to another daemon
 * that uses the same name, since ours are counted as tasks.
 */
function cgroups(group: string): Left[] {
  const root = '/sys/fs/cgroup';
  const hierarchies = ['.', ...names(root)];
  return hierarchies
    .map((hierarchy) => join(root, hierarchy, group))
    .filter((path) => existsSync(path) && !isPopulated(path))
    .map((name) => ({ kind: 'cgroup', name }));
}

function isPopulated(cgroup: string): boolean {
  try {
    if (readFileSync(join(cgroup, 'cgroup.procs'), 'utf8') !== '') return true;
  } catch {
    // A file beside the groups, or a group that has just gone.
    return false;
  }
  return names(cgroup).some((name) => isPopulated(join(cgroup, name)));
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}

/** Shims are started with their namespace and address as arguments. */
function shims(namespace: string, address: string): Left[] {
  return names('/proc').flatMap((pid) => {
    const argv = /^\d+$/.test(pid) ? argumentsOf(pid) : [];
    const ours =
      argv[0]?.includes('containerd-shim') && argv.includes(namespace) && argv.includes(address);
    return ours ? [{ kind: 'shim', name: `process ${pid}` }] : [];
  });
}

function argumentsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Nobody, where a private containerd is not running, or is only on its way out and never comes up. */
async function whoCanBeAsked(
  host: Host,
  alive: number | undefined,
): Promise<Containerd | undefined> {
  if (!host.reach.wrapped) return host.containerd();
  // What one held that does not come up is files now, and they are counted with its directory.
  return alive === undefined ? undefined : ifPossible(host.containerd());
}

/**
 * Everything of the tour's on this machine. Looks only, and starts no containerd for it: what a
 * private one that is not running has left is files in the working directory.
 */
export async function inventory(host: Host): Promise<Left[]> {
  const { workspace } = host;
  const { namespace, dir } = workspace;
  const alive = keeperPid(workspace);
  const containerd = await whoCanBeAsked(host, alive);
  const mounts = mountsUnder(dir, parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')));
  return [
    ...(containerd === undefined ? [] : await inContainerd(containerd)),
    // A private daemon's shims live and die in its pid namespace.
    ...(containerd?.mode === 'system' ? shims(namespace, containerd.address) : []),
    ...cgroups(host.controlGroup),
    ...mounts.map(({ target }): Left => ({ kind: 'mount', name: target })),
    ...(alive === undefined ? [] : [{ kind: 'containerd', name: `process ${alive}` } as const]),
    ...(ownership(workspace) === 'absent' ? [] : [{ kind: 'directory', name: dir } as const]),
  ];
}
