import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Arguments, Command } from '../../../src/commands/command.ts';
import { compare } from '../../../src/commands/compare.ts';
import { documentedLines } from '../../../src/commands/json-lines.ts';
import { layers } from '../../../src/commands/layers.ts';
import { verify } from '../../../src/commands/verify.ts';
import { TourError } from '../../../src/errors.ts';
import { sha256 } from '../../../src/oci/digest.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { type Item, tar } from './helpers/archives.ts';
import { json, layout, type Recipe, writeLayout } from './helpers/layouts.ts';

const documentedFor = ['verify', 'layers', 'compare'] as const;

/** The fields that --help and the README name for a line: of each type, those of any command. */
function documented(type: string): string[] {
  const all = documentedFor.flatMap((verb) => documentedLines(verb)?.fields.get(type) ?? []);
  return ['type', ...all];
}

/** Runs a command and collects what it says. */
async function run(command: Command, positionals: string[], values: Arguments['values'] = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const exit = await command.run(
    { positionals, values },
    {
      out: (line) => void out.push(line),
      err: (line) => void err.push(line),
      bytes: async (chunk) => void out.push(Buffer.from(chunk).toString()),
      json: (value) => {
        const line = JSON.parse(JSON.stringify(value));
        expect(documented(line.type)).toEqual(expect.arrayContaining(Object.keys(line)));
        lines.push(line);
      },
      tty: false,
    },
  );
  return { exit, out: out.join('\n'), err: err.join('\n'), lines };
}

async function layoutIn(home: string, recipe?: Recipe): Promise<string> {
  const path = join(home, 'oci');
  await writeLayout(await layout(recipe), path);
  return path;
}

async function layersIn(home: string, ...stack: readonly (readonly (Item | string)[])[]) {
  const paths = stack.map((_, index) => join(home, `layer${index}.tar`));
  for (const [index, items] of stack.entries()) {
    await writeFile(paths[index] ?? '', await tar(items));
  }
  return paths;
}

describe('verify', () => {
  test('a layout that is valid', async () => {
    const path = await layoutIn(temporaryDirectory());
    expect(await run(verify, [path])).toMatchObject({ exit: 0, out: `${path}: valid.`, err: '' });
    const { exit, lines } = await run(verify, [path], { json: true });
    expect({ exit, lines }).toEqual({
      exit: 0,
      lines: [{ type: 'result', ok: true, findings: 0 }],
    });
  });

  test('a layout that is not', async () => {
    const path = await layoutIn(temporaryDirectory(), { index: { schemaVersion: 3 } });
    const finding = {
      rule: 'index-schema-version',
      section: 'image-index.md#image-index-property-descriptions',
      path: 'index.json#/schemaVersion',
      expected: '2',
      actual: '3',
    };
    expect(await run(verify, [path], { json: true })).toMatchObject({
      exit: 1,
      lines: [
        { type: 'finding', ...finding },
        { type: 'result', ok: false, findings: 1 },
      ],
    });
    const { exit, out } = await run(verify, [path]);
    expect(exit).toBe(1);
    for (const text of [...Object.values(finding), '1 finding.']) expect(out).toContain(text);
  });

  test('recommendations are notes', async () => {
    const layer = await tar([{ name: '.wh.a', type: 'character-device' }]);
    const path = await layoutIn(temporaryDirectory(), { layers: [layer] });
    const { exit, lines } = await run(verify, [path], { json: true });
    expect(exit).toBe(0);
    expect(lines).toMatchObject([{ type: 'note', rule: 'layer-whiteout-file' }, { ok: true }]);
    expect((await run(verify, [path])).out).toContain('note: blobs/sha256/');
  });

  test('one document, and what it describes', async () => {
    const home = temporaryDirectory();
    const [file, blob] = [join(home, 'descriptor.json'), join(home, 'blob')];
    await writeFile(blob, 'hello');
    const described = { mediaType: 'text/plain', digest: sha256('hello'), size: 5 };
    const verdict = async (value: object) => {
      await writeFile(file, json(value));
      const { exit, lines } = await run(verify, [file], { as: 'descriptor', blob, json: true });
      return { exit, rules: lines.slice(0, -1).map(({ rule }) => rule) };
    };
    expect(await verdict(described)).toEqual({ exit: 0, rules: [] });
    expect(await verdict({ ...described, size: 6 })).toEqual({ exit: 1, rules: ['content-size'] });
    expect(await verdict({ ...described, digest: sha256('') })).toEqual({
      exit: 1,
      rules: ['content-digest'],
    });
    expect(await verdict({ ...described, digest: 'x:y' })).toEqual({
      exit: 0,
      rules: ['digest-unchecked'],
    });
    expect((await run(verify, [file], { as: 'manifest' })).exit).toBe(1);
    await writeFile(file, json({ schemaVersion: 2, config: described, layers: [] }));
    expect((await run(verify, [file], { as: 'manifest' })).out).toContain('at least one layer');
  });

  test.each<[string, Arguments['values'], RegExp]>([
    ['a kind that is none', { as: 'layer' }, /no kind of document 'layer'/],
    ['a blob and no descriptor', { as: 'config', blob: 'x' }, /--as descriptor/],
    ['a blob of a layout', { blob: 'x' }, /--as descriptor/],
    ['a document that is not there', { as: 'config' }, /There is no file/],
    ['a layout that is not there', {}, /There is no file/],
  ])('%s is a mistake', async (_, values, message) => {
    const running = run(verify, [join(temporaryDirectory(), 'none')], values);
    await expect(running).rejects.toThrow(message);
    await expect(running).rejects.toBeInstanceOf(TourError);
    await expect(running).rejects.toMatchObject({ exit: 2 });
  });
});

describe('layers', () => {
  const stack = [
    ['data/', { name: 'data/config.txt', content: 'base' }, { name: 'hello.txt', content: 'base' }],
    [{ name: './hello.txt', content: 'delta!' }, 'data/.wh.config.txt'],
  ] as const;

  test('of files, bottom first', async () => {
    const paths = await layersIn(temporaryDirectory(), ...stack);
    const { exit, lines } = await run(layers, paths, { json: true });
    expect(exit).toBe(0);
    expect(lines).toMatchObject([
      { type: 'entry', layer: 0, path: 'data/', kind: 'directory', mode: 0o755, whiteout: null },
      { type: 'entry', layer: 0, path: 'data/config.txt', kind: 'file', size: 4 },
      { type: 'entry', layer: 0, path: 'hello.txt', uid: 0, gid: 0, digest: sha256('base') },
      { type: 'entry', layer: 1, path: 'hello.txt', name: './hello.txt' },
      { type: 'entry', layer: 1, whiteout: { kind: 'hide', path: 'data/config.txt' } },
      { type: 'merged', path: 'data/', layer: 0, hides: [] },
      { type: 'merged', path: 'hello.txt', layer: 1, hides: [0], digest: sha256('delta!') },
      { type: 'hidden', path: 'data/config.txt', layer: 0, by: 1, how: 'whiteout', size: 4 },
      { type: 'hidden', path: 'hello.txt', layer: 0, by: 1, how: 'replaced', size: 4 },
      { type: 'result', ok: true, hiddenBytes: 8, duplicatedBytes: 0 },
    ]);
    expect(lines.at(-1)?.diffIDs).toHaveLength(2);
  });

  test('for people', async () => {
    const paths = await layersIn(temporaryDirectory(), ...stack, [
      { name: 'bin/su', mode: 0o4755, content: '\u001b' },
      { name: 'bin/\u001b[2Jsh', type: 'symlink', linkname: 'su' },
      { name: 'tmp/', mode: 0o1777 },
      { name: 'dev/null', type: 'character-device', devmajor: 1, devminor: 3 },
    ]);
    const { out } = await run(layers, paths);
    expect(out).toContain('data/.wh.config.txt  hides data/config.txt');
    expect(out).toContain('layer 1  hello.txt');
    expect(out).toContain('hides layer 0');
    expect(out).toContain('-rwsr-xr-x');
    expect(out).toContain('drwxrwxrwt');
    expect(out).toMatch(/crw-r--r-- .* 1,3 dev\/null/);
    expect(out).toContain('bin/\\u{1b}[2Jsh -> su');
    expect(out).toContain('8 bytes of lower layers are hidden, 0 of them duplicated.');
    expect(out).not.toContain('\u001b');
  });

  test('one file, as it is, below what hides it, and by another name', async () => {
    const paths = await layersIn(temporaryDirectory(), ...stack, [
      { name: 'link', type: 'symlink', linkname: '/data/../hello.txt' },
      { name: 'hard', type: 'link', linkname: 'hello.txt' },
    ]);
    const cat = async (path: string, layer?: string) =>
      (await run(layers, paths, { cat: path, ...(layer === undefined ? {} : { layer }) })).out;
    expect(await cat('hello.txt')).toBe('delta!');
    expect(await cat('./link')).toBe('delta!');
    expect(await cat('hard')).toBe('delta!');
    expect(await cat('hello.txt', '0')).toBe('base');
    expect(await cat('data/config.txt', '0')).toBe('base');
    await expect(cat('data/config.txt')).rejects.toMatchObject({
      message: 'There is no file data/config.txt in the image.',
      hint: 'Layer 0 has it, and layer 1 hides it: --layer 0.',
    });
    await expect(cat('data')).rejects.toThrow('data is no file: directory');
    await expect(cat('hello.txt', '3')).rejects.toThrow('There is no layer 3');
    await expect(run(layers, paths, { layer: '0' })).rejects.toThrow('--layer goes with --cat');
  });

  test('of a layout, in a directory or an archive', async () => {
    const home = temporaryDirectory();
    const path = await layoutIn(home, {
      layers: await Promise.all(stack.map((items) => tar(items))),
    });
    const { lines } = await run(layers, [path], { json: true });
    expect(lines.filter(({ type }) => type === 'merged').map((line) => line.path)).toEqual([
      'data/',
      'hello.txt',
    ]);
    const archive = join(home, 'layout.tar');
    const files = await layout({ layers: await Promise.all(stack.map((items) => tar(items))) });
    await writeFile(
      archive,
      await tar([...files].map(([name, content]): Item => ({ name, content }))),
    );
    expect((await run(layers, [archive], { json: true })).lines).toEqual(lines);
  });

  test('of a layout with several images says which', async () => {
    const home = temporaryDirectory();
    const path = await layoutIn(home);
    const { manifests } = JSON.parse(String((await layout()).get('index.json')));
    const other = await layout({ layers: [await tar(['other'])] });
    await writeLayout(other, path);
    const more = JSON.parse(String(other.get('index.json'))).manifests;
    await writeFile(
      join(path, 'index.json'),
      json({ schemaVersion: 2, manifests: [...manifests, ...more] }),
    );
    const { err, lines } = await run(layers, [path], { json: true });
    expect(err).toContain(`Of 2 images in the layout: ${manifests[0].digest}`);
    expect(lines.some((line) => line.path === 'other')).toBe(false);
  });

  test.each<[string, readonly (Item | string)[], string]>([
    ['an entry twice', ['a', './a'], 'layer-duplicate'],
    ['an invalid whiteout', ['.wh.'], 'layer-whiteout'],
    ['a hard link to nothing', [{ name: 'a', type: 'link', linkname: 'b' }], 'layer-hard-link'],
  ])('%s is a finding', async (_, items, rule) => {
    const [path = ''] = await layersIn(temporaryDirectory(), items);
    const { exit, lines } = await run(layers, [path], { json: true });
    expect(exit).toBe(1);
    expect(lines.slice(-2)).toMatchObject([
      { type: 'finding', rule },
      { type: 'result', ok: false },
    ]);
  });

  test('a layer that cannot be read is a finding, the others are listed', async () => {
    const home = temporaryDirectory();
    const [good = ''] = await layersIn(home, ['a']);
    const bad = join(home, 'bad.tar.gz');
    await writeFile(bad, gzipSync(Buffer.alloc(2000, 'x')).subarray(0, -8));
    const { exit, out } = await run(layers, [good, bad]);
    expect(exit).toBe(1);
    expect(out).toContain('layer 0  a');
    expect(out).toContain('layer-archive');
  });

  test.each<[string, Recipe, number]>([
    ['no layers lists nothing', { layers: [] }, 0],
    ['no images has nothing to list', { index: { manifests: [] } }, 1],
  ])('a layout with %s', async (_, recipe, exit) => {
    const path = await layoutIn(temporaryDirectory(), recipe);
    const found = await run(layers, [path], { json: true });
    expect(found.exit).toBe(exit);
    expect(found.lines.at(-1)).toMatchObject({ type: 'result', ok: exit === 0, diffIDs: [] });
  });
});

describe('compare', () => {
  const with2 = async (...recipes: [Recipe, Recipe]) => {
    const home = temporaryDirectory();
    const paths = [join(home, 'a'), join(home, 'b')];
    for (const [index, recipe] of recipes.entries()) {
      await writeLayout(await layout(recipe), paths[index] ?? '');
    }
    return paths;
  };
  const tree = async (mtime: number) => [
    await tar([
      { name: 'a', mtime },
      { name: 'b', mtime },
      { name: 'c', mtime },
    ]),
  ];

  test('the same image', async () => {
    const paths = await with2({}, {});
    const { exit, out } = await run(compare, paths);
    expect({ exit, out }).toEqual({
      exit: 0,
      out: expect.stringMatching(/^The same image, byte for byte: sha256:\w{64}$/),
    });
    expect((await run(compare, paths, { json: true })).lines).toEqual([
      expect.objectContaining({
        type: 'result',
        ok: true,
        differences: 0,
        a: [expect.any(String)],
      }),
    ]);
  });

  test('another image: entries and fields, the usual cause, and what follows', async () => {
    const paths = await with2({ layers: await tree(0) }, { layers: await tree(1) });
    const { exit, out } = await run(compare, paths);
    expect(exit).toBe(1);
    expect(out).toContain(`layer 0
  a: mtime
    A  1970-01-01 00:00:00 UTC
    B  1970-01-01 00:00:01 UTC
  b: mtime
    A  1970-01-01 00:00:00 UTC
    B  1970-01-01 00:00:01 UTC
  … and 1 more like this
  Built at another time:`);
    expect(out).toContain(`  config#/rootfs/diff_ids/0
  manifest#/config/digest /layers/0/digest`);
    expect(out).toMatch(/^Not the same image: 3 differences\.$/m);
    const { lines } = await run(compare, paths, { json: true });
    expect(lines[0]).toEqual({
      type: 'difference',
      where: 'layer 0!a',
      field: 'mtime',
      a: '1970-01-01 00:00:00 UTC',
      b: '1970-01-01 00:00:01 UTC',
      cause: 'build-time',
    });
    expect(lines.at(-1)).toMatchObject({ type: 'result', ok: false, differences: 3, findings: 0 });
  });

  test('only the wrapping: it says that the DiffID is the same', async () => {
    const layers = await tree(0);
    const paths = await with2(
      { layers },
      { layers, packed: (layer) => gzipSync(layer, { level: 9 }) },
    );
    expect((await run(compare, paths)).out).toContain('the same tar, with the same DiffID');
  });

  test('a note on index.json does not make it another image', async () => {
    const paths = await with2({}, { descriptor: { annotations: { name: 'x' } } });
    const { exit, out } = await run(compare, paths);
    expect(exit).toBe(0);
    expect(out).toMatch(
      /^note: index\.json#\/manifests\/0\/annotations is not part of the image$/m,
    );
    expect(out).toContain('The same image');
  });

  test('a damaged layout is named', async () => {
    const [a = '', b = ''] = await with2({}, {});
    await writeFile(join(b, 'index.json'), '{');
    const { exit, out } = await run(compare, [a, b]);
    expect(exit).toBe(1);
    expect(out).toContain(`${b} is damaged; handroll-tour verify says more.`);
    expect(out).toMatch(/Nothing could be compared\.$/);
  });

  test('a layout that is not there is a mistake', async () => {
    const [a = ''] = await with2({}, {});
    await expect(run(compare, [a, `${a}/none`])).rejects.toMatchObject({ exit: 2 });
  });
});
