import {
  baseRules,
  duplicateRules,
  type SeenSecond,
  secondImportRules,
  secondNotUnpacked,
} from '../../../../lessons/10-layers-are-diffs/diagnoses.ts';
import { sha256 } from '../../../../src/oci/digest.ts';
import { mistakeTables } from '../../../helpers/diagnoses.ts';
import { program, type Told, tree } from '../../../helpers/entries.ts';

const mistakeTable = mistakeTables('10-layers-are-diffs');

const below = tree({ 'bin/busybox': program() })[1];
const padded = (path: string, told: Told) => ({ below, padded: tree({ [path]: told }) });

mistakeTable(
  '10-layers-are-diffs/duplicate',
  duplicateRules,
  {
    'all is right': padded('bin/busybox', program()),
    'not packed yet': { below, padded: undefined },
    'nothing is there yet': { below: undefined, padded: undefined },
  },
  [
    ['duplicate-missing', { below, padded: tree({}) }],
    ['duplicate-missing', padded('busybox', program())],
    ['duplicate-other-bytes', padded('bin/busybox', program(7))],
    ['duplicate-other-metadata', padded('bin/busybox', { ...program(), mode: 0o700 })],
    ['duplicate-other-metadata', padded('bin/busybox', { ...program(), mtime: 1735689601 })],
  ],
);

const name = 'docker.io/library/handroll2:latest';
const [base, manifest, top] = [sha256('base'), sha256('second manifest'), sha256('chain')];
const layer = { digest: base, diffId: sha256('base tar') };
const second: SeenSecond = {
  base: layer,
  layer,
  manifest,
  images: new Map([[name, manifest]]),
  content: [manifest, base],
  elsewhere: [],
  chain: [layer.diffId, top],
  snapshots: [layer.diffId, top],
};
const seen = (differing: Partial<SeenSecond>): SeenSecond => ({ ...second, ...differing });
const built = seen({ images: new Map(), content: [base], snapshots: [layer.diffId] });

const innocent: Record<string, SeenSecond> = {
  'all is right': second,
  'it is built, and not imported yet': built,
  'nothing is there yet': {
    ...built,
    layer: { digest: undefined, diffId: undefined },
    manifest: undefined,
    chain: [],
  },
};

mistakeTable('10-layers-are-diffs/sibling', baseRules, innocent, [
  ['second-base-recompressed', seen({ layer: { ...layer, digest: sha256('recompressed') } })],
  ['second-base-diffid', seen({ layer: { ...layer, diffId: sha256('other tar') } })],
]);

mistakeTable('10-layers-are-diffs/shared/imported', secondImportRules, innocent, [
  ['second-elsewhere', { ...built, elsewhere: [['default', name]] }],
  ['second-other-name', seen({ images: new Map([['handroll2:latest', manifest]]) })],
  ['second-without-name', seen({ images: new Map() })],
  ['second-earlier', seen({ images: new Map([[name, sha256('earlier manifest')]]) })],
]);

mistakeTable('10-layers-are-diffs/shared/base-once', [secondNotUnpacked], innocent, [
  ['second-not-unpacked', seen({ snapshots: [layer.diffId] })],
]);
