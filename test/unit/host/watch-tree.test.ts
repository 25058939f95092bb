import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { watchTree } from '../../../src/host/watch-tree.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

/** A watched directory; `tells` is whether what is done in it is noticed. */
function watched() {
  const root = join(temporaryDirectory(), 'w');
  const own = join(root, '.own');
  mkdirSync(join(root, 'a'), { recursive: true });
  mkdirSync(own);
  let told = 0;
  const tree = watchTree(
    () => root,
    (path) => path === own,
    () => {
      told += 1;
    },
  );
  tree.rescan();
  onTestFinished(tree.close);
  return {
    root,
    own,
    tree,
    told: () => told,
    tells: async (act: () => void) => {
      const before = told;
      act();
      await vi.waitFor(() => expect(told).toBeGreaterThan(before), { timeout: 10_000 });
      tree.rescan();
    },
  };
}

test('files that come, change and go, in directories that come later too', async () => {
  const it = watched();
  const file = join(it.root, 'a/new/deep/file');
  await it.tells(() => mkdirSync(join(it.root, 'a/new/deep'), { recursive: true }));
  await it.tells(() => writeFileSync(file, 'one'));
  await it.tells(() => writeFileSync(file, 'two'));
  await it.tells(() => renameSync(file, `${file}.away`));
  await it.tells(() => rmSync(`${file}.away`));
});

test('a directory that was made anew under the same name', async () => {
  const it = watched();
  const directory = join(it.root, 'a');
  for (let round = 0; round < 3; round += 1) {
    await it.tells(() => {
      rmSync(directory, { recursive: true });
      mkdirSync(directory);
    });
    await it.tells(() => writeFileSync(join(directory, 'file'), ''));
  }
});

test('the whole of it, gone and back', async () => {
  const it = watched();
  await it.tells(() => rmSync(it.root, { recursive: true }));
  mkdirSync(it.root);
  it.tree.rescan();
  await it.tells(() => writeFileSync(join(it.root, 'file'), ''));
});

test('not what is none of its business', async () => {
  const it = watched();
  writeFileSync(join(it.own, 'log'), 'much');
  rmSync(join(it.own, 'log'));
  // What was done before this would have been told before this is.
  await it.tells(() => writeFileSync(join(it.root, 'a/file'), ''));
  const before = it.told();
  writeFileSync(join(it.own, 'log'), 'more');
  await it.tells(() => writeFileSync(join(it.root, 'a/other'), ''));
  // One for the name and one for its bytes at the most.
  expect(it.told() - before).toBeLessThanOrEqual(3);
});
