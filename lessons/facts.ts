import { readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type AnyFact, type Fact, fact } from '../src/engine/fact.ts';
import type { Look } from '../src/engine/look.ts';
import { TourError } from '../src/errors.ts';
import type { Snapshot, SnapshotMount, Task } from '../src/host/containerd.ts';
import { disturbances } from '../src/host/environment.ts';
import type { Privilege } from '../src/host/privilege.ts';
import {
  findBusybox,
  hostArchitecture,
  isGnuGzip,
  type Prerequisite,
  prerequisites,
} from '../src/host/tools.ts';
import { readTree, type Tree } from '../src/host/tree.ts';
import { chainIds } from '../src/oci/chain.ts';
import { type Digest, sha256, short } from '../src/oci/digest.ts';
import { type ImageConfig, type Index, type Manifest, parseJson } from '../src/oci/documents.ts';
import { BadLayer, type Layer, type LayerEntry, readLayer } from '../src/oci/layer.ts';
import { type WhiteoutForm, whiteoutFormOf } from '../src/oci/whiteout.ts';

/** The two layers, bottom first, as the article calls them. */
export const layerNames = ['base', 'delta'] as const;
export type LayerName = (typeof layerNames)[number];

/** The container and the image's two names. */
export const containerName = 'demo';
export const importedName = 'handroll:latest';
export const taggedName = 'docker.io/library/handroll:latest';

/** How digests read in a sentence: enough of them to tell them apart. */
export const brief = (digest: Digest) => `${short(digest)}…`;

// --- the machine -----------------------------------------------------------------------------

export const workdir = fact('workdir', {
  what: 'the working directory',
  from: '00-prerequisites/workdir',
  variable: 'WORKDIR',
  read: async ({ host }) => host.workspace.dir,
});

export const namespace = fact('namespace', {
  what: 'the containerd namespace',
  from: '00-prerequisites/containerd',
  variable: 'CTR_NAMESPACE',
  read: async ({ host }) => host.workspace.namespace,
});

export const tools = fact<Prerequisite[]>('tools', {
  what: 'the tools',
  from: '00-prerequisites/tools',
  read: async ({ host }) => prerequisites(host.environment().PATH),
  show: (all) => `${all.filter(({ status }) => status === 'ok').length} of ${all.length}`,
});

/** The compressor, and whether it makes the bytes that everybody else's does. */
export const gzipInUse = fact('gzip', {
  what: 'the gzip in use',
  from: '00-prerequisites/tools',
  read: async (look) => {
    const { stdout, stderr } = await look.tool('gzip', '--version');
    const [first = ''] = (stdout || stderr).split('\n');
    return isGnuGzip(first)
      ? `GNU ${first}`
      : `${first}, which makes other bytes than GNU gzip, and so another Digest`;
  },
});

/** What the learner types runs with variables of their own, which the tour's scripts do without. */
export const ownVariables = fact('environment.own', {
  what: "the variables of the learner's",
  from: '00-prerequisites/tools',
  read: async () => {
    const found = disturbances().map(({ name, does, mend }) => `${name} ${does} (${mend})`);
    return found.length === 0
      ? 'No variable of yours changes what they do'
      : `The scripts here run without it, but what you type does not: ${found.join('; ')}`;
  },
});

/** The busybox to build with. */
export const busybox = fact('busybox', {
  what: 'a busybox',
  from: '00-prerequisites/busybox',
  variable: 'BUSYBOX',
  read: async ({ host }) => findBusybox(host.environment().PATH)?.path,
});

export const architecture = fact('architecture', {
  what: "this machine's architecture",
  from: '00-prerequisites/tools',
  variable: 'ARCH',
  read: async () => hostArchitecture(),
});

export const containerdInUse = fact('containerd', {
  what: 'the containerd in use',
  from: '00-prerequisites/containerd',
  read: async (look) => {
    const { mode, version } = await look.containerd();
    return `${version}, ${mode}`;
  },
});

/** The control group below which containers of the tour are. */
export const controlGroup = fact('control-group', {
  what: "the control group of the tour's containers",
  from: '00-prerequisites/containerd',
  variable: 'CONTROL_GROUP',
  read: async ({ host }) => host.controlGroup,
});

export const groundOfWorkdir = fact('ground', {
  what: 'the file system under the working directory',
  from: '00-prerequisites/workdir',
  read: async ({ host }) => host.ground().type,
});

/** Where containerd's files are, and for how long. */
export const containerdFiles = fact('containerd.files', {
  what: "where containerd's files are",
  from: '00-prerequisites/containerd',
  read: async (look) => {
    const { mode } = await look.containerd();
    if (mode === 'system') return "where its administrator put them, beside everybody's";
    const { type, carriesOverlay } = look.host.ground();
    if (carriesOverlay) return `in the working directory, on ${type}, and stay until you clean up`;
    // What is mounted in a user namespace goes with its last process.
    const until =
      look.host.privilege === 'rootless'
        ? 'the last of your commands has ended'
        : 'a restart of this machine';
    return `in the working directory, on a tmpfs, for ${type} will not do (lesson 6 shows why): in memory, so after ${until} you import again`;
  },
});

/** Why the upperdir made by hand lies where it does. */
export const upperdirGround = fact('upperdir.ground', {
  what: 'what the upperdir lies on',
  from: '00-prerequisites/workdir',
  read: async ({ host }) => {
    const { type, target, carriesOverlay } = host.ground();
    return carriesOverlay
      ? `your directory lies on ${type}, which will do`
      : `your directory lies on ${type}, mounted at ${target}, so the upperdir goes on a tmpfs, which is memory, as containerd's own directories do`;
  },
});

/** What a whiteout can be, as one reads it. */
export const whiteoutInWords: Readonly<Record<WhiteoutForm, string>> = {
  device: 'a device 0,0',
  file: 'an empty regular file',
};

/** The form of whiteout that can be made here, and that containerd will act on. */
export const whiteoutChoice = fact<WhiteoutForm>('whiteout.choice', {
  what: 'how the whiteout is made here',
  from: '00-prerequisites/workdir',
  read: async ({ host }) => host.whiteout().form,
  show: (form) => whiteoutInWords[form],
});

export const whiteoutReason = fact<string>('whiteout.reason', {
  what: 'why it is made so',
  from: '00-prerequisites/workdir',
  read: async ({ host }) => host.whiteout().because,
});

const rootIs: Readonly<Record<Privilege, string>> = {
  root: 'You are root already',
  sudo: 'What needs root is asked of sudo',
  rootless:
    'You are root of a user namespace, and nowhere else: scripts and shells of the tour run in it',
};

/** How commands that need root get it. */
export const rootInUse = fact<Privilege>('root', {
  what: 'how root is had',
  from: '00-prerequisites/containerd',
  read: async ({ host }) => host.privilege,
  show: (privilege) => rootIs[privilege],
});

/** The mount table of wherever containerd lives, as a path. */
export const mountTable = fact('mount-table', {
  what: "the mount table of containerd's place",
  from: '00-prerequisites/containerd',
  variable: 'MOUNTINFO',
  read: async (look) => (await look.containerd()).mountinfo,
});

/** Whether a namespace holds nothing but what a tour makes: another learner's, who is at work too. */
function isTour(held: {
  readonly images: readonly (readonly [ref: string, digest: string])[];
  readonly containers: readonly string[];
  readonly snapshots: readonly string[];
}): boolean {
  return (
    held.images.every(([ref]) => ref === importedName || ref === taggedName) &&
    held.containers.every((id) => id === containerName) &&
    held.snapshots.every((key) => /^(sha256:|extract-|handroll-tour-|demo$)/.test(key))
  );
}

/**
 * What every other namespace of this containerd holds: the same before the tour and after. Those of
 * other tours are left out: thirty learners of one workshop may share a daemon.
 */
export const otherNamespaces = fact<string>('other-namespaces', {
  what: 'the other namespaces',
  from: '00-prerequisites/containerd',
  read: async (look) => {
    const containerd = await look.containerd();
    const others = (await containerd.namespaces()).filter((name) => name !== containerd.namespace);
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

// --- trees and layers ------------------------------------------------------------------------

function perLayer<T>(make: (name: LayerName) => T): Record<LayerName, T> {
  return { base: make('base'), delta: make('delta') };
}

/** What is in build/base and build/delta. */
export const trees = perLayer((name) =>
  fact<Tree>(`${name}.tree`, {
    what: `build/${name}`,
    from: `02-filesystems/${name}`,
    read: async (look) =>
      (await look.exists('build', name))
        ? readTree(look.path('build', name), { derivations: look.host.derivations })
        : undefined,
    show: (tree) => `${tree.entries.length - 1} entries`,
  }),
);

/** @throws TourError if the file is there and is no archive */
async function readTar(look: Look, ...parts: string[]): Promise<Layer | undefined> {
  try {
    return await look.derived('layer', (bytes) => readLayer([bytes], { keep: 4096 }), ...parts);
  } catch (error) {
    if (!(error instanceof BadLayer)) throw error;
    throw new TourError(`${parts.join('/')}: ${error.message}`, { cause: error });
  }
}

/** The hash and the size of a file's bytes. */
export function measured(look: Look, ...parts: string[]) {
  return look.derived(
    'digest',
    (bytes) => ({ digest: sha256(bytes), size: bytes.length }),
    ...parts,
  );
}

/** A tar elsewhere in the working directory, read anew each time. */
export function tarAt(...parts: [string, ...string[]]) {
  return fact<Layer>(`tar ${parts.join('/')}`, {
    what: parts.join('/'),
    from: 'the step before',
    read: (look) => readTar(look, ...parts),
    show: ({ diffId }) => brief(diffId),
  });
}

/** The two tars. Their hash comes from the raw bytes, their entries from the archive. */
export const tars = perLayer((name) =>
  fact<Layer>(`${name}.tar`, {
    what: `${name}-layer.tar`,
    from: '03-layers/tar',
    read: (look) => readTar(look, `${name}-layer.tar`),
    show: ({ entries }) => `${entries.length} entries`,
  }),
);

/** What the delta says "config.txt is gone" with: in the tree, and in the tar. */
export const whiteouts = {
  tree: whiteoutIn('tree', trees.delta),
  tar: whiteoutIn('tar', tars.delta),
};

function whiteoutIn<T extends { readonly entries: readonly LayerEntry[] }>(
  id: string,
  holder: Fact<T>,
) {
  return fact<LayerEntry>(`whiteout.${id}`, {
    what: `the whiteout in ${holder.what}`,
    from: holder.from,
    read: async (look) =>
      (await look.get(holder))?.entries.find(({ path }) => path === 'data/.wh.config.txt'),
    show: (entry) => {
      const form = whiteoutFormOf(entry);
      return form === undefined ? `no whiteout, but a ${entry.kind}` : whiteoutInWords[form];
    },
  });
}

export const diffIds = perLayer((name) =>
  fact<Digest>(`${name}.diffid`, {
    what: `the DiffID of ${name}`,
    from: '03-layers/tar',
    variable: `${name.toUpperCase()}_DIFFID`,
    read: async (look) => (await look.get(tars[name]))?.diffId,
    show: brief,
  }),
);

/** The compressed layers: what the manifest points at. */
export const blobs = perLayer((name) =>
  fact<{ digest: Digest; size: number }>(`${name}.blob`, {
    what: `${name}-layer.tar.gz`,
    from: '03-layers/gzip',
    read: (look) => measured(look, `${name}-layer.tar.gz`),
    show: ({ digest }) => brief(digest),
  }),
);

export const digests = perLayer((name) =>
  fact<Digest>(`${name}.digest`, {
    what: `the Digest of ${name}`,
    from: '03-layers/gzip',
    variable: `${name.toUpperCase()}_DIGEST`,
    read: async (look) => (await look.get(blobs[name]))?.digest,
    show: brief,
  }),
);

export const sizes = perLayer((name) =>
  fact<number>(`${name}.size`, {
    what: `the size of ${name}'s blob`,
    from: '03-layers/gzip',
    variable: `${name.toUpperCase()}_SIZE`,
    read: async (look) => (await look.get(blobs[name]))?.size,
  }),
);

// --- the layout ------------------------------------------------------------------------------

/** A file under blobs/sha256, by what it is called and by what it hashes to. */
export interface StoredBlob {
  readonly name: string;
  readonly digest: Digest;
  readonly size: number;
  /** What it says, if it is a small JSON document. */
  readonly json: unknown;
  /** Its text, if it is a small one, JSON or not. */
  readonly text?: string;
  readonly modified: number;
}

const documentLimit = 64 * 1024;

async function readBlob(look: Look, name: string): Promise<StoredBlob[]> {
  const parts = ['oci', 'blobs', 'sha256', name];
  const status = statSync(look.path(...parts));
  if (!status.isFile()) return [];
  const found = await look.derived(
    'blob',
    (bytes) => {
      const parsed = bytes.length <= documentLimit ? parseJson(bytes) : undefined;
      const json = parsed?.ok === true ? parsed.value : undefined;
      const isText = parsed !== undefined && !bytes.includes(0);
      return {
        digest: sha256(bytes),
        size: bytes.length,
        json,
        ...(isText ? { text: bytes.toString() } : {}),
      };
    },
    ...parts,
  );
  return found === undefined ? [] : [{ name, modified: status.mtimeMs, ...found }];
}

export const storedBlobs = fact<StoredBlob[]>('layout.blobs', {
  what: 'oci/blobs/sha256',
  from: '04-layout/marker',
  read: async (look) => {
    if (!(await look.exists('oci', 'blobs', 'sha256'))) return undefined;
    const names = readdirSync(look.path('oci', 'blobs', 'sha256')).sort();
    return (await Promise.all(names.map((name) => readBlob(look, name)))).flat();
  },
  show: (all) => `${all.length} blobs`,
});

/** A document of the layout, with the bytes' own digest and size. */
export interface Stored<T> {
  readonly blob: StoredBlob;
  readonly value: Partial<T>;
}

function hasKeys(json: unknown, ...keys: string[]): boolean {
  return isObject(json) && keys.some((key) => key in json);
}

type Json = Record<string, unknown>;

const isObject = (json: unknown): json is Json => typeof json === 'object' && json !== null;
const objectOr = (json: unknown): Json | undefined => (isObject(json) ? json : undefined);
const descriptorOr = (json: unknown): Json | undefined => {
  const object = objectOr(json);
  return (
    object && { ...object, digest: typeof object.digest === 'string' ? object.digest : undefined }
  );
};
const descriptorsOf = (json: unknown): Json[] =>
  (Array.isArray(json) ? json : []).map((each) => descriptorOr(each) ?? {});

/*
 * Anybody may have written these: where a list or an object should be, there can be anything. What is
 * none reads as missing, so that whoever asks need not ask what it is.
 */

function asConfig(json: Json): Json {
  const rootfs = objectOr(json.rootfs);
  const ids = Array.isArray(rootfs?.diff_ids) ? rootfs.diff_ids.map(String) : [];
  return {
    ...json,
    rootfs: rootfs && { ...rootfs, diff_ids: ids },
    config: objectOr(json.config),
  };
}

function asManifest(json: Json): Json {
  const { config, layers } = json;
  return { ...json, config: descriptorOr(config), layers: descriptorsOf(layers) };
}

function asIndex(json: Json): Json {
  return { ...json, manifests: descriptorsOf(json.manifests) };
}

/** The newest document of a kind; one that says what it should goes before a newer one. */
function choose<T>(
  all: readonly StoredBlob[],
  isKind: (json: unknown) => boolean,
  read: (json: Json) => Json,
  isRight: (value: Partial<T>) => boolean,
): Stored<T> | undefined {
  const found = all
    .filter(({ json }) => isKind(json))
    .sort((a, b) => b.modified - a.modified)
    .map((blob) => ({ blob, value: read(blob.json as Json) as Partial<T> }));
  return found.find(({ value }) => isRight(value)) ?? found[0];
}

/** The config: the blob that speaks of a root file system. */
export const config = fact<Stored<ImageConfig>>('config', {
  what: 'the config',
  from: '04-layout/config',
  read: async (look) => {
    const right = [await look.get(diffIds.base), await look.get(diffIds.delta)].join();
    return choose<ImageConfig>(
      (await look.get(storedBlobs)) ?? [],
      (json) => hasKeys(json, 'rootfs', 'architecture'),
      asConfig,
      ({ rootfs }) => String(rootfs?.diff_ids) === right,
    );
  },
  show: ({ blob }) => brief(blob.digest),
});

/** The manifest: the blob that lists layers. */
export const manifest = fact<Stored<Manifest>>('manifest', {
  what: 'the manifest',
  from: '04-layout/manifest',
  read: async (look) => {
    const right = (await look.get(config))?.blob.digest;
    return choose<Manifest>(
      (await look.get(storedBlobs)) ?? [],
      (json) => hasKeys(json, 'layers'),
      asManifest,
      (value) => value.config?.digest === right,
    );
  },
  show: ({ blob }) => brief(blob.digest),
});

function blobDigest(of: typeof config | typeof manifest, variable: string) {
  return fact<Digest>(`${of.id}.digest`, {
    what: `the digest of ${of.what}`,
    from: of.from,
    variable: `${variable}_DIGEST`,
    read: async (look) => (await look.get(of as typeof config))?.blob.digest,
    show: brief,
  });
}

function blobSize(of: typeof config | typeof manifest, variable: string) {
  return fact<number>(`${of.id}.size`, {
    what: `the size of ${of.what}`,
    from: of.from,
    variable: `${variable}_SIZE`,
    read: async (look) => (await look.get(of as typeof config))?.blob.size,
  });
}

export const configDigest = blobDigest(config, 'CONFIG');
export const configSize = blobSize(config, 'CONFIG');
export const manifestDigest = blobDigest(manifest, 'MANIFEST');
export const manifestSize = blobSize(manifest, 'MANIFEST');

export const index = fact<Partial<Index>>('index', {
  what: 'index.json',
  from: '04-layout/index',
  read: async (look) => {
    const bytes = await look.file('oci', 'index.json');
    const parsed = bytes && parseJson(bytes);
    return parsed?.ok === true && isObject(parsed.value)
      ? (asIndex(parsed.value) as Partial<Index>)
      : undefined;
  },
  show: () => 'index.json',
});

// --- containerd ------------------------------------------------------------------------------

/** What the snapshots are called: the first DiffID, then a hash over the chain so far. */
export const chain = fact<Digest[]>('chain', {
  what: 'the chain IDs',
  from: '03-layers/tar',
  read: async (look) => {
    const base = await look.get(diffIds.base);
    const delta = await look.get(diffIds.delta);
    return base === undefined || delta === undefined ? undefined : chainIds([base, delta]);
  },
  show: (ids) => ids.map(brief).join(' '),
});

export const topChainId = fact<Digest>('chain.top', {
  what: 'the chain ID of both layers together',
  from: '03-layers/tar',
  variable: 'CHAIN_ID',
  read: async (look) => (await look.get(chain))?.[1],
  show: brief,
});

/** The directories of the two snapshots, as containerd names them, bottom first. */
const snapshotMount = fact<SnapshotMount>('snapshots.mount', {
  what: 'the snapshots of both layers',
  from: '05-import/import',
  read: async (look) => {
    const top = await look.get(topChainId);
    if (top === undefined) return undefined;
    const found = await (await look.containerd()).layersOf(top);
    return found?.lower.length === 2 ? found : undefined;
  },
  show: ({ lower }) => lower.join(' '),
});

export const snapshotDirs = perLayer((name) =>
  fact<string>(`${name}.snapshot`, {
    what: `the snapshot directory of ${name}`,
    from: '05-import/import',
    variable: `${name.toUpperCase()}_SNAPSHOT`,
    read: async (look) => (await look.get(snapshotMount))?.lower[layerNames.indexOf(name)],
    // The path is long, and what tells two of them apart is its end.
    show: (path) => path.split('/').slice(-3).join('/'),
  }),
);

export const snapshotsRoot = fact<string>('snapshots.root', {
  what: 'the directory of all snapshots',
  from: '05-import/import',
  variable: 'SNAPSHOTS_ROOT',
  read: async (look) => {
    const directory = await look.get(snapshotDirs.base);
    return directory === undefined ? undefined : dirname(dirname(directory));
  },
});

/** All snapshots of the namespace. */
export const snapshotList = fact<Snapshot[]>('snapshots.list', {
  what: 'the list of snapshots',
  from: '05-import/import',
  read: async (look) => (await look.containerd()).snapshots(),
  show: (all) => `${all.length} snapshots`,
});

/** What each snapshot holds on disk. */
export const snapshotTrees = perLayer((name) =>
  fact<Tree>(`${name}.snapshot.tree`, {
    what: `the snapshot of ${name}`,
    from: '05-import/import',
    read: async (look) => {
      const directory = await look.get(snapshotDirs[name]);
      return directory === undefined ? undefined : (await look.containerd()).tree(directory);
    },
    show: (tree) => `${tree.entries.length - 1} entries`,
  }),
);

// --- the container ---------------------------------------------------------------------------

/** The running container's task; not known once it has ended. */
export const task = fact<Task>('task', {
  what: 'the running container',
  from: '08-run/start',
  read: async (look) => (await look.containerd()).running(containerName),
  show: ({ pid }) => `process ${pid}`,
});

/** The directories of the container's own root. */
export const containerMount = fact<SnapshotMount>('container.mount', {
  what: "the container's snapshot",
  from: '08-run/start',
  read: async (look) => (await look.containerd()).activeMount(containerName),
  show: ({ upper = '' }) => upper.split('/').slice(-3).join('/'),
});

export const upperdir = fact<string>('container.upper', {
  what: "the container's upperdir",
  from: '08-run/start',
  variable: 'UPPERDIR',
  read: async (look) => (await look.get(containerMount))?.upper,
  show: (path) => path.split('/').slice(-3).join('/'),
});

/** Everything that has a name in the learner's shells, in the order in which it comes about. */
export const variables: readonly AnyFact[] = [
  workdir,
  namespace,
  busybox,
  architecture,
  diffIds.base,
  diffIds.delta,
  digests.base,
  digests.delta,
  sizes.base,
  sizes.delta,
  configDigest,
  configSize,
  manifestDigest,
  manifestSize,
  topChainId,
  snapshotsRoot,
  snapshotDirs.base,
  snapshotDirs.delta,
  upperdir,
  mountTable,
  controlGroup,
];
