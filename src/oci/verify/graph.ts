import { hashOf } from '../digest-grammar.ts';
import {
  type Descriptor,
  isConfigType,
  isIndexType,
  isManifestType,
  MEDIA_TYPE,
} from '../documents.ts';
import type { LayoutFiles } from '../layout/layout-files.ts';
import type { Blob, Blobs } from './blobs.ts';
import { config } from './config.ts';
import { asDescriptor, embeddedContent } from './descriptor.ts';
import { type Findings, member, type Place, report, show } from './findings.ts';
import { index } from './index-document.ts';
import { readJsonDocument } from './json-document.ts';
import { checkCompression, isLayerType, type LayerFacts, verifyLayer } from './layer-blob.ts';
import { manifest } from './manifest.ts';
import { isObject } from './shape.ts';

/** Layers that may have to stay where they come from (layer.md "Non-Distributable Layers"). */
const NONDISTRIBUTABLE: readonly string[] = [
  MEDIA_TYPE.nondistributable,
  MEDIA_TYPE.nondistributableGzip,
  MEDIA_TYPE.nondistributableZstd,
];

/** A descriptor and where it stands. */
interface Reference {
  readonly descriptor: Descriptor;
  readonly place: Place;
  /** A `subject`: it may be elsewhere. */
  readonly isWeak?: true;
}

/** What an image config says that others must agree with. */
interface ConfigFacts {
  readonly platform: Readonly<Record<string, unknown>>;
  /** `undefined` if there is no such array. */
  readonly diffIds: readonly unknown[] | undefined;
  readonly place: Place;
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
  readonly #findings: Findings;
  readonly #queue: Reference[] = [];
  /** By digest and media type: the config of a manifest, `undefined` of all else. */
  readonly #walked = new Map<string, ConfigFacts | undefined>();
  readonly #configs = new Map<string, Promise<ConfigFacts | undefined>>();
  readonly #layers = new Map<string, Promise<LayerFacts>>();

  constructor(files: LayoutFiles, blobs: Blobs, findings: Findings) {
    this.#files = files;
    this.#blobs = blobs;
    this.#findings = findings;
  }

  /** @param root the value of `index.json` */
  async walk(root: unknown): Promise<void> {
    this.#walkIndex(root, MEDIA_TYPE.index, this.#findings.in('index.json'));
    // The queue grows while it is walked.
    for (const reference of this.#queue) await this.#walkDocument(reference);
  }

  async #walkDocument(reference: Reference): Promise<void> {
    const { mediaType, digest, platform } = reference.descriptor;
    const blob = await this.#resolve(reference);
    if (blob === undefined) return;
    const key = `${digest} ${mediaType}`;
    if (!this.#walked.has(key)) {
      this.#walked.set(key, undefined);
      if (isIndexType(mediaType)) {
        this.#walkIndex(await this.#read(blob), mediaType, this.#findings.in(blob.path));
      } else if (isManifestType(mediaType)) {
        this.#walked.set(key, await this.#walkManifest(blob, mediaType));
      }
    }
    if (platform !== undefined) checkPlatform(platform, this.#walked.get(key), reference.place);
  }

  #walkIndex(value: unknown, mediaType: string, place: Place): void {
    if (value === undefined) return;
    index(mediaType)(value, place);
    if (!isObject(value)) return;
    this.#queue.push(...references(value.manifests, member(place, 'manifests')));
    this.#queueSubject(value, place);
  }

  async #walkManifest(blob: Blob, mediaType: string): Promise<ConfigFacts | undefined> {
    const place = this.#findings.in(blob.path);
    const value = await this.#read(blob);
    if (value === undefined) return undefined;
    manifest(mediaType)(value, place);
    if (!isObject(value)) return undefined;
    this.#queueSubject(value, place);
    const facts = await this.#walkConfig(reference(value.config, member(place, 'config')));
    const layers: readonly unknown[] = Array.isArray(value.layers) ? value.layers : [];
    if (layers.length === 0) {
      report(member(place, 'layers'), 'manifest-no-layers', 'at least one layer', 'none');
    }
    if (facts !== undefined) checkCount(layers.length, facts);
    for (const [position, layer] of layers.entries()) {
      const found = reference(layer, member(member(place, 'layers'), position));
      const stored = found && (await this.#resolve(found));
      // Only an image's layers are filesystems; an artifact's are whatever it wants.
      if (found && stored && facts) await this.#walkLayer(found, stored, facts, position);
    }
    return facts;
  }

  async #walkConfig(config: Reference | undefined): Promise<ConfigFacts | undefined> {
    if (config === undefined) return undefined;
    const blob = await this.#resolve(config);
    if (blob === undefined || !isConfigType(config.descriptor.mediaType)) return undefined;
    const known = this.#configs.get(blob.path) ?? this.#readConfig(blob);
    this.#configs.set(blob.path, known);
    return await known;
  }

  async #readConfig(blob: Blob): Promise<ConfigFacts | undefined> {
    const place = this.#findings.in(blob.path);
    const value = await this.#read(blob);
    if (value === undefined) return undefined;
    config(value, place);
    if (!isObject(value)) return undefined;
    const diffIds = isObject(value.rootfs) ? value.rootfs.diff_ids : undefined;
    return { platform: value, diffIds: Array.isArray(diffIds) ? diffIds : undefined, place };
  }

  async #walkLayer(layer: Reference, blob: Blob, facts: ConfigFacts, position: number) {
    const { mediaType } = layer.descriptor;
    const expected = facts.diffIds?.[position];
    const at = member(member(member(facts.place, 'rootfs'), 'diff_ids'), position);
    const algorithm = typeof expected === 'string' ? hashOf(expected) : undefined;
    if (!isLayerType(mediaType) || (expected !== undefined && algorithm === undefined)) {
      return report(at, 'diff-id-unchecked', show(expected), `a layer of ${mediaType}`);
    }
    const found = await this.#layerFacts(blob, algorithm ?? 'sha256');
    checkCompression(mediaType, found.compression, layer.place);
    if (expected === undefined || found.diffId === undefined) return;
    if (found.diffId !== expected) report(at, 'config-diff-id', found.diffId, show(expected));
  }

  async #layerFacts(blob: Blob, algorithm: string): Promise<LayerFacts> {
    const key = `${blob.path} ${algorithm}`;
    const place = this.#findings.in(blob.path);
    const known =
      this.#layers.get(key) ?? verifyLayer(this.#files.read(blob.path), place, algorithm);
    this.#layers.set(key, known);
    return await known;
  }

  /** The blob of a descriptor, if it is there and is what its digest says. Reports what is not so. */
  async #resolve({ descriptor, place, isWeak }: Reference): Promise<Blob | undefined> {
    embeddedContent(descriptor, place);
    const blob = await this.#blobs.find(descriptor.digest);
    if (blob === undefined) {
      if (!isWeak && !isElsewhere(descriptor)) {
        report(place, 'blob-missing', `a blob ${descriptor.digest}`, 'none in the layout');
      }
      return undefined;
    }
    // Size before hash: "Verification" wants it so.
    if (blob.size !== undefined && blob.size !== descriptor.size) {
      report(place, 'content-size', `${descriptor.size} bytes`, `${blob.size} bytes`);
    }
    return (await this.#blobs.verify(descriptor.digest)) ? blob : undefined;
  }

  async #read(blob: Blob): Promise<unknown> {
    const place = this.#findings.in(blob.path);
    return await readJsonDocument(this.#files.read(blob.path), place);
  }

  #queueSubject(document: Readonly<Record<string, unknown>>, place: Place): void {
    const subject = reference(document.subject, member(place, 'subject'));
    if (subject !== undefined) this.#queue.push({ ...subject, isWeak: true });
  }
}

function reference(value: unknown, place: Place): Reference | undefined {
  const descriptor = asDescriptor(value);
  return descriptor === undefined ? undefined : { descriptor, place };
}

function references(values: unknown, place: Place): Reference[] {
  if (!Array.isArray(values)) return [];
  return values.flatMap((value, position) => reference(value, member(place, position)) ?? []);
}

/** Whether the content need not be in the layout: it is embedded, or to be had elsewhere. */
function isElsewhere({ data, urls, mediaType }: Descriptor): boolean {
  return data !== undefined || (urls?.length ?? 0) > 0 || NONDISTRIBUTABLE.includes(mediaType);
}

function checkCount(layers: number, { diffIds, place }: ConfigFacts): void {
  if (diffIds === undefined || diffIds.length === layers) return;
  const at = member(member(place, 'rootfs'), 'diff_ids');
  report(at, 'config-diff-id-count', `${layers}, as many as layers`, String(diffIds.length));
}

function checkPlatform(
  platform: NonNullable<Descriptor['platform']>,
  config: ConfigFacts | undefined,
  place: Place,
): void {
  if (config === undefined) return;
  for (const key of ['architecture', 'os', 'variant'] as const) {
    const [said, actual] = [platform[key], config.platform[key]];
    if (typeof said !== 'string' || typeof actual !== 'string' || said === actual) continue;
    // Configs of images older than the variant field have none, or an empty one.
    if (key === 'variant' && (said === '' || actual === '')) continue;
    const at = member(member(place, 'platform'), key);
    report(at, 'config-platform', `${show(actual)}, as the config says`, show(said));
  }
}
