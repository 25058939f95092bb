import { statSync } from 'node:fs';
import type { DiagnosisRule } from '../../src/engine/diagnosis.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { lastWords } from '../../src/engine/output.ts';
import { failedWith } from '../../src/errors.ts';
import type { Snapshot } from '../../src/host/containerd.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { astray, chain, importedName } from './containerd.ts';
import { brief, measured } from './layers.ts';
import { index, manifestDigest, packedEntries, refName } from './layout.ts';

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
  /** What the import printed last, if it ended with an error and the tar is still the same. */
  readonly stoppedAt: string | undefined;
  /** handroll-image.tar was packed before index.json became what it is. */
  readonly isTarEarlier: boolean;
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
    stoppedAt: stoppedAt(observation),
    isTarEarlier: await isTarEarlier(observation),
  };
}

function stoppedAt(observation: Observation): string | undefined {
  const run = observation.progress.failedRun('05-import/import');
  if (run === undefined) return undefined;
  try {
    const { mtimeMs } = statSync(observation.path('handroll-image.tar'));
    return mtimeMs < Date.parse(run.at) ? lastWords(run) : undefined;
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

async function isTarEarlier(observation: Observation): Promise<boolean> {
  const packed = (await packedEntries(observation)).find(({ path }) => path === 'index.json');
  const now = await measured(observation, 'oci', 'index.json');
  return packed !== undefined && now !== undefined && packed.digest !== now.digest;
}

export type ImportRule = DiagnosisRule<SeenImport>;

export const importStopped: ImportRule = {
  id: 'import-stopped',
  alone: true,
  sign: ({ images, manifest, chain: wanted, snapshots, stoppedAt: words }) => {
    const isHere = manifest !== undefined && images.get(importedName) === manifest;
    const isUnpacked = wanted.every((key) => snapshots.some((each) => each.key === key));
    return words === undefined || (isHere && isUnpacked)
      ? undefined
      : `the import ended with an error: ${words}`;
  },
  remedy:
    'This is what containerd stopped at. `handroll-tour verify "$OCI_DIR"` names the place and the rule: mend it there, pack again (05-import/pack), and import.',
  where: 'handroll-tour verify "$OCI_DIR"',
};

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
    'It was imported with `--no-unpack` or for another snapshotter, the import ended with an error, or a snapshot was removed. Import again: that unpacks the missing layers, or prints what is wrong.',
  where: 'sudo ctr -n "$CTR_NAMESPACE" images check; sudo ctr -n "$CTR_NAMESPACE" snapshots ls',
  command:
    'sudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"',
};

/** Against the checks of the snapshots. */
export const unpackedRules: readonly ImportRule[] = [importStopped, otherSnapshots, notUnpacked];
