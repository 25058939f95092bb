import { describe, expect, test, vi } from 'vitest';
import { readLayer } from '../../../src/oci/layer.ts';
import { applyLayers, hiddenBytes, merge } from '../../../src/oci/merge.ts';
import { chunks, type Item, tar } from './helpers/archives.ts';

type Items = readonly (Item | string)[];

async function stackOf(...layers: readonly Items[]) {
  const read = layers.map(async (items) => (await readLayer(chunks(await tar(items)))).entries);
  return applyLayers(await Promise.all(read));
}

/** Paths with a slash after directories, and which layer each is from; implied ones say so. */
async function treeOf(...layers: readonly Items[]): Promise<string[]> {
  const { tree } = await stackOf(...layers);
  return [...tree].map(([path, { file, layer, implied }]) => {
    return `${implied ? '?' : layer} ${path}${file.kind === 'directory' ? '/' : ''}`;
  });
}

const symlink = (name: string, linkname: string): Item => ({ name, type: 'symlink', linkname });
const hardlink = (name: string, linkname: string): Item => ({ name, type: 'link', linkname });
const file = (name: string, content: string): Item => ({ name, content });

const device = (name: string, devmajor: number, devminor: number): Item => {
  return { name, type: 'character-device', devmajor, devminor };
};
const capability = { 'SCHILY.xattr.security.capability': '\x01\0\0\x02' };
const twice = (item: Item): [Item, Item] => [item, item];

describe('the merged tree', () => {
  test.each<[string, readonly Items[], string[]]>([
    ['nothing', [], []],
    ['the root has no path', [['./']], []],
    ['parents come into being', [['./a/b/c']], ['? a/', '? a/b/', '0 a/b/c']],
    ['the upper file wins', [['a', 'b'], ['./b']], ['0 a', '1 b']],
    [
      'directories unite',
      [
        ['d/', 'd/a'],
        ['d/', 'd/b'],
      ],
      ['1 d/', '0 d/a', '1 d/b'],
    ],
    ['a directory upon a file', [['a'], ['a/', 'a/b']], ['1 a/', '1 a/b']],
    ['a file upon a directory', [['a/', 'a/b'], ['a']], ['1 a']],
    ['and back', [['a/', 'a/b'], ['a'], ['a/', 'a/c']], ['2 a/', '2 a/c']],
    ['an entry below a file', [['a'], ['a/b']], ['? a/', '1 a/b']],
    ['the later of two in a layer', [['a', 'a/']], ['0 a/']],
    [
      'names sort by code units',
      [['b', 'a/', 'a-b', 'a/z', 'B']],
      ['0 B', '0 a/', '0 a/z', '0 a-b', '0 b'],
    ],

    ['a whiteout', [['a', 'b'], ['.wh.a']], ['0 b']],
    ['a whiteout of a directory', [['d/', 'd/a'], ['.wh.d']], []],
    ['a whiteout of nothing', [['a'], ['.wh.x', 'y/.wh.z']], ['0 a']],
    ['a whiteout in the lowest layer', [['a', '.wh.a']], ['0 a']],
    ['a whiteout after its like', [['a'], ['a', '.wh.a']], ['1 a']],
    ['a whiteout before its like', [['a'], ['.wh.a', 'a']], ['1 a']],
    ['a whiteout of a lower whiteout', [['a'], ['.wh.a'], ['.wh.a']], []],
    ['a path that comes back', [['a'], ['.wh.a'], ['a']], ['2 a']],
    ['a whiteout that is a device', [['a'], [{ name: '.wh.a', type: 'character-device' }]], []],
    [
      'invalid whiteouts do nothing',
      [
        ['d/', 'd/a'],
        ['.wh.', 'd/.wh..', 'd/.wh...'],
      ],
      ['0 d/', '0 d/a'],
    ],
    ['below a .wh. directory', [['a'], ['.wh.a/b']], ['? .wh.a/', '1 .wh.a/b', '0 a']],
    ['what AUFS left', [['a'], ['.wh..wh.plnk/', '.wh..wh.plnk/1.2', '.wh..wh.aufs']], ['0 a']],

    [
      'opaque, first',
      [
        ['d/', 'd/a'],
        ['d/.wh..wh..opq', 'd/b'],
      ],
      ['0 d/', '1 d/b'],
    ],
    [
      'opaque, last',
      [
        ['d/', 'd/a'],
        ['d/', 'd/b', 'd/.wh..wh..opq'],
      ],
      ['1 d/', '1 d/b'],
    ],
    ['opaque without any directory', [['d/a'], ['d/c', 'd/.wh..wh..opq']], ['? d/', '1 d/c']],
    ['opaque hides all below', [['d/e/', 'd/e/f/', 'd/e/f/g'], ['d/.wh..wh..opq']], ['? d/']],
    [
      'an opaque root',
      [
        ['a', 'd/', 'd/b'],
        ['c', '.wh..wh..opq'],
      ],
      ['1 c'],
    ],
    ['opaque over a whiteout', [['d/a'], ['d/.wh.a', 'd/.wh..wh..opq', 'd/b']], ['? d/', '1 d/b']],

    ['through a symlink', [['etc/', symlink('l', 'etc'), 'l/a']], ['0 etc/', '0 etc/a', '0 l']],
    [
      'through a lower symlink',
      [['etc/', symlink('l', '/etc')], ['l/a']],
      ['0 etc/', '1 etc/a', '0 l'],
    ],
    ['through one that leads out', [[symlink('l', '../../..'), 'l/a']], ['0 a', '0 l']],
    [
      'through one that leads nowhere',
      [[symlink('l', 'x/y'), 'l/a']],
      ['0 l', '? x/', '? x/y/', '0 x/y/a'],
    ],
    [
      'through two',
      [['e/', symlink('m', 'e'), symlink('l', './x/../m'), 'l/a']],
      ['0 e/', '0 e/a', '0 l', '0 m'],
    ],
    [
      'a directory upon a symlink',
      [
        ['e/', symlink('l', 'e')],
        ['l/', 'l/a'],
      ],
      ['0 e/', '1 l/', '1 l/a'],
    ],
    ['a whiteout of a symlink', [['e/', 'e/a', symlink('l', 'e')], ['.wh.l']], ['0 e/', '0 e/a']],
    [
      'a whiteout through a symlink',
      [['e/', 'e/a', symlink('l', 'e')], ['l/.wh.a']],
      ['0 e/', '0 l'],
    ],
    [
      'opaque upon a symlink that becomes a directory',
      [
        ['e/', 'e/a', symlink('l', 'e')],
        ['l/', 'l/.wh..wh..opq', 'l/b'],
      ],
      ['0 e/', '0 e/a', '1 l/', '1 l/b'],
    ],
  ])('%s', async (_, layers, expected) => {
    expect(await treeOf(...layers)).toEqual(expected);
  });

  test('attributes of a directory are those of the uppermost', async () => {
    const { tree } = await stackOf(
      [{ name: 'd/', mode: 0o755 }, 'd/a'],
      [{ name: 'd/', mode: 0o700 }],
    );
    expect(tree.get('d')).toMatchObject({ layer: 1, hides: [0], entry: { mode: 0o700 } });
  });

  test('a path hides all lower layers that had it', async () => {
    const { tree } = await stackOf(['a', 'b'], ['.wh.a'], ['a'], ['b', 'a']);
    expect(tree.get('a')).toMatchObject({ layer: 3, hides: [0, 2] });
    expect(tree.get('b')).toMatchObject({ layer: 3, hides: [0] });
  });

  test('merge gives the tree alone', async () => {
    const { entries } = await readLayer(chunks(await tar(['a'])));
    expect([...merge([entries])]).toEqual([...applyLayers([entries]).tree]);
  });
});

describe('hard links', () => {
  test('all names of a file are one', async () => {
    const { tree } = await stackOf([file('a', 'x'), hardlink('b', 'a'), hardlink('d/c', '/b')]);
    const { file: first } = tree.get('a') ?? {};
    expect(first).toMatchObject({ name: 'a', digest: expect.any(String) });
    expect(tree.get('b')?.file).toBe(first);
    expect(tree.get('d/c')?.file).toBe(first);
    expect(tree.get('b')?.entry.kind).toBe('hardlink');
  });

  test('a name outlives the others', async () => {
    const { tree } = await stackOf(
      [file('a', 'x'), hardlink('b', 'a')],
      ['.wh.a'],
      [file('a', 'y')],
    );
    expect(tree.get('b')?.file).toMatchObject({ name: 'a', size: 1 });
    expect(tree.get('b')?.file).not.toBe(tree.get('a')?.file);
  });

  test('to a file of a lower layer, and to a symlink, which is not followed', async () => {
    const { tree } = await stackOf(
      [file('a', 'x'), symlink('l', 'a')],
      [hardlink('b', 'a'), hardlink('m', 'l')],
    );
    expect(tree.get('b')).toMatchObject({ layer: 1, file: { name: 'a' } });
    expect(tree.get('m')?.file).toMatchObject({ kind: 'symlink', link: 'a' });
  });

  test('through a symlink on the way', async () => {
    const { tree } = await stackOf([
      'e/',
      file('e/a', 'x'),
      symlink('l', 'e'),
      hardlink('b', '/l/a'),
    ]);
    expect(tree.get('b')?.file).toBe(tree.get('e/a')?.file);
  });
});

describe('misfits', () => {
  test.each<[string, Items]>([
    ['a hard link to nothing', [hardlink('a', 'b')]],
    ['a hard link to a directory', ['d/', hardlink('a', 'd')]],
    ['a hard link to itself', ['a', hardlink('a', 'a')]],
    ['symlinks in a circle', [symlink('a', 'b'), symlink('b', 'a'), 'a/c']],
    ['a symlink of enormous length', [symlink('a', 'b/'.repeat(5000)), 'a/c']],
    ['the directory above the root', ['..']],
  ])('%s', async (_, items) => {
    const { tree, conflicts } = await stackOf(items);
    expect(conflicts).toHaveLength(1);
    expect(tree.size).toBe(items.length - 1);
  });
});

describe('what is hidden', () => {
  test('is told with who hides it, and how', async () => {
    const { hidden } = await stackOf(
      ['d/', file('d/a', 'aa'), file('d/b', 'bb'), file('c', 'c'), file('e', 'e')],
      ['.wh.c', file('e', 'e'), 'f'],
      ['d/.wh..wh..opq', 'd/b', { ...file('f', ''), mode: 0o600 }],
    );
    expect(hidden.map(({ path, layer, by, how }) => [path, layer, by, how])).toEqual([
      ['c', 0, 1, 'whiteout'],
      ['e', 0, 1, 'duplicate'],
      ['d/a', 0, 2, 'opaque'],
      ['d/b', 0, 2, 'opaque'],
      ['f', 1, 2, 'replaced'],
    ]);
    expect(hiddenBytes(hidden)).toEqual({ hidden: 6, duplicated: 1 });
  });

  test('content with another name is not hidden', async () => {
    const links = [file('a', 'aaa'), hardlink('b', 'a'), hardlink('c', 'b')];
    expect(hiddenBytes((await stackOf(links, ['.wh.a'])).hidden).hidden).toBe(0);
    expect(hiddenBytes((await stackOf(links, ['.wh.a', '.wh.b', '.wh.c'])).hidden).hidden).toBe(3);
  });

  test.each<[string, Item, Item, string]>([
    ['the same', file('a', 'x'), file('./a', 'x'), 'duplicate'],
    ['other content', file('a', 'x'), file('a', 'y'), 'replaced'],
    ['another mode', file('a', 'x'), { ...file('a', 'x'), mode: 0o600 }, 'replaced'],
    ['another owner', file('a', 'x'), { ...file('a', 'x'), uid: 1 }, 'replaced'],
    ['another time', file('a', 'x'), { ...file('a', 'x'), mtime: 1 }, 'replaced'],
    ['a capability', file('a', 'x'), { ...file('a', 'x'), pax: capability }, 'replaced'],
    ['the same capability', ...twice({ ...file('a', 'x'), pax: capability }), 'duplicate'],
    ['another device', device('a', 1, 3), device('a', 1, 5), 'replaced'],
    ['the same device', device('a', 1, 3), device('a', 1, 3), 'duplicate'],
    ['the same symlink', symlink('a', 'x'), symlink('a', 'x'), 'duplicate'],
    ['another symlink', symlink('a', 'x'), symlink('a', 'y'), 'replaced'],
  ])('%s', async (_, lower, upper, how) => {
    expect((await stackOf([lower], [upper])).hidden).toMatchObject([{ path: 'a', how }]);
  });

  test('a duplicate can be left out', async () => {
    const base = ['d/', file('d/a', 'x'), file('d/b', 'y')];
    const paths = (stack: Awaited<ReturnType<typeof stackOf>>) =>
      [...stack.tree].map(([path, merged]) => [path, merged.file.digest, merged.file.mode]);
    const withIt = await stackOf(base, [file('d/a', 'x'), file('d/c', 'z')]);
    const without = await stackOf(base, [file('d/c', 'z')]);
    expect(paths(withIt)).toEqual(paths(without));
  });
});

test('twice the entries are twice the work to merge', () => {
  let work = 0;
  const entriesOf = (count: number) =>
    Array.from({ length: count }, (_, index) => {
      const path = `d${index % 100}/e${index % 1000}/f${index}`;
      const attributes = { mode: 0o644, uid: 0, gid: 0, mtime: 0, size: 1 };
      const entry = { name: path, path, kind: 'file' as const, ...attributes };
      return new Proxy(entry, {
        get: (target, name) => {
          work += 1;
          return Reflect.get(target, name);
        },
      });
    });
  const counting = (['get', 'set', 'has', 'delete'] as const).map((name) => {
    const method = Map.prototype[name] as (...args: unknown[]) => unknown;
    return vi.spyOn(Map.prototype, name).mockImplementation(function (
      this: unknown,
      ...args: unknown[]
    ) {
      work += 1;
      return method.apply(this, args);
    });
  });
  const workFor = (count: number) => {
    const entries = entriesOf(count);
    work = 0;
    const { size } = applyLayers([entries, entries]).tree;
    return { size, work };
  };
  const [once, twice] = [workFor(5000), workFor(10_000)];
  for (const counted of counting) counted.mockRestore();
  expect([once.size, twice.size]).toEqual([6100, 11_100]);
  expect(twice.work).toBeLessThan(2.1 * once.work);
});
