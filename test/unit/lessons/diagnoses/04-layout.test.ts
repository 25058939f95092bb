import { expect, test } from 'vitest';
import {
  blobMistakes,
  commandMistakes,
  configDescriptorMistakes,
  diffIdMistakes,
  indexMistakes,
  layerMistakes,
  markerMistakes,
  nameMistakes,
  platformMistakes,
  type SeenLayout,
  schemaMistakes,
  wholeMistakes,
} from '../../../../lessons/04-layout/diagnoses.ts';
import { type KnownDigests, refName } from '../../../../lessons/facts/layout.ts';
import { recognised } from '../../../../src/engine/diagnosis.ts';
import { sha256 } from '../../../../src/oci/digest.ts';
import { type MadeMistake, mistakeTable } from '../../../helpers/mistakes.ts';

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
  [base, 'the Digest of base'],
  [delta, 'the Digest of delta'],
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

mistakeTable('04-layout/marker/version', markerMistakes, innocent, [
  [
    'marker-misnamed',
    seen({ marker: undefined, paths: ['blobs', 'oci-layout.json'] }),
    'oci/oci-layout.json is there, and no oci/oci-layout',
  ],
  [
    'marker-misnamed',
    seen({ marker: undefined, paths: ['OCI_LAYOUT', 'blobs'] }),
    'oci/OCI_LAYOUT is there, and no oci/oci-layout',
  ],
  [
    'marker-misplaced',
    seen({ marker: undefined, paths: ['blobs', 'blobs/oci-layout'] }),
    'oci-layout is there as oci/blobs/oci-layout',
  ],
  [
    'marker-misplaced',
    seen({ marker: undefined, paths: ['blobs'], beside: ['oci', 'oci-layout'] }),
    'oci-layout lies beside oci, not in it',
  ],
  [
    'marker-not-json',
    marked('{"imageLayoutVersion": "1.0.0",}'),
    'oci-layout is not JSON: line 1: a comma after the last item',
  ],
  [
    'marker-not-json',
    marked("{'imageLayoutVersion': '1.0.0'}"),
    'oci-layout is not JSON: line 1: a single quote, where JSON wants double ones',
  ],
  ['marker-key', marked('{"imageLayoutversion": "1.0.0"}'), 'oci-layout says "imageLayoutversion"'],
  ['marker-key', marked('{}'), 'oci-layout is an empty object'],
  ['marker-version', marked('{"imageLayoutVersion": "2.0.0"}'), 'imageLayoutVersion is "2.0.0"'],
  ['marker-version', marked('{"imageLayoutVersion": 1.0}'), 'imageLayoutVersion is 1'],
]);

/** The delta's blob, otherwise. */
const stored = (differing: Partial<Blob>) =>
  seen({ blobs: [blob(base), blob(differing.digest ?? delta, differing)] });
const hex = delta.slice(7);
const note = 'a document\n';

const names: MadeMistake<SeenLayout>[] = [
  [
    'blob-outside',
    seen({ paths: ['blobs', `blobs/${hex}`], blobs: [] }),
    `a blob lies at oci/blobs/${hex.slice(0, 8)}…`,
  ],
  ['blob-name-prefix', stored({ name: delta }), `a file is called ${delta.slice(0, 16)}…`],
  [
    'blob-name-suffix',
    stored({ name: `${hex}.tar.gz` }),
    `a file is called ${hex.slice(0, 8)}….tar.gz`,
  ],
  [
    'blob-name-uppercase',
    stored({ name: hex.toUpperCase() }),
    `a file is called ${hex.slice(0, 8).toUpperCase()}…, in capitals`,
  ],
  [
    'blob-name-short',
    stored({ name: hex.slice(0, 12) }),
    `a file is called ${hex.slice(0, 12)}…, 12 of its 64 digits`,
  ],
  ['blob-name-of-nothing', stored({ name: sha256('').slice(7) }), 'a file is called e3b0c442…'],
  [
    'blob-name-newline',
    stored({ digest: sha256(note), text: note, name: sha256(note.trimEnd()).slice(7) }),
    `${sha256(note.trimEnd()).slice(7, 15)}… is the hash of its text without the newline at the end`,
  ],
  [
    'blob-name-newline',
    stored({ digest: sha256('text'), text: 'text', name: sha256('text\n').slice(7) }),
    `${sha256('text\n').slice(7, 15)}… is the hash of its text and one more newline`,
  ],
  [
    'blob-name-diffid',
    stored({ name: deltaId.slice(7) }),
    'a file is called by the DiffID of delta. It holds the compressed delta',
  ],
  [
    'blob-changed',
    stored({ name: hex, digest: sha256('flipped'), size: 399 }),
    'the file called by the Digest of delta has other bytes, 399 of them',
  ],
  [
    'blob-name-human',
    stored({ name: 'delta-layer.tar.gz' }),
    'a file is called delta-layer.tar.gz and holds the blob of delta',
  ],
  [
    'blob-name-human',
    stored({ name: 'base-layer.tar', digest: baseId }),
    'a file is called base-layer.tar and holds base-layer.tar',
  ],
];

const plainTar: MadeMistake<SeenLayout> = [
  'blob-uncompressed',
  stored({ name: deltaId.slice(7), digest: deltaId }),
  `${deltaId.slice(7, 15)}… is delta-layer.tar, uncompressed`,
];

mistakeTable('04-layout/layers/present', blobMistakes, innocent, [
  ...names,
  plainTar,
  [
    'blob-of-earlier-layer',
    stored({ digest: sha256('older'), name: sha256('older').slice(7), size: 399 }),
    `${sha256('older').slice(7, 15)}…, 399 bytes, is no layer that you have now`,
  ],
]);

const old = sha256('an old config');
mistakeTable('04-layout/whole/four', wholeMistakes, innocent, [
  ...names,
  plainTar,
  [
    'blob-left-over',
    seen({ blobs: [...blobs, blob(old, { json: {}, text: '{}' })] }),
    `5 blobs; nobody points at ${old.slice(7, 15)}…`,
  ],
]);

/** What is wrong with a digest, wherever it stands. */
function digestRows(
  label: string,
  right_: string,
  with_: (digest: unknown) => SeenLayout,
): MadeMistake<SeenLayout>[] {
  const digits = right_.slice(7);
  const rows: [string, string, string][] = [
    ['digest-empty', '', 'is ""'],
    ['digest-empty', 'sha256:', 'is "sha256:"'],
    ['digest-variable', '$BASE_DIGEST', 'is "$BASE_DIGEST", as it was typed'],
    ['digest-of-nothing', sha256(''), 'is e3b0c442…'],
    ['digest-doubled', `sha256:${right_}`, 'begins with sha256: twice'],
    ['digest-with-file-name', `${right_}  x.tar`, 'ends in "x.tar"'],
    ['digest-with-file-name', `${right_}  -`, 'ends in "-"'],
    ['digest-with-space', `${right_}\n`, 'ends in white space'],
    ['digest-bare', digits, `is ${digits.slice(0, 8)}…, without sha256:`],
    [
      'digest-uppercase',
      `sha256:${digits.toUpperCase()}`,
      `is sha256:${digits.slice(0, 8).toUpperCase()}…, with capitals`,
    ],
    ['digest-length', right_.slice(0, 19), 'has 12 digits'],
  ];
  return [
    ...rows.map(([id, value, said]): MadeMistake<SeenLayout> => {
      return [id, with_(value), `${label} ${said}`];
    }),
    ['digest-missing', with_(undefined), `${label} is missing`],
    ['digest-missing', with_(5), `${label} is 5`],
  ];
}

const configured = (change: Json) => seen({ config: { ...config, ...change } });
const withIds = (...ids: unknown[]) => configured({ rootfs: { type: 'layers', diff_ids: ids } });

const broken = (text: string) => [...blobs.slice(0, 2), blob(sha256(text), { text })];
const badConfig = '{\n  "rootfs": {"diff_ids": []},\n}\n';
const configFile: MadeMistake<SeenLayout>[] = [
  [
    'config-not-json',
    seen({ config: undefined, blobs: broken(badConfig) }),
    `${sha256(badConfig).slice(7, 15)}… would be the config, and is not JSON: line 2: a comma after the last item`,
  ],
  [
    'config-outside',
    seen({ config: undefined, paths: ['blobs', 'config.json'] }),
    'oci/config.json is there, and no blob that says the same',
  ],
  [
    'config-outside',
    seen({ config: undefined, beside: ['config.json', 'oci'] }),
    'config.json lies beside oci, and no blob says the same',
  ],
];

mistakeTable('04-layout/config/diff-ids', diffIdMistakes, innocent, [
  ...configFile,
  ...digestRows('the second', deltaId, (digest) => withIds(baseId, digest)),
  [
    'diffids-key',
    configured({ rootfs: { type: 'layers', diffIds: [baseId] } }),
    `rootfs.diffIds is ["${baseId.slice(0, 38)}…${baseId.slice(-10)}"]`,
  ],
  ['diffids-key', configured({ rootfs: { type: 'layers' }, diff_ids: [] }), 'diff_ids is []'],
  ['diffids-key', configured({ rootfs: { type: 'layers' } }), 'the config has no diff_ids'],
  ['diffids-key', configured({ rootfs: undefined }), 'the config has no rootfs'],
  ['diffids-are-digests', withIds(base, deltaId), 'the Digest of base, the DiffID of delta'],
  ['diffids-swapped', withIds(deltaId, baseId), 'the DiffID of delta, the DiffID of base'],
  ['diffids-twice', withIds(baseId, baseId), 'the DiffID of base, twice'],
  ['diffids-count', withIds(baseId), 'one DiffID, for two layers'],
  ['diffids-count', withIds(), '0 DiffIDs, for two layers'],
  ['diffids-count', withIds(baseId, deltaId, ofConfig), '3 DiffIDs, for two layers'],
  [
    'diffids-of-earlier-tar',
    withIds(baseId, old),
    `the second is ${old.slice(7, 15)}…, the hash of no tar you have now`,
  ],
]);

mistakeTable('04-layout/config/platform', platformMistakes, innocent, [
  ...configFile,
  ['architecture-of-uname', configured({ architecture: 'x86_64' }), 'architecture x86_64'],
  ['platform-capitals', configured({ os: 'Linux' }), 'os Linux'],
  ['platform-capitals', configured({ architecture: 'AMD64' }), 'architecture AMD64'],
  ['platform-missing', configured({ os: undefined }), 'os missing'],
  [
    'platform-missing',
    configured({ architecture: undefined, config: { architecture: 'amd64' } }),
    'architecture stands a level too deep, as "amd64"',
  ],
  [
    'platform-of-another',
    configured({ architecture: 'arm64' }),
    'architecture arm64, and this machine is amd64',
  ],
  ['platform-of-another', configured({ os: 'windows' }), 'os windows'],
]);

const commanded = (Cmd: unknown) => configured({ config: { Cmd } });

mistakeTable('04-layout/config/command', commandMistakes, innocent, [
  ...configFile,
  ['rootfs-type', configured({ rootfs: { diff_ids: [] } }), 'rootfs.type missing'],
  ['rootfs-type', configured({ rootfs: { type: 'layer' } }), 'rootfs.type "layer"'],
  ['cmd-string', commanded('/bin/sh'), 'Cmd "/bin/sh"'],
  ['cmd-misplaced', configured({ config: { cmd: ['/bin/sh'] } }), 'it is called config.cmd'],
  [
    'cmd-misplaced',
    configured({ config: undefined, Cmd: ['/bin/sh'] }),
    'Cmd stands at the top, not in config',
  ],
  [
    'cmd-one-word',
    commanded(['/bin/sh -c ls']),
    'Cmd ["/bin/sh -c ls"]: one word with a space in it',
  ],
  [
    'cmd-not-in-image',
    commanded(['/bin/bash']),
    'Cmd ["/bin/bash"], and build/base has no bin/bash',
  ],
]);

/** What is wrong with a size or a media type, wherever they stand. */
function descriptorRows(
  label: string,
  of: { size: number; mediaType: string; isLayer?: boolean },
  with_: (change: Json) => SeenLayout,
): MadeMistake<SeenLayout>[] {
  const { size } = of;
  const other = size === 300 ? 700 : 300;
  const whose = size === 300 ? 'the manifest' : 'the config';
  const docker = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
  const rows: [string, Json, string][] = [
    ['size-text', { size: String(size) }, `size "${size}", a string`],
    ['size-missing', { size: undefined }, 'no size'],
    ['size-newline', { size: size + 1 }, `size ${size + 1}, not ${size}: one byte too many`],
    ['size-newline', { size: size - 1 }, `size ${size - 1}, not ${size}: one byte too few`],
    [
      'size-of-another',
      { size: other },
      `size ${other}, not ${size}: that is the size of ${whose}`,
    ],
    ['media-type-missing', { mediaType: undefined }, 'no mediaType'],
    [
      'media-type-missing',
      { mediaType: undefined, mediatype: of.mediaType },
      'no mediaType, but a key like it',
    ],
    ['media-type-docker', { mediaType: docker }, `mediaType ${docker}`],
    ['media-type-of-another', { mediaType: media('index.v1+json') }, 'mediaType of an index'],
  ];
  return rows.map(([id, change, said]) => [id, with_(change), `${label}: ${said}`]);
}

/** What only the descriptor of a layer can be wrong in. */
const layerOnly: MadeMistake<SeenLayout>[] = [
  [
    'size-uncompressed',
    withLayer(1, { size: 10240 }),
    'layer 1: size 10240, not 400: that is delta-layer.tar',
  ],
  [
    'media-type-uncompressed',
    withLayer(1, { mediaType: media('layer.v1.tar') }),
    `layer 1: mediaType ${media('layer.v1.tar')}`,
  ],
];

const asks = (ids: readonly string[]) => (mistake: { readonly id: string }) =>
  !ids.includes(mistake.id);
const ofLayersOnly = asks(['size-uncompressed', 'media-type-uncompressed']);

const badManifest = '{"schemaVersion": 2 "layers": []}';
const manifestFile: MadeMistake<SeenLayout>[] = [
  [
    'manifest-not-json',
    seen({ manifest: undefined, blobs: broken('{"layers": [') }),
    `${sha256('{"layers": [').slice(7, 15)}… would be the manifest, and is not JSON: the [ of line 1 is never closed`,
  ],
  [
    'manifest-outside',
    seen({ manifest: undefined, paths: ['blobs', 'manifest.json'] }),
    'oci/manifest.json is there, and no blob that says the same',
  ],
];

const withConfig = (change: Json) =>
  seen({ manifest: { ...manifest, config: { ...configDescriptor, ...change } } });

mistakeTable('04-layout/manifest/config', configDescriptorMistakes.filter(ofLayersOnly), innocent, [
  ...manifestFile,
  ...digestRows('the config: the digest', ofConfig, (digest) => withConfig({ digest })),
  ['config-is-another', withConfig({ digest: base }), 'the config points at the Digest of base'],
  [
    'config-is-earlier',
    withConfig({ digest: old }),
    `the config points at ${old.slice(7, 15)}…, no blob of yours`,
  ],
  ...descriptorRows('the config', configDescriptor, withConfig),
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

mistakeTable('04-layout/manifest/layers', layerMistakes, innocent, [
  ...manifestFile,
  ...digestRows('layer 1: the digest', delta, (digest) => withLayer(1, { digest })),
  [
    'layers-swapped',
    withLayers(layers[1], layers[0]),
    'layer 0 is the Digest of delta, layer 1 the Digest of base',
  ],
  ['layers-twice', withLayers(layers[0], layers[0]), 'both layers are the Digest of base'],
  ['layer-is-diffid', withLayer(0, { digest: baseId }), 'layer 0 is the DiffID of base'],
  ['layer-is-document', withLayer(0, { digest: ofConfig }), 'layer 0 is the digest of the config'],
  [
    'layer-is-earlier',
    withLayer(1, { digest: old }),
    `layer 1 is ${old.slice(7, 15)}…, no layer of yours`,
  ],
  ['layers-count', withLayers(layers[0]), 'one layer'],
  ['layers-count', seen({ manifest: { ...manifest, layers: 'none' } }), '0 layers'],
  ...descriptorRows('layer 0', { size: 1000, mediaType: '' }, (change) => withLayer(0, change)),
  ...layerOnly,
]);

mistakeTable('04-layout/manifest/schema', schemaMistakes, innocent, [
  ...manifestFile,
  ['schema-version', seen({ manifest: { ...manifest, schemaVersion: '2' } }), 'schemaVersion "2"'],
  [
    'manifest-media-type',
    seen({ manifest: { ...manifest, mediaType: undefined } }),
    'mediaType missing',
  ],
]);

const indexed = (json: Json) => seen({ index: JSON.stringify(json) });
const pointing = (change: Json) => indexed({ ...index, manifests: [{ ...entry, ...change }] });

const indexFile: MadeMistake<SeenLayout>[] = [
  [
    'index-not-json',
    seen({ index: badManifest }),
    `index.json is not JSON: ${parserSays(badManifest)}`,
  ],
  [
    'index-misplaced',
    seen({ index: undefined, paths: ['blobs', 'blobs/index.json'] }),
    'oci/blobs/index.json is there, and no oci/index.json',
  ],
  [
    'index-misplaced',
    seen({ index: undefined, beside: ['index.json', 'oci'] }),
    'index.json lies beside oci, not in it',
  ],
  ['index-is-manifest', indexed(manifest), 'index.json lists layers, and no manifests'],
];

/** What Node's own parser says, in whichever words this Node has. */
function parserSays(text: string): string {
  try {
    JSON.parse(text);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

mistakeTable('04-layout/index/points', indexMistakes.filter(ofLayersOnly), innocent, [
  ...indexFile,
  ['index-count', indexed({ ...index, manifests: entry }), `manifests is ${shortened(entry)}`],
  ['index-count', indexed({ ...index, manifests: [entry, entry] }), '2 manifests'],
  ...digestRows('the manifest: the digest', ofManifest, (digest) => pointing({ digest })),
  ['index-points-past', pointing({ digest: ofConfig }), 'the manifest is the digest of the config'],
  [
    'index-is-earlier',
    pointing({ digest: old }),
    `the manifest is ${old.slice(7, 15)}…, no blob of yours`,
  ],
  ...descriptorRows('the manifest', entry, pointing),
]);

function shortened(value: unknown): string {
  const text = JSON.stringify(value);
  return `${text.slice(0, 40)}…${text.slice(-12)}`;
}

const named = (annotations: unknown) => pointing({ annotations });

mistakeTable('04-layout/index/name', nameMistakes, innocent, [
  ...indexFile,
  [
    'name-on-index',
    indexed({
      manifests: [{ ...entry, annotations: undefined }],
      annotations: { [refName]: 'handroll:latest' },
    }),
    'the index itself is annotated "handroll:latest"',
  ],
  [
    'name-key',
    named({ 'org.opencontainers.ref.name': 'handroll:latest' }),
    'the annotation is called org.opencontainers.ref.name',
  ],
  ['name-missing', named(undefined), 'no such annotation: the manifest has no name'],
  ['name-without-tag', named({ [refName]: 'handroll' }), 'the name is handroll'],
  [
    'name-long',
    named({ [refName]: 'docker.io/library/handroll:latest' }),
    'the name is docker.io/library/handroll:latest',
  ],
]);

test('layers that are swapped have each its own size', () => {
  const swapped = withLayers(layers[1], layers[0]);
  expect(recognised(layerMistakes, swapped).map(({ id }) => id)).toEqual(['layers-swapped']);
});
