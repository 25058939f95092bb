import type { Fact } from '../../src/engine/fact.ts';
import type { Observation } from '../../src/engine/observation.ts';
import type { OwnDigest, OwnDigests } from '../../src/engine/own-digests.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { topChainId } from './containerd.ts';
import { diffIds, digests } from './layers.ts';
import { configDigest, manifestDigest } from './layout.ts';

/** The base's chain ID is its DiffID, and the image in containerd has the digest of its manifest. */
const named: readonly (readonly [OwnDigest['of'], string, Fact<Digest>])[] = [
  ['base', 'base DiffID', diffIds.base],
  ['delta', 'delta DiffID', diffIds.delta],
  ['base', 'base digest', digests.base],
  ['delta', 'delta digest', digests.delta],
  ['config', 'config', configDigest],
  ['manifest', 'manifest', manifestDigest],
  ['delta', 'delta chain ID', topChainId],
];

/** The digests of the learner's image, as far as it's built. All are read from files. */
export async function ownDigests(observation: Observation): Promise<OwnDigests> {
  const found = await Promise.all(
    named.map(async ([of, name, fact]): Promise<[string, OwnDigest][]> => {
      const digest = await observation.get(fact).catch(() => undefined);
      return digest === undefined ? [] : [[digest.slice('sha256:'.length), { name, of }]];
    }),
  );
  return new Map(found.flat());
}
