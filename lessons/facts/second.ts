import { fact, lessonFact } from '../../src/engine/fact.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { chainIds } from '../../src/oci/chain.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { type ImageConfig, type Index, type Manifest, parseJson } from '../../src/oci/documents.ts';
import { LayoutDirectory } from '../../src/oci/layout/layout-directory.ts';
import { isObject } from '../../src/oci/verify/shape.ts';
import { verifyLayout } from '../../src/oci/verify/verify-layout.ts';
import type { Violations } from '../../src/oci/verify/violations.ts';
import { endOf, topChainId } from './containerd.ts';
import { brief } from './layers.ts';

/** The second image, on the same base as the first: its layout, and what containerd made of it. */

const from = '10-layers-are-diffs/sibling';
const layout = ['practice', 'second', 'oci'] as const;

async function documentAt<T>(
  observation: Observation,
  ...parts: string[]
): Promise<Partial<T> | undefined> {
  const bytes = await observation.file(...layout, ...parts);
  const parsed = bytes && parseJson(bytes);
  return parsed?.ok === true && isObject(parsed.value) ? (parsed.value as Partial<T>) : undefined;
}

async function blobAt<T>(observation: Observation, digest: unknown) {
  const [algorithm = '', name = ''] = String(digest).split(':');
  return documentAt<T>(observation, 'blobs', algorithm, name);
}

/** What is wrong with the layout by the specification. */
export const secondViolations = lessonFact<Violations>(
  'practice/second/oci',
  from,
  async (observation) =>
    (await observation.exists(...layout, 'index.json'))
      ? verifyLayout(new LayoutDirectory(observation.path(...layout)))
      : undefined,
);

export const secondManifestDigest = lessonFact<Digest>(
  'the digest of the second manifest',
  from,
  async (observation) =>
    (await documentAt<Index>(observation, 'index.json'))?.manifests?.[0]?.digest,
);

export const secondManifest = lessonFact<Partial<Manifest>>(
  'the second manifest',
  from,
  async (observation) => blobAt(observation, await observation.need(secondManifestDigest)),
);

export const secondConfig = lessonFact<Partial<ImageConfig>>(
  'the second config',
  from,
  async (observation) =>
    blobAt(observation, (await observation.need(secondManifest)).config?.digest),
);

/** The snapshots that its layers have, bottom first. */
export const secondChain = lessonFact<Digest[]>(
  'the chain IDs of the second image',
  from,
  async (observation) => chainIds((await observation.need(secondConfig)).rootfs?.diff_ids ?? []),
);

/** The directories of an image's snapshots, bottom first, as containerd would mount them. */
async function directoriesOf(observation: Observation, top: Digest | undefined) {
  if (top === undefined) return undefined;
  return (await (await observation.containerd()).layersOf(top))?.lower;
}

/** Those of each image, the first and the second. */
export const bothStacks = lessonFact<{
  readonly first: readonly string[];
  readonly second: readonly string[];
}>('the snapshots of both images', '10-layers-are-diffs/shared', async (observation) => {
  const first = await directoriesOf(observation, await observation.need(topChainId));
  const second = await directoriesOf(observation, (await observation.need(secondChain)).at(-1));
  return first === undefined || second === undefined ? undefined : { first, second };
});

/** The blobs of the second image that the first doesn't have: its manifest, its config and its layer. */
export const addedBlobs = lessonFact<readonly { readonly digest: Digest; readonly size: number }[]>(
  'the blobs that only the second image has',
  from,
  async (observation) => {
    const index = await documentAt<Index>(observation, 'index.json');
    const { config, layers = [] } = await observation.need(secondManifest);
    return [index?.manifests?.[0], config, ...layers.slice(1)].flatMap((each) =>
      each === undefined ? [] : [{ digest: each.digest, size: each.size }],
    );
  },
);

const layerAt = (index: number) =>
  fact<Digest>(`second.layer.${index}`, {
    what: `layer ${index} of the second image`,
    from,
    read: async (observation) => (await observation.need(secondManifest)).layers?.[index]?.digest,
    show: brief,
  });

export const secondLayers = { base: layerAt(0), own: layerAt(1) };

/** What the import of the second image added, in words. */
export const addedInWords = lessonFact(
  'what the second image added',
  '10-layers-are-diffs/shared',
  async (observation) => {
    const added = await observation.need(addedBlobs);
    const bytes = added.reduce((sum, { size }) => sum + size, 0);
    const { second } = await observation.need(bothStacks);
    const own = second.slice(1).map(endOf).join(', ');
    return `${added.length} blobs, ${bytes} bytes in all, and the snapshot ${own}`;
  },
);

/** The one directory that both images have the base in. */
export const baseOnDisk = lessonFact(
  'the directory of the base',
  '10-layers-are-diffs/shared',
  async (observation) => endOf((await observation.need(bothStacks)).second[0] ?? ''),
);
