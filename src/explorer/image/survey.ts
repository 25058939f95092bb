import { parseDigest } from '../../oci/digest-grammar.ts';
import { type Descriptor, isConfigType, isIndexType, isManifestType } from '../../oci/documents.ts';
import { fileFormatOf } from '../../oci/file-format.ts';
import { kindText, type LayoutFiles } from '../../oci/layout/layout-files.ts';
import { readHead } from '../../oci/layout/read-head.ts';
import { blobPath } from '../../oci/verify/blobs.ts';
import { asDescriptor } from '../../oci/verify/descriptor.ts';
import { isLayerType } from '../../oci/verify/layer-blob.ts';
import { isObject } from '../../oci/verify/shape.ts';
import { type JsonLine, jsonLines } from './json-lines.ts';

/** The kind of a file in a layout. */
type ItemKind = 'header' | 'index' | 'manifest' | 'config' | 'layer' | 'other';

/** A file of a layout, present or missing. */
export interface LayoutItem {
  /** In the layout. */
  readonly path: string;
  readonly kind: ItemKind;
  /** Its digest, from its name. */
  readonly digest: string | undefined;
  /** The media type in the descriptor that refers to it; `undefined` without one. */
  readonly mediaType: string | undefined;
  /** Bytes; `undefined` if it is no regular file. */
  readonly size: number | undefined;
  /** What is wrong, in a few words. */
  readonly damage: string | undefined;
  /** Laid out, if it is JSON. */
  readonly json: readonly JsonLine[] | undefined;
  /** What it refers to. */
  readonly parts: readonly ItemPart[];
  /** In a config: the DiffIDs of the layers that it lists. */
  readonly diffIds: readonly string[];
}

/** Something that a document refers to, in the document's order. */
interface ItemPart {
  readonly label: string;
  /** A platform or a name, if it says more than the label. */
  readonly note: string | undefined;
  readonly path: string;
}

/** The layers of one manifest. */
export interface SurveyedImage {
  /** The manifest. */
  readonly path: string;
  readonly config: string | undefined;
  /** Bottom first. */
  readonly layers: readonly string[];
}

/** The contents of a layout, even a half-built one. */
export interface Survey {
  readonly items: ReadonlyMap<string, LayoutItem>;
  /** `oci-layout` and `index.json`, present or missing. */
  readonly roots: readonly string[];
  /** Unreferenced blobs. */
  readonly loose: readonly string[];
  /** By manifest. */
  readonly images: ReadonlyMap<string, SurveyedImage>;
  /** The first image that something belongs to, by the item's path. */
  readonly owners: ReadonlyMap<string, string>;
  /** What is wrong with the archive, and what was left out. */
  readonly remarks: readonly string[];
}

/** Hostile layouts have no end of documents. */
const maxItems = 5000;
const maxUnreferenced = 1000;
const maxDocumentBytes = 16 * 1024 * 1024;
const maxDocumentBytesTogether = 64 * 1024 * 1024;
const maxRemarks = 20;

/**
 * Finds out what a layout contains, without hashing anything or opening layers. Missing and damaged files
 * are included, with what is wrong.
 */
export async function surveyLayout(files: LayoutFiles): Promise<Survey> {
  return await new Surveyor(files).survey();
}

class Surveyor {
  readonly #files: LayoutFiles;
  readonly #things = new Map<string, LayoutItem>();
  readonly #remarks: string[] = [];
  #bytesLeft = maxDocumentBytesTogether;

  constructor(files: LayoutFiles) {
    this.#files = files;
  }

  async survey(): Promise<Survey> {
    await this.#add({ path: 'oci-layout', kind: 'header' });
    await this.#walk({ path: 'index.json', kind: 'index' });
    const loose: string[] = [];
    for (const path of await this.#blobs()) {
      if (this.#things.has(path)) continue;
      if (loose.length >= maxUnreferenced) {
        this.#remarks.push(`more than ${maxUnreferenced} blobs that nothing leads to`);
        break;
      }
      loose.push(path);
      await this.#walk({ path, kind: undefined });
    }
    const items = this.#things;
    const led = new Set([...items.values()].flatMap(({ parts }) => parts.map(({ path }) => path)));
    const faults = this.#files.violations.map(({ expected, actual }) => `${expected}: ${actual}`);
    const images = [...items.values()].flatMap((item) => imageOf(item, items) ?? []);
    const owners = new Map<string, string>();
    for (const { path, config, layers } of images.toReversed()) {
      for (const each of [path, ...(config === undefined ? [] : [config]), ...layers]) {
        owners.set(each, path);
      }
    }
    return {
      items,
      roots: ['oci-layout', 'index.json'],
      loose: loose.filter((path) => !led.has(path)),
      images: new Map(images.map((image) => [image.path, image])),
      owners,
      remarks: [...faults, ...this.#remarks].slice(0, maxRemarks),
    };
  }

  async #blobs(): Promise<string[]> {
    const paths: string[] = [];
    for (const algorithm of await this.#files.list('blobs')) {
      const names = await this.#files.list(`blobs/${algorithm}`);
      for (const name of names) paths.push(`blobs/${algorithm}/${name}`);
    }
    return paths;
  }

  /** Adds an item and everything it refers to. */
  async #walk(first: Reference): Promise<void> {
    const queue = [first];
    for (const reference of queue) {
      if (this.#things.has(reference.path)) continue;
      if (this.#things.size >= maxItems) {
        this.#remarks.push(`more than ${maxItems} documents and layers`);
        return;
      }
      for (const further of await this.#add(reference)) queue.push(further);
    }
  }

  async #add({ path, kind, descriptor }: Reference): Promise<readonly Reference[]> {
    const found = await this.#files.stat(path);
    const size = found?.kind === 'file' ? found.size : undefined;
    const digest = digestOf(path);
    const base = { path, digest, size, mediaType: descriptor?.mediaType };
    const bare = { ...base, kind: kind ?? 'other', json: undefined, parts: [], diffIds: [] };
    if (size === undefined) {
      const damage = found === undefined ? 'not there' : `${kindText(found)}, no file`;
      this.#things.set(path, { ...bare, damage });
      return [];
    }
    const wrongName = digest === undefined && path.startsWith('blobs/');
    const isOther = descriptor !== undefined && descriptor.size !== size;
    const damage = wrongName
      ? 'its name is no digest'
      : isOther
        ? `${size} bytes, and its descriptor says ${descriptor.size}`
        : undefined;
    const isDocument = kind !== 'layer' && (await this.#looksLikeJson(path, size, kind));
    const document = isDocument ? await this.#read(path, size) : undefined;
    if (typeof document !== 'object') {
      const guess = kind ?? ((await this.#looksLikeLayer(path)) ? 'layer' : 'other');
      this.#things.set(path, { ...bare, kind: guess, damage: damage ?? document });
      return [];
    }
    const taken = kind ?? kindOf(document.value);
    const { references, parts, unfollowed } = referencesIn(document.value, taken);
    const lost = unfollowed === 0 ? undefined : `${unfollowed} of its descriptors lead nowhere`;
    this.#things.set(path, {
      ...base,
      kind: taken,
      damage: damage ?? lost,
      json: jsonLines(document.text),
      parts,
      diffIds: taken === 'config' ? diffIdsIn(document.value) : [],
    });
    return references;
  }

  async #looksLikeJson(path: string, size: number, kind: ItemKind | undefined) {
    if (kind !== undefined && kind !== 'other') return true;
    if (size > maxDocumentBytes) return false;
    return /^\s*[{[]/.test((await this.#head(path, 64)).toString('latin1'));
  }

  async #looksLikeLayer(path: string): Promise<boolean> {
    const format = fileFormatOf(await this.#head(path, 512));
    return format === 'tar' || format === 'gzip' || format === 'zstd';
  }

  async #head(path: string, length: number): Promise<Buffer> {
    return await readHead(this.#files, path, length);
  }

  /** The parsed document, or why it can't be read. */
  async #read(path: string, size: number): Promise<{ value: unknown; text: string } | string> {
    if (size > maxDocumentBytes) return `too long to be read: ${size} bytes`;
    if (size > this.#bytesLeft) return 'not read: the documents together are too long';
    this.#bytesLeft -= size;
    const bytes = await readHead(this.#files, path, size);
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      return { value: JSON.parse(text), text };
    } catch (error) {
      return error instanceof SyntaxError ? 'no JSON' : 'not in UTF-8';
    }
  }
}

interface Reference {
  readonly path: string;
  /** The kind by its media type; `undefined` if it has to be guessed from the content. */
  readonly kind: ItemKind | undefined;
  readonly descriptor?: Descriptor;
}

/** The digest for the path of a blob. */
function digestOf(path: string): string | undefined {
  const [directory, algorithm, encoded, more] = path.split('/');
  if (directory !== 'blobs' || encoded === undefined || more !== undefined) return undefined;
  const digest = `${algorithm}:${encoded}`;
  return typeof parseDigest(digest) === 'string' ? undefined : digest;
}

/** The likely kind of an unreferenced JSON document. */
function kindOf(value: unknown): ItemKind {
  if (!isObject(value)) return 'other';
  if (Array.isArray(value.manifests)) return 'index';
  if (Array.isArray(value.layers) && isObject(value.config)) return 'manifest';
  return isObject(value.rootfs) ? 'config' : 'other';
}

function referencesIn(value: unknown, kind: ItemKind) {
  const references: Reference[] = [];
  const parts: ItemPart[] = [];
  let unfollowed = 0;
  const follow = (found: unknown, label: string, as: (type: string) => ItemKind) => {
    const descriptor = asDescriptor(found);
    if (descriptor === undefined) {
      unfollowed++;
      return;
    }
    const path = blobPath(descriptor.digest);
    const taken = as(descriptor.mediaType);
    references.push({ path, kind: taken, descriptor });
    parts.push({ label: label === '' ? taken : label, note: noteOf(found, descriptor), path });
  };
  if (isObject(value) && kind === 'index' && Array.isArray(value.manifests)) {
    for (const found of value.manifests) follow(found, '', documentKind);
  }
  if (isObject(value) && kind === 'manifest') {
    if (value.config !== undefined) follow(value.config, 'config', configKind);
    const layers = Array.isArray(value.layers) ? value.layers : [];
    for (const [position, found] of layers.entries()) {
      follow(found, `layer ${position}`, layerKind);
    }
  }
  return { references, parts, unfollowed };
}

function documentKind(mediaType: string): ItemKind {
  if (isIndexType(mediaType)) return 'index';
  return isManifestType(mediaType) ? 'manifest' : 'other';
}

function configKind(mediaType: string): ItemKind {
  return isConfigType(mediaType) ? 'config' : 'other';
}

function layerKind(mediaType: string): ItemKind {
  return isLayerType(mediaType) ? 'layer' : 'other';
}

function noteOf(found: unknown, { platform }: Descriptor): string | undefined {
  const annotations = isObject(found) && isObject(found.annotations) ? found.annotations : {};
  const name = annotations['org.opencontainers.image.ref.name'];
  const parts = [
    ...(typeof name === 'string' ? [name] : []),
    ...(platform === undefined
      ? []
      : [[platform.os, platform.architecture, platform.variant].filter(Boolean).join('/')]),
  ];
  return parts.length === 0 ? undefined : parts.join('  ');
}

function diffIdsIn(value: unknown): string[] {
  const rootfs = isObject(value) && isObject(value.rootfs) ? value.rootfs : {};
  return Array.isArray(rootfs.diff_ids) ? rootfs.diff_ids.map(String) : [];
}

function imageOf(
  { kind, path, parts, json }: LayoutItem,
  things: ReadonlyMap<string, LayoutItem>,
): SurveyedImage | undefined {
  if (kind !== 'manifest' || json === undefined) return undefined;
  const layers = parts
    .filter(({ label }) => label.startsWith('layer '))
    .filter((part) => things.get(part.path)?.kind === 'layer');
  const config = parts.find(({ label }) => label === 'config');
  return { path, config: config?.path, layers: layers.map((part) => part.path) };
}
