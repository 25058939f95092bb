import { defineDiagnoses } from '../../src/engine/define.ts';
import { type DiagnosisRule, diagnoser } from '../../src/engine/diagnosis.ts';
import type { Fact } from '../../src/engine/fact.ts';
import type { Observation } from '../../src/engine/observation.ts';
import type { Digest } from '../../src/oci/digest.ts';
import type { Layer, LayerEntry } from '../../src/oci/layer.ts';
import { astray, secondImage } from '../facts/containerd.ts';
import { brief, diffIds, digests, tars, withDuplicate } from '../facts/layers.ts';
import { secondChain, secondConfig, secondLayers, secondManifestDigest } from '../facts/second.ts';
import { checks } from './checks.ts';

/** The program in the base and its copy in the second delta, which may not be there yet. */
interface SeenDuplicate {
  readonly below: LayerEntry | undefined;
  readonly padded: readonly LayerEntry[] | undefined;
}

function seeDuplicate(padded: Fact<Layer>) {
  return async (observation: Observation): Promise<SeenDuplicate> => ({
    below: (await observation.get(tars.base))?.entries.find(({ path }) => path === program),
    padded: (await observation.get(padded))?.entries,
  });
}

type DuplicateRule = DiagnosisRule<SeenDuplicate>;

const program = 'bin/busybox';

const copyFile = 'cp -a "$WORKDIR/build/base/bin/busybox" "$WORKDIR/duplicate/delta/bin/busybox"';
const copy = `mkdir -p "$WORKDIR/duplicate/delta/bin" && ${copyFile}`;
const pack =
  'tar -C "$WORKDIR/duplicate/delta" --format=gnu --sort=name --mtime=@1735689600 --mode=\'u+rwX,go+rX,go-w\' --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/duplicate/delta-layer.tar" .';

const where = 'tar --full-time -tvf "$WORKDIR/duplicate/delta-layer.tar"';

const copyOf = ({ padded }: SeenDuplicate) => padded?.find(({ path }) => path === program);

const notThere: DuplicateRule = {
  id: 'duplicate-missing',
  sign: (seen) => {
    if (seen.padded === undefined || copyOf(seen) !== undefined) return undefined;
    const other = seen.padded.find(({ path }) => path.endsWith('busybox'));
    return other === undefined ? 'the second delta has no busybox' : `the copy is ${other.path}`;
  },
  remedy:
    'A duplicate has the same path as the file in the base: bin/busybox. Copy it to there, and pack the tar again.',
  where,
  command: `${copy} && ${pack}`,
};

const otherBytes: DuplicateRule = {
  id: 'duplicate-other-bytes',
  sign: (seen) => {
    const copy = copyOf(seen);
    if (copy === undefined || seen.below === undefined) return undefined;
    return copy.kind !== seen.below.kind || copy.digest !== seen.below.digest
      ? `${program} in the second delta is a ${copy.kind} with other bytes`
      : undefined;
  },
  remedy:
    'With other bytes it is a change, and no duplicate. Copy it from build/base, and pack the tar again.',
  where,
  command: `${copyFile} && ${pack}`,
};

const otherMetadata: DuplicateRule = {
  id: 'duplicate-other-metadata',
  sign: (seen) => {
    const copy = copyOf(seen);
    const { below } = seen;
    if (copy === undefined || below === undefined || copy.digest !== below.digest) return undefined;
    const field = (['mtime', 'mode', 'uid', 'gid'] as const).find(
      (each) => copy[each] !== below[each],
    );
    if (field === undefined) return undefined;
    const show = (value: number) =>
      field === 'mode' ? value.toString(8) : field === 'mtime' ? `@${value}` : `${value}`;
    return `${program} has the same bytes in both, but the ${field} ${show(copy[field])} in the second delta and ${show(below[field])} in the base`;
  },
  remedy:
    'A file with another timestamp, mode or owner is a changed file. Pack the tar with the options that the two layers were packed with.',
  where,
  command: `${copyFile} && ${pack}`,
};

/** Against the checks of the duplicate. */
export const duplicateRules: readonly DuplicateRule[] = [notThere, otherBytes, otherMetadata];

// --- the second image ------------------------------------------------------------------------

/** The parts of the second image that are there, and what its base should be. */
export interface SeenSecond {
  readonly base: { readonly digest: Digest | undefined; readonly diffId: Digest | undefined };
  readonly layer: { readonly digest: Digest | undefined; readonly diffId: Digest | undefined };
  readonly manifest: Digest | undefined;
  readonly images: ReadonlyMap<string, string>;
  readonly content: readonly string[];
  /** In other namespaces: namespace and name. */
  readonly elsewhere: readonly (readonly [namespace: string, name: string])[];
  readonly chain: readonly Digest[];
  readonly snapshots: readonly string[];
}

async function seeSecond(observation: Observation): Promise<SeenSecond> {
  const containerd = await observation.containerd();
  return {
    base: {
      digest: await observation.get(digests.base),
      diffId: await observation.get(diffIds.base),
    },
    layer: {
      digest: await observation.get(secondLayers.base),
      diffId: (await observation.get(secondConfig))?.rootfs?.diff_ids?.[0],
    },
    manifest: await observation.get(secondManifestDigest),
    images: await containerd.images(),
    content: await containerd.content(),
    elsewhere: await astray(observation, secondManifestDigest),
    chain: (await observation.get(secondChain)) ?? [],
    snapshots: (await containerd.snapshots()).map(({ key }) => key),
  };
}

type SecondRule = DiagnosisRule<SeenSecond>;

const recompressed: SecondRule = {
  id: 'second-base-recompressed',
  sign: ({ base, layer }) =>
    base.diffId !== undefined && layer.diffId === base.diffId && layer.digest !== base.digest
      ? `layer 0 has the base's DiffID and another digest, ${brief(layer.digest ?? 'sha256:none')}`
      : undefined,
  remedy:
    'The base was compressed again. Its snapshot would still be shared, since the DiffID is the same, but the content store would hold a second blob of it. Copy the blob of the first image instead.',
  where: 'jq .layers "$WORKDIR/practice/second/manifest.json"',
};

const exchanged: SecondRule = {
  id: 'second-base-diffid',
  sign: ({ base, layer }) =>
    base.digest !== undefined && layer.digest === base.digest && layer.diffId !== base.diffId
      ? `diff_ids begins with ${brief(layer.diffId ?? 'sha256:none')}, and layer 0 is the base`
      : undefined,
  remedy:
    "The list in the config has to begin with the base's DiffID, since layer 0 is the base. Only the second DiffID is new.",
  where: 'jq .rootfs "$WORKDIR/practice/second/config.json"',
};

/** Against the check of its base. */
export const baseRules: readonly SecondRule[] = [recompressed, exchanged];

const importSecond =
  'sudo ctr -n "$CTR_NAMESPACE" images import "$WORKDIR/practice/second/handroll2.tar"';

const secondElsewhere: SecondRule = {
  id: 'second-elsewhere',
  sign: ({ images, elsewhere: [found] }) =>
    !images.has(secondImage) && found !== undefined
      ? `${found[1]} is in the namespace ${found[0]}`
      : undefined,
  remedy:
    'It was imported without `-n "$CTR_NAMESPACE"`. Remove it there with `ctr images rm`, and import it here.',
  where: 'sudo ctr -n default images ls -q',
  command: importSecond,
};

const secondOtherName: SecondRule = {
  id: 'second-other-name',
  sign: ({ images, manifest }) => {
    const [name] = [...images].find(([, digest]) => digest === manifest) ?? [];
    return manifest !== undefined && name !== undefined && !images.has(secondImage)
      ? `the image is there, and its name is ${name}`
      : undefined;
  },
  remedy: `Its name should be ${secondImage}, which is in index.json. Was it imported with \`--index-name\`, or tagged? Import it again.`,
  where: 'sudo ctr -n "$CTR_NAMESPACE" images ls',
  command: importSecond,
};

const secondFiltered: SecondRule = {
  id: 'second-without-name',
  sign: ({ images, content, manifest }) =>
    manifest !== undefined &&
    content.includes(manifest) &&
    !images.has(secondImage) &&
    ![...images.values()].includes(manifest)
      ? `its blobs are stored, and no image ${secondImage} was created`
      : undefined,
  remedy:
    "`ctr` skips a name that doesn't begin with `--base-name`, without a message. Leave the option out, or give it as `docker.io/library/handroll2`.",
  where: 'jq .manifests "$WORKDIR/practice/second/oci/index.json"',
  command: importSecond,
};

const secondEarlier: SecondRule = {
  id: 'second-earlier',
  sign: ({ images, manifest }) => {
    const found = images.get(secondImage);
    return manifest !== undefined && found !== undefined && found !== manifest
      ? `${secondImage} points to ${brief(found)}, and not to ${brief(manifest)}`
      : undefined;
  },
  remedy: 'That is an import from before the layout changed. Pack the layout, and import it again.',
  where: 'sudo ctr -n "$CTR_NAMESPACE" images ls',
  command: `tar -C "$WORKDIR/practice/second/oci" -cf "$WORKDIR/practice/second/handroll2.tar" . && ${importSecond}`,
};

/** Against the check that it is imported. */
export const secondImportRules: readonly SecondRule[] = [
  secondElsewhere,
  secondOtherName,
  secondFiltered,
  secondEarlier,
];

export const secondNotUnpacked: SecondRule = {
  id: 'second-not-unpacked',
  sign: ({ images, manifest, chain, snapshots }) => {
    const top = chain.at(-1);
    return manifest !== undefined &&
      top !== undefined &&
      images.get(secondImage) === manifest &&
      !snapshots.includes(top)
      ? `the image is there, and its layer 1 has no snapshot`
      : undefined;
  },
  remedy:
    'It was imported with `--no-unpack`, or the snapshot was removed. Import it again: `ctr` unpacks the layers that have no snapshot.',
  where: 'sudo ctr -n "$CTR_NAMESPACE" snapshots tree',
  command: importSecond,
};

export const diagnoses = defineDiagnoses(checks, {
  duplicate: {
    'same-view': diagnoser(seeDuplicate(withDuplicate), ...duplicateRules),
    counted: diagnoser(seeDuplicate(withDuplicate), ...duplicateRules),
  },
  sibling: { 'same-base': diagnoser(seeSecond, ...baseRules) },
  shared: {
    imported: diagnoser(seeSecond, ...secondImportRules),
    'base-once': diagnoser(seeSecond, secondNotUnpacked),
  },
});
