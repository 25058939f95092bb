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

/** handroll-image.tar, as far as it can be read, and the blobs that belong in it. */
export interface SeenEnvelope {
  /** The first bytes of handroll-image.tar; undefined if it is not there. */
  readonly head: Buffer | undefined;
  /** None if it can't be read. */
  readonly entries: readonly LayerEntry[];
  /** The files in oci as they are now, and their hashes. */
  readonly layout: ReadonlyMap<string, Digest>;
  readonly wanted: ReadonlyMap<Digest, string>;
  /** The names in the working directory. */
  readonly beside: readonly string[];
}

async function seeEnvelope(observation: Observation): Promise<SeenEnvelope> {
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
  remedy: 'The tour looks for handroll-image.tar. Rename the file, or pack again.',
  where: 'ls "$WORKDIR"',
  command: pack,
};

const compressed: EnvelopeRule = {
  id: 'envelope-compressed',
  sign: ({ head }) => {
    const format = head && fileFormatOf(head);
    return format === undefined || format === 'tar' ? undefined : `handroll-image.tar is ${format}`;
  },
  remedy: 'It should be a plain tar: the layers in it are compressed already. Pack without `-z`.',
  where: 'file "$WORKDIR/handroll-image.tar"',
  command: pack,
};

const tooHigh: EnvelopeRule = {
  id: 'envelope-too-high',
  sign: ({ entries }) => {
    if (entries.some(({ path }) => path === 'oci-layout')) return undefined;
    const found = entries.find(({ path }) => path.endsWith('/oci-layout'));
    return found && `it contains ${found.name}, where ./oci-layout should be`;
  },
  remedy:
    'The directory itself was packed. The import looks for oci-layout at the top, and without it reports "unrecognized image format". Pack the content of the directory: `-C "$OCI_DIR"`, and a dot at the end.',
  where: listing,
  command: pack,
};

const tooLow: EnvelopeRule = {
  id: 'envelope-too-low',
  sign: ({ entries }) => {
    const isBlob = ({ path }: LayerEntry) => /^(sha256\/)?[0-9a-f]{64}$/.test(path);
    const found = entries.find(isBlob);
    return found && `it contains ${found.name.slice(0, 18)}… at the top`;
  },
  remedy: 'Only the blobs were packed. The tar should contain oci-layout, index.json and blobs/.',
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
      if (now === undefined) return `it contains ${path.slice(0, 21)}, which is not in oci`;
      const isBlob = path.startsWith('blobs/');
      if (now !== digest && !isBlob) return `its ${path} differs from the one in oci`;
    }
    return undefined;
  },
  remedy:
    'The layout changed after it was packed, so this tar would import the old image. Pack it again.',
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
      if (!held.has(path)) return `it lacks ${path.slice(0, 21)}…, ${name}`;
      if (held.get(path) !== digest) return `${path.slice(0, 21)}…, ${name}, has other bytes`;
    }
    return undefined;
  },
  remedy:
    'The import would fail with "content digest … not found". Verify the layout in oci first, then pack it again.',
  where: 'handroll-tour verify "$OCI_DIR"',
  command: pack,
};

/** Against the check of the tar. */
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

const annotations = `jq '.manifests[].annotations' "$OCI_DIR/index.json"`;

const importIt =
  'sudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"';

const otherNamespace: ImportRule = {
  id: 'import-elsewhere',
  sign: ({ images, elsewhere }) => {
    if (images.has(importedName)) return undefined;
    const [found] = elsewhere;
    return found && `${found[1]} is in the namespace ${found[0]}`;
  },
  remedy:
    'An image in one namespace isn\'t visible in another. Without `-n "$CTR_NAMESPACE"`, ctr uses the namespace default. Import it again, into yours.',
  where: `sudo ctr namespaces ls; ${names}`,
  command: importIt,
};

/** What containerd understands as a tag alone: it puts the base name in front. */
const isBareTag = (name: string) => !/[/:@]/.test(name);

const bareTag: ImportRule = {
  id: 'import-bare-tag',
  sign: ({ images, annotation, manifest }) => {
    if (annotation === undefined || !isBareTag(annotation)) return undefined;
    const found = [...images].find(
      ([name, digest]) =>
        digest === manifest && name !== importedName && name.endsWith(`:${annotation}`),
    );
    return found && `index.json names it ${annotation}, which became ${found[0]}`;
  },
  remedy:
    'A name without a colon is a bare tag, and the import puts `--base-name` in front of it. Write handroll:latest into index.json (04-layout/index), then pack and import again.',
  where: annotations,
};

const otherName: ImportRule = {
  id: 'import-other-name',
  sign: ({ images, manifest }) => {
    if (manifest === undefined || images.has(importedName)) return undefined;
    const found = [...images].filter(([, digest]) => digest === manifest).map(([name]) => name);
    return found.length === 0 ? undefined : `no image ${importedName}, only ${found.join(', ')}`;
  },
  remedy:
    'It is your image under another name. The name comes from the annotation in index.json, and should be handroll:latest. `ctr images tag` can add that name.',
  where: names,
};

const filtered: ImportRule = {
  id: 'import-filtered',
  sign: ({ images, annotation, manifest }) => {
    if (annotation === undefined || annotation === importedName || isBareTag(annotation)) {
      return undefined;
    }
    const isThere = images.has(importedName) || [...images.values()].includes(manifest ?? '');
    return isThere ? undefined : `there is no image, and index.json names it ${annotation}`;
  },
  remedy:
    '`--base-name handroll` imports only names that start with handroll, and skips this one without an error. Write handroll:latest into index.json (04-layout/index), then pack and import again.',
  where: annotations,
};

const noImage: ImportRule = {
  id: 'import-without-image',
  sign: ({ images, annotation, isNamespaceLeft, namespace }) =>
    isNamespaceLeft && images.size === 0 && annotation === importedName
      ? `the namespace ${namespace} exists, but there is no image in it`
      : undefined,
  remedy:
    'An import created no image here. If it reported "unrecognized image format", it was given another tar, such as a layer. If it reported nothing, its `--base-name` isn\'t the beginning of handroll:latest, and then ctr skips the image.',
  where: annotations,
  command: importIt,
};

const earlierImage: ImportRule = {
  id: 'import-earlier',
  sign: ({ images, manifest }) => {
    const found = images.get(importedName);
    return found === undefined || manifest === undefined || found === manifest
      ? undefined
      : `${importedName} points to ${brief(found)}`;
  },
  remedy:
    'You imported it before you changed something in the image. Pack and import again: the name then points to the new manifest.',
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
  bareTag,
  otherName,
  importStopped,
  earlierTar,
  filtered,
  noImage,
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
  remedy: `The name has to be ${taggedName}, to the letter.`,
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
  remedy: 'Your image was tagged in another namespace. Tag it with `-n "$CTR_NAMESPACE"`.',
  where: 'sudo ctr namespaces ls',
  command: tag,
};

const tagEarlier: ImportRule = {
  id: 'tag-earlier',
  sign: ({ images, manifest }) => {
    const found = images.get(taggedName);
    if (found === undefined || manifest === undefined || found === manifest) return undefined;
    return images.get(importedName) === manifest
      ? `${taggedName} points to ${brief(found)}, an earlier image`
      : undefined;
  },
  remedy: 'The import has moved only the short name. Tag again, with `--force`.',
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
    committed: diagnoser(seeImport, ...unpackedRules),
  },
  tag: { both: diagnoser(seeImport, ...tagRules) },
});
