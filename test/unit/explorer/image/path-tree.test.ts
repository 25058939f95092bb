import { describe, expect, test } from 'vitest';
import { above, pathTree, rowOf, unfolded } from '../../../../src/explorer/image/path-tree.ts';
import { inTurns } from '../../../../src/explorer/image/read-blob.ts';

const rowsOf = (...paths: string[]) =>
  inTurns(pathTree(paths.map((path, at) => [path, at] as const)));

describe('paths as a tree', () => {
  test('parents before children, names in code unit order', async () => {
    const rows = await rowsOf('b', 'a/z', 'a', 'a.b', 'a/y/x', 'a/y');
    expect(rows.map(({ path, depth, end }) => [path, depth, end])).toEqual([
      ['a', 0, 4],
      ['a/y', 1, 3],
      ['a/y/x', 2, 3],
      ['a/z', 1, 4],
      ['a.b', 0, 5],
      ['b', 0, 6],
    ]);
    expect(unfolded(rows, ({ path }) => path === 'a/y')).toEqual([0, 1, 3, 4, 5]);
    expect(unfolded(rows, () => true)).toEqual([0, 4, 5]);
    expect(above(rows, 2)).toEqual([0, 1]);
    for (const [at, { path }] of rows.entries()) expect(rowOf(rows, path)).toBe(at);
    expect(rowOf(rows, 'a/x')).toBeUndefined();
  });

  test('what nothing stands for has no row, and shows in the names below', async () => {
    const rows = await rowsOf('usr/bin/a', 'usr/bin/b', 'x/y', 'x');
    expect(rows.map(({ name, depth }) => [name, depth])).toEqual([
      ['usr/bin/a', 0],
      ['usr/bin/b', 0],
      ['x', 0],
      ['y', 1],
    ]);
  });

  test('the same path twice keeps both', async () => {
    const rows = await rowsOf('a', 'a/b', 'a');
    expect(rows.map(({ path, item }) => [path, item])).toEqual([
      ['a', 0],
      ['a', 2],
      ['a/b', 1],
    ]);
  });

  test('a path of a million parts is no deeper than others may be', async () => {
    const rows = await rowsOf('a/'.repeat(1_000_000), 'b');
    expect(rows).toHaveLength(2);
  });
});
