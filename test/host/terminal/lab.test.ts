import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labCases } from '../../../lessons/lab/index.ts';
import { ownPlace } from '../../helpers/host.ts';
import { cli, type Program, program, result } from '../../helpers/program.ts';
import { terminal } from '../../helpers/terminal.ts';

/* Two cases at a real terminal, with a learner's keys: one solved in their own shell, one from outside. */

const place = ownPlace();
let tour: Program;

const enter = '\r';
const esc = '\u001b';

beforeAll(() => {
  tour = program(place);
});
afterAll(() => place.remove());

const open = (args: readonly string[] = [], rows = 24) =>
  terminal([process.execPath, cli, 'lab', ...args, '--containerd', 'private'], {
    rows,
    env: { WORKDIR: place.workdir, CTR_NAMESPACE: place.namespace, SHELL: '/bin/bash' },
  });

test('a case is solved in a shell of one’s own, after a hint', async () => {
  const it = open();
  await it.sees(`0 of ${labCases.length} solved`);
  await it.sees(/▸ · 01/);
  it.press(enter);
  await it.sees('I copied the layout from the build machine');
  await it.sees('not mended: 0 of 3 checks pass', 30);
  it.press('d');
  it.press('h', 'h');
  await it.sees('Hint 2 of 3');
  await it.sees('sha256sum *');
  it.press('s');
  await it.sees(/\(lab 01\) .*[#$] $/m);
  expect(it.isAlternate()).toBe(false);
  it.press(
    `cd oci/blobs/sha256; for f in *; do sha256sum $f | grep -q "^$f" || bad=$f; done${enter}`,
  );
  it.press(`handroll-tour lab check 2>&1 | tail -n 1${enter}`);
  await it.sees('Not mended yet.', 30);
  it.press(`cp "$LAB/base-layer.tar.gz" $bad${enter}`);
  it.press(`handroll-tour lab check | tail -n 2 | cut -c 1-13${enter}`);
  await it.sees("It's mended. ", 30);
  it.press(`exit${enter}`);
  await it.sees(/You first did it in \d minutes?, with 2 hints/, 30);
  expect(it.isAlternate()).toBe(true);
  it.press(enter);
  await it.sees('What it was');
  it.press('R');
  await it.sees('The same key again does it');
  it.press('R');
  await it.sees('not mended: 0 of 3 checks pass', 30);
  it.press(esc);
  await it.sees(`1 of ${labCases.length} solved`);
  it.press('q');
  expect(await it.ended()).toBe(0);
  expect({ alternate: it.isAlternate(), cursor: it.cursorIsShown() }).toEqual({
    alternate: false,
    cursor: true,
  });
});

test('a case is predicted, and the screen notices when it is mended elsewhere', async () => {
  // All of the page is in view.
  const it = open(['02'], 60);
  await it.sees('4 nothing', 30);
  expect(it.has('not mended')).toBe(false);
  it.press('1');
  await it.sees('not mended: 1 of 3 checks pass', 30);
  const command = labCases.find(({ id }) => id.startsWith('02'))?.hints.at(-1)?.command ?? '';
  const { code, stderr } = await tour.run('lab', 'shell', '02', '-c', command);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await it.sees(/You first did it in \d minutes?, without a hint/, 30);
  await it.sees("It's mended.");
  await it.sees('You predicted: a digest.');
  it.kill('SIGTERM');
  expect(await it.ended()).toBe(143);
  expect(it.isAlternate()).toBe(false);
});

test('the tour opens it from its contents, and comes back', async () => {
  const it = terminal([process.execPath, cli, '--containerd', 'private'], {
    env: { WORKDIR: place.workdir, CTR_NAMESPACE: place.namespace, SHELL: '/bin/bash' },
  });
  // Containerd has run here, so the first step holds, and the tour opens at the next one.
  await it.sees(/step 1 of \d/, 30);
  it.press('c');
  await it.sees('L lab');
  it.press('L');
  await it.sees(`2 of ${labCases.length} solved`);
  it.press(esc);
  await it.sees(/steps hold/, 30);
  it.press('q');
  expect(await it.ended()).toBe(0);
});

test('cleanup leaves nothing of it', async () => {
  const { code, stdout } = await tour.run('cleanup', '--json');
  expect({ code, last: result(stdout) }).toMatchObject({ code: 0, last: { ok: true } });
  expect(existsSync(place.workdir)).toBe(false);
});
