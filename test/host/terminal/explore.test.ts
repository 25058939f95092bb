import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { sha256, short } from '../../../src/oci/digest.ts';
import { descendants, until } from '../../helpers/machine.ts';
import { processes } from '../../helpers/processes.mjs';
import { cli } from '../../helpers/program.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { terminal } from '../../helpers/terminal.ts';
import { tar } from '../../unit/oci/helpers/archives.ts';
import { layout, writeLayout } from '../../unit/oci/helpers/layouts.ts';

const enter = '\r';
const esc = '\u001b';

const layers = [
  await tar(['data/', { name: 'data/config.txt', content: 'a' }, { name: 'hello.txt' }]),
  await tar(['data/.wh.config.txt', { name: 'hello.txt', content: 'again' }]),
];

async function anImage(): Promise<string> {
  const home = join(temporaryDirectory(), 'oci');
  await writeLayout(await layout({ layers }), home);
  return home;
}

test('killed with kill -9, it leaves the terminal as it was', async () => {
  const it = terminal(['dash', '-i'], { env: { PS1: '> ' } });
  await it.sees(/^> $/m);
  it.press(`'${process.execPath}' '${cli}' explore '${await anImage()}'${enter}`);
  await it.sees('4 blobs, all names match');
  const explorer = descendants(it.pid).find(({ argv }) => argv.includes('explore'))?.pid ?? 0;
  process.kill(explorer, 'SIGKILL');
  await until(() => processes().every(({ argv }) => argv.at(-1) !== String(explorer)));
  expect({ alternate: it.isAlternate(), cursor: it.cursorIsShown() }).toEqual({
    alternate: false,
    cursor: true,
  });
  it.press(`stty -a | tr " ;" "\\n" | grep -cxF -e icanon -e echo${enter}`);
  await it.sees(/^2$/m);
  it.press(`exit${enter}`);
  await it.ended();
});

test('open, follow a digest, switch a layer, search, quit', async () => {
  const it = terminal([process.execPath, cli, 'explore', await anImage()]);
  await it.sees('4 blobs, all names match');
  expect(it.isAlternate()).toBe(true);
  expect(it.wrapped()).toEqual([]);
  it.press(enter);
  await it.sees('→ manifest');
  it.press(enter);
  await it.sees('→ layer 0');
  it.press('t');
  await it.sees(/✂ config\.txt +0, whited out by 1/);
  it.press(' ');
  await it.sees(/ {2}config\.txt +from 0/);
  it.press('/', 'hello', enter);
  await it.sees(/▸ +hello\.txt/);
  it.press(enter);
  await it.sees(`in layer 0 ${short(sha256(gzipSync(layers[0] ?? Buffer.alloc(0))))}`);
  it.press(esc);
  await it.sees('[ ] 1');
  it.press('q');
  expect(await it.ended()).toBe(0);
  expect(it.isAlternate()).toBe(false);
  expect(it.cursorIsShown()).toBe(true);
});

test('it ends while it reads, with the terminal as it was', async () => {
  const it = terminal([process.execPath, cli, 'explore', await anImage()]);
  await it.sees('index.json');
  it.kill('SIGTERM');
  expect(await it.ended()).toBe(143);
  expect(it.isAlternate()).toBe(false);
  expect(it.cursorIsShown()).toBe(true);
});

test.each<[string, string, number, string]>([
  ['nothing there', 'absent', 2, 'There is no file'],
  ['no layout', '.', 1, 'is not an image layout'],
])('%s', async (_, path, code, says) => {
  const it = terminal([process.execPath, cli, 'explore', join(temporaryDirectory(), path)], {
    columns: 200,
  });
  expect(await it.ended()).toBe(code);
  expect(it.has(says)).toBe(true);
  expect(it.written()).not.toContain('\u001b[?1049h');
});
