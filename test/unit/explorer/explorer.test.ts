import { readdir, readFile, stat, symlink } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { writeFileOut } from '../../../src/explorer/write-out.ts';
import { chainIds } from '../../../src/oci/chain.ts';
import { sha256, short } from '../../../src/oci/digest.ts';
import type { LayerEntry } from '../../../src/oci/layer-entry.ts';
import { textOf, widthOf } from '../../../src/ui/line.ts';
import { explorer, inMemory } from '../../helpers/explorer.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { themes } from '../../helpers/themes.ts';
import { patched, tar } from '../oci/helpers/archives.ts';
import { type Files, layout } from '../oci/helpers/layouts.ts';

const base = await tar([
  'bin/',
  { name: 'bin/busybox', content: 'static' },
  { name: 'bin/sh', type: 'symlink', linkname: 'busybox' },
  'data/',
  { name: 'data/config.txt', content: 'old' },
  { name: 'hello.txt', content: 'from the base' },
]);
const delta = await tar([
  'data/',
  'data/.wh.config.txt',
  { name: 'hello.txt', content: 'from the delta' },
]);
const layers = [base, delta];
const anImage = () => layout({ layers });
const [first = '', second = ''] = layers.map((layer) => short(sha256(gzipSync(layer))));
const ids = layers.map((layer) => sha256(layer));

const down = (times: number) => Array.from({ length: times }, () => 'down');

describe('the tree', () => {
  test('index, manifest, config, layers; marks and names side by side', async () => {
    const it = await explorer(inMemory(await anImage()));
    expect(it.here()).toContain('index.json');
    const text = it.text();
    expect(text).toContain('4 blobs, all names match');
    const rows = text.split('\n').filter((row) => row.includes('layer 1'));
    const names = [second, short(ids[1] ?? ''), short(chainIds(ids)[1] ?? '')];
    expect(rows[0]).toMatch(new RegExp(`✔ ${names.join('\\s+')}`));
  });

  test('entries are unfolded, and folded away again', async () => {
    const it = await explorer(inMemory(await anImage()));
    await it.press(...down(4), 'right');
    expect(it.text()).toMatch(/▸ - +layer 0|▸ +- layer 0/);
    expect(it.text()).toContain('hello.txt');
    expect(it.text()).not.toContain('busybox');
    await it.press('down', 'right', 'down');
    expect(it.here()).toContain('busybox');
    await it.press('left', 'left', 'left', 'left');
    expect(it.here()).toContain('layer 0');
    expect(it.text()).not.toContain('hello.txt');
  });

  test('search goes into what is folded away', async () => {
    const it = await explorer(inMemory(await anImage()));
    await it.press('/', ...'BUSY', 'enter');
    expect(it.state().note).toBe("'BUSY' is not here.");
    await it.press('/', ...'busy', 'enter');
    expect(it.here()).toContain('busybox');
    await it.press('n');
    expect(it.here()).toContain('busybox');
    await it.press('/', ...'config.txt', 'enter');
    expect(it.here()).toContain('config.txt');
    await it.press('n');
    expect(it.here()).toContain('.wh.config.txt');
    expect(it.here()).toContain('hides data/config.txt');
    await it.press('N');
    expect(it.here()).not.toContain('.wh.');
  });

  test('escape ends a search where it began', async () => {
    const it = await explorer(inMemory(await anImage()));
    const before = it.text();
    await it.press('/', ...'hello', 'escape');
    expect(it.text()).toBe(before);
  });
});

describe('following digests', () => {
  test('from the index to a layer, and all the way back', async () => {
    const it = await explorer(inMemory(await anImage()));
    await it.press('enter');
    expect(it.here()).toContain('→ manifest');
    await it.press('enter');
    expect(it.here()).toContain('→ config');
    await it.press('enter');
    // The config has no blobs' names: its DiffIDs lead to the layers they are of.
    expect(it.here()).toContain('→ layer 0');
    await it.press('enter');
    expect(it.text()).toContain(`layer 0 ${first}`);
    expect(it.text()).toContain((ids[0] ?? '').slice('sha256:'.length));
    await it.press('escape');
    expect(it.here()).toContain('→ layer 0');
    await it.press('escape');
    expect(it.here()).toContain('→ config');
    await it.press('escape', 'escape');
    expect(it.here()).toContain('index.json');
    expect(it.state().focus).toBe('tree');
  });

  test('a digest that is not in the layout leads nowhere, and says so', async () => {
    const files = await anImage();
    const config = [...files.keys()].find((path) => files.get(path)?.includes('diff_ids'));
    files.delete(config ?? '');
    const it = await explorer(inMemory(files));
    expect(it.text()).toContain('1 missing');
    await it.press('down', 'down', 'enter');
    expect(it.text()).toContain('not in this layout');
  });
});

test('the layout, and URLs and sections of the spec in an image, are links', async () => {
  const notes = await tar([
    { name: 'notes.txt', content: 'see /srv/image/index.json, layer.md#whiteouts, /srv/other' },
  ]);
  const source = 'https://example.org/source';
  const files = await layout({
    layers: [notes],
    config: { config: { Labels: { 'org.opencontainers.image.source': source } } },
  });
  const it = await explorer(inMemory(files), {
    size: { columns: 200, rows: 50 },
    targets: { dir: '/srv/image', hostname: 'lab' },
  });
  const links = () => {
    const { header, columns } = it.layout();
    const lines = [header?.left ?? [], ...columns.flatMap((column) => column.lines)];
    return lines.flat().flatMap(({ text, link }) => (link ? [[text, link]] : []));
  };
  expect(links()).toEqual([['image', 'file://lab/srv/image']]);
  await it.press('down', 'down', 'enter');
  expect(links()).toContainEqual([source, source]);
  await it.press('tab', 'down', 'right', 'down', 'enter', 'enter', 'enter');
  expect(it.text()).toContain('see /srv/image/index.json');
  expect(links().slice(1)).toEqual([
    ['/srv/image/index.json', 'file://lab/srv/image/index.json'],
    [
      'layer.md#whiteouts',
      'https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts',
    ],
  ]);
});

describe('layers as transparencies', () => {
  test('who hides whom, and what is seen when a layer is off', async () => {
    const it = await explorer(inMemory(await anImage()));
    await it.press('t');
    const all = it.text();
    expect(all).toMatch(/✂ config\.txt +0, whited out by 1/);
    expect(all).toMatch(/● hello\.txt +from 1, hides 0/);
    expect(all).toContain('5 paths, 1 deleted');
    expect(it.here()).toContain('[x] 1');
    await it.press('space');
    expect(it.here()).toContain('[ ] 1');
    expect(it.text()).toMatch(/ {2}config\.txt +from 0/);
    expect(it.text()).toMatch(/ {2}hello\.txt +from 0\n/);
    await it.press('0');
    expect(it.text()).toContain('0 paths');
    await it.press('0', 'space');
    expect(it.text()).toBe(all);
  });

  test('the cursor stays on its path', async () => {
    const it = await explorer(inMemory(await anImage()));
    await it.press('t');
    await it.press('/', ...'hello', 'enter', '1');
    expect(it.here()).toContain('hello.txt');
    await it.press('1', '0');
    expect(it.here()).toContain('hello.txt');
  });

  test('a combination that is one key away has been laid already', async () => {
    const it = await explorer(inMemory(await anImage()));
    await it.press('t');
    expect([...it.state().layerStacks.keys()].map((key) => key.slice(-2)).sort()).toEqual([
      '01',
      '10',
      '11',
    ]);
  });

  test('from a path to its entry, and to the same path in other layers', async () => {
    const it = await explorer(inMemory(await anImage()));
    await it.press('t');
    await it.press('/', ...'hello', 'enter', 'enter');
    expect(it.text()).toContain(`hello.txt  in layer 1 ${second}`);
    expect(it.here()).toMatch(/layer 0, below, has it:/);
    await it.press('enter');
    expect(it.text()).toContain(`hello.txt  in layer 0 ${first}`);
  });
});

describe('a file', () => {
  const bytes = Buffer.from([0, 1, 2, 0x41]);
  const lines = ['one', 'two', 'three'];
  const files = async () =>
    inMemory(
      await layout({
        layers: [
          await tar([
            { name: 'text', content: `${lines.join('\n')}\n` },
            { name: 'binary', content: bytes },
            { name: 'gone', content: 'still there\n' },
            { name: 'name', type: 'link', linkname: 'text' },
          ]),
          await tar([{ name: 'text', content: 'one\n2\nthree\n' }, '.wh.gone']),
        ],
      }),
    );
  /** The explorer on an entry of the merged tree. */
  const at = async (name: string) => {
    const it = await explorer(await files());
    await it.press('t');
    await it.press('/', ...name, 'enter', 'enter');
    return it;
  };

  test('is read as text', async () => {
    const it = await at('text');
    await it.press('k', 'k', 'enter');
    expect(it.text()).toMatch(/text {2}in layer 1 \w+, 12 bytes/);
    expect(it.text()).toMatch(/one\s+\S*\s*2\s/);
    await it.press('x');
    expect(it.text()).toContain('6f 6e 65 0a 32 0a');
    await it.press('x');
    expect(it.text()).not.toContain('6f 6e 65');
  });

  test('that is no text is shown in hexadecimal', async () => {
    const it = await at('binary');
    await it.press('enter');
    expect(it.text()).toMatch(/00000000 {2}00 01 02 41 .* \.\.\.A/);
  });

  test('that is whited out can be read all the same', async () => {
    const it = await at('gone');
    await it.press('k', 'k', 'enter');
    expect(it.text()).toContain('still there');
  });

  test('by another name is the file', async () => {
    const it = await at('name');
    await it.press('enter');
    expect(it.text()).toContain('three');
  });

  test('is held against the one below', async () => {
    const it = await at('text');
    await it.press('d');
    expect(it.text()).toMatch(/against layer 0 \w+: - there, \+ here/);
    expect(
      it
        .lines()
        .map((line) => /([-+] (?:two|2))/.exec(line)?.[1])
        .filter(Boolean),
    ).toEqual(['- two', '+ 2']);
    await it.press('d');
    expect(it.text()).not.toContain('against');
  });

  test('can be written out', async () => {
    enterTemporaryDirectory();
    const it = await at('text');
    await it.press('o');
    await expect.poll(it.text).toContain('Written: ./text, 12 bytes.');
    expect(await readFile('text', 'utf8')).toBe('one\n2\nthree\n');
  });
});

function enterTemporaryDirectory(): void {
  const before = process.cwd();
  process.chdir(temporaryDirectory());
  onTestFinished(() => process.chdir(before));
}

test('what is written out replaces and follows nothing', async () => {
  enterTemporaryDirectory();
  await symlink('/nowhere/at/all', 'a.sh');
  const entry = { path: 'etc/a.sh', size: 5 } as LayerEntry;
  const content = async function* () {
    yield Buffer.from('hello');
  };
  expect(await writeFileOut(entry, content())).toBe('Written: ./a.sh.1, 5 bytes.');
  expect(await writeFileOut({ ...entry, path: '\u001b[2J$(x)' }, content())).toBe(
    'Written: ./__2J__x_, 5 bytes.',
  );
  expect(await writeFileOut({ ...entry, path: '..' }, content())).toBe('Written: ./_, 5 bytes.');
  expect((await readdir('.')).sort()).toEqual(['_', '__2J__x_', 'a.sh', 'a.sh.1']);
  expect((await stat('a.sh.1')).mode & 0o111).toBe(0);
});

describe('the first bytes', () => {
  test('the fields of the gzip header are named', async () => {
    const it = await explorer(inMemory(await anImage()));
    await it.press(...down(4), 'x');
    expect(it.text()).toMatch(/00000000 {2}1f 8b +ID1 ID2 +gzip/);
    expect(it.text()).toMatch(/00000004 {2}00 00 00 00 +MTIME +none/);
    await it.press('x');
    expect(it.here()).toContain('layer 0');
  });
});

describe('half-built and damaged layouts', () => {
  const some = (files: Files, keep: (path: string, bytes: Buffer) => boolean): Files =>
    new Map([...files].filter(([path, bytes]) => keep(path, bytes)));
  const isGzip = (bytes: Buffer) => bytes[0] === 0x1f;

  test.each<[string, (files: Files) => Files, RegExp[]]>([
    ['nothing at all', () => new Map(), [/oci-layout {2}not there/, /index\.json {2}not there/]],
    [
      'two layers, nothing else',
      (files) => some(files, (_, bytes) => isGzip(bytes)),
      [/not referenced/, /\+ layer +✔/],
    ],
    [
      'no index yet',
      (files) => some(files, (path) => path !== 'index.json'),
      [/index\.json {2}not there/, /manifest +✔/, /layers, merged/],
    ],
    [
      'no config',
      (files) => some(files, (_, bytes) => !bytes.includes('diff_ids')),
      [/config +✖ \w+ +not there/],
    ],
    [
      'an index that is no JSON',
      (files) => new Map(files).set('index.json', Buffer.from('{"manifests":[')),
      [/index\.json {2}no JSON/, /manifest +✔/],
    ],
    [
      'a layer that is cut short',
      (files) =>
        new Map(
          [...files].map(([path, bytes]) => [path, isGzip(bytes) ? bytes.subarray(0, 60) : bytes]),
        ),
      [/2 not what the name says/, /layer 0 +✖ \w+ .*damaged/],
    ],
  ])('%s', async (_, change, wanted) => {
    const it = await explorer(inMemory(change(await anImage())));
    for (const pattern of wanted) expect(it.text()).toMatch(pattern);
    // Whatever there is can be gone through.
    for (let at = 0; at < 8; at++)
      await it.press('enter', 'x', 't', 'escape', 'escape', 'escape', 'down');
  });
});

describe('hostile images', () => {
  const hostile: [string, () => Promise<Files>][] = [
    [
      'names with escapes',
      async () => layout({ layers: [await tar(['\u001b[2J', '\u202e', 'a\nb'])] }),
    ],
    ['a path without end', async () => layout({ layers: [await tar(['a/'.repeat(5000)])] })],
    [
      'an index that names itself',
      async () => {
        const digest = `sha256:${'a'.repeat(64)}`;
        const mediaType = 'application/vnd.oci.image.index.v1+json';
        const loop = Buffer.from(JSON.stringify({ manifests: [{ mediaType, digest, size: 1 }] }));
        return new Map([
          ['index.json', loop],
          [`blobs/sha256/${'a'.repeat(64)}`, loop],
        ]);
      },
    ],
    [
      'an index of more manifests than anybody has',
      async () => {
        const mediaType = 'application/vnd.oci.image.manifest.v1+json';
        const manifests = Array.from({ length: 50_000 }, (_, at) => ({
          mediaType,
          digest: `sha256:${at.toString(16).padStart(64, '0')}`,
          size: 1,
        }));
        return new Map([['index.json', Buffer.from(JSON.stringify({ manifests }))]]);
      },
    ],
    ['deep JSON', async () => new Map([['index.json', Buffer.from('['.repeat(1e6))]])],
    ['an entry above the root', async () => layout({ layers: [await tar(['../../etc/passwd'])] })],
  ];

  test.each(hostile)('%s', async (_, make) => {
    const it = await explorer(inMemory(await make()));
    for (const key of ['enter', 'enter', 'enter', 't', 'space', 'x', 'G', 'escape', 'right']) {
      await it.press(key, 'down');
      for (const line of it.content()) expect(widthOf(line)).toBeLessThanOrEqual(79);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may reach a terminal.
      expect(it.content().map(textOf).join('')).not.toMatch(/[\u0000-\u001f\u202e]/);
    }
  });
});

/** An archive of many empty files, put together faster than by writing each. */
async function manyFiles(count: number): Promise<Buffer> {
  const one = (await tar(['x'])).subarray(0, 512);
  const archive = Buffer.alloc((count + 2) * 512);
  for (let at = 0; at < count; at++) {
    patched(one, 0, `d${at % 100}/f${at}`).copy(archive, at * 512);
  }
  return archive;
}

/** The same list, and how many of its members were looked at. */
function counting<T>(list: readonly T[]): { list: readonly T[]; seen: () => number } {
  let count = 0;
  const watched = new Proxy(list, {
    get: (target, key) => {
      if (typeof key === 'string' && /^\d+$/.test(key)) count++;
      return Reflect.get(target, key);
    },
  });
  return { list: watched, seen: () => count };
}

describe('a hundred thousand entries', () => {
  const many = manyFiles(100_000);
  const open = async () => explorer(inMemory(await layout({ layers: [await many, delta] })));

  test('a key makes only the rows that are shown: entries of a layer', async () => {
    const it = await open();
    await it.press('/', ...'layer 0', 'enter', 'enter');
    const path = [...it.state().survey.images.values()][0]?.layers[0] ?? '';
    const found = it.state().layers.get(path);
    if (found?.status !== 'read') throw new Error('not read');
    const { list, seen } = counting(found.layer.entries);
    const read = { ...found, layer: { ...found.layer, entries: list } };
    it.become({ ...it.state(), layers: new Map(it.state().layers).set(path, read) });
    for (const key of ['down', 'pagedown', 'G', 'up', 'g']) {
      const before = seen();
      await it.press(key);
      expect(it.lines()).toHaveLength(23);
      // Two frames, the one the key was pressed on and the one it leads to.
      expect(seen() - before).toBeLessThan(100);
    }
    await it.press('G');
    expect(it.here()).toContain('f99999');
  }, 30_000);

  test('a key makes only the rows that are shown: the merged tree', async () => {
    const it = await open();
    await it.press('t');
    await it.press('/', ...'f98765', 'enter');
    expect(it.here()).toContain('f98765');
    const image = [...it.state().survey.images.keys()][0] ?? '';
    const key = it.state().stacks.get(image)?.shown ?? '';
    const laid = it.state().layerStacks.get(key);
    if (laid === undefined) throw new Error('not laid');
    const { list, seen } = counting(laid.rows);
    it.become({
      ...it.state(),
      layerStacks: new Map(it.state().layerStacks).set(key, { ...laid, rows: list }),
    });
    for (const move of ['down', 'pagedown', 'G', 'up', 'g']) {
      const before = seen();
      await it.press(move);
      expect(it.lines()).toHaveLength(23);
      expect(seen() - before).toBeLessThan(200);
    }
  }, 30_000);

  test('a switch shows what was laid before, at once, and the cursor stays', async () => {
    const it = await open();
    await it.press('t');
    await it.press('/', ...'f98765', 'enter');
    const laid = it.state().layerStacks.size;
    expect(laid).toBe(3);
    await it.press('1');
    expect(it.here()).toContain('f98765');
    expect(it.text()).toContain('100 100 paths');
    // Folded, the tree is short however much is in it.
    expect(it.state().rows.length).toBeLessThan(20);
  }, 30_000);
});

describe('every terminal', () => {
  const sizes = [
    { columns: 80, rows: 24 },
    { columns: 200, rows: 50 },
    { columns: 40, rows: 12 },
    { columns: 300, rows: 10 },
  ];
  test.each(sizes)('%o: no line too long, none too many', async (size) => {
    for (const theme of [themes.color, themes.plain, themes.ascii]) {
      const it = await explorer(inMemory(await anImage()), { size, theme });
      for (const keys of [[], ['enter'], ['enter'], ['enter'], ['t'], ['x'], ['?'], ['/', 'a']]) {
        await it.press(...keys);
        const lines = it.content();
        expect(lines.length).toBeLessThan(size.rows);
        for (const line of lines) expect(widthOf(line)).toBeLessThan(size.columns);
      }
    }
  });

  test('wide: the tree and what it is about, side by side', async () => {
    const it = await explorer(inMemory(await anImage()), { size: { columns: 200, rows: 50 } });
    await it.press('down', 'down');
    expect(it.text()).toMatch(/▸ +config .* │/);
    expect(it.text()).toContain('"architecture": "amd64"');
    await it.press('tab');
    expect(it.state().focus).toBe('page');
  });

  test('a voice hears the row one is on', async () => {
    const it = await explorer(inMemory(await anImage()), { theme: themes.spoken });
    expect(it.lines()[0]).toContain('index.json');
    await it.press('down');
    expect(it.lines()[0]).toContain('manifest');
  });
});
