import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/oci/digest.ts';
import { mediaTypes } from '../../../src/oci/documents.ts';
import { openImage, openLayout } from '../../../src/oci/layout/open-layout.ts';
import { readLayers } from '../../../src/oci/layout/read-layers.ts';
import { verifyLayout } from '../../../src/oci/verify/verify-layout.ts';
import type { Violations } from '../../../src/oci/verify/violations.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { type Item, patched, tar } from './helpers/archives.ts';
import {
  addBlob,
  type Files,
  json,
  layout,
  named,
  type Recipe,
  writeLayout,
} from './helpers/layouts.ts';

// Images that nobody here made: what they have that the spec allows and tools read otherwise, what is
// missing of them, and what is no layout at all. `verify` and `layers` have to say the same.

type Items = readonly (Item | string)[];

async function written(files: Files): Promise<string> {
  const home = temporaryDirectory();
  await writeLayout(files, home);
  return home;
}

const verdict = async (home: string) => await verifyLayout(await openLayout(home));
const told = ({ kept, notes }: Violations) => ({
  findings: kept.map(({ rule, path }) => `${rule} ${path.split('!')[1] ?? ''}`.trim()),
  notes: notes.map(({ rule, path }) => `${rule} ${path.split('!')[1] ?? ''}`.trim()),
});

/** What both verbs say of an image with these layers, which is the same. */
async function saidOf(...layers: readonly Items[]) {
  const tars = await Promise.all(layers.map((items) => tar(items)));
  const home = await written(await layout({ layers: tars }));
  const verified = told(await verdict(home));
  expect(told((await readLayers([named(home)], 'amd64')).violations)).toEqual(verified);
  return verified;
}

const hardlink = (name: string, linkname: string): Item => ({ name, type: 'link', linkname });
const link = (name: string, linkname: string): Item => ({ name, type: 'symlink', linkname });
const device = (name: string): Item => ({ name, type: 'character-device' });

describe('layers upon each other', () => {
  test.each<[string, readonly Items[], string[]]>([
    ['a hard link to nothing', [['bin/', hardlink('bin/b', 'bin/a')]], ['layer-hard-link bin/b']],
    ['a hard link before its file', [[hardlink('b', 'a'), 'a']], ['layer-hard-link b']],
    [
      'a hard link to what is whited out',
      [['a'], ['.wh.a', hardlink('b', 'a')]],
      ['layer-hard-link b'],
    ],
    ['a root that is a hard link', [['a', hardlink('./', 'a')]], ['layer-hard-link ./']],
    ['symlinks in a circle', [[link('a', 'b'), link('b', 'a'), 'a/c']], ['layer-path a/c']],
  ])('%s: a finding', async (_, layers, findings) => {
    expect((await saidOf(...layers)).findings).toEqual(findings);
  });

  test.each<[string, readonly Items[], string[]]>([
    [
      'nothing of note',
      [
        ['a', 'b/', 'b/c'],
        ['.wh.a', 'b/', 'b/c', 'd', hardlink('e', 'd')],
      ],
      [],
    ],
    ['a hard link to a lower file', [['a'], [hardlink('b', 'a')]], ['layer-hard-link-below b']],
    ['a whiteout behind its path', [['a'], ['a', '.wh.a']], ['layer-whiteout-late .wh.a']],
    [
      'a whiteout behind what is below',
      [['a/'], ['a/', 'a/b', '.wh.a']],
      ['layer-whiteout-late .wh.a'],
    ],
    ['a whiteout before its path', [['a'], ['.wh.a', 'a']], []],
    ['a whiteout before a new directory', [['a'], ['.wh.a', 'a/', 'a/b']], []],
    [
      'a whiteout before a file of no directory',
      [['a'], ['.wh.a', 'a/b']],
      ['layer-whiteout-parent a/b'],
    ],
    ['a bare device 0,0', [['a'], [device('a')]], ['layer-whiteout-device a']],
    [
      'a path through a lower symlink',
      [
        ['usr/lib/', link('lib', 'usr/lib')],
        ['lib/a', 'lib/b'],
      ],
      ['layer-symlink-below lib/a'],
    ],
    ['a path through its own symlink', [['usr/lib/', link('lib', 'usr/lib'), 'lib/a']], []],
    [
      'a sparse file',
      [
        [
          {
            name: 'a',
            content: 'x',
            pax: { 'GNU.sparse.size': '9', 'GNU.sparse.numblocks': '1', 'GNU.sparse.map': '0,1' },
          },
        ],
      ],
      ['layer-sparse a'],
    ],
    [
      'attributes that nobody unpacks',
      [[{ name: 'a', pax: { 'SCHILY.acl.access': 'user::rw-' } }]],
      ['layer-attributes a'],
    ],
    [
      'attributes in both forms',
      [[{ name: 'a', pax: { 'LIBARCHIVE.xattr.user.a': 'eA', 'SCHILY.xattr.user.a': 'x' } }]],
      [],
    ],
  ])('%s: noted, or not', async (_, layers, notes) => {
    expect(await saidOf(...layers)).toEqual({ findings: [], notes });
  });

  test('above a layer that is missing nothing is held against those that are there', async () => {
    const layers = [await tar(['a']), await tar([hardlink('b', 'a')])];
    const files = await layout({ layers });
    files.delete(`blobs/${sha256(gzipSync(layers[0] ?? '')).replace(':', '/')}`);
    const home = await written(files);
    expect(told(await verdict(home)).findings).toEqual(['blob-missing']);
    const image = await readLayers([named(home)], 'amd64');
    expect(told(image.violations).findings).toEqual(['blob-missing']);
    expect(image.layers.map(({ layer }) => layer?.diffId)).toEqual([
      undefined,
      sha256(layers[1] ?? ''),
    ]);
    expect(image.stack.conflicts).toMatchObject([{ layer: 1 }]);
  });

  test('a layer whose bytes are another one’s is told by both', async () => {
    const files = await layout();
    const [path = ''] = [...files].find(([, bytes]) => bytes[0] === 0x1f) ?? [];
    files.set(path, gzipSync(await tar(['other'])));
    const home = await written(files);
    const rules = ({ kept }: Violations) => kept.map(({ rule }) => rule);
    expect(rules(await verdict(home))).toContain('blob-content');
    expect(rules((await readLayers([named(home)], 'amd64')).violations)).toEqual(['blob-content']);
  });

  test('type flags that runtimes refuse', async () => {
    for (const [type, note] of [
      ['7', ['layer-type a']],
      ['D', ['layer-type a']],
      ['0', []],
    ] as const) {
      const layers = [patched(await tar(['a']), 156, type)];
      const home = await written(await layout({ layers }));
      expect(told(await verdict(home))).toEqual({ findings: [], notes: note });
    }
  });
});

describe('an image for several platforms', () => {
  const platforms = ['amd64', 'arm64'];

  /** Of which some are there, with an attestation that is not. */
  async function index(there: readonly string[], nested: boolean): Promise<Files> {
    const all: Files = new Map();
    const manifests: object[] = [];
    for (const architecture of platforms) {
      const files = await layout({ layers: [await tar([architecture])], config: { architecture } });
      const [manifest] = JSON.parse(String(files.get('index.json'))).manifests;
      manifests.push({ ...manifest, platform: { os: 'linux', architecture } });
      if (there.includes(architecture)) for (const [path, bytes] of files) all.set(path, bytes);
    }
    manifests.push({
      ...{ mediaType: mediaTypes.manifest, digest: sha256('attestation'), size: 11 },
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    });
    const document = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
    const root = nested
      ? { schemaVersion: 2, manifests: [addBlob(all, mediaTypes.index, json(document))] }
      : document;
    return all
      .set('index.json', json(root))
      .set('oci-layout', json({ imageLayoutVersion: '1.0.0' }));
  }

  test.each([true, false])(
    'what is there is taken, what is not is named (nested: %s)',
    async (nested) => {
      const home = await written(await index(['arm64'], nested));
      const other = await readLayers([named(home)], 'amd64');
      expect(other.image?.descriptor.platform?.architecture).toBe('arm64');
      expect([...other.stack.tree.keys()]).toEqual(['arm64']);
      expect(other.violations.kept).toMatchObject([
        { rule: 'blob-missing', expected: expect.stringContaining('linux/amd64') },
      ]);
      const own = await readLayers([named(home)], 'arm64');
      expect({ count: own.violations.count, lost: own.images.lost.length }).toEqual({
        count: 0,
        lost: 1,
      });
      const { kept, images } = await verdict(home);
      expect(kept).toMatchObject([
        { rule: 'blob-missing', expected: expect.stringContaining('linux/amd64') },
        { rule: 'blob-missing', expected: expect.stringContaining('unknown/unknown') },
      ]);
      expect(images.map(({ platform, status }) => [platform, status])).toEqual([
        ['linux/amd64', 'absent'],
        ['linux/arm64', 'whole'],
      ]);
    },
  );

  test('of which none is there has no layers, and says so', async () => {
    const { violations, image } = await readLayers(
      [named(await written(await index([], false)))],
      'amd64',
    );
    expect(image).toBeUndefined();
    expect(violations.kept.map(({ rule }) => rule)).toEqual(['blob-missing', 'blob-missing']);
  });

  test('a layer that is missing is named with its platform', async () => {
    const files = await index(platforms, false);
    files.delete(`blobs/${sha256(gzipSync(await tar(['arm64']))).replace(':', '/')}`);
    const { kept, images } = await verdict(await written(files));
    expect(kept[0]).toMatchObject({
      expected: expect.stringContaining('of the image for linux/arm64'),
    });
    expect(images.map(({ status }) => status)).toEqual(['whole', 'incomplete']);
  });
});

describe('what is there in another form', () => {
  test.each<[string, Recipe, string[]]>([
    [
      'a docker layer, plain',
      { packed: (layer) => layer, layerType: mediaTypes.dockerLayerTar },
      [],
    ],
    ['a foreign docker layer', { layerType: mediaTypes.dockerForeign }, []],
    [
      'a name of the kernel’s for amd64',
      { config: { architecture: 'x86_64' } },
      ['config-architecture'],
    ],
    [
      'a name of the kernel’s, and Go’s in the index',
      {
        config: { architecture: 'aarch64' },
        descriptor: { platform: { os: 'linux', architecture: 'arm64' } },
      },
      ['config-architecture'],
    ],
    ['another number of steps', { config: { history: [{}, {}, {}] } }, ['config-history-count']],
    ['steps without a layer', { config: { history: [{}, { empty_layer: true }, {}] } }, []],
  ])('%s', async (_, recipe, notes) => {
    const home = await written(await layout(recipe));
    expect(told(await verdict(home))).toEqual({ findings: [], notes });
    const { violations, stack } = await readLayers([named(home)], 'amd64');
    expect(violations.count).toBe(0);
    expect([...stack.tree.keys()]).toEqual(['data']);
  });

  test('a blob that is a symlink is neither followed nor taken for nothing', async () => {
    const files = await layout();
    const [{ digest }] = JSON.parse(String(files.get('index.json'))).manifests;
    const path = `blobs/${digest.replace(':', '/')}`;
    const bytes = files.get(path) ?? '';
    files.delete(path);
    const home = await written(files);
    await writeFile(join(home, 'elsewhere'), bytes);
    await symlink('../../elsewhere', join(home, path));
    const { violations } = await readLayers([named(home)], 'amd64');
    expect(violations.kept).toMatchObject([{ path, actual: 'a symlink to ../../elsewhere' }]);
    expect((await verdict(home)).kept[0]).toMatchObject({ actual: 'a symlink to ../../elsewhere' });
  });

  test('a manifest without a list of layers is no image without layers', async () => {
    const home = await written(await layout({ manifest: { layers: null } }));
    const { violations } = await readLayers([named(home)], 'amd64');
    expect(violations.kept).toMatchObject([
      { rule: 'manifest-layers', actual: 'a document without layers' },
    ]);
    expect(
      (await readLayers([named(await written(await layout({ layers: [] })))], 'amd64')).violations,
    ).toMatchObject({
      count: 0,
      notes: [{ rule: 'manifest-no-layers' }],
    });
  });

  test('a window that is not read here is a limit, and no fault', async () => {
    const frame = Buffer.from('28b52ffd0080010000', 'hex');
    const recipe = {
      layers: [Buffer.alloc(0)],
      packed: () => frame,
      layerType: mediaTypes.layerZstd,
    };
    const home = await written(await layout(recipe));
    expect(told(await verdict(home))).toEqual({ findings: [], notes: ['limit'] });
    const { violations, layers } = await readLayers([named(home)], 'amd64');
    expect({ ...told(violations), layers: layers.map(({ layer }) => layer) }).toEqual({
      findings: [],
      notes: ['limit'],
      layers: [undefined],
    });
  });
});

describe('what is no layout', () => {
  const base = tar(['bin/', { name: 'bin/app', content: 'app' }]);
  const delta = tar(['.wh.bin']);

  /** What `docker save` wrote before version 25; a layer that comes twice is linked. */
  async function dockerArchive(
    packed: (layer: Buffer) => Buffer = (layer) => layer,
  ): Promise<Item[]> {
    const layers = [await base, await delta, await base];
    const config = json({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => sha256(layer)) },
    });
    const Layers = ['a/layer.tar', 'b/layer.tar', 'c/layer.tar'];
    return [
      { name: 'config.json', content: config },
      { name: 'a/layer.tar', content: packed(await base) },
      { name: 'b/layer.tar', content: packed(await delta) },
      link('c/layer.tar', '../a/layer.tar'),
      {
        name: 'manifest.json',
        content: json([{ Config: 'config.json', RepoTags: ['app:1'], Layers }]),
      },
    ];
  }

  async function inFile(items: Items, pack = (bytes: Buffer) => bytes): Promise<string> {
    const path = join(temporaryDirectory(), 'image.tar');
    await writeFile(path, pack(await tar(items)));
    return path;
  }

  test.each([
    ['plain layers', (layer: Buffer) => layer],
    ['compressed layers', gzipSync],
  ])('a docker archive is read: %s', async (_, packed) => {
    const path = await inFile(await dockerArchive(packed));
    const { files, foreign } = await openImage(named(path));
    expect(foreign).toMatchObject({ kind: 'docker-archive' });
    expect(foreign?.remedy).toBe(`skopeo copy docker-archive:${path} oci:oci:latest`);
    expect(told(await verifyLayout(files)).findings).toEqual([]);
    const { layers, stack, violations } = await readLayers([named(path)], 'amd64');
    expect(violations.count).toBe(0);
    const diffIds = [await base, await delta, await base].map((layer) => sha256(layer));
    expect(layers.map(({ layer }) => layer?.diffId)).toEqual(diffIds);
    expect([...stack.tree.keys()]).toEqual(['bin', 'bin/app']);
  });

  test('a docker archive that lacks a layer is no whole image', async () => {
    const items = await dockerArchive();
    const path = await inFile(items.filter(({ name }) => name !== 'b/layer.tar'));
    const { violations } = await readLayers([named(path)], 'amd64');
    expect(violations.kept).toMatchObject([{ rule: 'blob-missing' }]);
  });

  test.each<[string, Items, string]>([
    ['a layout one folder down', ['oci/index.json', 'oci/oci-layout'], 'oci/'],
    ['skopeo’s dir:', [{ name: 'manifest.json', content: '{}' }, 'version'], 'skopeo copy dir:'],
    [
      'a registry',
      ['docker/registry/v2/repositories/', 'docker/registry/v2/blobs/'],
      'skopeo copy docker://',
    ],
    ['a bundle', ['config.json', 'rootfs/bin/'], 'rootfs'],
  ])('%s is recognised, in an archive and in a directory', async (_, items, says) => {
    const archive = await inFile(items);
    const home = temporaryDirectory();
    for (const item of items) {
      const { name, content = '' } = typeof item === 'string' ? { name: item } : item;
      await mkdir(join(home, name, name.endsWith('/') ? '' : '..'), { recursive: true });
      if (!name.endsWith('/')) await writeFile(join(home, name), content);
    }
    for (const path of [archive, home]) {
      const { foreign } = await openImage(named(path));
      expect(`${foreign?.what} ${foreign?.remedy}`).toContain(says);
      const { violations, layers } = await readLayers([named(path)], 'amd64');
      expect({ count: violations.count, layers }).toEqual({ count: 1, layers: [] });
      expect(violations.remedy).toBe(foreign?.remedy);
    }
  });

  test('a layer is told as one where a layout was wanted, and listed where not', async () => {
    const path = await inFile(['bin/', 'bin/app']);
    expect((await openImage(named(path))).foreign?.kind).toBe('layer');
    expect((await readLayers([named(path)], 'amd64')).violations.count).toBe(0);
  });

  test('an image that is compressed as a whole is no layer', async () => {
    const path = await inFile(await dockerArchive(), gzipSync);
    const { violations } = await readLayers([named(path)], 'amd64');
    expect(violations).toMatchObject({ count: 1, remedy: expect.stringContaining('gunzip') });
  });

  test('a half-built layout is one', async () => {
    const home = temporaryDirectory();
    await mkdir(join(home, 'blobs'));
    expect((await openImage(named(home))).foreign).toBeUndefined();
  });
});
