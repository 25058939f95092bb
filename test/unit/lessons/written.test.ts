import { expect, test } from 'vitest';
import { fitting, writtenIn } from '../../../lessons/facts/written.ts';
import type { LayerEntry } from '../../../src/oci/layer.ts';

const entry = (path: string, kind: LayerEntry['kind'], major = 0, minor = 0) =>
  ({ path, kind, major, minor }) as LayerEntry;

test('files were written, whiteouts delete, and directories are only on the way', () => {
  expect(
    writtenIn([
      entry('data', 'directory'),
      entry('data/config.txt', 'character'),
      entry('dev/tty', 'character', 5),
      entry('hello.txt', 'file'),
      entry('sh', 'symlink'),
    ]),
  ).toEqual(['data/config.txt deleted', 'dev/tty', 'hello.txt', 'sh']);
});

test.each([
  [[], 'nothing'],
  [['a', 'b'], 'a, b'],
  [['12345', '12'], '2 files'],
  [['12345678'], '1 file'],
])('%j in 6 columns: %s', (names, shown) => {
  expect(fitting(6)(names)).toBe(shown);
});
