import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { check, pass } from '../../src/engine/check.ts';
import type { Lesson, Step } from '../../src/engine/lesson.ts';
import { openProgress } from '../../src/engine/progress.ts';
import { type Script, sh } from '../../src/engine/script.ts';
import { openSession } from '../../src/engine/session.ts';
import { text } from '../../src/engine/text.ts';
import { openHost } from '../../src/host/host.ts';
import { claim } from '../../src/host/ownership.ts';
import { ownPlace } from '../helpers/host.ts';
import { alive, naming, until } from '../helpers/machine.ts';
import { jsonLines, program } from '../helpers/program.ts';

const place = ownPlace();
const pids = join(place.parent, 'pids');
const bin = join(place.workdir, '.handroll-tour/bin');

beforeAll(async () => {
  expect(await program(place).run('run', '--only', '02')).toMatchObject({ code: 0 });
  mkdirSync(bin, { recursive: true });
});
beforeEach(() => rmSync(pids, { force: true }));
afterAll(place.remove);

/** Puts a program in front of the real tar, which lesson 03 calls first. */
function fakeTar(lines: string): void {
  writeFileSync(join(bin, 'tar'), `#!/bin/bash\n${lines}\n`, { mode: 0o755 });
}

const started = () => readFileSync(pids, 'utf8').trim().split('\n').map(Number);

/** Starts processes in many ways, and writes their numbers down. */
const family = `
  sleep 1000 & echo $! >>${pids}
  (sleep 1000 | cat) & echo $! >>${pids}
  bash -c 'sleep 1000; :' & echo $! >>${pids}
  echo $$ >>${pids}
  echo all-here >>${pids}.done
  wait`;

describe.each([
  ['SIGINT', 130, 'that end when asked', ''],
  ['SIGTERM', 143, 'that end when asked', ''],
  ['SIGHUP', 129, 'that end when asked', ''],
  ['SIGINT', 130, 'that do not listen', `trap '' TERM INT`],
] as const)('%s to run', (signal, exit, how, trap) => {
  test(`ends every process of the script, ${how}, and exits with ${exit}`, async () => {
    rmSync(`${pids}.done`, { force: true });
    fakeTar(trap + family);
    const run = program(place).start('run', '--only', '03-layers/tar', '--json');
    await until(() => existsSync(`${pids}.done`));
    const all = started();
    expect(all.filter(alive)).toEqual(all);
    const before = performance.now();
    process.kill(run.pid, signal);
    const { code, stdout, stderr } = await run.ended;
    expect(performance.now() - before).toBeLessThan(5000);
    expect(all.filter(alive)).toEqual([]);
    expect(naming(place.parent)).toEqual([]);
    expect({ code, stderr }).toEqual({ code: exit, stderr: '' });
    const lines = jsonLines(stdout);
    expect(lines.at(-1)).toMatchObject({ type: 'result', ok: false });
    expect(lines.filter(({ type }) => type === 'step-start')).toHaveLength(1);
    // Nothing was looked at that could be told.
    expect(lines.filter(({ type }) => type === 'check')).toEqual([]);
  });
});

test('a signal that reaches the script first still decides the exit code', async () => {
  // Its parent is the script's shell, and the parent of that is the tour.
  fakeTar(`tour=$(ps -o ppid= -p $PPID)
    (sleep 0.1; kill -HUP $tour) >/dev/null 2>&1 &
    kill -HUP $PPID`);
  const run = program(place).start('run', '--only', '03-layers/tar', '--json');
  const { code, stdout } = await run.ended;
  expect(jsonLines(stdout)).toContainEqual(
    expect.objectContaining({ type: 'step-end', code: 129 }),
  );
  expect(code).toBe(129);
});

test('interrupted in one lesson, it goes on where it was: nothing is broken', async () => {
  rmSync(join(bin, 'tar'));
  expect(await program(place).run('run', '--to', '04')).toMatchObject({ code: 0 });
});

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s', (signal, exit) => {
  test.each([
    ['to cleanup', (pid: number) => pid],
    ['to all of its process group', (pid: number) => -pid],
  ])(`%s ends what it waits for, and exits with ${exit}`, async (_, target) => {
    const reached = join(place.parent, 'reached');
    const tools = join(place.parent, 'tools');
    const mounted = join(place.workdir, 'mounted');
    mkdirSync(tools, { recursive: true });
    mkdirSync(mounted, { recursive: true });
    const umount = `#!/bin/sh\ntouch ${reached}\nexec tail -f ${reached}\n`;
    writeFileSync(join(tools, 'umount'), umount, { mode: 0o755 });
    await execa('mount', ['-t', 'tmpfs', 'handroll-tour', mounted]);
    try {
      const env = { PATH: `${tools}:${process.env.PATH}` };
      const cleanup = program(place, { env, through: ['setsid'] }).start('cleanup', '--json');
      await until(() => existsSync(reached));
      process.kill(target(cleanup.pid), signal);
      const { code, stdout, stderr } = await cleanup.ended;
      const error = 'Interrupted. Run handroll-tour cleanup again to remove the rest.';
      expect({ code, lines: jsonLines(stdout), stderr }).toEqual({
        code: exit,
        lines: [{ type: 'result', ok: false, error, hint: null, exit }],
        stderr: '',
      });
      await until(() => naming(place.parent).length === 0);
    } finally {
      for (const { pid } of naming(reached)) process.kill(pid);
      await execa('umount', [mounted]);
      rmSync(tools, { recursive: true });
      rmSync(reached);
    }
  });
});

/** A session on this machine with a single step: this script. */
async function sessionOf(script: Script) {
  const host = await openHost({ ...place, containerd: 'private' });
  claim(host.workspace);
  const step: Step = {
    id: 'step',
    title: 'A step',
    why: text`Why.`,
    script,
    expect: text`Something.`,
    checks: [
      check('holds', {
        claim: 'P1',
        says: 'it holds',
        observe: async () => pass('it does'),
      }),
    ],
    notice: text`Nothing.`,
    hint: text`None.`,
  };
  const lesson: Lesson = { id: '99-test', title: 'Test', intro: text`Test.`, steps: [step] };
  const progress = openProgress(host.workspace, { keep: false });
  const session = openSession({ lessons: [lesson], variables: [], host, progress });
  session.dispatch({ type: 'open', key: '99-test/step', observe: false });
  session.dispatch({ type: 'run' });
  return session;
}

test('a session that is closed ends its script', async () => {
  const session = await sessionOf(sh`sleep 1000 & sleep 1000`);
  let own: number[] = [];
  await until(() => {
    own = naming('sleep 1000 & sleep 1000').map(({ pid }) => pid);
    return own.length > 0;
  });
  await session.close();
  expect(own.filter(alive)).toEqual([]);
});

/** The bytes that are held on to: what could be collected is another matter, and differs from Node to Node. */
function held(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('a script that prints a million lines stays bounded, and shows its end, code and time', async () => {
  const before = held();
  let most = 0;
  const session = await sessionOf(sh`seq 1000000; echo the end; exit 3`);
  const stop = session.subscribe(() => {
    most = Math.max(most, held());
  });
  await session.settled();
  stop();
  const { output, ended, phase } = session.getSnapshot();
  await session.close();
  expect(output.lines.slice(-2)).toEqual(['1000000', 'the end']);
  expect(output.lines.length).toBeLessThanOrEqual(1000);
  expect(output.lines.length + output.dropped).toBe(1_000_001);
  expect(ended).toEqual({ code: 3, milliseconds: expect.any(Number), cancelled: false });
  // The code decides nothing: the machine is as it should be.
  expect(phase).toBe('passed');
  expect((most - before) / 2 ** 20).toBeLessThan(5);
});

test('a line that never ends stays bounded as well', async () => {
  const before = process.memoryUsage().rss;
  const session = await sessionOf(sh`head -c 50000000 /dev/zero | tr '\\0' x`);
  await session.settled();
  const { output } = session.getSnapshot();
  await session.close();
  expect(output.lines).toHaveLength(1);
  expect(output.lines[0]?.length).toBeLessThan(10_000);
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(50);
});
