import type { DiagnosisRule } from '../../src/engine/diagnosis.ts';
import type { Observation } from '../../src/engine/observation.ts';
import type { Snapshot } from '../../src/host/containerd.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { astray, chain, importedName } from './containerd.ts';
import { brief } from './layers.ts';
import { index, manifestDigest, refName } from './layout.ts';

/** What containerd holds of the image. */
export interface SeenImport {
  readonly manifest: Digest | undefined;
  /** The name in index.json. */
  readonly annotation: string | undefined;
  readonly images: ReadonlyMap<string, string>;
  readonly namespace: string;
  /** The namespace exists, which is a trace of an import only where the tour hasn't made it. */
  readonly isNamespaceLeft: boolean;
  /** This image in other namespaces: namespace and name. */
  readonly elsewhere: readonly (readonly [namespace: string, name: string])[];
  readonly chain: readonly Digest[];
  readonly snapshots: readonly Snapshot[];
}

export async function seeImport(observation: Observation): Promise<SeenImport> {
  const containerd = await observation.containerd();
  const manifest = await observation.get(manifestDigest);
  return {
    manifest,
    annotation: (await observation.get(index))?.manifests?.[0]?.annotations?.[refName],
    images: await containerd.images(),
    namespace: containerd.namespace,
    isNamespaceLeft:
      containerd.mode === 'private' &&
      (await containerd.namespaces()).includes(containerd.namespace),
    elsewhere: await astray(observation),
    chain: (await observation.get(chain)) ?? [],
    snapshots: await containerd.snapshots(),
  };
}

export type ImportRule = DiagnosisRule<SeenImport>;

const otherSnapshots: ImportRule = {
  id: 'unpacked-earlier',
  sign: ({ images, manifest, chain: wanted, snapshots }) => {
    const [, top] = wanted;
    if (top === undefined || images.get(importedName) === manifest) return undefined;
    const found = snapshots.find(
      ({ key, parent, kind }) => kind === 'Committed' && parent !== undefined && key !== top,
    );
    return found && `the upper snapshot is ${brief(found.key)}, from other layers`;
  },
  remedy: 'You imported it before the layers changed. Pack and import again.',
  where: 'sudo ctr -n "$CTR_NAMESPACE" snapshots ls',
};

const notUnpacked: ImportRule = {
  id: 'not-unpacked',
  sign: ({ images, manifest, chain: wanted, snapshots }) => {
    if (manifest === undefined || images.get(importedName) !== manifest) return undefined;
    const there = wanted.map((key) =>
      snapshots.some((each) => each.key === key && each.kind === 'Committed'),
    );
    if (wanted.length < 2 || !there.includes(false)) return undefined;
    return there[0] === true
      ? 'the image exists, but there is no snapshot of delta'
      : 'the image exists, but there is no snapshot of either layer';
  },
  remedy:
    'It was imported with `--no-unpack` or for another snapshotter, or a snapshot was removed. Import again: that unpacks the missing layers.',
  where: 'sudo ctr -n "$CTR_NAMESPACE" images check; sudo ctr -n "$CTR_NAMESPACE" snapshots ls',
  command:
    'sudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"',
};

/** Against the checks of the snapshots. */
export const unpackedRules: readonly ImportRule[] = [otherSnapshots, notUnpacked];
