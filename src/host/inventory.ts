import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failedWith, ifPossible } from '../errors.ts';
import type { Containerd } from './containerd.ts';
import type { Host } from './host.ts';
import { namesOfLab } from './lab-namespace.ts';
import { mountsUnder, parseMountinfo } from './mounts.ts';
import { namespaceContents, namespaceOwner } from './namespace.ts';
import { isInUse, ownUid } from './ownership.ts';
import { initPid } from './private-containerd/private-containerd.ts';
import type { Workspace } from './workspace.ts';

/** Something on this machine that the tour made. */
export interface Leftover {
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
  /** The owner, as far as known, if it isn't the tour's. */
  readonly owner?: string;
}

/** What was found, by owner. */
interface Inventory {
  readonly ours: readonly Leftover[];
  /** What others have in the tour's namespace. */
  readonly others: readonly Leftover[];
}

/** What containerd has in the tour's namespace. Asking doesn't create a missing namespace. */
async function leftInContainerd(
  containerd: Containerd,
  { workspace, owner }: Host,
): Promise<Inventory> {
  const { namespace } = containerd;
  const none: Inventory = { ours: [], others: [] };
  if (!(await containerd.namespaces()).includes(namespace)) return none;
  const found = await namespaceOwner(containerd, workspace, owner);
  if (found.whose === 'free') return none;
  if (found.whose === 'theirs') return { ours: [], others: await theirs(containerd, found.owner) };
  const contents = await namespaceContents(containerd, found.id);
  const others = contents.others.map((each) => ({ ...each, owner: 'not made by the tour' }));
  const tasks = (await containerd.tasks()).map(({ id }) => id);
  const named = [
    ...all(
      'task',
      tasks.filter((id) => contents.containers.includes(id)),
    ),
    ...all('container', contents.containers),
    ...all('image', contents.images),
  ];
  // If others use the namespace too, unreferenced blobs are left for containerd to collect.
  if (others.length > 0) {
    return { ours: [...named, ...all('snapshot', contents.snapshots)], others };
  }
  const [snapshots, content, leases] = await Promise.all([
    containerd.snapshots(),
    containerd.content(),
    containerd.leases(),
  ]);
  return {
    ours: [
      ...named,
      ...all(
        'snapshot',
        snapshots.map(({ key }) => key),
      ),
      ...all('content', content),
      ...all('lease', leases),
      ...all('namespace', [namespace]),
    ],
    others,
  };
}

/**
 * The namespaces of the lab's cases, as hosts. Those of another tour with the same name are left out.
 * Asking creates none.
 */
export async function labHosts(host: Host, containerd: Containerd): Promise<Host[]> {
  const names = namesOfLab(host.workspace.namespace, await containerd.namespaces());
  const owners = await Promise.all(
    names.map((name) => namespaceOwner(containerd.inNamespace(name), host.workspace, host.owner)),
  );
  return names
    .filter((_, index) => owners[index]?.whose === 'ours')
    .map((name) => host.inNamespace(name));
}

/** What the lab has in its namespaces. */
async function leftOfLab(containerd: Containerd, host: Host): Promise<Leftover[]> {
  const hosts = await labHosts(host, containerd);
  const left = await Promise.all(
    hosts.map(async (lab) => {
      const { namespace } = lab.workspace;
      const { ours } = await leftInContainerd(containerd.inNamespace(namespace), lab);
      return ours.map(({ kind, name }) => ({
        kind,
        name: kind === 'namespace' ? name : `${name} in ${namespace}`,
      }));
    }),
  );
  return left.flat();
}

function all(kind: Leftover['kind'], names: readonly string[]): Leftover[] {
  return names.map((name) => ({ kind, name }));
}

/** The named things in a namespace of others; blobs are left out, since there can be thousands. */
async function theirs(containerd: Containerd, owner: string): Promise<Leftover[]> {
  const images = all('image', [...(await containerd.images()).keys()]);
  const containers = all('container', await containerd.containers());
  const namespace = all('namespace', [containerd.namespace]);
  return [...images, ...containers, ...namespace].map((each) => ({ ...each, owner }));
}

/**
 * Control groups that runc made, in each hierarchy, for the lab too. One with processes in it belongs to
 * another daemon that uses the same name, since ours are counted as tasks.
 */
export function emptyGroupsOf({ controlGroup, containerdAccess, workspace }: Host): string[] {
  const root = '/sys/fs/cgroup';
  const hierarchies = ['.', ...names(root)].map((hierarchy) => join(root, hierarchy));
  return hierarchies
    .flatMap((hierarchy) => {
      // In a private containerd, all groups have one parent, whatever the namespace.
      const lab = containerdAccess.viaWrapper
        ? []
        : namesOfLab(workspace.namespace, names(hierarchy));
      return [controlGroup, ...lab].map((group) => join(hierarchy, group));
    })
    .filter((path) => existsSync(path) && !isPopulated(path));
}

function isPopulated(cgroup: string): boolean {
  try {
    if (readFileSync(join(cgroup, 'cgroup.procs'), 'utf8') !== '') return true;
  } catch {
    // Not a group but a file, or a group that was just removed.
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
function shims({ namespace }: Workspace, address: string): Leftover[] {
  return names('/proc').flatMap((pid) => {
    const argv = /^\d+$/.test(pid) ? argumentsOf(pid) : [];
    const named = argv.includes(namespace) || namesOfLab(namespace, argv).length > 0;
    const ours = argv[0]?.includes('containerd-shim') && named && argv.includes(address);
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

/**
 * The containerd whose contents can be listed; undefined if there is none. A private one that isn't
 * running has only files in the directory. Root doesn't ask a learner's, since that would run the
 * learner's programs.
 * @throws TourError if the system's was asked for and doesn't answer
 */
export async function respondingContainerd(host: Host): Promise<Containerd | undefined> {
  const { workspace, containerdAccess } = host;
  if (!containerdAccess.viaWrapper) return host.containerd();
  if (initPid(workspace) === undefined || host.owner !== ownUid()) return undefined;
  // On a full disk, a private one cannot be joined.
  return ifPossible(host.containerd());
}

/**
 * Lists everything of the tour's on this machine. Changes nothing and starts no containerd: one that
 * isn't running has left only files in the working directory.
 * @param options.silent don't ask containerd, since it didn't answer before
 * @throws TourError if containerd doesn't answer
 */
export async function inventory(
  host: Host,
  options: { readonly silent: boolean } = { silent: false },
): Promise<Inventory> {
  const { workspace } = host;
  const { dir } = workspace;
  const alive = initPid(workspace);
  const containerd = options.silent ? undefined : await respondingContainerd(host);
  const held = containerd && (await leftInContainerd(containerd, host));
  const { ours = [], others = [] } = held ?? {};
  const lab = containerd === undefined ? [] : await leftOfLab(containerd, host);
  // Another tour's containers may be in a group of the same name.
  const groupIsOurs =
    host.containerdAccess.viaWrapper || (held !== undefined && others.length === 0);
  return {
    ours: [
      ...ours,
      ...lab,
      // A private daemon's shims are in its pid namespace and end with it.
      ...(containerd?.mode === 'system' && groupIsOurs ? shims(workspace, containerd.address) : []),
      ...(groupIsOurs ? all('cgroup', emptyGroupsOf(host)) : []),
      ...all('mount', mountsBelow(dir)),
      ...(alive === undefined ? [] : all('containerd', [`process ${alive}`])),
      // An empty one was there before the tour, or its parent didn't let us remove it.
      ...(isInUse(workspace) ? all('directory', [dir]) : []),
    ],
    others,
  };
}

/** What is mounted below a directory, innermost first. */
export function mountsBelow(directory: string): string[] {
  const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  return mountsUnder(directory, mounts)
    .map(({ target }) => target)
    .filter((target) => target !== directory);
}
