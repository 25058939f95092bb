import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sha256 } from '../../../src/oci/digest.ts';
import { type OwnPlace, ownPlace } from '../../helpers/host.ts';
import { cli, leave, program } from '../../helpers/program.ts';
import { type TestTerminal, terminal } from '../../helpers/terminal.ts';

let place: OwnPlace;

beforeEach(() => {
  place = ownPlace();
});
afterEach(() => leave(place));

function tour(): TestTerminal {
  return terminal([process.execPath, cli, '--containerd', 'private'], {
    env: { WORKDIR: place.workdir, CTR_NAMESPACE: place.namespace },
  });
}

const at = (...parts: string[]) => join(place.workdir, ...parts);

test('a file taken away behind its back: f makes it again, and nothing else', {
  timeout: 180_000,
}, async () => {
  expect(await program(place).run('run', '--to', '04-layout')).toMatchObject({ code: 0 });
  const before = sha256(readFileSync(at('base-layer.tar')));
  const untouched = statSync(at('oci', 'index.json')).mtimeMs;
  rmSync(at('base-layer.tar'));
  const it = tour();
  await it.sees('You did this step, and something has changed since.', 30);
  await it.sees('f repair 3');
  it.press('c');
  await it.sees(/▲ {2}3 {2}Layers.* drifted:/);
  it.press('f');
  await it.sees(/✔ Repaired: 1 step /, 90);
  await it.sees(/^ 5 {2}Give the image to containerd · .* step 1 of/m, 30);
  expect(sha256(readFileSync(at('base-layer.tar')))).toBe(before);
  expect(statSync(at('oci', 'index.json')).mtimeMs).toBe(untouched);
  it.press('q');
  expect(await it.ended()).toBe(0);
});

test('a latecomer catches up to lesson 5, and stands where the others are', {
  timeout: 180_000,
}, async () => {
  const it = tour();
  await it.sees('↵ begin', 30);
  it.press('\r');
  await it.sees('step 1 of');
  it.press('c');
  await it.sees('↵ open 0', 30);
  for (let lesson = 0; lesson < 5; lesson += 1) it.press('j');
  await it.sees('▸ ·  5  Give the image to containerd');
  await it.sees('u catch me up to here', 30);
  it.press('u');
  await it.sees(/catching up to 5$/m);
  await it.sees(/▰.* [1-9][0-9]* of [0-9]+ steps/, 60);
  expect(it.wrapped()).toEqual([]);
  await it.sees('✔ You are caught up:', 120);
  await it.sees(/^ 5 {2}Give the image to containerd · .* step 1 of/m, 30);
  it.press('q');
  expect(await it.ended()).toBe(0);
  expect(existsSync(at('oci', 'index.json'))).toBe(true);
  const list = await program(place).run('list', '--json');
  expect(list.stdout).toContain('"next":"05-import/');
});
