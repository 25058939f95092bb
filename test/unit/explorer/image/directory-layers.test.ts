import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DirectoryLayers } from '../../../../src/explorer/image/directory-layers.ts';
import { explorer } from '../../../helpers/explorer.ts';
import { temporaryDirectory } from '../../../helpers/temporary.ts';

/* The trees of a base and a delta, before anything is packed. */

const both = ['build/base', 'build/delta'];

function trees(): string {
  const directory = temporaryDirectory();
  const write = (path: string, text: string) => {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  write('build/base/hello.txt', 'hello from base\n');
  write('build/base/data/config.txt', 'base config\n');
  write('build/delta/hello.txt', 'hello from delta\n');
  write('build/delta/data/.wh.config.txt', '');
  return directory;
}

test('they are stacked at once, the upper one on top', async () => {
  const it = await explorer(await DirectoryLayers.open(trees(), both));
  await it.press('t');
  const text = it.text();
  expect(text).toMatch(/\[x\] 1 {2}build\/delta.*\n.*\[x\] 0 {2}build\/base/);
  expect(text).toMatch(/✂ config\.txt +0, whited out by 1/);
  expect(text).toMatch(/● hello\.txt +from 1, hides 0/);
});

test('switching one off shows what it hid', async () => {
  const it = await explorer(await DirectoryLayers.open(trees(), both));
  await it.press('t', '1');
  expect(it.text()).toMatch(/ {2}config\.txt +from 0/);
  expect(it.text()).toMatch(/ {2}hello\.txt +from 0/);
});

test('no page shows a hash of a layer', async () => {
  const it = await explorer(await DirectoryLayers.open(trees(), both));
  const pages = [it.text()];
  await it.press('t');
  pages.push(it.text());
  await it.press('down', 'enter');
  pages.push(it.text());
  expect(pages.join('\n')).not.toMatch(/\b[0-9a-f]{8}\b/);
  expect(pages[2]).toContain('hello.txt');
});

test('a file opens with its text', async () => {
  const it = await explorer(await DirectoryLayers.open(trees(), both));
  await it.press('t', 'down', 'down', 'down', 'down', 'enter', 'up', 'up', 'enter');
  expect(it.text()).toContain('hello from delta');
});

test('the base alone is a stack of one', async () => {
  const directory = trees();
  rmSync(join(directory, 'build/delta'), { recursive: true });
  const it = await explorer(await DirectoryLayers.open(directory, both));
  await it.press('t');
  expect(it.text()).toMatch(/\[x\] 0 {2}build\/base/);
  expect(it.text()).not.toContain('build/delta');
});
