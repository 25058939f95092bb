import { architectureOfKernel, isGoArchitecture } from '../architecture.ts';
import { decompressed } from '../compression.ts';
import { hashOf } from '../digest-grammar.ts';
import {
  type Descriptor,
  isAttestation,
  isConfigType,
  isIndexType,
  isManifestType,
  mediaTypes,
  platformText,
} from '../documents.ts';
import type { LayerEntry } from '../layer-entry.ts';
import type { LayoutFiles } from '../layout/layout-files.ts';
import { tarEntries } from '../tar-entries.ts';
import type { Blob, Blobs } from './blobs.ts';
import { config } from './config.ts';
import { asDescriptor, embeddedContent } from './descriptor.ts';
import { readJsonDocument } from './json-document.ts';
import {
  checkCompression,
  isLayerType,
  type LayerFacts,
  maxStackedEntries,
  verifyLayer,
} from './layer-blob.ts';
import { index, manifest } from './manifest.ts';
import { isObject } from './shape.ts';
import { type StackedLayer, verifyStack } from './stack.ts';
import {
  type ImageStatus,
  type Location,
  member,
  report,
  show,
  type Violations,
} from './violations.ts';

/** Layers that may have to stay where they come from (layer.md "Non-Distributable Layers"). */
const nondistributableTypes: readonly string[] = [
  mediaTypes.nondistributable,
  mediaTypes.nondistributableGzip,
  mediaTypes.nondistributableZstd,
  mediaTypes.dockerForeign,
  mediaTypes.dockerForeignTar,
];

/** Hostile indexes have no end of them. */
const maxImages = 1000;

/** A descriptor and where it stands. */
interface Reference {
  readonly descriptor: Descriptor;
  readonly location: Location;
  /** A `subject`: it may be elsewhere. */
  readonly isWeak?: true;
  /** What it is part of, in words, where that can be told. */
  readonly of?: string;
}

/** What a manifest was found to be. */
interface ManifestFacts {
  /** Of an image; an artifact has none. */
  readonly config: ConfigFacts | undefined;
  /** Whether all that it names is there and is what its digest says. */
  readonly isWhole: boolean;
}

/** A layer of an image, as far as it could be read. */
interface FoundLayer {
  readonly blob: Blob | undefined;
  readonly facts: LayerFacts | undefined;
}

/** What an image config says that others must agree with. */
interface ConfigFacts {
  readonly platform: Readonly<Record<string, unknown>>;
  /** `undefined` if there is no such array. */
  readonly diffIds: readonly unknown[] | undefined;
  readonly history: readonly unknown[] | undefined;
  readonly location: Location;
}

/**
 * The graph that descriptors span, walked from an index.
 *
 * A document is read only if its bytes are those its digest names, so no walk comes back to where it
 * was; digests that cannot be checked could, so each document is walked once.
 */
export class Graph {
  readonly #files: LayoutFiles;
  readonly #blobs: Blobs;
  readonly #findings: Violations;
  readonly #queue: Reference[] = [];
  /** By digest and media type: what a manifest is, `undefined` of all else. */
  readonly #walked = new Map<string, ManifestFacts | undefined>();
  readonly #configs = new Map<string, Promise<ConfigFacts | undefined>>();
  readonly #layers = new Map<string, LayerFacts>();
  /** Of layers by path, as long as there are few enough of them. */
  readonly #entries = new Map<string, readonly LayerEntry[]>();

  constructor(files: LayoutFiles, blobs: Blobs, violations: Violations) {
    this.#files = files;
    this.#blobs = blobs;
    this.#findings = violations;
  }

  /** @param root the value of `index.json` */
  async walk(root: unknown): Promise<void> {
    this.#walkIndex(root, mediaTypes.index, this.#findings.in('index.json'));
    // The queue grows while it is walked.
    for (const reference of this.#queue) await this.#walkDocument(reference);
  }

  async #walkDocument(reference: Reference): Promise<void> {
    const { descriptor, isWeak } = reference;
    const { mediaType, digest, platform } = descriptor;
    const isImage = isManifestType(mediaType) && !isAttestation(descriptor) && !isWeak;
    const of = platform === undefined ? undefined : `the image for ${platformText(platform)}`;
    const blob = await this.#resolve({ ...reference, ...(of === undefined ? {} : { of }) });
    if (blob === undefined) {
      if (isImage) this.#seeImage(descriptor, 'absent');
      return;
    }
    const key = `${digest} ${mediaType}`;
    if (!this.#walked.has(key)) {
      this.#walked.set(key, undefined);
      if (isIndexType(mediaType)) {
        this.#walkIndex(await this.#read(blob), mediaType, this.#findings.in(blob.path));
      } else if (isManifestType(mediaType)) {
        this.#walked.set(key, await this.#walkManifest(blob, mediaType, of));
      }
    }
    const facts = this.#walked.get(key);
    if (platform !== undefined) checkPlatform(platform, facts?.config, reference.location);
    if (isImage && facts !== undefined && (facts.config !== undefined || !facts.isWhole)) {
      this.#seeImage(descriptor, facts.isWhole ? 'whole' : 'incomplete');
    }
  }

  #seeImage({ digest, platform }: Descriptor, status: ImageStatus['status']): void {
    const { images } = this.#findings;
    if (images.length >= maxImages || images.some((image) => image.digest === digest)) return;
    images.push({ digest, platform: platform && platformText(platform), status });
  }

  #walkIndex(value: unknown, mediaType: string, location: Location): void {
    if (value === undefined) return;
    index(mediaType)(value, location);
    if (!isObject(value)) return;
    this.#queue.push(...references(value.manifests, member(location, 'manifests')));
    this.#queueSubject(value, location);
  }

  async #walkManifest(
    blob: Blob,
    mediaType: string,
    of: string | undefined,
  ): Promise<ManifestFacts> {
    const location = this.#findings.in(blob.path);
    const value = await this.#read(blob);
    if (value === undefined) return { config: undefined, isWhole: false };
    manifest(mediaType)(value, location);
    if (!isObject(value)) return { config: undefined, isWhole: false };
    this.#queueSubject(value, location);
    const part = (found: Reference | undefined) => {
      return found && of !== undefined ? { ...found, of: `of ${of}` } : found;
    };
    const config = part(reference(value.config, member(location, 'config')));
    const stored = config && (await this.#resolve(config));
    const facts = config && stored && (await this.#walkConfig(config, stored));
    if (config && facts) checkConfigType(mediaType, config);
    const layers: readonly unknown[] = Array.isArray(value.layers) ? value.layers : [];
    if (layers.length === 0) {
      report(member(location, 'layers'), 'manifest-no-layers', 'at least one layer', 'none');
    }
    if (facts !== undefined) checkCount(layers.length, facts);
    let isWhole = stored !== undefined && Array.isArray(value.layers);
    const found: FoundLayer[] = [];
    for (const [position, layer] of layers.entries()) {
      const layerAt = part(reference(layer, member(member(location, 'layers'), position)));
      const blob = layerAt && (await this.#resolve(layerAt));
      isWhole &&= blob !== undefined;
      // Only an image's layers are filesystems; an artifact's are whatever it wants.
      if (facts === undefined) continue;
      const read = layerAt && blob && (await this.#walkLayer(layerAt, blob, facts, position));
      isWhole &&= read === undefined || read.diffId !== undefined;
      found.push({ blob, facts: read });
    }
    if (facts !== undefined) await this.#stack(found, location);
    return { config: facts, isWhole };
  }

  async #walkConfig({ descriptor }: Reference, blob: Blob): Promise<ConfigFacts | undefined> {
    if (!isConfigType(descriptor.mediaType)) return undefined;
    const known = this.#configs.get(blob.path) ?? this.#readConfig(blob);
    this.#configs.set(blob.path, known);
    return await known;
  }

  async #readConfig(blob: Blob): Promise<ConfigFacts | undefined> {
    const location = this.#findings.in(blob.path);
    const value = await this.#read(blob);
    if (value === undefined) return undefined;
    config(value, location);
    if (!isObject(value)) return undefined;
    checkNames(value, location);
    const diffIds = isObject(value.rootfs) ? value.rootfs.diff_ids : undefined;
    const history = Array.isArray(value.history) ? value.history : undefined;
    return {
      platform: value,
      diffIds: Array.isArray(diffIds) ? diffIds : undefined,
      history,
      location,
    };
  }

  async #walkLayer(layer: Reference, blob: Blob, facts: ConfigFacts, position: number) {
    const { mediaType } = layer.descriptor;
    const expected = facts.diffIds?.[position];
    const at = member(member(member(facts.location, 'rootfs'), 'diff_ids'), position);
    const algorithm = typeof expected === 'string' ? hashOf(expected) : undefined;
    if (!isLayerType(mediaType) || (expected !== undefined && algorithm === undefined)) {
      report(at, 'diff-id-unchecked', show(expected), `a layer of ${mediaType}`);
      return undefined;
    }
    const found = await this.#layerFacts(blob, algorithm ?? 'sha256');
    checkCompression(mediaType, found.compression, layer.location);
    if (expected !== undefined && found.diffId !== undefined && found.diffId !== expected) {
      report(at, 'config-diff-id', found.diffId, show(expected));
    }
    return found;
  }

  async #layerFacts(blob: Blob, algorithm: string): Promise<LayerFacts> {
    const key = `${blob.path} ${algorithm}`;
    const known = this.#layers.get(key);
    if (known !== undefined) return known;
    const location = this.#findings.in(blob.path);
    const facts = await verifyLayer(this.#files.read(blob.path), location, algorithm);
    if (facts.entries !== undefined) this.#entries.set(blob.path, facts.entries);
    // The entries are forgotten when there are too many, and these facts are not.
    this.#layers.set(key, { ...facts, entries: undefined });
    return facts;
  }

  /** Lays the layers of an image upon each other. */
  async #stack(layers: readonly FoundLayer[], manifest: Location): Promise<void> {
    const count = layers.reduce((sum, { facts }) => sum + (facts?.count ?? 0), 0);
    if (count > maxStackedEntries) {
      const expected = `an image of at most ${maxStackedEntries} entries`;
      return report(
        manifest,
        'limit',
        expected,
        `${count}: its layers are not laid upon each other`,
      );
    }
    const named: StackedLayer[] = [];
    for (const { blob, facts } of layers) {
      const isWhole = blob !== undefined && facts?.diffId !== undefined;
      const entries = isWhole ? await this.#entriesOf(blob.path) : undefined;
      named.push({ name: blob?.path ?? '', entries });
    }
    verifyStack(named, this.#findings);
    const kept = [...this.#entries.values()].reduce((sum, { length }) => sum + length, 0);
    if (kept > maxStackedEntries) this.#entries.clear();
  }

  async #entriesOf(path: string): Promise<readonly LayerEntry[]> {
    const known = this.#entries.get(path);
    if (known !== undefined) return known;
    const entries: LayerEntry[] = [];
    for await (const { entry } of tarEntries(decompressed(this.#files.read(path)))) {
      entries.push(entry);
    }
    this.#entries.set(path, entries);
    return entries;
  }

  /** The blob of a descriptor, if it is there and is what its digest says. Reports what is not so. */
  async #resolve({ descriptor, location, isWeak, of }: Reference): Promise<Blob | undefined> {
    embeddedContent(descriptor, location);
    const blob = await this.#blobs.find(descriptor.digest);
    if (blob === undefined) {
      if (!isWeak && !isElsewhere(descriptor)) {
        const whose = of === undefined ? '' : `, ${of}`;
        const expected = `a blob ${descriptor.digest}${whose}`;
        report(location, 'blob-missing', expected, 'none in the layout');
      }
      return undefined;
    }
    // Size before hash: "Verification" wants it so.
    if (blob.size !== undefined && blob.size !== descriptor.size) {
      report(location, 'content-size', `${descriptor.size} bytes`, `${blob.size} bytes`);
    }
    return (await this.#blobs.verify(descriptor.digest)) ? blob : undefined;
  }

  async #read(blob: Blob): Promise<unknown> {
    const location = this.#findings.in(blob.path);
    return await readJsonDocument(this.#files.read(blob.path), location);
  }

  #queueSubject(document: Readonly<Record<string, unknown>>, location: Location): void {
    const subject = reference(document.subject, member(location, 'subject'));
    if (subject !== undefined) this.#queue.push({ ...subject, isWeak: true });
  }
}

function reference(value: unknown, location: Location): Reference | undefined {
  const descriptor = asDescriptor(value);
  return descriptor === undefined ? undefined : { descriptor, location };
}

function references(values: unknown, location: Location): Reference[] {
  if (!Array.isArray(values)) return [];
  return values.flatMap((value, position) => reference(value, member(location, position)) ?? []);
}

/** Whether the content need not be in the layout: it is embedded, or to be had elsewhere. */
function isElsewhere({ data, urls, mediaType }: Descriptor): boolean {
  return data !== undefined || (urls?.length ?? 0) > 0 || nondistributableTypes.includes(mediaType);
}

function checkCount(layers: number, { diffIds, history, location }: ConfigFacts): void {
  if (diffIds !== undefined && diffIds.length !== layers) {
    const at = member(member(location, 'rootfs'), 'diff_ids');
    report(at, 'config-diff-id-count', `${layers}, as many as layers`, String(diffIds.length));
  }
  const steps = history?.filter((step) => !isObject(step) || step.empty_layer !== true).length ?? 0;
  if (steps > 0 && steps !== layers) {
    const actual = `${steps}: umoci stat 0.4 ends with a panic`;
    report(
      member(location, 'history'),
      'config-history-count',
      `${layers} steps with a layer`,
      actual,
    );
  }
}

/** What runtimes make of a name that Go does not have, they make of it by luck. */
function checkNames({ architecture }: Readonly<Record<string, unknown>>, location: Location): void {
  if (typeof architecture !== 'string' || architecture === 'unknown') return;
  if (isGoArchitecture(architecture)) return;
  const meant = architectureOfKernel(architecture);
  const expected = meant === undefined ? 'a name that Go has (GOARCH)' : `${meant}, as Go names it`;
  report(member(location, 'architecture'), 'config-architecture', expected, show(architecture));
}

function checkConfigType(manifestType: string, { descriptor, location }: Reference): void {
  if (manifestType !== mediaTypes.manifest || descriptor.mediaType === mediaTypes.config) return;
  const actual = `${descriptor.mediaType}: umoci refuses it in an OCI manifest, containerd takes it`;
  report(member(location, 'mediaType'), 'config-media-type', mediaTypes.config, actual);
}

function checkPlatform(
  platform: NonNullable<Descriptor['platform']>,
  config: ConfigFacts | undefined,
  location: Location,
): void {
  if (config === undefined) return;
  for (const key of ['architecture', 'os', 'variant'] as const) {
    const [said, actual] = [platform[key], config.platform[key]];
    if (typeof said !== 'string' || typeof actual !== 'string' || said === actual) continue;
    // The name is at fault there, and told; what is meant is the same.
    if (key === 'architecture' && architectureOfKernel(actual) === said) continue;
    // Configs of images older than the variant field have none, or an empty one.
    if (key === 'variant' && (said === '' || actual === '')) continue;
    const at = member(member(location, 'platform'), key);
    report(at, 'config-platform', `${show(actual)}, as the config says`, show(said));
  }
}
