import { readdirSync } from 'node:fs';
import { defineDiagnoses } from '../../src/engine/define.ts';
import { type DiagnosisRule, diagnoser } from '../../src/engine/diagnosis.ts';
import type { Observation } from '../../src/engine/observation.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { fileFormatOf } from '../../src/oci/file-format.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { importedName, taggedName } from '../facts/containerd.ts';
import { type ImportRule, importStopped, seeImport, unpackedRules } from '../facts/imported.ts';
import { brief, digests, headOf } from '../facts/layers.ts';
import { configDigest, layoutFiles, manifestDigest, packedEntries } from '../facts/layout.ts';
import { checks } from './checks.ts';

/** The envelope, as far as it is one, and the blobs that belong in it by name. */
export interface SeenEnvelope {
  /** The first bytes of handroll-image.tar; undefined if it is not there. */
  readonly head: Buffer | undefined;
  /** None if it cannot be read. */
  readonly entries: readonly LayerEntry[];
  /** The files in oci as they are now, and their hashes. */
  readonly layout: ReadonlyMap<string, Digest>;
  readonly wanted: ReadonlyMap<Digest, string>;
  /** What is called what in the working directory. */
  readonly beside: readonly string[];
}

export async function seeEnvelope(observation: Observation): Promise<SeenEnvelope> {
  const wanted = [
    [await observation.get(digests.base), 'base'],
    [await observation.get(digests.delta), 'delta'],
    [await observation.get(configDigest), 'the config'],
    [await observation.get(manifestDigest), 'the manifest'],
  ] as const;
  return {
    head: await observation.derive('head', headOf, 'handroll-image.tar'),
    entries: await packedEntries(observation),
    layout: (await observation.get(layoutFiles)) ?? new Map(),
    wanted: new Map(wanted.flatMap(([digest, name]) => (digest ? [[digest, name]] : []))),
    beside: readdirSync(observation.path()),
  };
}

type EnvelopeRule = DiagnosisRule<SeenEnvelope>;

const listing = 'tar -tf "$WORKDIR/handroll-image.tar"';

const pack = 'tar -C "$OCI_DIR" -cf "$WORKDIR/handroll-image.tar" .';

const misnamed: EnvelopeRule = {
  id: 'envelope-misnamed',
  sign: ({ head, beside }) => {
    if (head !== undefined) return undefined;
    const found = beside.find((name) => /^(handroll|image|oci)\b.*\.(tar|tgz)(\.gz)?$/.test(name));
    return found && `there is ${found}, and no handroll-image.tar`;
  },
  remedy: 'The tour looks for the name of the article. Rename it, or pack again.',
  where: 'ls "$WORKDIR"',
  command: pack,
};

const compressed: EnvelopeRule = {
  id: 'envelope-compressed',
  sign: ({ head }) => {
    const format = head && fileFormatOf(head);
    return format === undefined || format === 'tar' ? undefined : `handroll-image.tar is ${format}`;
  },
  remedy:
    'The import reads a plain tar, and the layers in it are compressed already. Pack without z.',
  where: 'file "$WORKDIR/handroll-image.tar"',
  command: pack,
};

const tooHigh: EnvelopeRule = {
  id: 'envelope-too-high',
  sign: ({ entries }) => {
    if (entries.some(({ path }) => path === 'oci-layout')) return undefined;
    const found = entries.find(({ path }) => path.endsWith('/oci-layout'));
    return found && `it holds ${found.name}, where ./oci-layout should be`;
  },
  remedy:
    'The directory was packed and not its content. A reader looks for oci-layout at the top: "unrecognized image format". Go there with `-C`, and pack the dot.',
  where: listing,
  command: pack,
};

const tooLow: EnvelopeRule = {
  id: 'envelope-too-low',
  sign: ({ entries }) => {
    const isBlob = ({ path }: LayerEntry) => /^(sha256\/)?[0-9a-f]{64}$/.test(path);
    const found = entries.find(isBlob);
    return found && `it holds ${found.name.slice(0, 18)}… at the top`;
  },
  remedy:
    'Only the blobs were packed. The layout is the directory with oci-layout, index.json and blobs in it.',
  where: listing,
  command: pack,
};

const linked: EnvelopeRule = {
  id: 'envelope-link',
  alone: true,
  sign: ({ entries }) => {
    const found = entries.find(({ kind }) => kind === 'symlink');
    return found && `${found.path.slice(0, 21)}… is in it as a symlink to ${found.link}`;
  },
  remedy:
    '`tar` packs the link and not the bytes it points to. A layout consists of regular files: put the file itself into oci (04-layout/layers), then pack again.',
  where: 'tar -tvf "$WORKDIR/handroll-image.tar"',
};

const earlier: EnvelopeRule = {
  id: 'envelope-of-earlier-layout',
  sign: ({ entries, layout }) => {
    if (layout.size === 0) return undefined;
    for (const { path, digest } of entries) {
      if (digest === undefined) continue;
      const now = layout.get(path);
      if (now === undefined) return `it holds ${path.slice(0, 21)}, which is not in oci`;
      const isBlob = path.startsWith('blobs/');
      if (now !== digest && !isBlob) return `the ${path} in it is not the one in oci`;
    }
    return undefined;
  },
  remedy:
    'The layout changed after it was packed. Pack it again: importing this would bring the old image.',
  where: 'tar -C "$OCI_DIR" -df "$WORKDIR/handroll-image.tar"',
  command: pack,
};

const without: EnvelopeRule = {
  id: 'envelope-without-blob',
  sign: ({ entries, wanted }) => {
    const held = new Map(entries.map(({ path, digest }) => [path, digest]));
    if (!held.has('oci-layout')) return undefined;
    for (const [digest, name] of wanted) {
      const path = `blobs/sha256/${digest.slice(7)}`;
      if (!held.has(path)) return `${path.slice(0, 21)}…, ${name}, is not in it`;
      if (held.get(path) !== digest) return `${path.slice(0, 21)}…, ${name}, has other bytes in it`;
    }
    return undefined;
  },
  remedy:
    'containerd would say "content digest … not found". Look whether the layout itself is whole (04-layout/whole), then pack again.',
  where: listing,
  command: pack,
};

/** Against the check of the envelope. */
export const envelopeRules: readonly EnvelopeRule[] = [
  misnamed,
  compressed,
  tooHigh,
  tooLow,
  linked,
  earlier,
  without,
];

const names = 'sudo ctr -n "$CTR_NAMESPACE" images ls';

const otherNamespace: ImportRule = {
  id: 'import-elsewhere',
  sign: ({ images, elsewhere }) => {
    if (images.has(importedName)) return undefined;
    const [found] = elsewhere;
    return found && `${found[1]} is in the namespace ${found[0]}`;
  },
  remedy:
    'A `ctr` without `-n "$CTR_NAMESPACE"` works in the namespace default. One namespace does not see the images of another: import it here.',
  where: 'sudo ctr namespaces ls; sudo ctr -n default images ls',
};

const otherName: ImportRule = {
  id: 'import-other-name',
  sign: ({ images, manifest }) => {
    if (manifest === undefined || images.has(importedName)) return undefined;
    const found = [...images].filter(([, digest]) => digest === manifest).map(([name]) => name);
    return found.length === 0 ? undefined : `no image of that name, only ${found.join(', ')}`;
  },
  remedy:
    'The name comes from the annotation in index.json, and a tag adds another. Import what says handroll:latest, or tag it so.',
  where: names,
};

const filtered: ImportRule = {
  id: 'import-filtered',
  sign: ({ images, annotation, manifest }) => {
    if (annotation === undefined || annotation === importedName) return undefined;
    const isThere = images.has(importedName) || [...images.values()].includes(manifest ?? '');
    return isThere ? undefined : `there is no image, and index.json says ${annotation}`;
  },
  remedy:
    '`--base-name handroll` takes in names that begin with handroll, and passes over all others without a word. Mend the annotation (04-layout/index), then pack and import.',
  where: `jq -r '.manifests[0].annotations' "$OCI_DIR/index.json"`,
};

const earlierImage: ImportRule = {
  id: 'import-earlier',
  sign: ({ images, manifest }) => {
    const found = images.get(importedName);
    return found === undefined || manifest === undefined || found === manifest
      ? undefined
      : `it points at ${brief(found)}`;
  },
  remedy:
    'That is an image from before you changed something. Pack and import again: the name moves on to the new one.',
  where: names,
};

const earlierTar: ImportRule = {
  id: 'import-of-earlier-tar',
  sign: ({ images, manifest, isTarEarlier }) =>
    isTarEarlier && manifest !== undefined && images.get(importedName) !== manifest
      ? 'the index.json in handroll-image.tar is not the one in oci'
      : undefined,
  remedy:
    'The layout changed after it was packed, and an import of this tar brings the image of before. Pack again (05-import/pack), then import.',
  where: 'tar -C "$OCI_DIR" -df "$WORKDIR/handroll-image.tar"',
  command: `${pack}\nsudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"`,
};

/** Against the check that the image is there. */
export const importRules: readonly ImportRule[] = [
  otherNamespace,
  otherName,
  importStopped,
  earlierTar,
  filtered,
  earlierImage,
];

const tag = `sudo ctr -n "$CTR_NAMESPACE" images tag --force ${importedName} ${taggedName}`;

const tagAlike: ImportRule = {
  id: 'tag-misspelt',
  sign: ({ images, manifest }) => {
    if (manifest === undefined || images.has(taggedName)) return undefined;
    const found = [...images].find(
      ([name, digest]) => digest === manifest && name !== importedName && name.includes('handroll'),
    );
    return found && `the other name is ${found[0]}`;
  },
  remedy: `A name is taken letter for letter, with host, library and tag: ${taggedName}.`,
  where: names,
  command: tag,
};

const tagElsewhere: ImportRule = {
  id: 'tag-elsewhere',
  sign: ({ images, elsewhere }) => {
    if (images.has(taggedName)) return undefined;
    const found = elsewhere.find(([, name]) => name === taggedName);
    return found && `${taggedName} is in the namespace ${found[0]}`;
  },
  remedy: 'It was tagged without `-n "$CTR_NAMESPACE"`, in the namespace default.',
  where: 'sudo ctr -n default images ls',
  command: tag,
};

const tagEarlier: ImportRule = {
  id: 'tag-earlier',
  sign: ({ images, manifest }) => {
    const found = images.get(taggedName);
    if (found === undefined || manifest === undefined || found === manifest) return undefined;
    return images.get(importedName) === manifest
      ? `${taggedName} points at ${brief(found)}, an earlier image`
      : undefined;
  },
  remedy: 'An import moves the short name only. Tag again: `--force` moves a name that exists.',
  where: names,
  command: tag,
};

/** Against the check of both names. */
export const tagRules: readonly ImportRule[] = [
  tagElsewhere,
  tagAlike,
  tagEarlier,
  otherNamespace,
  earlierImage,
];

export const diagnoses = defineDiagnoses(checks, {
  pack: { envelope: diagnoser(seeEnvelope, ...envelopeRules) },
  import: {
    imported: diagnoser(seeImport, ...importRules),
    target: diagnoser(seeImport, ...importRules),
  },
  tag: { both: diagnoser(seeImport, ...tagRules) },
  unpacked: { committed: diagnoser(seeImport, ...unpackedRules) },
});
