import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { documentedLines } from '../../../src/commands/json-lines.ts';
import { causeTexts } from '../../../src/oci/compare/causes.ts';
import { compareLayouts } from '../../../src/oci/compare/compare-layouts.ts';
import { compareJson } from '../../../src/oci/compare/json.ts';
import { sha256 } from '../../../src/oci/digest.ts';
import { mediaTypes } from '../../../src/oci/documents.ts';
import { openImage } from '../../../src/oci/layout/open-layout.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { type Item, patched, tar } from './helpers/archives.ts';
import {
  addBlob,
  type Files,
  json,
  layout,
  named,
  packLayout,
  type Recipe,
} from './helpers/layouts.ts';

const tree: readonly Item[] = [
  { name: './', type: 'directory' },
  { name: './bin/', type: 'directory' },
  { name: './bin/sh', content: 'shell', mode: 0o755 },
  { name: './hello', content: 'hello\n' },
];
const [root, bin, sh, hello] = tree as [Item, Item, Item, Item];
const archive = await tar(tree);
const withText = await tar([
  ...tree,
  { name: 'text', content: 'containers are tarballs. '.repeat(400) },
]);

/** Compares two layouts, each in an archive of its own. */
async function compared(a: Files, b: Files) {
  const home = temporaryDirectory();
  const [one, other] = [join(home, 'a.tar'), join(home, 'b.tar')];
  await writeFile(one, await packLayout(a));
  await writeFile(other, await packLayout(b));
  return await compareLayouts(await openImage(named(one)), await openImage(named(other)));
}

/** Compares two layouts, and says each difference in a line. */
async function said(a: Files, b: Files): Promise<string[]> {
  const { differences } = await compared(a, b);
  return differences.kept.map(
    ({ where, field, a: left, b: right, cause }) =>
      `${where} ${field}: ${left} | ${right} (${cause})`,
  );
}

const ofRecipes = async (a: Recipe, b: Recipe) => await said(await layout(a), await layout(b));
const ofLayers = async (a: Buffer, b: Buffer) => await ofRecipes({ layers: [a] }, { layers: [b] });
const ofEntries = async (a: readonly Item[], b: readonly Item[]) =>
  await ofLayers(await tar(a), await tar(b));

describe('two images that are the same', () => {
  test('have no difference, and every blob is read', async () => {
    const { isSame, differences, digests } = await compared(await layout(), await layout());
    expect({ isSame, count: differences.count }).toEqual({ isSame: true, count: 0 });
    expect(digests[0]).toEqual(digests[1]);
    expect(digests[0]).toHaveLength(1);
  });

  test.each<[string, Recipe]>([
    [
      'under another name',
      { descriptor: { annotations: { 'org.opencontainers.image.ref.name': 'x' } } },
    ],
    ['with an index.json of other bytes', { index: { manifests: [], schemaVersion: 2 } }],
  ])('%s: a note', async (_, recipe) => {
    const other = await layout(recipe);
    if (recipe.index !== undefined) {
      const index = JSON.parse(String((await layout()).get('index.json')));
      other.set('index.json', Buffer.from(JSON.stringify(index, undefined, 2)));
    }
    const { isSame, differences } = await compared(await layout(), other);
    expect(isSame).toBe(true);
    expect(differences.notes).toMatchObject([{ where: 'index.json' }]);
  });
});

describe('the field of an entry', () => {
  const late = { ...sh, mtime: 1_800_000_000 };
  test.each<[string, Item, Item, string]>([
    ['mtime', sh, late, 'mtime: 2025-01-01 00:00:00 UTC | 2027-01-15 08:00:00 UTC (build-time)'],
    ['mode', sh, { ...sh, mode: 0o4755 }, 'mode: 0755 | 4755 (permissions)'],
    ['uid', sh, { ...sh, uid: 1000 }, 'uid: 0 | 1000 (owner)'],
    ['gid', sh, { ...sh, gid: 1000 }, 'gid: 0 | 1000 (owner)'],
    ['uname', sh, { ...sh, uname: 'ann' }, 'uname: none | ann (owner-names)'],
    ['gname', sh, { ...sh, gname: 'staff' }, 'gname: none | staff (owner-names)'],
    [
      'link',
      { name: sh.name, type: 'symlink', linkname: 'a' },
      { name: sh.name, type: 'symlink', linkname: 'b' },
      'link: a | b (content)',
    ],
    [
      'device',
      { name: sh.name, type: 'character-device', devmajor: 1, devminor: 3 },
      { name: sh.name, type: 'character-device', devmajor: 1, devminor: 5 },
      'device: 1,3 | 1,5 (content)',
    ],
    [
      'kind',
      sh,
      { name: sh.name, type: 'symlink', linkname: 'a', mode: 0o755 },
      'kind: file of 5 bytes | symlink to a (content)',
    ],
    [
      'pax record',
      { ...sh, pax: { 'SCHILY.dev': '1' } },
      { ...sh, pax: { 'SCHILY.dev': '2' } },
      'pax SCHILY.dev: 1 | 2 (pax)',
    ],
    [
      'extended attribute',
      { ...sh, pax: { 'SCHILY.xattr.user.x': '1' } },
      { ...sh, pax: { 'SCHILY.xattr.user.x': '2' } },
      'xattr user.x: 1 | 2 (xattrs)',
    ],
    [
      'extended attribute in one only, binary',
      { ...sh, pax: { 'SCHILY.xattr.security.capability': '\x01\0' } },
      { ...sh, pax: { mtime: '1735689600' } },
      'xattr security.capability: 0x0100 | absent (xattrs)',
    ],
    [
      'extended attribute without a value, which is none',
      { ...sh, pax: { 'SCHILY.xattr.user.x': '', 'SCHILY.dev': '1' } },
      { ...sh, pax: { 'SCHILY.dev': '1' } },
      'pax SCHILY.xattr.user.x:  | absent (pax)',
    ],
    [
      'fraction of the mtime',
      { ...sh, pax: { mtime: '1735689600.000000001' } },
      { ...sh, pax: { mtime: '1735689600.000000002' } },
      'mtime: 2025-01-01 00:00:00.000000001 UTC | 2025-01-01 00:00:00.000000002 UTC (build-time)',
    ],
  ])('%s', async (_, one, other, difference) => {
    expect(await ofEntries([root, bin, one], [root, bin, other])).toEqual([
      `layer 0!./bin/sh ${difference}`,
    ]);
  });

  test('its content, and its size only if that is another too', async () => {
    expect(await ofEntries([sh], [{ ...sh, content: 'SHELL' }])).toEqual([
      expect.stringMatching(
        /^layer 0!\.\/bin\/sh content: sha256:\w{64} \| sha256:\w{64} \(content\)$/,
      ),
    ]);
    expect(await ofEntries([sh], [{ ...sh, content: 'longer' }])).toEqual([
      'layer 0!./bin/sh size: 5 bytes | 6 bytes (content)',
      expect.stringContaining('content: sha256:'),
    ]);
  });

  test('its name, where the path is the same', async () => {
    expect(await ofEntries([hello], [{ ...hello, name: 'hello' }])).toEqual([
      'layer 0!hello name: ./hello | hello (names)',
    ]);
  });

  test('a whiteout that is a device in one and a file in the other', async () => {
    const device: Item = { name: '.wh.a', type: 'character-device', devmajor: 0, devminor: 0 };
    expect(await ofEntries([device], [{ name: '.wh.a' }])).toEqual([
      'layer 0!.wh.a kind: character device 0,0 | file of 0 bytes (whiteout)',
    ]);
  });

  test('its format', async () => {
    const archive = await tar([sh]);
    const gnu = patched(archive, 257, 'ustar  \0');
    expect(await ofLayers(archive, gnu)).toEqual(['layer 0!./bin/sh format: ustar | gnu (format)']);
    const v7 = patched(archive, 257, '\0'.repeat(8));
    expect(await ofLayers(v7, gnu)).toEqual(['layer 0!./bin/sh format: v7 | gnu (format)']);
    const long = patched(await tar([{ ...sh, pax: { path: sh.name } }]), 0, './');
    expect((await ofLayers(archive, long))[0]).toBe(
      'layer 0!./bin/sh format: ustar | ustar with a pax header (format)',
    );
  });

  test('a header that says the same in other bytes', async () => {
    const archive = await tar([sh]);
    expect(await ofLayers(archive, patched(archive, 329, '\0'.repeat(8)))).toEqual([
      'layer 0!./bin/sh header: devmajor "000000 \\u0000" | devmajor "\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000" (format)',
    ]);
    const behind = patched(archive, 500, 'x');
    expect(await ofLayers(archive, behind)).toEqual([
      expect.stringContaining('header: rest "\\u0000'),
    ]);
    // The number of a process, as GNU tar puts it into the name of a pax header.
    const pax = await tar([{ ...sh, pax: { mtime: '1735689600' } }]);
    expect(await ofLayers(pax, patched(pax, 0, 'PaxHeaders.4711'))).toEqual([
      'layer 0!./bin/sh header: an extension header | another (pax)',
    ]);
  });
});

describe('a layer as a whole', () => {
  test('entries in one only', async () => {
    expect(await ofEntries([root, bin, sh], [root, sh, hello])).toEqual([
      'layer 0!./bin/ entry: directory | absent (entries)',
      'layer 0!./hello entry: absent | file of 6 bytes (entries)',
    ]);
  });

  test.each<[string, readonly Item[], readonly Item[]]>([
    ['at the beginning', [sh, hello, root], [hello, sh, root]],
    ['at the end', [root, sh, hello], [root, hello, sh]],
    ['far apart', [sh, root, bin, hello], [hello, root, bin, sh]],
    ['with another in between', [root, sh, bin, hello], [root, hello, sh]],
  ])('another order %s', async (_, one, other) => {
    const found = await ofEntries(one, other);
    expect(found.at(-1)).toBe(
      'layer 0 order: ./bin/sh before ./hello | ./hello before ./bin/sh (order)',
    );
    expect(found.filter((line) => !line.includes('entry:'))).toHaveLength(1);
  });

  test('the order is the same where one has more', async () => {
    const found = await ofEntries([root, bin, sh, hello], [root, hello]);
    expect(found).toEqual([
      expect.stringContaining('./bin/ entry'),
      expect.stringContaining('./bin/sh entry'),
    ]);
  });

  test('a path that stands twice', async () => {
    expect(await ofEntries([sh, sh], [sh])).toEqual([
      'layer 0!./bin/sh entry: file of 5 bytes | absent (entries)',
    ]);
  });

  test('what stands behind the entries', async () => {
    expect(await ofLayers(archive, Buffer.concat([archive, Buffer.alloc(512)]))).toEqual([
      'layer 0 padding: 1024 bytes behind the last entry | 1536 bytes behind the last entry (padding)',
    ]);
    const junk = (byte: string) => Buffer.concat([archive, Buffer.alloc(512, byte)]);
    expect(await ofLayers(junk('x'), junk('y'))).toEqual([
      'layer 0 padding: bytes between or behind the entries, which say nothing | others (padding)',
    ]);
  });

  test('many alike are counted', async () => {
    const many = (mtime: number) =>
      Array.from({ length: 300 }, (_, index) => ({ name: `${index}`, mtime }));
    const { differences } = await compared(
      await layout({ layers: [await tar(many(0))] }),
      await layout({ layers: [await tar([...many(1), { name: 'last', mtime: 0 }])] }),
    );
    expect(differences.count).toBe(301);
    expect(differences.more).toEqual([{ where: 'layer 0', field: 'mtime', count: 295 }]);
    expect(differences.kept.at(-1)).toMatchObject({ where: 'layer 0!last', field: 'entry' });
  });
});

describe('the same tar, compressed in another way', () => {
  const layers = [withText];
  const gz = (change: (bytes: Buffer) => void) => (layer: Buffer) => {
    const bytes = gzipSync(layer);
    change(bytes);
    return bytes;
  };
  const withName = (name: string) => (layer: Buffer) => {
    const bytes = gz((each) => each.writeUInt8(8, 3))(layer);
    return Buffer.concat([bytes.subarray(0, 10), Buffer.from(`${name}\0`), bytes.subarray(10)]);
  };
  test.each<[string, (layer: Buffer) => Buffer, string[]]>([
    [
      'time',
      gz((bytes) => bytes.writeUInt32LE(1_800_000_000, 4)),
      ['gzip time: none, as with gzip -n | 2027-01-15 08:00:00 UTC (gzip-header)'],
    ],
    ['name', withName('base.tar'), ['gzip name: none | base.tar (gzip-header)']],
    [
      'system',
      gz((bytes) => bytes.writeUInt8(255, 9)),
      ['gzip system: Unix (3) | unknown (255) (gzip-data)'],
    ],
    [
      'level',
      (layer) => gzipSync(layer, { level: 9 }),
      [
        'gzip level: neither most nor fastest | compressed most (gzip-data)',
        expect.stringContaining('gzip data: '),
      ],
    ],
    [
      'implementation',
      (layer) => gzipSync(layer, { strategy: constants.Z_HUFFMAN_ONLY }),
      [
        'gzip level: neither most nor fastest | compressed fastest (gzip-data)',
        expect.stringMatching(/^layer 0 gzip data: \d+ bytes of compressed data \| \d+ bytes/),
      ],
    ],
    [
      'another field',
      gz((bytes) => bytes.writeUInt8(1, 3)),
      [expect.stringContaining('gzip header: ')],
    ],
    ['not at all', (layer) => layer, ['compression: gzip | none (compression)']],
  ])('%s', async (_, packed, expected) => {
    const found = await ofRecipes({ layers }, { layers, packed });
    const wanted = expected.map((each) => (typeof each === 'string' ? `layer 0 ${each}` : each));
    expect(found).toEqual(wanted);
  });

  test('the DiffID is no consequence then, digest and size are', async () => {
    const packed = (layer: Buffer) => gzipSync(layer, { level: 9 });
    const { differences } = await compared(
      await layout({ layers }),
      await layout({ layers, packed }),
    );
    expect(differences.consequences.map(({ where, field }) => `${where}#${field}`)).toEqual([
      'index.json#/manifests/0/digest',
      'manifest#/layers/0/digest',
      'manifest#/layers/0/size',
    ]);
  });
});

describe('content, before its form', () => {
  const a: Item = { name: 'a', content: 'same' };
  const other: Item = { name: 'a', content: 'another' };
  const asFile = (item: Item): Item => ({ ...item, name: 'b' });
  const linkTo = (name: string, linkname: string): Item => ({ name, type: 'link', linkname });

  test.each<[string, readonly Item[], readonly Item[], string[]]>([
    [
      'hard links packed as files',
      [a, linkTo('b', 'a')],
      [a, asFile(a)],
      ['layer 0!b kind: hardlink to a | file of 4 bytes (hard-links)'],
    ],
    [
      'another name first',
      [a, linkTo('b', 'a')],
      [asFile(a), linkTo('a', 'b')],
      [
        'layer 0!b kind: hardlink to a | file of 4 bytes (hard-links)',
        'layer 0!a kind: file of 4 bytes | hardlink to b (hard-links)',
      ],
    ],
    [
      'another link in the chain',
      [a, linkTo('b', 'a'), linkTo('c', 'b')],
      [a, linkTo('b', 'a'), linkTo('c', 'a')],
      ['layer 0!c link: hardlink to b | hardlink to a (hard-links)'],
    ],
    [
      'a link, and a file with other content',
      [a, linkTo('b', 'a')],
      [a, asFile(other)],
      ['layer 0!b kind: hardlink to a | file of 7 bytes (content)'],
    ],
    [
      'a link to nothing',
      [a, linkTo('b', 'x')],
      [a, asFile(a)],
      ['layer 0!b kind: hardlink to x | file of 4 bytes (content)'],
    ],
    [
      'a sparse file',
      [
        {
          name: 'a',
          content: 'x',
          pax: { 'GNU.sparse.size': '3', 'GNU.sparse.numblocks': '1', 'GNU.sparse.map': '1,1' },
        },
      ],
      [{ name: 'a', content: '\0x\0', pax: { size: '3' } }],
      [
        'layer 0!a pax GNU.sparse.size: 3 | absent (sparse)',
        'layer 0!a pax GNU.sparse.numblocks: 1 | absent (sparse)',
        'layer 0!a pax GNU.sparse.map: 1,1 | absent (sparse)',
      ],
    ],
  ])('%s', async (_, one, another, differences) => {
    expect(
      (await ofEntries(one, another)).filter((each) => !/ (?:order|header):/.test(each)),
    ).toEqual(differences);
  });

  test('one instant in two time zones, and not in two', async () => {
    const made = (created: string): Recipe => ({
      config: { created },
      manifest: { annotations: { created } },
    });
    const utc = made('2025-01-01T00:00:00.5Z');
    expect(await ofRecipes(utc, made('2025-01-01T09:00:00.50+09:00'))).toEqual([
      'manifest /annotations/created: "2025-01-01T00:00:00.5Z" | "2025-01-01T09:00:00.50+09:00" (time-zone)',
      'config /created: "2025-01-01T00:00:00.5Z" | "2025-01-01T09:00:00.50+09:00" (time-zone)',
    ]);
    expect(await ofRecipes(utc, made('2025-01-01T09:00:00+09:00'))).toEqual([
      expect.stringMatching(/\(value\)$/),
      expect.stringMatching(/\(config-time\)$/),
    ]);
  });

  test('an instant with and without zeros behind the point', async () => {
    const at = (mtime: string): Item => ({ ...a, pax: { mtime } });
    expect(await ofEntries([at('5.0')], [at('5')])).toEqual([expect.stringMatching(/ header: /)]);
  });

  test.each([
    [
      'Docker’s name of a layer',
      { layerType: mediaTypes.dockerLayer },
      ['manifest /layers/0/mediaType (media-type)'],
    ],
    [
      'another compression',
      { packed: (layer: Buffer) => layer, layerType: mediaTypes.layer },
      ['manifest /layers/0/mediaType (compression)', 'layer 0 compression (compression)'],
    ],
  ])('%s', async (_, recipe, causes) => {
    const layers = [archive];
    const found = await ofRecipes({ layers }, { layers, ...recipe });
    expect(found.map((each) => each.replace(/: .* (\(.*\))$/, ' $1'))).toEqual(causes);
  });

  test('an image in an index in the index, with an attestation, is the image', async () => {
    const files = await layout();
    const [manifest] = JSON.parse(String(files.get('index.json'))).manifests;
    const attestation = {
      ...manifest,
      digest: sha256('attestation'),
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    };
    const nested = new Map(files);
    const index = {
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [manifest, attestation],
    };
    nested.set(
      'index.json',
      json({ schemaVersion: 2, manifests: [addBlob(nested, mediaTypes.index, json(index))] }),
    );
    const { isSame, images, differences } = await compared(files, nested);
    expect({ isSame, images }).toEqual({
      isSame: true,
      images: [[manifest.digest], [manifest.digest]],
    });
    expect(differences.notes).toMatchObject([
      {
        field: 'wrapping',
        a: 'index.json > manifest',
        b: 'index.json > index > (attestation, manifest)',
      },
    ]);
    const changed = await layout({ config: { author: 'another' } });
    expect((await compared(changed, nested)).differences.kept).toMatchObject([
      { where: 'config', field: '/author' },
    ]);
  });
});

describe('documents', () => {
  test.each<[string, Recipe, Recipe, string[]]>([
    [
      'a time in the config',
      { config: { created: '2025-01-01T00:00:00Z' } },
      { config: { created: '2025-01-02T00:00:00Z' } },
      ['config /created: "2025-01-01T00:00:00Z" | "2025-01-02T00:00:00Z" (config-time)'],
    ],
    [
      'a platform',
      {},
      { config: { architecture: 'arm64' } },
      ['config /architecture: "amd64" | "arm64" (platform)'],
    ],
    [
      'a variable more',
      { config: { config: { Env: ['A=1'] } } },
      { config: { config: { Env: ['A=1', 'B=2'] } } },
      ['config /config/Env/1: absent | "B=2" (value)'],
    ],
    [
      'an annotation of the manifest',
      {},
      { manifest: { annotations: { 'a/b~c': 'x' } } },
      ['manifest /annotations: absent | {"a/b~c":"x"} (value)'],
    ],
    [
      'DiffIDs that do not follow from the layers',
      {},
      { config: { rootfs: { type: 'layers', diff_ids: [] } } },
      [
        expect.stringContaining('config /rootfs/diff_ids/0: "sha256:'),
        expect.stringContaining('config /rootfs/diff_ids/1: "sha256:'),
      ],
    ],
  ])('%s', async (_, one, other, expected) => {
    expect(await ofRecipes(one, other)).toEqual(expected);
  });

  test.each([
    ['whitespace', (text: string) => JSON.stringify(JSON.parse(text), undefined, 2)],
    ['whitespace', (text: string) => `${text}\n`],
    [
      'order of members',
      (text: string) =>
        JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse())),
    ],
  ])('the same document in other bytes: %s', async (field, respell) => {
    const [one, other] = [await layout(), await layout()];
    const index = JSON.parse(String(other.get('index.json')));
    const path = `blobs/${index.manifests[0].digest.replace(':', '/')}`;
    const manifest = Buffer.from(respell(String(other.get(path))));
    other.set(
      'index.json',
      json({ ...index, manifests: [addBlob(other, mediaTypes.manifest, manifest)] }),
    );
    const { differences } = await compared(one, other);
    expect(differences.kept).toMatchObject([{ where: 'manifest', field, cause: 'notation' }]);
    expect(differences.consequences[0]).toMatchObject({ field: '/manifests/0/digest' });
  });

  test('a layer more is one difference, wherever it is', async () => {
    const [base, delta, more] = [await tar([root]), await tar([sh]), await tar([hello])];
    for (const layers of [
      [base, delta, more],
      [base, more, delta],
      [more, base, delta],
    ]) {
      const found = await ofRecipes({ layers: [base, delta] }, { layers });
      expect(found).toEqual([expect.stringMatching(/^manifest \/layers\/\d: absent \| sha256:/)]);
    }
  });

  test('several images are paired by platform, and numbered', async () => {
    const image = async (architecture: string, layer: Buffer) => {
      const files = await layout({ layers: [layer], config: { architecture } });
      const [descriptor] = JSON.parse(String(files.get('index.json'))).manifests;
      return { files, descriptor: { ...descriptor, platform: { os: 'linux', architecture } } };
    };
    const [amd, arm] = [
      await image('amd64', await tar([sh])),
      await image('arm64', await tar([sh])),
    ];
    const newArm = await image('arm64', await tar([{ ...sh, mtime: 0 }]));
    const together = (...images: (typeof amd)[]) =>
      new Map([
        ...images.flatMap(({ files }) => [...files]),
        [
          'index.json',
          json({ schemaVersion: 2, manifests: images.map((each) => each.descriptor) }),
        ],
      ] as const);
    expect(await said(together(amd, arm), together(newArm, amd))).toEqual([
      expect.stringMatching(/^manifest 1 layer 0!\.\/bin\/sh mtime: /),
    ]);
    const { isSame, differences } = await compared(together(amd, arm), together(arm, amd));
    expect({ isSame, notes: differences.notes.length }).toEqual({ isSame: true, notes: 1 });
    expect(await said(together(amd, arm), together(amd))).toEqual([
      expect.stringMatching(/^index\.json \/manifests\/1: linux\/arm64 sha256:\w+ \| absent/),
    ]);
  });
});

describe('layouts that are damaged, or hostile', () => {
  const blobOf = (files: Files, type: string) => {
    const documents = [...files].filter(([path]) => path.startsWith('blobs/'));
    const found = documents.find(([, bytes]) => String(bytes).includes(type));
    if (found === undefined) throw new Error(`no blob with ${type}`);
    return found[0];
  };
  const findings = async (a: Files, b: Files) => {
    const found = await compared(a, b);
    const [ofA, ofB] = found.violations.map(({ kept }) => kept.map(({ rule }) => rule));
    return { isSame: found.isSame, ofA, ofB };
  };

  test.each<[string, (files: Files) => void, string]>([
    [
      'a blob is not there',
      (files) => void files.delete(blobOf(files, 'diff_ids')),
      'blob-missing',
    ],
    [
      'a blob has other bytes than its name says',
      (files) => void files.set(blobOf(files, 'diff_ids'), Buffer.from('{}')),
      'blob-content',
    ],
    ['index.json is not there', (files) => void files.delete('index.json'), 'layout-file'],
    [
      'index.json is no JSON',
      (files) => void files.set('index.json', Buffer.from('{')),
      'json-syntax',
    ],
    ['index.json is no object', (files) => void files.set('index.json', json([])), 'index-object'],
  ])('%s', async (_, damage, rule) => {
    const other = await layout();
    damage(other);
    const { isSame, ofA, ofB } = await findings(await layout(), other);
    expect({ isSame, ofA }).toEqual({ isSame: false, ofA: [] });
    expect(ofB).toContain(rule);
  });

  test.each([
    ['no archive', Buffer.from('not a layer')],
    ['cut short', archive.subarray(0, 700)],
    ['cut short in its gzip', gzipSync(archive).subarray(0, 60)],
  ])('a layer that is %s', async (_, bytes) => {
    const other = await layout({ layers: [bytes], packed: (layer) => layer });
    const good = await layout({ layers: [archive] });
    expect(await findings(good, other)).toMatchObject({ ofA: [], ofB: ['layer-archive'] });
    expect(await findings(other, good)).toMatchObject({ ofA: ['layer-archive'], ofB: [] });
  });

  test('nesting of any depth', async () => {
    const nested = (value: string) =>
      Buffer.from(`{"schemaVersion":${'['.repeat(200_000)}${value}${']'.repeat(200_000)}}`);
    const files = async (value: string) =>
      new Map([...(await layout()), ['index.json', nested(value)]]);
    const { differences } = await compared(await files('1'), await files('2'));
    expect(differences.notes).toMatchObject([{ a: '1', b: '2' }]);
    const flat = new Map([...(await layout()), ['index.json', json({ schemaVersion: 2 })]]);
    const { notes } = (await compared(await files('1'), flat)).differences;
    expect(notes).toMatchObject([{ a: 'a value nested too deep to show', b: '2' }]);
  });

  test('a graph that leads back to itself', async () => {
    const circular = (size: number) => {
      const loop = { mediaType: mediaTypes.index, digest: 'blake9:abc', size };
      const document = json({ schemaVersion: 2, manifests: [loop, loop], size });
      return new Map([
        ['index.json', document],
        ['blobs/blake9/abc', document],
      ]);
    };
    expect((await compared(circular(1), circular(2))).isSame).toBe(false);
  });

  test('escapes for terminals are not passed on', async () => {
    const [found] = await ofEntries(
      [{ name: '\u001b[2J', mtime: 0 }],
      [{ name: '\u001b[2J', mtime: 1 }],
    );
    expect(found).toContain('layer 0!\\u{1b}[2J mtime');
  });
});

test('members that JSON has from prototypes are members like others', () => {
  const found: string[] = [];
  const [a, b] = [JSON.parse('{"__proto__":1}'), JSON.parse('{"constructor":2}')];
  compareJson(a, b, ({ pointer }) => found.push(pointer));
  expect(found).toEqual(['/__proto__', '/constructor']);
});

test('each cause is a sentence, and its name stands in --help and the README', () => {
  const notes = new Map(documentedLines('compare')?.notes);
  for (const [name, text] of Object.entries(causeTexts)) {
    expect(text).toMatch(/^\S.*\.$/);
    expect(`${notes.get('cause')},`).toMatch(new RegExp(` ${name}(,| or )`));
  }
});
