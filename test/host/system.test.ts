import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownPlace } from '../helpers/host.ts';
import { cgroupsNamed, type OwnMachine, ownMachine, systemDaemon } from '../helpers/machine.ts';
import { green, jsonLines, judged, type Program, program, result } from '../helpers/program.ts';

/*
 * With a daemon of the machine's, as in the article. The suite has a machine of its own, with one
 * that is not at the usual socket, and in which somebody else works too.
 */

const place = ownPlace();
const socket = join(place.parent, 'system.sock');
const ours = place.namespace;
const theirs = `${ours}-theirs`;
const options = ['--containerd', 'system', '--address', socket];
let machine: OwnMachine;
let tour: Program;

beforeAll(async () => {
  machine = await ownMachine(systemDaemon(place.parent, socket));
  tour = program(place, { through: machine.through, options });
  // Somebody else has images and containers, one of them running.
  const other = program(
    { workdir: join(place.parent, 'theirs'), namespace: theirs },
    { through: machine.through, options },
  );
  expect(await other.run('run', '--to', '08-run/start')).toMatchObject({ code: 0 });
  await ctr(`-n ${theirs} images tag handroll:latest example.com/precious:1`);
  await ctr(`-n ${theirs} containers create example.com/precious:1 precious`);
});
afterAll(async () => {
  await machine.close();
  place.remove();
});

const ctr = (line: string) => machine.sh(`ctr --address ${socket} ${line}`);

/** Everything in a namespace, as ctr tells it. */
async function census(namespace: string): Promise<string[]> {
  const kinds = ['images ls', 'containers ls', 'tasks ls', 'snapshots ls', 'leases ls -q'];
  const rows = await Promise.all(kinds.map((kind) => ctr(`-n ${namespace} ${kind}`)));
  const content = (await ctr(`-n ${namespace} content ls -q`)).split('\n').sort();
  return [...rows, ...content];
}

const shims = (namespace: string) =>
  machine.processes().filter(({ argv }) => argv.includes('-namespace') && argv.includes(namespace));

describe('the tour in a system daemon', () => {
  let before: string[];

  beforeAll(async () => {
    before = await census(theirs);
    expect(before.join('\n')).toMatch(/demo .*RUNNING/);
  });

  test('a whole run is green', async () => {
    expect(await judged(tour, 'run')).toEqual(green);
    expect(existsSync(join(place.workdir, '.handroll-tour/containerd'))).toBe(false);
  });

  test('the other namespace is as it was, and the tour says so', async () => {
    expect(await census(theirs)).toEqual(before);
    const { stdout } = await tour.run('check', '05-import/tag', '--json');
    expect(jsonLines(stdout).find(({ claim }) => claim === 'P4')).toMatchObject({
      status: 'pass',
      evidence: `${theirs}: the same as before`,
    });
  });

  test('check is as green', async () => {
    const { code, stdout } = await tour.run('check', '--json');
    expect(result(stdout)).toMatchObject({ ok: true, failed: 0, blocked: 0 });
    expect(code).toBe(0);
  });

  test('a container lives on between two commands', async () => {
    expect(await tour.run('run', '--only', '08-run/start')).toMatchObject({ code: 0 });
    expect(shims(ours)).toHaveLength(1);
    const { stdout } = await tour.run('check', '08-run/start', '--json');
    const statuses = jsonLines(stdout).flatMap(({ status }) => status ?? []);
    expect(statuses).toEqual(['pass', 'pass']);
  });

  test('the learner’s shell reaches it with plain ctr', async () => {
    const { stdout } = await tour.run('shell', '-c', 'ctr -n "$CTR_NAMESPACE" tasks ls -q');
    expect(stdout).toBe('demo\n');
  });

  test('cleanup, with that container running, leaves nothing, twice', async () => {
    const first = await tour.run('cleanup', '--json');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(jsonLines(first.stdout)).toHaveLength(1);
    expect((await ctr('namespaces ls -q')).split('\n')).toEqual([theirs]);
    expect(shims(ours)).toEqual([]);
    expect(await cgroupsNamed(ours)).toEqual([]);
    expect(existsSync(place.workdir)).toBe(false);
    expect((await machine.mounts()).filter((line) => line.includes(`/${ours}/`))).toEqual([]);
    const second = await tour.run('cleanup', '--json');
    expect(second.stdout).toBe('{"type":"result","ok":true,"removed":0}\n');
  });

  test('the other namespace is still as it was', async () => {
    expect(await census(theirs)).toEqual(before);
    expect(shims(theirs)).toHaveLength(1);
  });
});

describe('a namespace in which somebody else works', () => {
  /** As somebody who names the other namespace by mistake, in a directory of his own. */
  const mistaken = { workdir: join(place.parent, 'mistaken'), namespace: theirs };
  let wrong: Program;
  let before: string[];

  beforeAll(async () => {
    wrong = program(mistaken, { through: machine.through, options });
    before = await census(theirs);
  });

  test('lesson 00 says who is there, and stops', async () => {
    const { code, stdout } = await wrong.run('run', '--json');
    expect(code).toBe(1);
    const lines = jsonLines(stdout);
    expect(lines.find(({ id }) => id === 'alone')).toMatchObject({
      status: 'fail',
      actual: expect.stringMatching(/example\.com\/precious:1.*precious/),
      hint: expect.stringMatching(/--namespace/),
    });
    expect(lines.at(-1)).toMatchObject({ ok: false, failed: 1 });
    expect(await census(theirs)).toEqual(before);
  });

  test.each([
    ['where the tour has never been', 'nowhere'],
    ['where it stopped at that', 'mistaken'],
  ])('cleanup in a directory %s removes nothing of theirs', async (_, name) => {
    const { code, stdout } = await program(
      { workdir: join(place.parent, name), namespace: theirs },
      { through: machine.through, options },
    ).run('cleanup');
    expect(stdout).toContain('Left alone, because this tour did not make it:');
    expect(stdout).toMatch(/container +precious \(the tour of root in .*theirs\)/);
    expect(code).toBe(1);
    expect(await census(theirs)).toEqual(before);
  });

  test('nor does it leave a directory where there was none', () => {
    expect(existsSync(join(place.parent, 'nowhere'))).toBe(false);
  });
});

test('two learners at once in one daemon: both green, each cleans up its own', async () => {
  const learners = ['one', 'two'].map((name) =>
    program(
      { workdir: join(place.parent, name), namespace: `${ours}-${name}` },
      { through: machine.through, options },
    ),
  );
  const runs = await Promise.all(learners.map((each) => judged(each, 'run')));
  expect(runs.map(({ code, failed }) => ({ code, failed }))).toEqual(
    runs.map(() => ({ code: 0, failed: [] })),
  );
  const cleanups = await Promise.all(learners.map((each) => each.run('cleanup', '--json')));
  for (const { code, stdout, stderr } of cleanups) {
    const left = jsonLines(stdout).filter(({ type }) => type === 'left');
    expect({ code, left, stderr }).toEqual({ code: 0, left: [], stderr: '' });
  }
});

test.each(['TERM', 'KILL'])('cleanup asks again where a ctr was killed with %s', async (signal) => {
  const parent = join(place.parent, signal);
  const at = { workdir: join(parent, 'w'), namespace: `${ours}-${signal}` };
  const learner = program(at, { through: machine.through, options });
  expect(await learner.run('run', '--to', '08-run/start')).toMatchObject({ code: 0 });
  const tools = join(parent, 'tools');
  mkdirSync(tools);
  // The first of each kind dies before it has asked.
  const lines = `#!/bin/bash
    kind=${tools}/$(tr -c '[:alnum:]' - <<<"$*" | tail -c 50)
    [ -e "$kind" ] || { : >"$kind"; kill -${signal} $$; }
    exec /usr/bin/ctr "$@"`;
  writeFileSync(join(tools, 'ctr'), `${lines}\n`, { mode: 0o755 });
  const env = { PATH: `${tools}:${process.env.PATH}` };
  const attacked = program(at, { through: machine.through, options, env });
  const { code, stdout, stderr } = await attacked.run('cleanup', '--json');
  expect({ code, result: result(stdout), stderr }).toMatchObject({
    code: 0,
    result: { ok: true },
    stderr: '',
  });
  expect(await ctr('namespaces ls -q')).not.toContain(at.namespace);
  expect(shims(at.namespace)).toEqual([]);
});

describe('which containerd', () => {
  const at = (name: string, ...more: string[]) =>
    program(
      { workdir: join(place.parent, name), namespace: ours },
      { through: machine.through, options: more },
    );

  test('auto takes the system daemon where it answers', async () => {
    const { stdout } = await at('auto', '--address', socket).run('doctor', '--json');
    expect(result(stdout)).toMatchObject({ containerd: 'system', privilege: 'root' });
  });

  test('auto takes a private one where none answers', async () => {
    const { stdout } = await at('auto').run('doctor', '--json');
    expect(result(stdout)).toMatchObject({ containerd: 'private' });
  });

  test('what was begun in a private one stays there, though a system daemon answers', async () => {
    const begun = at('begun', '--containerd', 'private');
    expect(await begun.run('run', '--to', '00')).toMatchObject({ code: 0 });
    await machine.sh(`mkdir -p /run/containerd; ln -s ${socket} /run/containerd/containerd.sock`);
    const { stdout } = await at('begun').run('doctor', '--json');
    expect(result(stdout)).toMatchObject({ containerd: 'private' });
    expect(result((await at('fresh').run('doctor', '--json')).stdout)).toMatchObject({
      containerd: 'system',
    });
    await machine.sh('rm /run/containerd/containerd.sock');
    expect(await begun.run('cleanup')).toMatchObject({ code: 0 });
  });

  test.each([
    ['there is none', 'absent.sock', /No containerd listens at/],
    ['nobody listens', 'stale.sock', /does not answer/],
  ])('system, but %s: 4, and how to go on', async (_, name, says) => {
    const path = join(place.parent, name);
    if (name.startsWith('stale')) mkdirSync(path);
    const there = at('none', '--containerd', 'system', '--address', path);
    const { code, stderr } = await there.run('run');
    expect(code).toBe(4);
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/--containerd private/);
    expect(existsSync(join(place.parent, 'none'))).toBe(false);
  });
});
