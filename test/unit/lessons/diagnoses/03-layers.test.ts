import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import {
  apartRules,
  contentRules,
  dateRules,
  differencesOf,
  gzipRules,
  headerFormRules,
  headerRules,
  modeRules,
  orderRules,
  ownerRules,
  practiceHeaderRules,
  practiceRules,
  repeatRules,
  type SeenLayer,
  type SeenLayers,
  twiceRules,
  whiteoutRules,
} from '../../../../lessons/03-layers/diagnoses.ts';
import type { HeaderForm } from '../../../../lessons/facts/layers.ts';
import { sha256 } from '../../../../src/oci/digest.ts';
import type { LayerEntry } from '../../../../src/oci/layer.ts';
import { type DiagnosisRow, mistakeTables } from '../../../helpers/diagnoses.ts';
import {
  device,
  directory,
  file,
  link,
  program,
  type Told,
  tree,
} from '../../../helpers/entries.ts';
import { type Item, tar as pack } from '../../oci/helpers/archives.ts';

const mistakeTable = mistakeTables('03-layers');

const contents: Record<'base' | 'delta', Record<string, Told>> = {
  base: {
    bin: directory(),
    'bin/busybox': program(),
    'bin/sh': link('busybox'),
    'hello.txt': file('hello from base\n'),
  },
  delta: {
    data: directory(),
    'data/.wh.config.txt': device(0, 0),
    'hello.txt': file('hello from delta\n'),
  },
};

/** When and by whom the trees were made. */
const made = { mtime: 1700000000.25, uid: 1000, gid: 1000 };

type Change = Record<string, Told | undefined>;

const trees = (name: 'base' | 'delta', change: Change = {}) =>
  tree({ ...contents[name], ...change }).map((entry) => ({ ...entry, ...made }));

/** The entries of a tree as `tar … .` names them. */
function packed(name: 'base' | 'delta', change: Change = {}): LayerEntry[] {
  return tree({ ...contents[name], ...change }).map((entry) => ({
    ...entry,
    name: entry.path === '.' ? './' : `./${entry.path}${entry.kind === 'directory' ? '/' : ''}`,
  }));
}

/** The first header of an archive. */
function header({ magic = 'ustar  \0', type = '5', owner = '' } = {}): Buffer {
  const head = Buffer.alloc(512);
  head.write('./', 0);
  head.write(type, 156);
  head.write(magic, 257, 'latin1');
  head.write(owner, 265);
  return head;
}

const formOf = (change: Partial<HeaderForm>): HeaderForm => ({
  name: './',
  format: 'gnu',
  uname: '',
  gname: '',
  pax: false,
  ...change,
});

const tar = (entries: LayerEntry[], head = header()) => ({
  head,
  headers: entries.map(({ name }) => formOf({ name })),
  layer: { entries, diffId: sha256(JSON.stringify(entries)), size: 10240 },
});

function gzip(
  inside: NonNullable<SeenLayer['tar']>,
  head?: Buffer,
): NonNullable<SeenLayer['gzip']> {
  const unpacked = { digest: inside.layer?.diffId ?? '', head: inside.head };
  return { head: head ?? gzipSync('tar'), size: 300, inside: unpacked };
}

const right: Record<'base' | 'delta', SeenLayer> = {
  base: layerOf('base'),
  delta: layerOf('delta'),
};

function layerOf(name: 'base' | 'delta'): SeenLayer {
  const own = tar(packed(name));
  return { tree: trees(name), tar: own, again: [], gzip: gzip(own) };
}

interface Differing {
  readonly base?: Partial<SeenLayer>;
  readonly delta?: Partial<SeenLayer>;
  readonly files?: string[];
  readonly practice?: Partial<SeenLayers['practice']>;
}

const notYet = { dated: undefined, small: undefined };

function seen({ base, delta, files = [], practice }: Differing): SeenLayers {
  return {
    base: { ...right.base, ...base },
    delta: { ...right.delta, ...delta },
    files,
    practice: { ...notYet, ...practice },
  };
}

/** With these entries in delta-layer.tar. */
const holding = (entries: LayerEntry[]) => seen({ delta: { tar: tar(entries) } });
const each = (change: Partial<LayerEntry>) =>
  holding(packed('delta').map((entry) => ({ ...entry, ...change })));
const one = (path: string, change: Partial<LayerEntry>) =>
  holding(packed('delta').map((entry) => (entry.path === path ? { ...entry, ...change } : entry)));

/** Entries of the delta that are not as they should be, or more of it. */
interface Packing {
  readonly hello?: Partial<Item>;
  readonly more?: readonly Item[];
  readonly zeros?: number;
}

/** The delta as an archive: its bytes, which are what is compared. */
async function archive({ hello = {}, more = [], zeros = 0 }: Packing = {}): Promise<Buffer> {
  const told = { name: './hello.txt', content: 'hello from delta\n', ...hello };
  return Buffer.concat([await pack(['./', './data/', told, ...more]), Buffer.alloc(zeros)]);
}

async function twice(first: Packing, second: Packing): Promise<Partial<SeenLayer>> {
  return { again: await differencesOf(await archive(first), await archive(second)) };
}

/** A directory packed in two formats, by the tar of this machine. */
async function inFormats(...formats: [string, string]): Promise<Partial<SeenLayer>> {
  const [one, other] = formats.map((format) =>
    execFileSync('tar', [
      '--numeric-owner',
      '--mtime=@1735689600',
      '--no-recursion',
      `--format=${format}`,
      ...['-C', import.meta.dirname, '-cf', '-', '.'],
    ]),
  );
  return { again: await differencesOf(one, other) };
}

const nothing: SeenLayer = { tree: [], tar: undefined, again: [], gzip: undefined };
const innocent: Record<string, SeenLayers> = {
  'all is right': seen({ files: ['base-layer.tar', 'base-layer.tar.gz', 'oci'] }),
  'not compressed yet': seen({ base: { gzip: undefined }, delta: { gzip: undefined } }),
  'packed once': seen({
    base: { again: await differencesOf(await archive(), undefined) },
    delta: { again: await differencesOf(undefined, undefined) },
  }),
  'packed twice, the same': seen({ delta: await twice({}, {}) }),
  'not packed yet': seen({
    base: { ...nothing, tree: trees('base') },
    delta: { ...nothing, tree: trees('delta') },
  }),
  'nothing is there yet': { base: nothing, delta: nothing, files: [], practice: notYet },
};

const notTar = (head: Buffer, why = 'base-layer.tar: no archive') => ({
  head,
  headers: [],
  layer: undefined,
  why,
});

/** Wherever a tar is needed. */
const ofFiles: readonly DiagnosisRow<SeenLayers>[] = [
  ['gzip-took-the-tar', seen({ base: { tar: undefined } })],
  ['tar-compressed', seen({ delta: { tar: notTar(gzipSync('x')) } })],
  ['tar-compressed', seen({ base: { tar: notTar(Buffer.from('fd377a585a000004', 'hex')) } })],
  [
    'tar-broken',
    seen({ base: { tar: notTar(header(), 'base-layer.tar: not a whole tar archive') } }),
  ],
  ['tar-empty', holding([])],
];

const below = (prefix: string) =>
  holding(
    packed('delta').map((entry) => ({
      ...entry,
      name: `${prefix}${entry.path}`,
      path: `${prefix}${entry.path}`.replace(/^\//, ''),
    })),
  );
const without = (...paths: string[]) =>
  holding(packed('delta').filter(({ path }) => !paths.includes(path)));

mistakeTable('03-layers/tar/complete', contentRules, innocent, [
  ...ofFiles,
  [
    'tar-of-workdir',
    holding([...packed('delta'), ...tree({ 'base-layer.tar': program() }).slice(1)]),
  ],
  ['tar-of-other-tree', holding(packed('base'))],
  ['tar-absolute', holding(packed('delta').map((entry) => ({ ...entry, name: `/${entry.path}` })))],
  ['tar-prefixed', below('build/delta/')],
  [
    'tar-without-root',
    holding(
      packed('delta')
        .filter(({ path }) => path !== '.')
        .map((entry) => ({ ...entry, name: entry.path })),
    ),
  ],
  ['tar-followed-links', seen({ base: { tar: tar(packed('base', { 'bin/sh': program() })) } })],
  ['tar-appended', holding([...packed('delta'), ...packed('delta').slice(-1)])],
  [
    'tree-edited-since',
    seen({ base: { tree: trees('base', { 'hello.txt': file('hello again\n') }) } }),
  ],
  ['whiteout-left-out', without('data/.wh.config.txt')],
  ['tree-grown-since', seen({ base: { tree: trees('base', { 'note.txt': file('late\n') }) } })],
]);

mistakeTable('03-layers/tar/whiteout', whiteoutRules, innocent, [
  ...ofFiles,
  ['tar-of-other-tree', holding(packed('base'))],
  ['tar-prefixed', below('./build/delta/')],
  ['whiteout-left-out', without('data/.wh.config.txt')],
  [
    'whiteout-never-made',
    seen({
      delta: {
        tree: trees('delta', { 'data/.wh.config.txt': undefined }),
        tar: tar(packed('delta', { 'data/.wh.config.txt': undefined })),
      },
    }),
  ],
]);

mistakeTable('03-layers/tar/sorted', orderRules, innocent, [
  ...ofFiles,
  ['tar-appended', holding([...packed('delta'), ...packed('delta').slice(1, 2)])],
  ['tar-unsorted', holding([...packed('delta')].reverse())],
]);

mistakeTable('03-layers/tar/dated', dateRules, innocent, [
  ...ofFiles,
  [
    'mtime-directories',
    holding(
      packed('delta').map((entry) =>
        entry.kind === 'directory' ? { ...entry, mtime: 1700000000 } : entry,
      ),
    ),
  ],
  ['mtime-fraction', one('hello.txt', { mtime: 1700000000.25 })],
  ['mtime-of-files', each({ mtime: 1700000000 })],
  ['mtime-zone', each({ mtime: 1735689600 - 3600 })],
  ['mtime-zone', each({ mtime: 1735689600 + 5.5 * 3600 })],
  ['mtime-other', each({ mtime: 0 })],
]);

mistakeTable('03-layers/tar/owned', ownerRules, innocent, [
  ...ofFiles,
  ['owner-group', each({ gid: 100 })],
  ['owner-own', each({ uid: 1000, gid: 1000 })],
  ['owner-other', one('hello.txt', { uid: 33 })],
]);

mistakeTable('03-layers/tar/permitted', modeRules, innocent, [
  ...ofFiles,
  ['umask-private', one('hello.txt', { mode: 0o600 })],
  ['umask-shared', one('data', { mode: 0o775 })],
]);

const written = (change: Partial<HeaderForm>) =>
  seen({ delta: { tar: { ...tar(packed('delta')), headers: [formOf({}), formOf(change)] } } });

mistakeTable('03-layers/tar/plain', headerFormRules, innocent, [
  ...ofFiles,
  ['tar-format', written({ name: './hello.txt', pax: true, format: 'ustar' })],
  ['tar-format', written({ name: './hello.txt', format: 'ustar' })],
  ['tar-owner-names', written({ uname: 'root', gname: 'root' })],
  ['tar-owner-names', written({ gname: 'wheel' })],
]);

const link2 = { name: './sh', type: 'symlink', linkname: 'hello.txt' } as const;
const link3 = { ...link2, name: './tools' };

mistakeTable('03-layers/twice/same', twiceRules, innocent, [
  ...ofFiles,
  [
    'twice-edited-between',
    seen({ delta: await twice({}, { hello: { content: 'hello from other\n' } }) }),
  ],
  ['twice-not-pinned', seen({ delta: await twice({}, { hello: { mode: 0o600 } }) })],
  ['twice-not-pinned', seen({ delta: await twice({}, { hello: { mtime: 1_735_689_601 } }) })],
  ['twice-format', seen({ delta: await inFormats('posix', 'gnu') })],
  ['twice-owner-names', seen({ delta: await twice({ hello: { uname: 'root' } }, {}) })],
  ['twice-entries', seen({ delta: await twice({ more: [link2] }, {}) })],
  ['twice-order', seen({ delta: await twice({ more: [link2, link3] }, { more: [link3, link2] }) })],
  ['twice-names', seen({ delta: await twice({}, { hello: { name: 'hello.txt' } }) })],
  [
    'twice-pax',
    seen({
      delta: await twice(
        { hello: { pax: { comment: 'one' } } },
        { hello: { pax: { comment: 'two' } } },
      ),
    }),
  ],
  ['twice-padding', seen({ delta: await twice({}, { zeros: 512 }) })],
]);

const zipped = (change: Partial<NonNullable<SeenLayer['gzip']>>) =>
  seen({ delta: { gzip: { head: gzipSync('tar'), size: 300, inside: undefined, ...change } } });
const zstd = Buffer.from('28b52ffd00000000', 'hex');

const ofGzip: readonly DiagnosisRow<SeenLayers>[] = [
  ['gzip-took-the-tar', seen({ delta: { tar: undefined } })],
  ['gzip-misnamed', seen({ delta: { gzip: undefined }, files: ['delta-layer.tgz'] })],
  ['gzip-not-compressed', zipped({ head: header() })],
  ['gzip-other-format', zipped({ head: zstd })],
  ['gzip-twice', zipped({ inside: { digest: 'sha256:1', head: gzipSync('tar') } })],
  ['gzip-cut-short', zipped({ size: 100 })],
  ['gzip-of-other-layer', seen({ delta: { gzip: right.base.gzip } })],
  ['gzip-of-earlier-tar', zipped({ inside: { digest: 'sha256:1', head: header() } })],
];

mistakeTable('03-layers/gzip/unpacks', gzipRules, innocent, ofGzip);

/** A gzip header: with a name and a time, or of another level. */
function zipHeader({ time = 0, name = '', extra = 0 }): Buffer {
  const head = Buffer.from('1f8b0800000000000003', 'hex');
  head.writeUInt8(name === '' ? 0 : 8, 3);
  head.writeUInt32LE(time, 4);
  head.writeUInt8(extra, 8);
  return Buffer.concat([head, Buffer.from(name === '' ? '' : `${name}\0`), Buffer.alloc(20)]);
}
const headed = (head: Parameters<typeof zipHeader>[0]) =>
  seen({ delta: { gzip: { ...gzip(tar(packed('delta'))), head: zipHeader(head) } } });

const theClock: readonly DiagnosisRow<SeenLayers>[] = [
  ['gzip-clock', headed({ time: 1750000000, name: 'delta-layer.tar' })],
  ['gzip-clock', headed({ name: 'd.tar' })],
];

mistakeTable('03-layers/gzip/header', headerRules, innocent, [
  ['gzip-not-compressed', zipped({ head: header() })],
  ['gzip-other-format', zipped({ head: zstd })],
  ...theClock,
]);

mistakeTable('03-layers/gzip/repeatable', repeatRules, innocent, [
  ...ofGzip,
  ...theClock,
  ['gzip-level', headed({ extra: 4 })],
  ['gzip-level', headed({ extra: 2 })],
]);

mistakeTable('03-layers/gzip/apart', apartRules, innocent, [
  ['gzip-not-compressed', zipped({ head: header() })],
]);

const ofDelta = gzip(
  tar(packed('delta')),
  zipHeader({ time: 1750000000, name: 'delta-layer.tar' }),
);
const smallest = gzip(tar(packed('delta')), zipHeader({ extra: 2 }));
const practised = { dated: ofDelta, small: smallest };
const recompressed = (change: Partial<SeenLayers['practice']>, files: string[] = []) =>
  seen({ practice: { ...practised, ...change }, files });
const skilled = { ...innocent, 'recompressed as asked': recompressed({}) };

const misplaced: readonly DiagnosisRow<SeenLayers>[] = [
  ['practice-elsewhere', recompressed({ small: undefined }, ['small.gz'])],
  ['practice-not-gzip', recompressed({ dated: { ...ofDelta, head: zstd } })],
  ['practice-not-gzip', recompressed({ small: { ...smallest, head: Buffer.from('hello') } })],
];

mistakeTable('03-layers/recompress/same-tar', practiceRules, skilled, [
  ...misplaced,
  [
    'practice-twice',
    recompressed({ small: { ...smallest, inside: { digest: 'sha256:1', head: gzipSync('tar') } } }),
  ],
  ['practice-of-base', recompressed({ dated: gzip(tar(packed('base')), ofDelta.head) })],
]);

mistakeTable('03-layers/recompress/differently', practiceHeaderRules, skilled, [
  ...misplaced,
  ['practice-dated-without', recompressed({ dated: { ...ofDelta, head: zipHeader({}) } })],
  [
    'practice-dated-without',
    recompressed({ dated: { ...ofDelta, head: zipHeader({ name: 'd' }) } }),
  ],
  ['practice-small-dated', recompressed({ small: ofDelta })],
  ['practice-small-level', recompressed({ small: { ...smallest, head: zipHeader({}) } })],
  ['practice-small-level', recompressed({ small: { ...smallest, head: zipHeader({ extra: 4 }) } })],
]);
