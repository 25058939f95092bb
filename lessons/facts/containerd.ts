import { dirname } from 'node:path';
import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { type Fact, fact, lessonFact } from '../../src/engine/fact.ts';
import { NotYet, type Observation } from '../../src/engine/observation.ts';
import type { Containerd, Snapshot, SnapshotMount } from '../../src/host/containerd.ts';
import { inventory } from '../../src/host/inventory.ts';
import { namesOfLab } from '../../src/host/lab-namespace.ts';
import { lowerOf } from '../../src/host/mounts.ts';
import { obstacleError } from '../../src/host/preflight/obstacles.ts';
import type { Tree } from '../../src/host/tree.ts';
import { chainIds } from '../../src/oci/chain.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { brief, diffIds, digests, digestVariable } from './layers.ts';
import { configDigest, manifestDigest } from './layout.ts';
import { layerNames, perLayer } from './trees.ts';

/** The containers and the images of the tour. */
export const containerName = 'demo';
export const secondContainer = 'demo2';
export const containerNames: readonly string[] = [containerName, secondContainer];
export const importedName = 'handroll:latest';
export const taggedName = 'docker.io/library/handroll:latest';
/** The second image, on the same base. */
export const secondImage = 'docker.io/library/handroll2:latest';
export const imageNames: readonly string[] = [importedName, taggedName, secondImage];

export const containerdInUse = fact('containerd', {
  what: 'the containerd in use',
  from: '00-prerequisites/machine',
  read: async (observation) => {
    const { mode, version } = await observation.containerd();
    return `${version}, ${mode}`;
  },
});

/** Where containerd's files are, and for how long. */
export const containerdFiles = fact('containerd.files', {
  what: "where containerd's files are",
  from: '00-prerequisites/machine',
  read: async (observation) => {
    const { mode } = await observation.containerd();
    if (mode === 'system') return "where this machine keeps them, next to everyone else's";
    const { type, supportsOverlayUpper } = observation.host.filesystem();
    if (supportsOverlayUpper) return `in your working directory, on ${type}`;
    // What is mounted in a user namespace goes with its last process.
    const until =
      observation.host.privilege === 'rootless'
        ? 'your last command has ended'
        : 'this machine restarts';
    return `in memory, on a tmpfs, because ${type} can't hold them (lesson 6 shows why). They last until ${until}; after that you import the image again`;
  },
});

/** Whether the tour's namespace is there before anything is in it. */
export const namespaceInList = fact('namespace.listed', {
  what: 'whether the namespace is in the list',
  from: '00-prerequisites/machine',
  read: async ({ host: { containerdAccess } }) =>
    containerdAccess.viaWrapper
      ? 'Yours appears with your first image'
      : "Yours is there, empty, with the tour's labels",
});

/** The mount table of wherever containerd lives, as a path. */
export const mountTable = fact('mount-table', {
  what: "the mount table of containerd's place",
  from: '00-prerequisites/machine',
  variable: 'MOUNTINFO',
  read: async (observation) => (await observation.containerd()).mountinfo,
});

/** Whether a namespace holds nothing but what a tour makes: another learner's, who is at work too. */
function isTour(held: {
  readonly images: readonly (readonly [ref: string, digest: string])[];
  readonly containers: readonly string[];
  readonly snapshots: readonly string[];
}): boolean {
  return (
    held.images.every(([ref]) => imageNames.includes(ref)) &&
    held.containers.every((id) => containerNames.includes(id)) &&
    held.snapshots.every(
      (key) => /^(sha256:|extract-|handroll-tour-)/.test(key) || containerNames.includes(key),
    )
  );
}

/** The names of the namespaces that aren't the tour's or its lab's. */
async function otherNames(containerd: Containerd): Promise<string[]> {
  const names = await containerd.namespaces();
  const own = [containerd.namespace, ...namesOfLab(containerd.namespace, names)];
  return names.filter((name) => !own.includes(name));
}

/**
 * What every other namespace of this containerd holds: the same before the tour and after. Those of
 * other tours are left out: thirty learners of one workshop may share a daemon.
 */
export const otherNamespaces = fact<string>('other-namespaces', {
  what: 'the other namespaces',
  from: '00-prerequisites/machine',
  read: async (observation) => {
    const containerd = await observation.containerd();
    const others = await otherNames(containerd);
    const census = await Promise.all(
      others.sort().map(async (name) => ({
        name,
        images: [...(await containerd.images(name))].sort(),
        containers: (await containerd.containers(name)).sort(),
        snapshots: (await containerd.snapshots(name)).map(({ key }) => key).sort(),
      })),
    );
    return JSON.stringify(census.filter((each) => !isTour(each)));
  },
  show: (census) => `${(JSON.parse(census) as unknown[]).length}`,
});

/** What the snapshots are called: the first DiffID, then a hash over the chain so far. */
export const chain = fact<Digest[]>('chain', {
  what: 'the chain IDs',
  from: '03-layers/tar',
  read: async (observation) => {
    const base = await observation.get(diffIds.base);
    const delta = await observation.get(diffIds.delta);
    return base === undefined || delta === undefined ? undefined : chainIds([base, delta]);
  },
  show: (ids) => ids.map(brief).join(' '),
});

export const topChainId = fact<Digest>('chain.top', {
  what: 'the chain ID of both layers together',
  from: '03-layers/tar',
  variable: 'CHAIN_ID',
  read: async (observation) => (await observation.get(chain))?.[1],
  ...digestVariable,
});

/** The end of a snapshot directory's path, which is what tells two of them apart. */
export const endOf = (path: string) => path.split('/').slice(-3).join('/');

/** The same in two parts, for where several stand side by side. */
export const shortened = (path: string) => path.split('/').slice(-2).join('/');

/** The directories of the two snapshots, as containerd names them, bottom first. */
const snapshotMount = fact<SnapshotMount>('snapshots.mount', {
  what: 'the snapshots of both layers',
  from: '05-import/import',
  read: async (observation) => {
    const top = await observation.get(topChainId);
    if (top === undefined) return undefined;
    const found = await (await observation.containerd()).layersOf(top);
    return found?.lower.length === 2 ? found : undefined;
  },
  show: ({ lower }) => lower.join(' '),
});

export const snapshotDirs = perLayer((name) =>
  fact<string>(`${name}.snapshot`, {
    what: `the snapshot directory of ${name}`,
    from: '05-import/import',
    variable: `${name.toUpperCase()}_SNAPSHOT`,
    read: async (observation) =>
      (await observation.get(snapshotMount))?.lower[layerNames.indexOf(name)],
    show: endOf,
  }),
);

export const snapshotsRoot = fact<string>('snapshots.root', {
  what: 'the directory of all snapshots',
  from: '05-import/import',
  variable: 'SNAPSHOTS_ROOT',
  read: async (observation) => {
    const directory = await observation.get(snapshotDirs.base);
    return directory === undefined ? undefined : dirname(dirname(directory));
  },
});

/** All snapshots of the namespace. */
export const snapshotList = fact<Snapshot[]>('snapshots.list', {
  what: 'the list of snapshots',
  from: '05-import/import',
  read: async (observation) => (await observation.containerd()).snapshots(),
  show: (all) => `${all.length} snapshots`,
});

/** What each snapshot holds on disk. */
export const snapshotTrees = perLayer((name) =>
  fact<Tree>(`${name}.snapshot.tree`, {
    what: `the snapshot of ${name}`,
    from: '05-import/import',
    read: async (observation) => {
      const directory = await observation.get(snapshotDirs[name]);
      if (directory === undefined) return undefined;
      const containerd = await observation.containerd();
      const { hidden } = observation.host.containerdAccess;
      if (hidden !== undefined && containerd.mode === 'system') {
        throw obstacleError('daemon-elsewhere', `${directory} can't be seen from here.`);
      }
      return containerd.tree(directory);
    },
    show: (tree) => `${tree.entries.length - 1} entries`,
  }),
);

interface Census {
  readonly name: string;
}

/** Whether every other namespace holds what it held when the tour began. */
export async function othersUntouched(observation: Observation): Promise<Outcome> {
  const before = observation.progress.remembered(otherNamespaces.id);
  if (before === undefined) {
    throw new NotYet('what the other namespaces held at first', '00-prerequisites/machine');
  }
  const after = await observation.need(otherNamespaces);
  const names = (JSON.parse(after) as Census[]).map(({ name }) => name);
  if (before === after) {
    const there = names.length === 0 ? 'there are none' : `${names.join(', ')}: the same as before`;
    return pass(there);
  }
  const changed = changedBetween(before, after);
  return fail({
    expected: 'other namespaces as they were when the tour began',
    actual: `changed: ${changed.join(', ')}`,
    hint: 'The tour names its own namespace in every command, so this was someone else. If you know who, run 00-prerequisites/machine again to record the other namespaces anew.',
  });
}

function changedBetween(before: string, after: string): string[] {
  const byName = (census: string) =>
    new Map((JSON.parse(census) as Census[]).map((each) => [each.name, JSON.stringify(each)]));
  const old = byName(before);
  const now = byName(after);
  return [...new Set([...old.keys(), ...now.keys()])].filter(
    (name) => old.get(name) !== now.get(name),
  );
}

/** What is in the tour's namespace and was not made by the tour; and whose it is, where that is known. */
export async function strangers(
  observation: Observation,
): Promise<{ found: string[]; owner?: string }> {
  const containerd = await observation.containerd();
  if (containerd.mode === 'private') return { found: await unknownNames(containerd) };
  const { others } = await inventory(observation.host);
  const [{ owner } = {}] = others;
  const found = others.map(({ name }) => name);
  return owner === undefined ? { found } : { found, owner };
}

/** What the learner tried out in a private containerd, which no other user can reach. */
async function unknownNames(containerd: Containerd): Promise<string[]> {
  if (!(await containerd.namespaces()).includes(containerd.namespace)) return [];
  const images = [...(await containerd.images()).keys()];
  // A committed snapshot is an image's layer; any other is in use.
  const snapshots = (await containerd.snapshots()).filter(({ kind }) => kind !== 'Committed');
  return [
    ...images.filter((name) => !imageNames.includes(name)),
    ...(await containerd.containers()).filter((name) => !containerNames.includes(name)),
    ...snapshots.map(({ key }) => key).filter((key) => !containerNames.includes(key)),
  ];
}

/**
 * Where an image lands that was meant for the tour's namespace. The article's namespace isn't among
 * them: on a shared daemon it may be another learner's, who has the very same image.
 */
const usualNamespaces = ['default', 'k8s.io', 'moby'];

/**
 * The images by name that point to this manifest in other namespaces: namespace and name. In a private
 * containerd every namespace is the learner's own.
 */
export async function astray(
  observation: Observation,
  wanted: Fact<Digest> = manifestDigest,
): Promise<(readonly [namespace: string, name: string])[]> {
  const containerd = await observation.containerd();
  const manifest = await observation.get(wanted);
  const others = (await otherNames(containerd)).filter(
    (name) => containerd.mode === 'private' || usualNamespaces.includes(name),
  );
  const found = await Promise.all(
    others.map(async (namespace) =>
      [...(await containerd.images(namespace))].flatMap(([name, digest]) =>
        digest === manifest ? [[namespace, name] as const] : [],
      ),
    ),
  );
  return found.flat();
}

export const ourBlobs: readonly [string, typeof configDigest][] = [
  ['base', digests.base],
  ['delta', digests.delta],
  ['config', configDigest],
  ['manifest', manifestDigest],
];

export const inStore = lessonFact<Digest[]>(
  'what the content store lists',
  '07-inspect/content',
  async (observation) => (await observation.containerd()).content(),
);

export const extraBlobs = lessonFact(
  'what else it lists',
  '07-inspect/content',
  async (observation) => {
    const ours = await Promise.all(ourBlobs.map(([, fact]) => observation.get(fact)));
    const extra = (await observation.need(inStore)).filter((digest) => !ours.includes(digest));
    return extra.length === 0 ? 'nothing else' : extra.map(brief).join(' and ');
  },
);

/** The kernel's table of mounts where containerd lives, for these snapshots only. */
export const ourMounts = lessonFact(
  'mounts of these snapshots',
  '07-inspect/directories',
  async (observation) => {
    const directories = [
      await observation.need(snapshotDirs.base),
      await observation.need(snapshotDirs.delta),
    ];
    const mounts = await (await observation.containerd()).mounts();
    return mounts.filter((mount) =>
      directories.some((directory) => lowerOf(mount).includes(directory)),
    );
  },
);

export const whiteoutOnDisk = lessonFact(
  'data/config.txt in the delta snapshot',
  '07-inspect/directories',
  async (observation) => {
    const { entries } = await observation.need(snapshotTrees.delta);
    const entry = entries.find(({ path }) => path === 'data/config.txt');
    if (entry === undefined) return 'missing';
    return entry.kind === 'character'
      ? `a character device ${entry.major},${entry.minor}`
      : `a ${entry.kind}`;
  },
);

/** Who made the kernel's whiteout in the snapshot: in a user namespace containerd has to mount. */
export const whiteoutMaker = fact<string>('whiteout.maker', {
  what: "who made the snapshot's whiteout",
  from: '05-import/import',
  read: async ({ host }) =>
    host.privilege === 'rootless'
      ? "containerd isn't root here, so when it unpacked the layer it mounted an overlay for a moment and deleted config.txt through that"
      : 'containerd made it when it unpacked the layer, without mounting anything',
});

/** What a third layer would be called: the delta, stacked a second time. */
export const thirdChainId = fact<Digest>('chain.third', {
  what: 'the chain ID of base, delta and delta',
  from: '03-layers/tar',
  read: async (observation) => {
    const base = await observation.get(diffIds.base);
    const delta = await observation.get(diffIds.delta);
    return base === undefined || delta === undefined
      ? undefined
      : chainIds([base, delta, delta])[2];
  },
  show: brief,
});

/** What the learner computed: the first hash in the file, with or without `sha256:`. */
export const practiceChainId = fact<{ readonly text: string; readonly digest: Digest | undefined }>(
  'practice.chain-id',
  {
    what: 'practice/chain-id',
    from: '07-inspect/chain',
    read: async (observation) => {
      const text = (await observation.file('practice', 'chain-id'))?.toString().trim();
      if (text === undefined) return undefined;
      const hash = /\b[0-9a-f]{64}\b/.exec(text)?.[0];
      return { text: text.slice(0, 80), digest: hash && `sha256:${hash}` };
    },
    show: ({ text }) => text,
  },
);
