import { digestStream } from '../digest.ts';
import {
  type Descriptor,
  isAttestation,
  isConfigType,
  isIndexType,
  isManifestType,
} from '../documents.ts';
import type { Foreign } from '../layout/foreign.ts';
import { imageName } from '../layout/images.ts';
import { kindText, type LayoutFiles } from '../layout/layout-files.ts';
import type { OpenedLayout } from '../layout/open-layout.ts';
import { type Blob, Blobs, blobPath } from '../verify/blobs.ts';
import { asDescriptor } from '../verify/descriptor.ts';
import { reportForeign } from '../verify/foreign.ts';
import { readJsonDocument } from '../verify/json-document.ts';
import { isLayerType } from '../verify/layer-blob.ts';
import { isObject } from '../verify/shape.ts';
import { Violations } from '../verify/violations.ts';
import { Differences } from './differences.ts';
import { DocumentPair, type JsonObject, type Judge } from './document-pair.ts';
import { compareLayers } from './layers.ts';
import { type ListedDescriptor, listed, pairByPlatform, pairLayers } from './pairing.ts';

/** The result of comparing two layouts. */
export interface Comparison {
  readonly differences: Differences;
  /** Violations in each layout, because of which it couldn't be compared in full. */
  readonly violations: Both<Violations>;
  /** The digests that each `index.json` names. */
  readonly digests: Both<readonly string[]>;
  /** The digests of the images' manifests. */
  readonly images: Both<readonly string[]>;
  /** Whether both name the same digests and have the right bytes for them. */
  readonly isSame: boolean;
}

/** Something in the first layout and its counterpart in the second. */
type Both<T> = readonly [a: T, b: T];

interface Side {
  readonly files: LayoutFiles;
  readonly foreign: Foreign | undefined;
  readonly violations: Violations;
  readonly blobs: Blobs;
}

/**
 * Finds why the images in two layouts have different digests: compares documents and then layers, from
 * `index.json` down. Checks every referenced blob against its digest.
 *
 * Memory is bounded by the documents and by how much the order of entries differs.
 */
export async function compareLayouts(a: OpenedLayout, b: OpenedLayout): Promise<Comparison> {
  const sides = [sideOf(a), sideOf(b)] as const;
  const walk = new Walk(sides);
  const { digests, images } = await walk.compareRoots();
  const { differences } = walk;
  const violations = [sides[0].violations, sides[1].violations] as const;
  const found = differences.count + differences.consequences.length;
  const isSame = found + violations[0].count + violations[1].count === 0;
  return { differences, violations, digests, images, isSame };
}

function sideOf({ files, foreign }: OpenedLayout): Side {
  const violations = new Violations();
  for (const { expected, actual } of files.violations) {
    violations.add('layout-archive', '.', expected, actual);
  }
  return { files, foreign, violations, blobs: new Blobs(files, violations) };
}

const documentKinds = [
  ['index', isIndexType],
  ['manifest', isManifestType],
  ['config', isConfigType],
  ['layer', isLayerType],
] as const;

const byValue: Judge = () => 'value';

/** The two graphs, walked side by side. */
class Walk {
  readonly differences = new Differences();
  readonly #sides: Both<Side>;
  /** Pairs of digests that were compared: digests that can't be checked could form a cycle. */
  readonly #seen = new Set<string>();

  constructor(sides: Both<Side>) {
    this.#sides = sides;
  }

  /** @returns the digests that each `index.json` names, and those of the images behind them */
  async compareRoots(): Promise<{ digests: Both<string[]>; images: Both<string[]> }> {
    const [a, b] = [await readRoot(this.#sides[0]), await readRoot(this.#sides[1])];
    const found = [
      await imagesIn(this.#sides[0], a?.value),
      await imagesIn(this.#sides[1], b?.value),
    ] as const;
    if (a !== undefined && b !== undefined && found[0].shape !== found[1].shape) {
      await this.#compareImages(found);
    } else if (a !== undefined && b !== undefined) {
      const around = { isAround: true };
      const pair = new DocumentPair(this.differences, 'index.json', [a.value, b.value], around);
      await this.#compareIndex(pair, '');
      if (a.digest !== b.digest) pair.compareBytes(a.size, b.size);
    }
    const digests = ({ images }: WrappedIndex) => images.map(({ digest }) => digest);
    return {
      digests: [digestsIn(a?.value), digestsIn(b?.value)],
      images: [digests(found[0]), digests(found[1])],
    };
  }

  /** Compares the images of indexes with different structures; the indexes' own differences become a note. */
  async #compareImages(found: Both<WrappedIndex>): Promise<void> {
    const [a, b] = [found[0].shape, found[1].shape];
    this.differences.note({ where: 'index.json', field: 'wrapping', a, b, cause: 'value' });
    const pairs = pairByPlatform(listed(found[0].images), listed(found[1].images));
    for (const [one, other] of pairs) {
      if (one?.descriptor !== undefined && other?.descriptor !== undefined) {
        const own = pairs.length === 1 ? '' : String(one.at);
        await this.#compareDescribed('manifest', [one.descriptor, other.descriptor], own);
        continue;
      }
      const says = (item: ListedDescriptor | undefined) =>
        item?.descriptor === undefined ? 'absent' : imageName(item.descriptor);
      const difference = {
        field: 'image',
        a: says(one),
        b: says(other),
        cause: 'entries',
      } as const;
      this.differences.add('index.json', difference);
    }
  }

  /** @param number the number of the index, empty for the root */
  async #compareIndex(pair: DocumentPair, number: string): Promise<void> {
    pair.compare(byValue, 'manifests');
    const pairs = pair.pairs('manifests', pairByPlatform, 'entries');
    for (const [a, b] of pairs) {
      if (a?.descriptor === undefined || b?.descriptor === undefined) continue;
      // A single image needs no number.
      const own =
        pairs.length === 1 && number === '' ? '' : [number, a.at].filter(String).join('.');
      const both = [a.descriptor, b.descriptor] as const;
      const [kind, other] = [kindOf(a.descriptor), kindOf(b.descriptor)];
      if (kind === other) await this.#compareDescribed(kind, both, own);
      else pair.differ(`/manifests/${a.at}`, `an image ${kind}`, `an image ${other}`, 'value');
    }
  }

  async #compareDescribed(kind: string, both: Both<Descriptor>, number: string): Promise<void> {
    const name = `${kind} ${number}`.trim();
    if (kind !== 'index' && kind !== 'manifest') return await this.#compareBlobs(name, both);
    const found = await this.#documents(name, both);
    if (found === undefined) return;
    const { pair, values } = found;
    if (kind === 'index') await this.#compareIndex(pair, number);
    else await this.#compareManifest(pair, values, number);
    if (both[0].digest !== both[1].digest) pair.compareBytes(both[0].size, both[1].size);
  }

  async #compareManifest(pair: DocumentPair, values: Both<JsonObject>, number: string) {
    const [configA, configB] = [asDescriptor(values[0].config), asDescriptor(values[1].config)];
    const isOther = configA?.digest !== configB?.digest;
    pair.compare(
      (pointer) =>
        isOther && /^\/config\/(?:digest|size|data)$/.test(pointer) ? 'follows' : 'value',
      'layers',
    );
    const pairs = pair.pairs('layers', pairLayers, 'entries');
    const areSame = pairs.every(([a, b]) => a?.descriptor?.digest === b?.descriptor?.digest);
    const named = (name: string) => (number === '' ? name : `manifest ${number} ${name}`);
    if (configA !== undefined && configB !== undefined) {
      await this.#compareConfig(named('config'), [configA, configB], areSame);
    }
    for (const [a, b] of pairs) {
      if (a?.descriptor === undefined || b?.descriptor === undefined) continue;
      await this.#compareBlobs(named(`layer ${a.at}`), [a.descriptor, b.descriptor]);
    }
  }

  async #compareConfig(name: string, both: Both<Descriptor>, areLayersSame: boolean) {
    if (both.some(({ mediaType }) => !isConfigType(mediaType))) {
      return await this.#compareBlobs(name, both);
    }
    const found = await this.#documents(name, both);
    found?.pair.compare((pointer) => {
      if (!areLayersSame && pointer.startsWith('/rootfs/diff_ids')) return 'follows';
      if (/^(?:\/history\/\d+)?\/created$/.test(pointer)) return 'config-time';
      return /^\/(?:architecture|os|os\.version|variant)$/.test(pointer) ? 'platform' : 'value';
    });
    if (both[0].digest !== both[1].digest) found?.pair.compareBytes(both[0].size, both[1].size);
  }

  /** Compares layers by their contents, anything else by its bytes. */
  async #compareBlobs(name: string, both: Both<Descriptor>): Promise<void> {
    const blobs = await this.#blobs(both);
    if (blobs === undefined || both[0].digest === both[1].digest) return;
    if (both.some((each) => kindOf(each) !== 'layer')) {
      const [a, b] = [both[0].digest, both[1].digest];
      return this.differences.add(name, { field: 'content', a, b, cause: 'content' });
    }
    const [a, b] = this.#sides;
    const faults = await compareLayers(
      () => a.files.read(blobs[0].path),
      () => b.files.read(blobs[1].path),
      ({ kind, ...difference }, entry) => {
        const where = entry === undefined ? name : `${name}!${entry}`;
        this.differences.add(name, { ...difference, where }, kind);
      },
    );
    for (const [index, fault] of faults.entries()) {
      const path = blobs[index]?.path ?? '';
      const expected = 'a whole tar archive, plain or compressed';
      if (fault !== undefined)
        this.#sides[index]?.violations.add('layer-archive', path, expected, fault);
    }
  }

  /** Two JSON documents, if both can be read and weren't compared before. */
  async #documents(name: string, both: Both<Descriptor>) {
    const blobs = await this.#blobs(both);
    if (blobs === undefined) return undefined;
    const [a, b] = await Promise.all(
      this.#sides.map(async ({ files, violations }, index) => {
        const path = blobs[index]?.path ?? '';
        return await readJsonDocument(files.read(path), violations.in(path));
      }),
    );
    if (!isObject(a) || !isObject(b)) return undefined;
    const values = [a, b] as const;
    return { pair: new DocumentPair(this.differences, name, values), values };
  }

  /** The blobs of two descriptors, if both match their digests and weren't compared before. */
  async #blobs(both: Both<Descriptor>): Promise<Both<Blob> | undefined> {
    const key = both.map(({ digest, mediaType }) => `${digest} ${mediaType}`).join(' ');
    if (this.#seen.has(key)) return undefined;
    this.#seen.add(key);
    const [a, b] = [await resolve(this.#sides[0], both[0]), await resolve(this.#sides[1], both[1])];
    return a === undefined || b === undefined ? undefined : [a, b];
  }
}

function kindOf({ mediaType }: Descriptor): string {
  return documentKinds.find(([, is]) => is(mediaType))?.[0] ?? 'blob';
}

async function readRoot({ files, foreign, violations }: Side) {
  const file = await files.stat('index.json');
  if (file?.kind !== 'file') {
    if (foreign !== undefined) reportForeign(foreign, violations);
    else violations.add('layout-file', 'index.json', 'a regular file', kindText(file));
    return undefined;
  }
  const value = await readJsonDocument(files.read('index.json'), violations.in('index.json'));
  if (value === undefined) return undefined;
  if (!isObject(value)) {
    violations.add('index-object', 'index.json', 'an object', 'another JSON value');
    return undefined;
  }
  return { value, ...(await digestStream(files.read('index.json'))) };
}

/** Images, and the indexes that lead to them. */
interface WrappedIndex {
  /** `index.json > index > (attestation, manifest)`, with any number of each. */
  readonly shape: string;
  readonly images: readonly Descriptor[];
}

/** A limit for hostile indexes. */
const maxIndexes = 100;

async function imagesIn({ files }: Side, root: JsonObject | undefined): Promise<WrappedIndex> {
  const images: Descriptor[] = [];
  let indexes = 0;
  const shapeOf = async (index: unknown): Promise<string> => {
    const shapes: string[] = [];
    const items = isObject(index) && Array.isArray(index.manifests) ? index.manifests : [];
    for (const descriptor of items.flatMap((item) => asDescriptor(item) ?? [])) {
      const isIndex = isIndexType(descriptor.mediaType) && ++indexes <= maxIndexes;
      if (isIndex) {
        const path = blobPath(descriptor.digest);
        const isThere = (await files.stat(path))?.kind === 'file';
        const ignored = new Violations().in(path);
        const inner = isThere ? await readJsonDocument(files.read(path), ignored) : undefined;
        shapes.push(`index > ${await shapeOf(inner)}`);
      } else if (isAttestation(descriptor)) shapes.push('attestation');
      else {
        if (isManifestType(descriptor.mediaType)) images.push(descriptor);
        shapes.push(kindOf(descriptor));
      }
    }
    const kinds = [...new Set(shapes)].sort();
    return kinds.length === 1 ? kinds.join() : `(${kinds.join(', ')})`;
  };
  return { shape: `index.json > ${await shapeOf(root)}`, images };
}

function digestsIn(index: JsonObject | undefined): string[] {
  const manifests: unknown[] = Array.isArray(index?.manifests) ? index.manifests : [];
  return manifests.flatMap((value) => asDescriptor(value)?.digest ?? []);
}

/** The blob of a descriptor, if it exists and matches its digest; otherwise reports a violation. */
async function resolve(
  { blobs, violations }: Side,
  { digest, size }: Descriptor,
): Promise<Blob | undefined> {
  const blob = await blobs.find(digest);
  if (blob === undefined) {
    violations.add('blob-missing', digest, 'a blob', 'none in the layout');
    return undefined;
  }
  if (blob.size !== undefined && blob.size !== size) {
    violations.add('content-size', blob.path, `${size} bytes`, `${blob.size} bytes`);
  }
  return (await blobs.verify(digest)) ? blob : undefined;
}
