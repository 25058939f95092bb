import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownDigests } from '../../../lessons/facts/own-digests.ts';
import { lessons, variables } from '../../../lessons/index.ts';
import { keyOf, placesOf } from '../../../src/engine/lesson.ts';
import { openProgress } from '../../../src/engine/progress.ts';
import { openSession } from '../../../src/engine/session.ts';
import { openHost } from '../../../src/host/host.ts';
import { initPid } from '../../../src/host/private-containerd/private-containerd.ts';
import { locate } from '../../../src/host/workspace.ts';
import { ownPlace } from '../../helpers/host.ts';
import { naming, until } from '../../helpers/machine.ts';
import { cli, leave, program } from '../../helpers/program.ts';
import { type TestTerminal, terminal } from '../../helpers/terminal.ts';

/*
 * While an open tour needs no containerd, no private one runs. The tests build on one another: the
 * lessons are performed as they are needed.
 */

const place = ownPlace();
const workspace = locate(place);
const env = { WORKDIR: place.workdir, CTR_NAMESPACE: place.namespace, SHELL: '/bin/bash' };

afterAll(() => leave(place));

beforeAll(async () => {
  expect(await program(place).run('run', '--to', '01')).toMatchObject({ code: 0 });
});

function tour(): TestTerminal {
  return terminal([process.execPath, cli, '--containerd', 'private'], { env });
}

/** The daemon, and the `ctr events` that follows it. */
const ofContainerd = () =>
  naming(place.parent).filter(({ argv }) => /(?:^|\/)(?:containerd|ctr)$/.test(argv[0] ?? ''));

test('who reads lesson 02 has none, and gets one for a ctr in another terminal', {
  timeout: 90_000,
}, async () => {
  const it = tour();
  await it.sees(/^ 2 {2}.* step 1 of/m, 30);
  await until(() => ofContainerd().length === 0, 20);
  // Its namespaces end a moment later.
  await until(() => naming(place.parent).every(({ argv }) => argv[0] !== 'unshare'));

  const wrapper = `${workspace.own}/bin/ctr`;
  const both = await Promise.all([
    execa(wrapper, ['version'], { reject: false }),
    execa(wrapper, ['namespaces', 'ls', '-q'], { reject: false }),
  ]);
  expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  await until(() => ofContainerd().length === 0, 20);

  // A shell of the tour's may use it at any time, and so it stays.
  it.press('s');
  await it.sees('(tour) ');
  it.press('ctr version >/dev/null && echo "answe""red"\r');
  await it.sees('answered');
  const pid = initPid(workspace);
  it.press('exit\r');
  await it.sees(/^ 2 {2}.* step 1 of/m, 30);
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  expect(initPid(workspace)).toBe(pid);
  it.press('q');
  expect(await it.ended()).toBe(0);
  await until(() => naming(place.parent).length === 0);

  const { exitCode, stderr } = await execa(wrapper, ['version'], { reject: false });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("the tour's containerd is not running");
});

test('the first step after lesson 00 that needs one is the import', {
  timeout: 90_000,
}, async () => {
  expect(await program(place).run('run', '--to', '05')).toMatchObject({ code: 0 });
  const host = await openHost({ ...place, containerd: 'private' });
  let asked = 0;
  const counting = {
    ...host,
    containerd: () => {
      asked += 1;
      return host.containerd();
    },
  };
  const progress = openProgress(workspace, { keep: false });
  const options = { lessons, variables, ownDigests, progress, forScreen: true };
  const session = openSession({ ...options, host: counting });
  const needing: string[] = [];
  for (const each of placesOf(lessons.slice(1, 6)).map(keyOf)) {
    asked = 0;
    session.dispatch({ type: 'open', key: each, observe: true });
    await session.settled();
    if (asked > 0) needing.push(each);
  }
  await session.close();
  expect(needing).toEqual(['05-import/import', '05-import/tag']);
});

test('one that holds the image goes on while lesson 04 is read again', {
  timeout: 90_000,
}, async () => {
  const it = tour();
  await it.sees(/^ 6 {2}.* step 1 of/m, 30);
  for (const back of [/^ 5 {2}.* step \d of/m, /^ 4 {2}.* step \d of/m]) {
    while (!it.has(back)) {
      const before = it.lines().join('\n');
      it.press('b');
      await until(() => it.lines().join('\n') !== before);
      await it.sees(/ go on /);
    }
  }
  const pid = initPid(workspace);
  expect(pid).toBeDefined();
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  expect(initPid(workspace)).toBe(pid);
  it.press('q');
  expect(await it.ended()).toBe(0);
});
