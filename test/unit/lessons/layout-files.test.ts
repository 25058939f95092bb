import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { entriesBelow } from '../../../lessons/facts/layout.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

test('what is below a directory has its symlinks, and nothing that they lead to', () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'a/b'), { recursive: true });
  writeFileSync(join(directory, 'a/b/file'), '');
  symlinkSync('..', join(directory, 'a/up'));
  symlinkSync('/', join(directory, 'all'));
  const names = entriesBelow(directory).map(({ name }) => name);
  expect(names.sort()).toEqual(['a', 'all', 'b', 'file', 'up']);
  expect(entriesBelow(join(directory, 'none'))).toEqual([]);
});
