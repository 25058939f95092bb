import { fact, lessonFact } from '../../src/engine/fact.ts';
import type { Observation } from '../../src/engine/observation.ts';
import type { SnapshotMount, Task } from '../../src/host/containerd.ts';
import { elevated } from '../../src/host/privilege.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { merge } from '../../src/oci/merge.ts';
import type { MergedEntry } from '../../src/oci/tree.ts';
import { isWhiteoutDevice } from '../../src/oci/whiteout.ts';
import { containerName, endOf, secondContainer, snapshotDirs } from './containerd.ts';
import { tars } from './layers.ts';
import { perLayer } from './trees.ts';
import { fitting, writtenIn } from './written.ts';

/** Columns that the picture has for each of the two containers. */
export const columnsOfOne = 20;

/**
 * What can be seen of a container.
 * @param names.suffix is part of the ids, to keep the facts of two containers apart
 */
function containerFacts(
  container: string,
  names: { readonly from: string; readonly suffix: string; readonly variable: string },
) {
  const { from, suffix, variable } = names;

  /** Not known once it has ended. */
  const task = fact<Task>(`task${suffix}`, {
    what: `the running container ${container}`,
    from,
    read: async (observation) => (await observation.containerd()).running(container),
    show: ({ pid }) => `process ${pid}`,
  });

  /** The directories of the container's root, as its snapshot has them. */
  const mount = fact<SnapshotMount>(`container.mount${suffix}`, {
    what: `the snapshot of ${container}`,
    from,
    read: async (observation) => (await observation.containerd()).activeMount(container),
    show: ({ upper = '' }) => endOf(upper),
  });

  const upperdir = fact<string>(`container.upper${suffix}`, {
    what: `the upperdir of ${container}`,
    from,
    variable,
    knownWhile: `${container} exists`,
    read: async (observation) => (await observation.get(mount))?.upper,
    show: endOf,
  });

  /** The mount at /, as the container's own /proc/1/mountinfo has it. */
  const rootMount = lessonFact(`the root mount of ${container}`, from, async (observation) => {
    const running = await observation.need(task);
    const mounts = await (await observation.containerd()).mountsInside(running);
    return mounts.find(({ target }) => target === '/');
  });

  /**
   * What a path is to the process in the container: `/proc/PID/root` is the process's own root, with the
   * same directory entries that it sees, whatever is mounted in between.
   */
  const seenInside = async (observation: Observation, path: string) =>
    `/proc/${(await observation.need(task)).pid}/root${path}`;

  const list = (directory: string) =>
    lessonFact(`${container}: ${directory}`, from, async (observation) =>
      (await observation.containerd()).list(await seenInside(observation, directory)),
    );

  const read = (path: string) =>
    lessonFact(`${container}: text of ${path}`, from, async (observation) =>
      (await observation.containerd()).read(await seenInside(observation, path)),
    );

  /** After the container is gone as well: the lesson's last page shows the picture again. */
  const lastUpperdir = fact<string>(`container.upper.last${suffix}`, {
    what: upperdir.what,
    from,
    read: async (observation) =>
      (await observation.get(upperdir)) ?? observation.progress.remembered(upperdir.id),
    show: endOf,
  });

  /** For the picture. Nothing is left of it once the container is gone. */
  const written = fact<readonly string[]>(`container.written${suffix}`, {
    what: `what ${container} has written`,
    from,
    read: async (observation) => {
      const directory = await observation.get(upperdir);
      if (directory === undefined) {
        return (await observation.get(lastUpperdir)) === undefined ? undefined : [];
      }
      const tree = await (await observation.containerd()).tree(directory);
      return writtenIn(tree?.entries ?? []).map((path) => path.slice(path.lastIndexOf('/') + 1));
    },
    show: fitting(columnsOfOne),
  });

  const lastLowerdirs = perLayer((name) =>
    fact<string>(`container.lower.${name}${suffix}.snapshot`, {
      what: `the lowerdir of ${container} for ${name}`,
      from,
      read: async (observation) => {
        const now = await observation.get(mount);
        if (now !== undefined) return now.lower[name === 'base' ? 0 : 1];
        const wasThere = (await observation.get(lastUpperdir)) !== undefined;
        return wasThere ? observation.get(snapshotDirs[name]) : undefined;
      },
      show: endOf,
    }),
  );

  return { task, mount, upperdir, rootMount, list, read, lastUpperdir, written, lastLowerdirs };
}

/** The container that the lesson begins with. */
export const first = containerFacts(containerName, {
  from: '08-run/start',
  suffix: '',
  variable: 'UPPERDIR',
});

/** The other container of the same image. */
export const second = containerFacts(secondContainer, {
  from: '08-run/second',
  suffix: '.second',
  variable: 'UPPERDIR2',
});

export const { task, mount: containerMount, upperdir, rootMount } = first;

export const rootInside = first.list('/');
export const binInside = first.list('/bin');
export const dataInside = first.list('/data');
export const helloInside = first.read('/hello.txt');
export const secondHello = second.read('/hello.txt');
export const secondData = second.list('/data');

/** A whiteout as an archive has it. In an upperdir it is a device 0,0 with the name of what it hides. */
function asArchived(entry: LayerEntry): LayerEntry {
  if (!isWhiteoutDevice(entry)) return entry;
  return { ...entry, path: entry.path.replace(/[^/]*$/, '.wh.$&') };
}

/** What the first container's root should be: both tars and what was written since, merged by us. */
export const expectedRoot = lessonFact<Map<string, MergedEntry>>(
  'the merge of base, delta and upperdir',
  '08-run/start',
  async (observation) => {
    const upper = await (await observation.containerd()).tree(await observation.need(upperdir));
    return merge([
      (await observation.need(tars.base)).entries,
      (await observation.need(tars.delta)).entries,
      (upper?.entries ?? []).map(asArchived),
    ]);
  },
);

/** Where the process is in /proc, as scripts reach it. */
export const processDirectory = fact<string>('container.process', {
  what: "the container's process in /proc",
  from: '08-run/start',
  variable: 'DEMO_PROC',
  knownWhile: `${containerName} runs`,
  read: async (observation) => {
    const running = await observation.get(task);
    if (running === undefined) return undefined;
    const own = `/proc/${running.pid}`;
    // Without root, scripts run where containerd does.
    if (observation.host.privilege === 'rootless') return own;
    return (await observation.containerd()).seen(own);
  },
});

/** Whose numbering the process number that `ctr` prints is from. */
export const numberedBy = lessonFact(
  'whose process number it is',
  '08-run/start',
  async (observation) => {
    const running = await observation.get(task);
    if (running === undefined) return 'The process in that list has ended since';
    const { pid } = running;
    const { mode } = await observation.containerd();
    return mode === 'private'
      ? `${pid} is the process's number as the private containerd sees it; on the machine it has another`
      : `ps -p ${pid} shows the process`;
  },
);

/** The kernel's namespaces that `ctr run` asks for. With control groups v2 there is a cgroup one, too. */
const namespaceKinds = ['mnt', 'pid', 'net', 'ipc', 'uts', 'user'] as const;
export type NamespaceKind = (typeof namespaceKinds)[number];

/** The namespace of each kind that a process is in, where containerd runs: `net:[4026532262]`. */
function namespacesOf(id: string, pidOf: (observation: Observation) => Promise<number>) {
  return lessonFact<Map<NamespaceKind, string>>(id, '08-run/start', async (observation) => {
    const pid = await pidOf(observation);
    const containerd = await observation.containerd();
    const links = await Promise.all(
      namespaceKinds.map(async (kind): Promise<[NamespaceKind, string]> => {
        const path = containerd.seen(`/proc/${pid}/ns/${kind}`);
        const argv = elevated(observation.host.privilege, ['readlink', path]);
        return [kind, (await observation.tool(...argv)).stdout.trim()];
      }),
    );
    return new Map(links);
  });
}

const containerNamespaces = namespacesOf(
  'the namespaces of the container',
  async (observation) => (await observation.need(task)).pid,
);

/** Those of the first process where containerd runs. */
export const hostNamespaces = namespacesOf('the namespaces of containerd', async () => 1);

/** The namespaces that are the container's own, and those that it shares. */
export const ownNamespaces = lessonFact(
  "the container's own namespaces",
  '08-run/start',
  async (observation) => {
    const inside = await observation.need(containerNamespaces);
    const outside = await observation.need(hostNamespaces);
    const isOwn = (kind: NamespaceKind) => inside.get(kind) !== outside.get(kind);
    return {
      own: namespaceKinds.filter(isOwn),
      shared: namespaceKinds.filter((kind) => !isOwn(kind)),
    };
  },
);

/** Its control group, in a sentence. */
export const controlGroup = lessonFact(
  "the container's control group",
  '08-run/start',
  async (observation) => {
    const running = await observation.get(task);
    if (running === undefined) return 'Its control group is gone, too';
    const { pid } = running;
    const table = await (await observation.containerd()).read(`/proc/${pid}/cgroup`);
    const path = table?.trim().split('\n').at(-1)?.split(':').at(-1);
    if (path === undefined) return undefined;
    return path.endsWith(`/${containerName}`)
      ? `Its control group is ${path}`
      : "It has no control group of its own, since the tour starts containers without one where it isn't root";
  },
);

export const namespacesInWords = lessonFact(
  'which namespaces are its own',
  '08-run/start',
  async (observation) => {
    if ((await observation.get(task)) === undefined) {
      return 'demo has ended since, and its namespaces with it';
    }
    const { own, shared } = await observation.need(ownNamespaces);
    const all = (kinds: readonly string[]) => kinds.join(', ') || 'none';
    return `demo has namespaces of its own for ${all(own)}, and shares with containerd: ${all(shared)}`;
  },
);
