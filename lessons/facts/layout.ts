import { type Dirent, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isAnswerOfMachine } from '../../src/engine/diagnosis.ts';
import { type AnyFact, fact } from '../../src/engine/fact.ts';
import type { Observation, Query } from '../../src/engine/observation.ts';
import { failedWith } from '../../src/errors.ts';
import { type Digest, sha256 } from '../../src/oci/digest.ts';
import { type ImageConfig, type Index, type Manifest, parseJson } from '../../src/oci/documents.ts';
import type { LayerEntry } from '../../src/oci/layer-entry.ts';
import { LayoutDirectory } from '../../src/oci/layout/layout-directory.ts';
import { isObject } from '../../src/oci/verify/shape.ts';
import { verifyLayout } from '../../src/oci/verify/verify-layout.ts';
import type { Violations } from '../../src/oci/verify/violations.ts';
import { brief, diffIds, digests, digestVariable, measured, tarAt } from './layers.ts';

/** A file in blobs/sha256: its name, and the hash of its bytes. */
export interface StoredBlob {
  readonly name: string;
  readonly digest: Digest;
  readonly size: number;
  /** Its value, if it's a small JSON document. */
  readonly json: unknown;
  /** Its text, if it's small and not binary, JSON or not. */
  readonly text?: string;
  readonly modified: number;
}

const documentLimit = 64 * 1024;

async function readBlob(observation: Observation, name: string): Promise<StoredBlob[]> {
  const parts = ['oci', 'blobs', 'sha256', name];
  // A symlink is no blob: `tar` would pack the link, and no reader of a layout follows one.
  const status = lstatSync(observation.path(...parts));
  if (!status.isFile()) return [];
  const found = await observation.derive(
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
  from: '04-layout/layers',
  read: async (observation) => {
    if (!(await observation.exists('oci', 'blobs', 'sha256'))) return undefined;
    const names = readdirSync(observation.path('oci', 'blobs', 'sha256')).sort();
    return (await Promise.all(names.map((name) => readBlob(observation, name)))).flat();
  },
  show: (all) => `${all.length} blobs`,
});

/** What stands in oci/blobs/sha256 in place of a blob: the names of symlinks, and where they point. */
export function linkedBlobs(observation: Observation): ReadonlyMap<string, string> {
  const directory = observation.path('oci', 'blobs', 'sha256');
  const found = entriesBelow(directory).filter((entry) => entry.isSymbolicLink());
  return new Map(found.map(({ name }) => [name, readlinkSync(join(directory, name))]));
}

/**
 * Everything in a directory, at any depth; nothing if it isn't there. Symlinks aren't followed, as
 * readdir's own `recursive` does from Node 24 on.
 */
export function entriesBelow(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry, ...entriesBelow(join(directory, entry.name))] : [entry],
    );
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** The regular files in oci, by their path in it, each with the hash of its bytes. */
export const layoutFiles: Query<ReadonlyMap<string, Digest>> = {
  id: 'layout.files',
  what: 'the files in oci',
  from: '04-layout/layers',
  read: async (observation) => {
    const root = observation.path('oci');
    const paths = entriesBelow(root)
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(root, join(parentPath, name)));
    const files = await Promise.all(
      paths.map(
        async (path) => [path, (await measured(observation, 'oci', path))?.digest] as const,
      ),
    );
    return new Map(
      files.flatMap(([path, digest]) => (digest === undefined ? [] : [[path, digest]])),
    );
  },
};

/** What `verify` finds in the layout. */
export const layoutViolations: Query<Violations> = {
  id: 'layout.violations',
  what: 'index.json',
  from: '04-layout/index',
  read: async (observation) =>
    (await observation.exists('oci', 'index.json'))
      ? verifyLayout(new LayoutDirectory(observation.path('oci')))
      : undefined,
};

/** A document of the layout, with the bytes' own digest and size. */
export interface StoredDocument<T> {
  readonly blob: StoredBlob;
  readonly value: Partial<T>;
}

function hasKeys(json: unknown, ...keys: string[]): boolean {
  return isObject(json) && keys.some((key) => key in json);
}

export type Json = Readonly<Record<string, unknown>>;
/** The value if it's an object. */
export const objectOf = (json: unknown): Json | undefined => (isObject(json) ? json : undefined);

const descriptorOr = (json: unknown): Json | undefined => {
  const object = objectOf(json);
  return (
    object && { ...object, digest: typeof object.digest === 'string' ? object.digest : undefined }
  );
};

const descriptorsOf = (json: unknown): Json[] =>
  (Array.isArray(json) ? json : []).map((each) => descriptorOr(each) ?? {});

/*
 * Learners write these documents, so any value can be in place of a list or an object. It reads as missing
 * then, and the checks needn't look at types.
 */

function asConfig(json: Json): Json {
  const rootfs = objectOf(json.rootfs);
  const ids = Array.isArray(rootfs?.diff_ids) ? rootfs.diff_ids.map(String) : [];
  return {
    ...json,
    rootfs: rootfs && { ...rootfs, diff_ids: ids },
    config: objectOf(json.config),
  };
}

function asManifest(json: Json): Json {
  const { config, layers } = json;
  return { ...json, config: descriptorOr(config), layers: descriptorsOf(layers) };
}

/** An index, whatever was written in its place. */
export function readIndex(json: Json): Partial<Index> {
  return { ...json, manifests: descriptorsOf(json.manifests) } as unknown as Partial<Index>;
}

/** The document of a kind: the best by `rank`, the highest first, and of those the newest. */
function choose<T>(
  all: readonly StoredBlob[],
  isKind: (json: unknown) => boolean,
  read: (json: Json) => Json,
  rank: (value: Partial<T>, blob: StoredBlob) => number,
): StoredDocument<T> | undefined {
  const [best] = all
    .filter(({ json }) => isKind(json))
    .map((blob) => ({ blob, value: read(objectOf(blob.json) ?? {}) as Partial<T> }))
    .sort(
      (a, b) => rank(b.value, b.blob) - rank(a.value, a.blob) || b.blob.modified - a.blob.modified,
    );
  return best;
}

const isConfig = (json: unknown) => hasKeys(json, 'rootfs', 'architecture');

/** Whether a blob is meant as a manifest, misspelt keys or not. */
export function isManifest(json: unknown): boolean {
  if (hasKeys(json, 'manifests') || isConfig(json)) return false;
  return (
    hasKeys(json, 'layers', 'schemaVersion') ||
    objectOf(objectOf(json)?.config)?.digest !== undefined
  );
}

/** The config: the blob with a root file system. */
export const config = fact<StoredDocument<ImageConfig>>('config', {
  what: 'the config',
  from: '04-layout/config',
  read: async (observation) => {
    const right = [
      await observation.get(diffIds.base),
      await observation.get(diffIds.delta),
    ].join();
    return choose<ImageConfig>(
      (await observation.get(storedBlobs)) ?? [],
      isConfig,
      asConfig,
      ({ rootfs }) => (String(rootfs?.diff_ids) === right ? 1 : 0),
    );
  },
  show: ({ blob }) => brief(blob.digest),
});

/** The manifest: the blob that lists layers. Of several right ones, index.json decides. */
export const manifest = fact<StoredDocument<Manifest>>('manifest', {
  what: 'the manifest',
  from: '04-layout/manifest',
  read: async (observation) => {
    const right = (await observation.get(config))?.blob.digest;
    const named = (await observation.get(index))?.manifests?.[0]?.digest;
    return choose<Manifest>(
      (await observation.get(storedBlobs)) ?? [],
      isManifest,
      asManifest,
      ({ config: descriptor }, { digest }) =>
        descriptor?.digest === right ? (digest === named ? 2 : 1) : 0,
    );
  },
  show: ({ blob }) => brief(blob.digest),
});

function blobDigest(of: typeof config | typeof manifest, variable: string) {
  return fact<Digest>(`${of.id}.digest`, {
    what: `the digest of ${of.what}`,
    from: of.from,
    variable: `${variable}_DIGEST`,
    read: async (observation) => (await observation.get(of as typeof config))?.blob.digest,
    ...digestVariable,
  });
}

function blobSize(of: typeof config | typeof manifest, variable: string) {
  return fact<number>(`${of.id}.size`, {
    what: `the size of ${of.what}`,
    from: of.from,
    variable: `${variable}_SIZE`,
    read: async (observation) => (await observation.get(of as typeof config))?.blob.size,
  });
}

export const configDigest = blobDigest(config, 'CONFIG');
export const configSize = blobSize(config, 'CONFIG');
export const manifestDigest = blobDigest(manifest, 'MANIFEST');
export const manifestSize = blobSize(manifest, 'MANIFEST');

export const index = fact<Partial<Index>>('index', {
  what: 'index.json',
  from: '04-layout/index',
  read: async (observation) => {
    const bytes = await observation.file('oci', 'index.json');
    const parsed = bytes && parseJson(bytes);
    return parsed?.ok === true && isObject(parsed.value) ? readIndex(parsed.value) : undefined;
  },
  show: () => 'index.json',
});

export const refName = 'org.opencontainers.image.ref.name';

export interface NamedDigest {
  /** The document: 'index.json', 'the manifest'. */
  readonly by: string;
  readonly digest: Digest | undefined;
  /** The blob whose bytes have this hash. */
  readonly blob: StoredBlob | undefined;
}

/** Everything that can be reached from index.json: the manifests that it names, their configs and layers. */
export function reachable(value: Partial<Index>, blobs: readonly StoredBlob[]): NamedDigest[] {
  const named = (by: string, digest: Digest | undefined): NamedDigest => ({
    by,
    digest,
    blob: blobs.find((each) => each.digest === digest),
  });
  return (value.manifests ?? []).flatMap((descriptor) => {
    const found = named('index.json', descriptor.digest);
    if (found.blob === undefined || !isManifest(found.blob.json)) return [found];
    const json = asManifest(objectOf(found.blob.json) ?? {}) as Partial<Manifest>;
    const below = [json.config, ...(json.layers ?? [])];
    return [found, ...below.map((each) => named('the manifest', each?.digest))];
  });
}

/** The digests that a document can name, by name. */
const digestFacts: readonly (readonly [string, AnyFact])[] = [
  ['the DiffID of base', diffIds.base],
  ['the DiffID of delta', diffIds.delta],
  ['the digest of base', digests.base],
  ['the digest of delta', digests.delta],
  ['the digest of the config', configDigest],
  ['the digest of the manifest', manifestDigest],
];

/** Whether a name is that of a layer's digest: 'the digest of base'. */
export const isLayerDigest = (name: string | undefined) =>
  name === 'the digest of base' || name === 'the digest of delta';

/** The learner's own digests, with their names. */
export type KnownDigests = ReadonlyMap<unknown, string>;

export async function knownDigests(observation: Observation): Promise<KnownDigests> {
  const known = await Promise.all(
    digestFacts.map(async ([name, fact]) => [await observation.get<Digest>(fact), name] as const),
  );
  return new Map(known.filter(([digest]) => digest !== undefined));
}

export const imageTar = tarAt('handroll-image.tar');

/** What is in handroll-image.tar; nothing if it isn't there or can't be read. */
export async function packedEntries(observation: Observation): Promise<readonly LayerEntry[]> {
  try {
    return (await observation.get(imageTar))?.entries ?? [];
  } catch (error) {
    if (isAnswerOfMachine(error)) return [];
    throw error;
  }
}
