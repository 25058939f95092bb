import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createFileCache } from '../../../src/host/file-cache.ts';
import { readTree } from '../../../src/host/tree.ts';
import { sha256 } from '../../../src/oci/digest.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

const fileCache = createFileCache();

test('a tree is all that is in it, by path', async () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin', 'program'), 'x'.repeat(5000));
  symlinkSync('program', join(root, 'bin', 'sh'));
  writeFileSync(join(root, 'hello.txt'), 'hello');
  execFileSync('mkfifo', [join(root, 'pipe')]);
  const tree = await readTree(root, { fileCache });
  expect(tree?.entries).toMatchObject([
    { path: '.', kind: 'directory' },
    { path: 'bin', kind: 'directory' },
    { path: 'bin/program', kind: 'file', size: 5000, digest: sha256('x'.repeat(5000)) },
    { path: 'bin/sh', kind: 'symlink', link: 'program' },
    { path: 'hello.txt', kind: 'file', size: 5, content: Buffer.from('hello') },
    { path: 'pipe', kind: 'fifo' },
  ]);
});

test('a file too large to read is there, without a hash', async () => {
  const root = temporaryDirectory();
  writeFileSync(join(root, 'huge'), '');
  truncateSync(join(root, 'huge'), 3 * 1024 ** 3);
  const huge = (await readTree(root, { fileCache }))?.entries.find(({ path }) => path === 'huge');
  expect(huge).toMatchObject({ kind: 'file', size: 3 * 1024 ** 3 });
  expect(huge?.digest).toBeUndefined();
});

test('what is not there has no tree', async () => {
  expect(await readTree(join(temporaryDirectory(), 'nothing'), { fileCache })).toBeUndefined();
});
