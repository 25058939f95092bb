import { expect, test } from 'vitest';
import {
  blobRules,
  commandRules,
  configDescriptorRules,
  diffIdRules,
  documentNameRules,
  indexRules,
  layerRules,
  markerRules,
  nameRules,
  platformRules,
  type SeenLayout,
  schemaRules,
  wholeRules,
} from '../../../../lessons/04-layout/diagnoses.ts';
import { type KnownDigests, refName } from '../../../../lessons/facts/layout.ts';
import { diagnose } from '../../../../src/engine/diagnosis.ts';
import { sha256 } from '../../../../src/oci/digest.ts';
import { type DiagnosisRow, mistakeTables } from '../../../helpers/diagnoses.ts';

const mistakeTable = mistakeTables('04-layout');

type Json = Record<string, unknown>;

const baseId = sha256('base');
const deltaId = sha256('delta');
const base = sha256('base.gz');
const delta = sha256('delta.gz');
const media = (what: string) => `application/vnd.oci.image.${what}`;

const config = {
  architecture: 'amd64',
  os: 'linux',
  rootfs: { type: 'layers', diff_ids: [baseId, deltaId] },
  config: { Cmd: ['/bin/sh'] },
};
const configText = `${JSON.stringify(config)}\n`;
const ofConfig = sha256(configText);

const configDescriptor = { mediaType: media('config.v1+json'), digest: ofConfig, size: 300 };
const layers = [
  { mediaType: media('layer.v1.tar+gzip'), digest: base, size: 1000 },
  { mediaType: media('layer.v1.tar+gzip'), digest: delta, size: 400 },
];
const manifest = {
  schemaVersion: 2,
  mediaType: media('manifest.v1+json'),
  config: configDescriptor,
  layers,
};
const manifestText = `${JSON.stringify(manifest)}\n`;
const ofManifest = sha256(manifestText);

const entry = {
  mediaType: media('manifest.v1+json'),
  digest: ofManifest,
  size: 700,
  annotations: { [refName]: 'handroll:latest' },
};
const index = { schemaVersion: 2, manifests: [entry] };

const known: KnownDigests = new Map([
  [baseId, 'the DiffID of base'],
  [deltaId, 'the DiffID of delta'],
  [base, 'the digest of base'],
  [delta, 'the digest of delta'],
  [ofConfig, 'the digest of the config'],
  [ofManifest, 'the digest of the manifest'],
]);

type Blob = SeenLayout['blobs'][number];

function blob(digest: string, differing: Partial<Blob> = {}): Blob {
  return { name: digest.slice(7), digest, size: 1000, json: undefined, modified: 0, ...differing };
}

const blobs = [
  blob(base),
  blob(delta, { size: 400 }),
  blob(ofConfig, { json: config, text: configText }),
  blob(ofManifest, { json: manifest, text: manifestText }),
];

const right: SeenLayout = {
  paths: ['blobs', 'blobs/sha256', `blobs/sha256/${base.slice(7)}`, 'oci-layout'],
  beside: ['build', 'oci', 'base-layer.tar'],
  marker: '{"imageLayoutVersion": "1.0.0"}\n',
  index: JSON.stringify(index),
  blobs,
  links: new Map(),
  config,
  manifest,
  known,
  sizes: new Map([
    ['base-layer.tar.gz', 1000],
    ['delta-layer.tar.gz', 400],
    ['base-layer.tar', 2048],
    ['delta-layer.tar', 10240],
    ['the config', 300],
    ['the manifest', 700],
  ]),
  machine: 'amd64',
  programs: ['.', 'bin', 'bin/busybox', 'bin/sh'],
};

const seen = (differing: Partial<SeenLayout>): SeenLayout => ({ ...right, ...differing });

const begun = seen({
  index: undefined,
  blobs: blobs.slice(0, 2),
  config: undefined,
  manifest: undefined,
  known: new Map([...known].slice(0, 4)),
});
const innocent: Record<string, SeenLayout> = {
  'all is right': right,
  'no manifest yet': seen({ index: undefined, manifest: undefined, blobs: blobs.slice(0, 3) }),
  'no documents yet': begun,
  'only the marker is there': { ...begun, blobs: [] },
  'nothing is there yet': {
    ...begun,
    paths: [],
    beside: [],
    marker: undefined,
    blobs: [],
    known: new Map(),
    sizes: new Map(),
    programs: [],
  },
};

const marked = (marker: string) => seen({ marker });

mistakeTable('04-layout/layers/version', markerRules, innocent, [
  ['marker-misnamed', seen({ marker: undefined, paths: ['blobs', 'oci-layout.json'] })],
  ['marker-misnamed', seen({ marker: undefined, paths: ['OCI_LAYOUT', 'blobs'] })],
  ['marker-misplaced', seen({ marker: undefined, paths: ['blobs', 'blobs/oci-layout'] })],
  [
    'marker-misplaced',
    seen({ marker: undefined, paths: ['blobs'], beside: ['oci', 'oci-layout'] }),
  ],
  ['marker-not-json', marked('{"imageLayoutVersion": "1.0.0",}')],
  ['marker-not-json', marked("{'imageLayoutVersion': '1.0.0'}")],
  ['marker-key', marked('{"imageLayoutversion": "1.0.0"}')],
  ['marker-key', marked('{}')],
  ['marker-version', marked('{"imageLayoutVersion": "2.0.0"}')],
  ['marker-version', marked('{"imageLayoutVersion": 1.0}')],
]);

/** The delta's blob, otherwise. */
const stored = (differing: Partial<Blob>) =>
  seen({ blobs: [blob(base), blob(differing.digest ?? delta, differing)] });
const hex = delta.slice(7);
const note = 'a document\n';

const names: DiagnosisRow<SeenLayout>[] = [
  [
    'blob-link',
    seen({ blobs: blobs.slice(1), links: new Map([[hex, '../../../base-layer.tar.gz']]) }),
  ],
  ['blob-outside', seen({ paths: ['blobs', `blobs/${hex}`], blobs: [] })],
  [
    'blob-other-algorithm',
    seen({ paths: ['blobs', 'blobs/sha512', `blobs/sha512/${hex}${hex}`], blobs: [] }),
  ],
  ['blob-name-other-hash', stored({ name: `${hex}${hex}` })],
  ['blob-name-other-hash', stored({ name: hex.slice(0, 40) })],
  ['blob-name-prefix', stored({ name: delta })],
  ['blob-name-suffix', stored({ name: `${hex}.tar.gz` })],
  ['blob-name-uppercase', stored({ name: hex.toUpperCase() })],
  ['blob-name-short', stored({ name: hex.slice(0, 12) })],
  ['blob-name-of-nothing', stored({ name: sha256('').slice(7) })],
  [
    'blob-name-newline',
    stored({ digest: sha256(note), text: note, name: sha256(note.trimEnd()).slice(7) }),
  ],
  [
    'blob-name-newline',
    stored({ digest: sha256('text'), text: 'text', name: sha256('text\n').slice(7) }),
  ],
  ['blob-name-diffid', stored({ name: deltaId.slice(7) })],
  ['blob-changed', stored({ name: hex, digest: sha256('flipped'), size: 399 })],
  ['blob-name-human', stored({ name: 'delta-layer.tar.gz' })],
  ['blob-name-human', stored({ name: 'base-layer.tar', digest: baseId })],
];

const plainTar: DiagnosisRow<SeenLayout> = [
  'blob-uncompressed',
  stored({ name: deltaId.slice(7), digest: deltaId }),
];

mistakeTable('04-layout/layers/present', blobRules, innocent, [
  ...names,
  plainTar,
  [
    'blob-of-earlier-layer',
    stored({ digest: sha256('older'), name: sha256('older').slice(7), size: 399 }),
  ],
]);

const old = sha256('an old config');
const second = blob(sha256('a manifest in other bytes'), { json: manifest, text: '{}' });
mistakeTable('04-layout/whole/four', wholeRules, innocent, [
  ...names,
  plainTar,
  ['blob-left-over', seen({ blobs: [...blobs, blob(old, { json: {}, text: '{}' })] })],
  ['several-manifests', seen({ blobs: [...blobs, second] })],
  // The older of the two is the one in use.
  [
    'several-manifests',
    seen({
      blobs: [...blobs, second],
      index: JSON.stringify({ manifests: [{ ...entry, digest: second.digest }] }),
    }),
  ],
]);

mistakeTable('04-layout/config/named', documentNameRules, innocent, names);

/** What is wrong with a digest, wherever it stands. */
function digestRows(
  digest: string,
  withValue: (digest: unknown) => SeenLayout,
): DiagnosisRow<SeenLayout>[] {
  const digits = digest.slice(7);
  const rows: [string, unknown][] = [
    ['digest-empty', ''],
    ['digest-empty', 'sha256:'],
    ['digest-variable', '$BASE_DIGEST'],
    ['digest-of-nothing', sha256('')],
    ['digest-doubled', `sha256:${digest}`],
    ['digest-with-file-name', `${digest}  x.tar`],
    ['digest-with-file-name', `${digest}  -`],
    ['digest-with-space', `${digest}\n`],
    ['digest-bare', digits],
    ['digest-uppercase', `sha256:${digits.toUpperCase()}`],
    ['digest-other-algorithm', `sha512:${digits}${digits}`],
    ['digest-other-algorithm', `sha256:${digits.slice(0, 40)}`],
    ['digest-length', digest.slice(0, 19)],
    ['digest-missing', undefined],
    ['digest-missing', 5],
  ];
  return rows.map(([id, value]) => [id, withValue(value)]);
}

const configured = (change: Json) => seen({ config: { ...config, ...change } });
const withIds = (...ids: unknown[]) => configured({ rootfs: { type: 'layers', diff_ids: ids } });

const broken = (text: string) => [...blobs.slice(0, 2), blob(sha256(text), { text })];
const badConfig = '{\n  "rootfs": {"diff_ids": []},\n}\n';
const configFile: DiagnosisRow<SeenLayout>[] = [
  ['config-not-json', seen({ config: undefined, blobs: broken(badConfig) })],
  ['config-outside', seen({ config: undefined, paths: ['blobs', 'config.json'] })],
  ['config-outside', seen({ config: undefined, beside: ['config.json', 'oci'] })],
];

mistakeTable('04-layout/config/diff-ids', diffIdRules, innocent, [
  ...configFile,
  ...digestRows(deltaId, (digest) => withIds(baseId, digest)),
  ['diffids-key', configured({ rootfs: { type: 'layers', diffIds: [baseId] } })],
  ['diffids-key', configured({ rootfs: { type: 'layers' }, diff_ids: [] })],
  ['diffids-key', configured({ rootfs: { type: 'layers' } })],
  ['diffids-key', configured({ rootfs: undefined })],
  ['diffids-are-digests', withIds(base, deltaId)],
  ['diffids-swapped', withIds(deltaId, baseId)],
  ['diffids-twice', withIds(baseId, baseId)],
  ['diffids-count', withIds(baseId)],
  ['diffids-count', withIds()],
  ['diffids-count', withIds(baseId, deltaId, ofConfig)],
  ['diffids-of-earlier-tar', withIds(baseId, old)],
]);

mistakeTable('04-layout/config/platform', platformRules, innocent, [
  ...configFile,
  ['architecture-of-uname', configured({ architecture: 'x86_64' })],
  ['platform-capitals', configured({ os: 'Linux' })],
  ['platform-capitals', configured({ architecture: 'AMD64' })],
  ['platform-missing', configured({ os: undefined })],
  ['platform-missing', configured({ architecture: undefined, config: { architecture: 'amd64' } })],
  ['platform-of-another', configured({ architecture: 'arm64' })],
  ['platform-of-another', configured({ os: 'windows' })],
]);

const commanded = (Cmd: unknown) => configured({ config: { Cmd } });

mistakeTable('04-layout/config/command', commandRules, innocent, [
  ...configFile,
  ['rootfs-type', configured({ rootfs: { diff_ids: [] } })],
  ['rootfs-type', configured({ rootfs: { type: 'layer' } })],
  ['cmd-string', commanded('/bin/sh')],
  ['cmd-misplaced', configured({ config: { cmd: ['/bin/sh'] } })],
  ['cmd-misplaced', configured({ config: undefined, Cmd: ['/bin/sh'] })],
  ['cmd-one-word', commanded(['/bin/sh -c ls'])],
  ['cmd-not-in-image', commanded(['/bin/bash'])],
]);

/** What is wrong with a size or a media type, wherever they stand. */
function descriptorRows(
  { size, mediaType }: { size: number; mediaType: string },
  withValue: (change: Json) => SeenLayout,
): DiagnosisRow<SeenLayout>[] {
  const rows: [string, Json][] = [
    ['size-text', { size: String(size) }],
    ['size-missing', { size: undefined }],
    ['size-newline', { size: size + 1 }],
    ['size-newline', { size: size - 1 }],
    ['size-of-another', { size: size === 300 ? 700 : 300 }],
    ['media-type-missing', { mediaType: undefined }],
    ['media-type-missing', { mediaType: undefined, mediatype: mediaType }],
    ['media-type-docker', { mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' }],
    ['media-type-of-another', { mediaType: media('index.v1+json') }],
    ['media-type-misspelt', { mediaType: media('layer.v1.tar.gzip') }],
    ['media-type-misspelt', { mediaType: 5 }],
  ];
  return rows.map(([id, change]) => [id, withValue(change)]);
}

/** What only the descriptor of a layer can be wrong in. */
const layerOnly: DiagnosisRow<SeenLayout>[] = [
  ['size-uncompressed', withLayer(1, { size: 10240 })],
  ['media-type-uncompressed', withLayer(1, { mediaType: media('layer.v1.tar') })],
];

const ofLayersOnly = ({ id }: { readonly id: string }) =>
  !['size-uncompressed', 'media-type-uncompressed'].includes(id);

const manifestFile: DiagnosisRow<SeenLayout>[] = [
  ['manifest-not-json', seen({ manifest: undefined, blobs: broken('{"layers": [') })],
  ['manifest-outside', seen({ manifest: undefined, paths: ['blobs', 'manifest.json'] })],
];

const withConfig = (change: Json) =>
  seen({ manifest: { ...manifest, config: { ...configDescriptor, ...change } } });

mistakeTable('04-layout/manifest/config', configDescriptorRules.filter(ofLayersOnly), innocent, [
  ...manifestFile,
  ...digestRows(ofConfig, (digest) => withConfig({ digest })),
  ['config-is-another', withConfig({ digest: base })],
  ['config-is-earlier', withConfig({ digest: old })],
  ...descriptorRows(configDescriptor, withConfig),
]);

function withLayer(at: number, change: Json): SeenLayout {
  return seen({
    manifest: {
      ...manifest,
      layers: layers.map((layer, index_) => (index_ === at ? { ...layer, ...change } : layer)),
    },
  });
}
const withLayers = (...all: unknown[]) => seen({ manifest: { ...manifest, layers: all } });

mistakeTable('04-layout/manifest/layers', layerRules, innocent, [
  ...manifestFile,
  ...digestRows(delta, (digest) => withLayer(1, { digest })),
  ['layers-swapped', withLayers(layers[1], layers[0])],
  ['layers-twice', withLayers(layers[0], layers[0])],
  ['layer-is-diffid', withLayer(0, { digest: baseId })],
  ['layer-is-document', withLayer(0, { digest: ofConfig })],
  ['layer-is-earlier', withLayer(1, { digest: old })],
  ['layer-is-earlier', { ...withLayer(1, { digest: old }), blobs: [...blobs, blob(old)] }],
  ['layers-key', seen({ manifest: { schemaVersion: 2, config: configDescriptor, layer: layers } })],
  ['layers-key', seen({ manifest: { schemaVersion: 2, config: configDescriptor } })],
  ['layers-count', withLayers(layers[0])],
  ['layers-count', seen({ manifest: { ...manifest, layers: 'none' } })],
  ...descriptorRows({ size: 1000, mediaType: '' }, (change) => withLayer(0, change)),
  ...layerOnly,
]);

mistakeTable('04-layout/manifest/schema', schemaRules, innocent, [
  ...manifestFile,
  ['schema-version', seen({ manifest: { ...manifest, schemaVersion: '2' } })],
  ['manifest-media-type', seen({ manifest: { ...manifest, mediaType: undefined } })],
]);

const indexed = (json: Json) => seen({ index: JSON.stringify(json) });
const pointing = (change: Json) => indexed({ ...index, manifests: [{ ...entry, ...change }] });

const indexFile: DiagnosisRow<SeenLayout>[] = [
  ['index-not-json', seen({ index: badConfig })],
  ['index-misplaced', seen({ index: undefined, paths: ['blobs', 'blobs/index.json'] })],
  ['index-misplaced', seen({ index: undefined, beside: ['index.json', 'oci'] })],
  ['index-is-manifest', indexed(manifest)],
];

mistakeTable('04-layout/index/points', indexRules.filter(ofLayersOnly), innocent, [
  ...indexFile,
  ['index-count', indexed({ ...index, manifests: entry })],
  ['index-count', indexed({ ...index, manifests: [entry, entry] })],
  ...digestRows(ofManifest, (digest) => pointing({ digest })),
  ['index-points-past', pointing({ digest: ofConfig })],
  ['index-is-earlier', pointing({ digest: old })],
  ['index-is-earlier', { ...pointing({ digest: old }), blobs: [...blobs, blob(old)] }],
  ...descriptorRows(entry, pointing),
]);

const named = (annotations: unknown) => pointing({ annotations });

mistakeTable('04-layout/index/name', nameRules, innocent, [
  ...indexFile,
  [
    'name-on-index',
    indexed({
      manifests: [{ ...entry, annotations: undefined }],
      annotations: { [refName]: 'handroll:latest' },
    }),
  ],
  ['name-key', named({ 'org.opencontainers.ref.name': 'handroll:latest' })],
  ['name-missing', named(undefined)],
  ['name-without-tag', named({ [refName]: 'handroll' })],
  ['name-bare-tag', named({ [refName]: 'latest' })],
  ['name-other', named({ [refName]: 'docker.io/library/handroll:latest' })],
  ['name-other', named({ [refName]: 'handrol:latest' })],
]);

test('layers that are swapped have each its own size', () => {
  const swapped = withLayers(layers[1], layers[0]);
  expect(diagnose(layerRules, swapped).map(({ id }) => id)).toEqual(['layers-swapped']);
});

test('any other slip is told in the words of the parser, which differ from Node to Node', () => {
  const index = '{"schemaVersion": 2 "layers": []}';
  let said = '';
  try {
    JSON.parse(index);
  } catch (error) {
    said = (error as Error).message;
  }
  const observed = `index.json isn't JSON: ${said}`;
  expect(diagnose(indexRules, seen({ index }))[0]).toMatchObject({
    id: 'index-not-json',
    observed,
  });
});

test('nothing is said to be missing that is stored, and nothing in use is to be deleted', () => {
  const both = seen({
    blobs: [...blobs, second],
    index: JSON.stringify({ manifests: [{ ...entry, digest: second.digest }] }),
  });
  const [first] = diagnose(wholeRules, both);
  expect(first?.observed).toMatch(
    new RegExp(`names ${second.name.slice(0, 8)}…, but not ${ofManifest.slice(7, 15)}…$`),
  );
  const [points] = diagnose(indexRules, both);
  expect(points?.observed).toContain('a blob from an earlier try');
  expect(
    diagnose(wholeRules, both)
      .map(({ observed }) => observed)
      .join(),
  ).not.toMatch(new RegExp(`doesn't lead to .*${second.name.slice(0, 8)}`));
});
