import { fact, lessonFact } from '../../src/engine/fact.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { sha256, short } from '../../src/oci/digest.ts';

export const original = lessonFact(
  'address/original',
  '01-what-is-an-image/address',
  (observation) => observation.file('address', 'original'),
);

export const changed = lessonFact('address/changed', '01-what-is-an-image/address', (observation) =>
  observation.file('address', 'changed'),
);

export const differing = lessonFact(
  'how many bytes differ',
  '01-what-is-an-image/address',
  async (observation) => {
    const one = await observation.need(original);
    const other = await observation.need(changed);
    const longest = Math.max(one.length, other.length);
    return Array.from({ length: longest }, (_, at) => at).filter((at) => one[at] !== other[at])
      .length;
  },
);

export const hashOfOriginal = lessonFact(
  'the hash of original',
  '01-what-is-an-image/address',
  async (observation) => short(sha256(await observation.need(original))),
);

export const hashOfChanged = lessonFact(
  'the hash of changed',
  '01-what-is-an-image/address',
  async (observation) => short(sha256(await observation.need(changed))),
);

/** The two toy images that lesson 1 makes, by the names of their indexes. */
const toyNames = ['mail', 'web'] as const;

/** An image as its files tell it: what they name, and what's wrong with them if something is. */
interface ToyImage {
  readonly name: string;
  readonly manifest: string | undefined;
  /** Bottom first. */
  readonly layers: readonly string[];
}

const hashName = /^[0-9a-f]{64}$/;

/** The hashes in lines such as "layer HASH". */
function namedIn(document: Buffer | undefined, word: string): string[] {
  return (document?.toString() ?? '').split('\n').flatMap((line) => {
    const [first, hash = '', more] = line.split(' ');
    return first === word && hashName.test(hash) && more === undefined ? [hash] : [];
  });
}

export const toyImages = fact<readonly ToyImage[]>('address/images', {
  what: 'the two small images',
  from: '01-what-is-an-image/graph',
  read: async (observation) => {
    const found = await Promise.all(toyNames.map((name) => observation.file('address', name)));
    if (found.every((index) => index === undefined)) return undefined;
    return Promise.all(
      toyNames.map(async (name, at) => {
        const [manifest] = namedIn(found[at], 'manifest');
        const document =
          manifest === undefined ? undefined : await observation.file('address', 'blobs', manifest);
        return { name, manifest, layers: namedIn(document, 'layer') };
      }),
    );
  },
  show: (images) => `${images.length} images`,
});

/** Every blob that the two images name, each once. */
export function blobsOf(images: readonly ToyImage[]): string[] {
  const all = images.flatMap(({ manifest, layers }) => [
    ...(manifest === undefined ? [] : [manifest]),
    ...layers,
  ]);
  return [...new Set(all)];
}

/** The layers that both images list. */
export function sharedBy([one, other]: readonly ToyImage[]): string[] {
  return (one?.layers ?? []).filter((layer) => other?.layers.includes(layer) === true);
}

/** What the bytes of a blob hash to; undefined if there is no such file. */
export async function hashAt(
  observation: Observation,
  ...parts: string[]
): Promise<string | undefined> {
  const bytes = await observation.file(...parts);
  return bytes && sha256(bytes).slice('sha256:'.length);
}

/** The blobs of a directory whose bytes no longer hash to their names. */
export async function mismatched(observation: Observation, directory: string): Promise<string[]> {
  const names = blobsOf(await observation.need(toyImages));
  const hashes = await Promise.all(
    names.map((name) => hashAt(observation, 'address', directory, name)),
  );
  return names.filter((name, at) => hashes[at] !== name);
}

export const sharedLayer = lessonFact(
  'the layer of both images',
  '01-what-is-an-image/graph',
  async (observation) => sharedBy(await observation.need(toyImages))[0]?.slice(0, 8),
);
