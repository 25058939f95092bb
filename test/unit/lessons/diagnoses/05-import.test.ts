import { gzipSync } from 'node:zlib';
import {
  envelopeRules,
  importRules,
  type SeenEnvelope,
  tagRules,
} from '../../../../lessons/05-import/diagnoses.ts';
import { type SeenImport, unpackedRules } from '../../../../lessons/facts/imported.ts';
import { sha256 } from '../../../../src/oci/digest.ts';
import { mistakeTables } from '../../../helpers/diagnoses.ts';
import { directory, link, program, type Told, tree } from '../../../helpers/entries.ts';

const mistakeTable = mistakeTables('05-import');

const base = sha256('base');
const manifest = sha256('manifest');
const index = sha256('index');
const path = (digest: string) => `blobs/sha256/${digest.slice(7)}`;
const file = (digest: string): Told => ({ ...program(), digest });

const layout: Record<string, Told> = {
  'index.json': file(index),
  'oci-layout': program(),
  blobs: directory(),
  [path(base)]: file(base),
  [path(manifest)]: file(manifest),
};

const envelope: SeenEnvelope = {
  head: Buffer.alloc(512),
  entries: tree(layout),
  layout: new Map(
    Object.entries(layout).flatMap(([name, { digest }]) => (digest ? [[name, digest]] : [])),
  ),
  wanted: new Map([
    [base, 'base'],
    [manifest, 'the manifest'],
  ]),
  beside: ['base-layer.tar', 'handroll-image.tar', 'oci'],
};
const packed = (differing: Partial<SeenEnvelope>) => ({ ...envelope, ...differing });
const noFile = packed({ head: undefined, entries: [], beside: ['base-layer.tar', 'oci'] });

mistakeTable(
  '05-import/pack/envelope',
  envelopeRules,
  {
    'all is right': envelope,
    'not packed yet': noFile,
    'nothing is there yet': { ...noFile, layout: new Map(), wanted: new Map(), beside: [] },
  },
  [
    ['envelope-misnamed', { ...noFile, beside: ['handroll.tar'] }],
    ['envelope-compressed', packed({ head: gzipSync('tar'), entries: [] })],
    [
      'envelope-too-high',
      packed({ entries: tree({ 'oci/oci-layout': program(), 'oci/index.json': file(index) }) }),
    ],
    ['envelope-too-low', packed({ entries: tree({ [base.slice(7)]: file(base) }) })],
    [
      'envelope-link',
      packed({ entries: tree({ ...layout, [path(base)]: link('../../../base-layer.tar.gz') }) }),
    ],
    [
      'envelope-of-earlier-layout',
      packed({ layout: new Map([...envelope.layout, ['index.json', sha256('a newer index')]]) }),
    ],
    [
      'envelope-of-earlier-layout',
      packed({ layout: new Map([...envelope.layout].filter(([name]) => name !== path(manifest))) }),
    ],
    ['envelope-without-blob', packed({ entries: tree({ ...layout, [path(base)]: undefined }) })],
    [
      'envelope-without-blob',
      packed({ entries: tree({ ...layout, [path(manifest)]: file(sha256('flipped')) }) }),
    ],
  ],
);

const short = 'handroll:latest';
const long = 'docker.io/library/handroll:latest';
const older = sha256('older');
const [bottom, top] = [sha256('chain 1'), sha256('chain 2')];
const committed = (key: string, parent?: string) => ({ key, parent, kind: 'Committed' });

const imported: SeenImport = {
  manifest,
  annotation: short,
  images: new Map([[short, manifest]]),
  namespace: 'mine',
  isNamespaceLeft: true,
  elsewhere: [],
  chain: [bottom, top],
  snapshots: [committed(bottom), committed(top, bottom)],
  stoppedAt: undefined,
  isTarEarlier: false,
};
const seen = (differing: Partial<SeenImport>): SeenImport => ({ ...imported, ...differing });
const named = (...images: [string, string][]) => seen({ images: new Map(images) });

const stoppedAt = 'ctr: failed to resolve rootfs: parsing time "2022-02-21T14:44:59+00:00Z"';

const innocent: Record<string, SeenImport> = {
  'all is right': named([short, manifest], [long, manifest]),
  'not tagged yet': imported,
  'not imported yet': seen({ images: new Map(), snapshots: [], isNamespaceLeft: false }),
  'mended by hand after an import that stopped': seen({ stoppedAt }),
  'no layout yet': seen({
    manifest: undefined,
    annotation: undefined,
    images: new Map(),
    isNamespaceLeft: false,
    chain: [],
    snapshots: [],
  }),
};

mistakeTable('05-import/import/imported', importRules, innocent, [
  ['import-elsewhere', seen({ images: new Map(), elsewhere: [['default', short]] })],
  ['import-other-name', named(['other:latest', manifest], ['third:latest', older])],
  ['import-stopped', seen({ images: new Map(), snapshots: [], stoppedAt })],
  ['import-of-earlier-tar', seen({ images: new Map(), isTarEarlier: true })],
  [
    'import-bare-tag',
    seen({ images: new Map([['handroll:handroll', manifest]]), annotation: 'handroll' }),
  ],
  ['import-filtered', seen({ images: new Map(), annotation: long })],
  ['import-without-image', seen({ images: new Map() })],
  ['import-earlier', named([short, older])],
]);

mistakeTable('05-import/tag/both', tagRules, innocent, [
  ['tag-elsewhere', seen({ elsewhere: [['default', long]] })],
  ['tag-misspelt', named([short, manifest], ['docker.io/library/handroll', manifest])],
  ['tag-earlier', named([short, manifest], [long, older])],
  ['import-elsewhere', seen({ images: new Map(), elsewhere: [['default', short]] })],
  ['import-earlier', named([short, older], [long, older])],
]);

mistakeTable('05-import/import/committed', unpackedRules, innocent, [
  ['import-stopped', seen({ snapshots: [], stoppedAt })],
  [
    'unpacked-earlier',
    seen({
      images: new Map([[short, older]]),
      snapshots: [committed(bottom), committed(older, bottom)],
    }),
  ],
  ['not-unpacked', seen({ snapshots: [committed(bottom)] })],
  ['not-unpacked', seen({ snapshots: [] })],
]);
