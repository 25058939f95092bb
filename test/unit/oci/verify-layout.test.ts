import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/oci/digest.ts';
import { mediaTypes } from '../../../src/oci/documents.ts';
import { openLayout } from '../../../src/oci/layout/open-layout.ts';
import { verifyLayout } from '../../../src/oci/verify/verify-layout.ts';
import type { Violations } from '../../../src/oci/verify/violations.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { type Item, tar } from './helpers/archives.ts';
import {
  addBlob,
  type Files,
  json,
  layout,
  packLayout,
  type Recipe,
  writeLayout,
} from './helpers/layouts.ts';

const verify = async (path: string) => await verifyLayout(await openLayout(path));

/** The verdicts on the same files in a directory and in an archive. */
async function bothWays(files: Files): Promise<[directory: Violations, archive: Violations]> {
  const home = temporaryDirectory();
  await writeLayout(files, join(home, 'layout'));
  await writeFile(join(home, 'layout.tar'), await packLayout(files));
  return [await verify(join(home, 'layout')), await verify(join(home, 'layout.tar'))];
}

async function rulesOn(files: Files): Promise<string[]> {
  const [directory, archive] = await bothWays(files);
  expect(archive.kept).toEqual(directory.kept);
  return rules(directory);
}

/** The rules broken, and where: `rule path`, digests shortened to their first four digits. */
function rules({ kept }: Violations): string[] {
  return kept.map(
    ({ rule, path }) => `${rule} ${path.replace(/([a-f0-9]{4})[a-f0-9]{60,}/g, '$1')}`,
  );
}

const plain: Recipe = { packed: (layer) => layer, layerType: mediaTypes.layer };
const layersOf = async (...layers: readonly (readonly (Item | string)[])[]) =>
  await Promise.all(layers.map((items) => tar(items)));

describe('valid', () => {
  test.each<[string, () => Promise<Recipe> | Recipe]>([
    ['gzip layers', () => ({})],
    ['plain layers', () => plain],
    ['a platform', () => ({ descriptor: { platform: { os: 'linux', architecture: 'amd64' } } })],
    ['no manifests', () => ({ index: { manifests: [] } })],
    ['no layers', () => ({ layers: [] })],
    ['unknown properties', () => ({ config: { 'com.example': 1 }, manifest: { more: {} } })],
    ['nulls where nothing is', () => ({ config: { created: null, config: null, history: null } })],
    ['the same layer twice', async () => ({ layers: await layersOf(['a'], ['a']) })],
    ['an absolute name', async () => ({ layers: await layersOf(['/a', './b']) })],
    [
      'a reference name',
      () => ({
        descriptor: { annotations: { 'org.opencontainers.image.ref.name': 'handroll:latest' } },
      }),
    ],
  ])('%s', async (_, recipe) => {
    expect(await rulesOn(await layout(await recipe()))).toEqual([]);
  });

  test('files that are no part of a layout', async () => {
    const files = await layout();
    files.set('manifest.json', json([])).set('more/files', json([]));
    expect(await rulesOn(files)).toEqual([]);
  });

  test('blobs that nothing refers to', async () => {
    const files = await layout();
    addBlob(files, 'text/plain', Buffer.from('alone'));
    expect(await rulesOn(files)).toEqual([]);
  });

  test('sha512', async () => {
    const files = await layout();
    const bytes = Buffer.from('alone');
    const encoded = createHash('sha512').update(bytes).digest('hex');
    files.set(`blobs/sha512/${encoded}`, bytes);
    expect(await rulesOn(files)).toEqual([]);
    files.set(`blobs/sha512/${encoded}`, Buffer.from('other'));
    expect(await rulesOn(files)).toHaveLength(1);
  });

  test('an index in the index, an artifact, what Docker writes, and a type nobody knows', async () => {
    const files = await layout();
    const artifact = addBlob(
      files,
      mediaTypes.manifest,
      json({
        schemaVersion: 2,
        artifactType: 'application/vnd.example+type',
        config: addBlob(files, mediaTypes.empty, Buffer.from('{}')),
        // What tools for artifacts call everything.
        layers: [addBlob(files, mediaTypes.layer, Buffer.from('no tar at all'))],
        subject: { mediaType: mediaTypes.manifest, digest: sha256('elsewhere'), size: 9 },
      }),
    );
    const manifests = JSON.parse(String(files.get('index.json'))).manifests;
    const nested = {
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [...manifests, artifact],
    };
    const docker = { schemaVersion: 2, mediaType: mediaTypes.dockerIndex, manifests };
    files.set(
      'index.json',
      json({
        schemaVersion: 2,
        manifests: [
          addBlob(files, mediaTypes.index, json(nested)),
          addBlob(files, mediaTypes.dockerIndex, json(docker)),
          addBlob(files, 'application/xml', Buffer.from('<xml/>')),
          { mediaType: 'text/plain', digest: sha256('hi'), size: 2, data: 'aGk=' },
          {
            mediaType: 'text/plain',
            digest: sha256('far'),
            size: 3,
            urls: ['https://example.com/far'],
          },
        ],
      }),
    );
    expect(await rulesOn(files)).toEqual([]);
  });

  test('what cannot be checked, or is only recommended, is noted', async () => {
    const files = await layout({
      layers: await layersOf(['a'], [{ name: '.wh.a', type: 'character-device' }]),
    });
    files.set('blobs/xxhash/42', Buffer.from('?'));
    const [{ count, notes }] = await bothWays(files);
    expect(count).toBe(0);
    expect(notes.map(({ rule }) => rule)).toEqual(['layer-whiteout-file', 'digest-unchecked']);
  });

  test('any hard link in the archive of a layout is the file it names', async () => {
    const files = await layout();
    const [name = ''] = [...files.keys()];
    const bytes = files.get(name) ?? Buffer.alloc(0);
    files.delete(name);
    const archive = await tar([
      { name: 'first', content: bytes },
      { name, type: 'link', linkname: './first' },
      ...[...files].map(([path, content]): Item => ({ name: path, content })),
    ]);
    const path = join(temporaryDirectory(), 'layout.tar');
    await writeFile(path, archive);
    expect(rules(await verify(path))).toEqual([]);
  });
});

/** What is found in each, a line of rules by its name, as the file beside this test has it. */
async function expectRules(cases: Readonly<Record<string, Files>>, file: string): Promise<void> {
  let found = '';
  for (const [name, files] of Object.entries(cases)) {
    // Digests of what was compressed differ from Node to Node.
    const told = (await rulesOn(files)).map((rule) =>
      rule.replace(/sha256\/(?!0000)\w{4}\b/, 'sha256/…').replace(/(n\/?){20,}/, 'n…'),
    );
    found += `${name}: ${told.join(', ')}\n`;
  }
  await expect(found).toMatchFileSnapshot(file);
}

test('one thing wrong in what is described', async () => {
  const diffIds = (...ids: string[]) => ({ rootfs: { type: 'layers', diff_ids: ids } });
  const platform = { os: 'linux', architecture: 'amd64' };
  const holding = async (...items: readonly (Item | string)[]) => ({
    layers: await layersOf(items),
  });
  const recipes: Readonly<Record<string, Recipe>> = {
    platform: { descriptor: { platform: { ...platform, architecture: 'arm64' } } },
    variant: {
      config: { variant: 'v2' },
      descriptor: { platform: { ...platform, variant: 'v3' } },
    },
    size: { descriptor: { size: 1 } },
    digest: { descriptor: { digest: sha256('a') } },
    'digest grammar': { descriptor: { digest: 'sha256:short' } },
    data: { descriptor: { data: 'e30=' } },
    'index schemaVersion': { index: { schemaVersion: 1 } },
    'index mediaType': { index: { mediaType: mediaTypes.manifest } },
    'index annotations': { index: { annotations: { a: 1 } } },
    'an index that is a manifest too': { index: { layers: [] } },
    'a type said twice': { manifest: { mediaType: mediaTypes.dockerManifest } },
    'no config': { manifest: { config: undefined } },
    'layers null': { manifest: { layers: null } },
    'rootfs.type': { config: { rootfs: { type: 'overlay', diff_ids: [] } }, layers: [] },
    'no architecture': { config: { architecture: undefined } },
    'too few diff_ids': { config: diffIds() },
    'other diff_ids': { config: diffIds(sha256('a'), sha256('b')) },
    'gzip said, plain stored': { packed: (layer) => layer },
    'plain said, gzip stored': { layerType: mediaTypes.layer },
    'gzip cut short': { packed: (layer) => gzipSync(layer).subarray(0, -4) },
    'no archive': { layers: [Buffer.from('x'.repeat(2000))] },
    'a path twice': await holding('a', './a'),
    'a path out of the root': await holding('../a'),
    'a link out of the root': await holding('b', { name: 'a', type: 'link', linkname: '../b' }),
    'a whiteout of nothing': await holding('d/.wh.'),
    'a whiteout of the parent': await holding('d/.wh...'),
    'a name no filesystem has': await holding('n'.repeat(300)),
    'a path no system call takes': await holding('n/'.repeat(3000)),
  };
  const cases: Record<string, Files> = {};
  for (const [name, recipe] of Object.entries(recipes)) cases[name] = await layout(recipe);
  await expectRules(cases, 'verify-layout.described.txt');
});

describe('one thing wrong in the files', () => {
  test('is found', async () => {
    const right = await layout();
    const withOne = (path: string, bytes: string | Buffer): Files =>
      new Map(right).set(path, Buffer.from(bytes));
    const without = (path: string): Files => new Map([...right].filter(([each]) => each !== path));
    const index = (more: string) =>
      withOne('index.json', `{"schemaVersion":2,"manifests":[]${more}`);
    const blobNamed = (name: string) => withOne(`blobs/${name}`, 'x');
    const cases: Readonly<Record<string, Files>> = {
      'no oci-layout': without('oci-layout'),
      'no index.json': without('index.json'),
      'another version': withOne('oci-layout', '{"imageLayoutVersion":"1.0.1"}'),
      'no version': withOne('oci-layout', '{}'),
      'no object': withOne('oci-layout', '"1.0.0"'),
      'no JSON': withOne('index.json', '{'),
      'a byte order mark': withOne('index.json', '\ufeff{"schemaVersion":2,"manifests":[]}'),
      'no UTF-8': withOne(
        'index.json',
        Buffer.from('{"schemaVersion":2,"manifests":[],"a":"\xff"}', 'latin1'),
      ),
      'a name twice': index(',"schemaVersion":2}'),
      'a lone surrogate': index(',"a":"\\ud800"}'),
      'a document beyond measure': withOne('index.json', ' '.repeat(17 * 1024 * 1024)),
      'a name that is no hash': blobNamed('sha256/short'),
      'a name with a dot': blobNamed('sha256/.DS_Store'),
      capitals: blobNamed(`sha256/${'A'.repeat(64)}`),
      'an algorithm that is none': blobNamed('SHA/x'),
      'content that is not what its name says': blobNamed(`sha256/${'0'.repeat(64)}`),
      'a directory for a blob': blobNamed(`sha256/${'0'.repeat(64)}/x`),
    };
    await expectRules(cases, 'verify-layout.files.txt');
  });

  test('each blob that changes or goes is noticed', async () => {
    const files = await layout();
    for (const path of files.keys()) {
      if (!path.startsWith('blobs/')) continue;
      const changed = new Map(files).set(
        path,
        Buffer.concat([files.get(path) ?? Buffer.alloc(0), Buffer.alloc(1)]),
      );
      expect(await rulesOn(changed)).toContainEqual(expect.stringMatching(/^blob-content /));
      const gone = new Map(files);
      gone.delete(path);
      expect(await rulesOn(gone)).toEqual([expect.stringMatching(/^blob-missing /)]);
    }
  });
});

describe('hostile', () => {
  test('a manifest that points at itself', async () => {
    const files = await layout();
    // With an algorithm that nobody can check, a document can name itself.
    const loop = { mediaType: mediaTypes.index, digest: 'x:y', size: 0 };
    const index = json({ schemaVersion: 2, manifests: [loop, loop] });
    files.set('index.json', json({ schemaVersion: 2, manifests: [loop] })).set('blobs/x/y', index);
    expect((await rulesOn(files)).every((rule) => rule.startsWith('content-size '))).toBe(true);
  });

  test('indexes that multiply', async () => {
    const files = await layout();
    let manifests = JSON.parse(String(files.get('index.json'))).manifests;
    for (let level = 0; level < 30; level++) {
      const nested = addBlob(files, mediaTypes.index, json({ schemaVersion: 2, manifests, level }));
      manifests = [nested, nested, nested];
    }
    files.set('index.json', json({ schemaVersion: 2, manifests }));
    expect(await rulesOn(files)).toEqual([]);
  });

  test('findings without end are counted, not kept', async () => {
    const files = await layout({ index: { manifests: new Array(5000).fill({}) } });
    const [{ count, kept }] = await bothWays(files);
    expect(count).toBe(15_000);
    expect(kept).toHaveLength(1000);
  });

  test('what is reported does not command a terminal', async () => {
    const files = await layout({ index: { mediaType: '\u001b[2J', '\u001b]0;x': 1 } });
    const [{ kept }] = await bothWays(files);
    expect(JSON.stringify(kept)).not.toContain('\u001b');
  });

  test('JSON of any depth', async () => {
    const files = await layout();
    files.set('index.json', Buffer.from(`{"schemaVersion":2,"manifests":${'['.repeat(100_000)}`));
    expect(await rulesOn(files)).toEqual(['json-syntax index.json']);
  });

  test('a gzip bomb', async () => {
    const zeros = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const packed = () => Buffer.concat(new Array(40).fill(zeros));
    const files = await layout({ layers: [Buffer.alloc(1024)], packed });
    const home = temporaryDirectory();
    await writeLayout(files, home);
    const violations = await verify(home);
    // It may well be an image: that it is not read to its end is a limit of ours.
    expect(rules(violations)).toEqual([]);
    expect(violations.notes).toMatchObject([{ rule: 'limit' }]);
  }, 60_000);

  const swaps: [string, (path: string) => Promise<void>][] = [
    [
      'a symlink',
      async (path) => {
        await rename(path, `${path}.away`);
        await symlink(`${path}.away`, path);
      },
    ],
    [
      'a symlink to a file elsewhere',
      async (path) => {
        await rm(path, { recursive: true });
        await symlink('/etc/passwd', path);
      },
    ],
    [
      'a FIFO',
      async (path) => {
        await rm(path, { recursive: true });
        execFileSync('mkfifo', [path]);
      },
    ],
    [
      'a directory',
      async (path) => {
        await rm(path, { recursive: true });
        await mkdir(path);
      },
    ],
  ];
  const places: [string, string][] = [
    ['oci-layout', 'layout-file oci-layout'],
    ['index.json', 'layout-file index.json'],
    ['blob', 'blob-kind '],
    ['blobs', 'layout-blobs blobs'],
    ['blobs/sha256', 'blob-kind blobs/sha256'],
  ];
  for (const [what, swap] of swaps) {
    for (const [place, expected] of places) {
      const isNoSwap = what === 'a directory' && (place === 'blobs' || place === 'blobs/sha256');
      if (isNoSwap) continue;
      test(`${what} where ${place} should be`, async () => {
        const files = await layout();
        const home = temporaryDirectory();
        await writeLayout(files, home);
        const [blob = ''] = [...files.keys()];
        await swap(join(home, place === 'blob' ? blob : place));
        const found = rules(await verify(home));
        expect(found).toContainEqual(expect.stringContaining(expected));
        expect(JSON.stringify(found)).not.toContain('root:');
      });
    }
  }

  test('an archive with names outside of it', async () => {
    const home = temporaryDirectory();
    const path = join(home, 'layout.tar');
    for (const name of ['../evil', '/evil', 'a/../../evil']) {
      await writeFile(path, await packLayout(await layout(), [{ name, content: 'x' }]));
      expect(rules(await verify(path))).toEqual(['layout-archive .']);
    }
  });

  test('an archive with a name twice', async () => {
    const path = join(temporaryDirectory(), 'layout.tar');
    await writeFile(
      path,
      await packLayout(await layout(), [{ name: './index.json', content: '{}' }]),
    );
    expect(rules(await verify(path))).toContain('layout-archive .');
  });

  test.each<[string, (archive: Buffer) => Buffer]>([
    ['cut short', (archive) => archive.subarray(0, 2500)],
    ['compressed', (archive) => gzipSync(archive)],
    ['no archive', () => Buffer.from('text '.repeat(500))],
    ['nothing', () => Buffer.alloc(0)],
  ])('an archive that is %s', async (_, change) => {
    const path = join(temporaryDirectory(), 'layout.tar');
    await writeFile(path, change(await packLayout(await layout())));
    expect((await verify(path)).count).toBeGreaterThan(0);
  });
});

describe('what is no layout at all', () => {
  test.each<[string, (path: string) => unknown, RegExp]>([
    ['nothing', () => undefined, /There is no/],
    ['a FIFO', (path) => execFileSync('mkfifo', [path]), /not a regular file/],
    ['a symlink to itself', (path) => symlink(path, path), /There is no/],
  ])('%s', async (_, make, message) => {
    const path = join(temporaryDirectory(), 'layout');
    await make(path);
    await expect(verify(path)).rejects.toThrow(message);
  });

  test.skipIf(process.getuid?.() === 0)('what one may not read', async () => {
    const home = temporaryDirectory();
    await writeLayout(await layout(), home);
    await chmod(join(home, 'index.json'), 0);
    await expect(verify(home)).rejects.toThrow(/Not permitted/);
  });
});
