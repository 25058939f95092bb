import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labCases } from '../../lessons/lab/index.ts';
import { ownPlace } from '../helpers/host.ts';
import {
  cgroupsNamed,
  naming,
  type OwnMachine,
  ownMachine,
  systemDaemon,
  until,
} from '../helpers/machine.ts';
import { jsonLines, type Program, program, result } from '../helpers/program.ts';

/* The lab on the command line; `lab.test.ts` proves its cases. */

const mend =
  'cp base-layer.tar.gz "$OCI_DIR/blobs/sha256/$(sha256sum <base-layer.tar.gz | cut -c-64)"';

describe('with a private containerd', () => {
  const place = ownPlace();
  let tour: Program;
  let held: Awaited<ReturnType<Program['hold']>>;

  beforeAll(() => {
    tour = program(place);
  });
  afterAll(() => place.remove());

  test('the list leaves no trace, and is the same in JSON', async () => {
    const { code, stdout } = await tour.run('lab', 'list');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^The cases, easy ones first:\n\n/);
    for (const { id, title } of labCases)
      expect(stdout).toMatch(new RegExp(`^${id.slice(0, 2)} .*${title}$`, 'm'));
    const json = await tour.run('lab', '--json');
    const cases = jsonLines(json.stdout).filter(({ type }) => type === 'case');
    expect(cases.map(({ id }) => id)).toEqual(expect.arrayContaining(labCases.map(({ id }) => id)));
    expect(new Set(cases.map(({ standing }) => standing))).toEqual(new Set(['not open']));
    expect(result(json.stdout)).toMatchObject({ ok: true, cases: labCases.length, solved: 0 });
    expect(existsSync(place.workdir)).toBe(false);
  });

  test('a seed deals the cases in an order of its own, the same each time', async () => {
    const order = async (...seed: string[]) => {
      const { stdout } = await tour.run('lab', 'list', '--json', ...seed);
      return jsonLines(stdout).flatMap(({ id, level }) => (id === undefined ? [] : [[level, id]]));
    };
    const dealt = await order('--seed', '5');
    expect(dealt).toEqual(await order('--seed', '5'));
    expect(dealt.map(([level]) => level)).toEqual((await order()).map(([level]) => level));
  });

  test.each([
    [['lab', 'bogus'], /There is no case 'bogus'/],
    [['lab', 'chek', '01'], /'chek' can't be done in the lab.*\nDid you mean check/],
    [['lab', 'list', '01'], /takes no '01'/],
    [['lab', 'check'], /needs the id of a case/],
    [['lab', 'check', '01', '-c', 'true'], /-c is for 'lab shell'/],
    [['lab', 'hint', '01', '--seed', '1'], /--seed is for the order of the list/],
    [['lab', '--seed', 'x'], /--seed cannot be 'x'/],
    [['check', '--seed', '1'], /does not take --seed/],
  ])('%j is a mistake', async (args, told) => {
    const { code, stdout, stderr } = await tour.run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(told);
  });

  test.each([['check'], ['hint'], ['reset']])(
    '%s of a case that is not open says so',
    async (action) => {
      const { code, stdout, stderr } = await tour.run('lab', action, '01', '--json');
      expect(code).toBe(4);
      expect(result(stdout)).toMatchObject({
        ok: false,
        exit: 4,
        error: expect.stringMatching(/isn't open/),
      });
      expect(stderr).toMatch(/handroll-tour lab 01-not-found/);
      expect(existsSync(join(place.workdir, 'lab'))).toBe(false);
    },
  );

  test('a ticket has the command, and what it printed just now', async () => {
    held = await tour.hold('true');
    const { code, stdout } = await tour.run('lab', '01');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\$ tar .*\n {2}ctr -n "\$CTR_NAMESPACE" images import/m);
    expect(stdout).toMatch(/content digest sha256:[0-9a-f]{64}: not found/);
    expect(stdout).toContain(`${place.namespace}-lab-01`);
    const again = await tour.run('lab', '01', '--json');
    const [ticket] = jsonLines(again.stdout);
    expect(ticket).toMatchObject({
      type: 'ticket',
      directory: join(place.workdir, 'lab/01-not-found'),
    });
    expect(stdout).toContain(String(ticket?.output).trim().split('\n').at(-1));
  });

  test('it is not mended yet: 1, and no debrief', async () => {
    const { code, stdout } = await tour.run('lab', 'check', '01', '--json');
    expect(code).toBe(1);
    expect(result(stdout)).toMatchObject({ ok: false, passed: 0, failed: 3, blocked: 0 });
    const debrief = await tour.run('lab', 'debrief', '01');
    expect({ code: debrief.code, stdout: debrief.stdout }).toEqual({ code: 1, stdout: '' });
  });

  test('hints come one after the other, and the last one again', async () => {
    const numbers: unknown[] = [];
    for (let count = 0; count < 4; count += 1) {
      const { stdout } = await tour.run('lab', 'hint', '01', '--json');
      const [hint] = jsonLines(stdout);
      numbers.push([hint?.number, hint?.of]);
    }
    expect(numbers).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
      [3, 3],
    ]);
    const { stdout } = await tour.run('lab', 'hint', '1');
    expect(stdout).toMatch(/^Hint 3 of 3\n[\s\S]*\nThat was the last hint\.\n$/);
  });

  test('a reset before it is mended is the same attempt', async () => {
    expect(await tour.run('lab', 'reset', '01')).toMatchObject({ code: 0 });
    const { stdout } = await tour.run('lab', 'hint', '01', '--json');
    expect(jsonLines(stdout)[0]).toMatchObject({ number: 3, of: 3 });
  });

  test('in its shell the case need not be named, and the tour is where it was', async () => {
    const script = `pwd; echo "$CTR_NAMESPACE"; ${mend}
      handroll-tour lab check; echo "code $?"; handroll-tour lab debrief | head -n 1
      handroll-tour list --json | tail -n 1; exit 3`;
    const { code, stdout } = await tour.run('lab', 'shell', '01', '-c', script);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^\/.*\/lab\/01-not-found\n.*-lab-01\n/);
    expect(stdout).toMatch(
      /It's mended\. You first did it in 1 minute, with 3 hints\..*code 0\nWhat it was\n/s,
    );
    expect(result(stdout.slice(stdout.lastIndexOf('\n{') + 1))).toMatchObject({
      steps: expect.any(Number),
    });
  });

  test('a reset breaks it again, and it stays solved', async () => {
    const inode = () => statSync(join(place.workdir, 'lab/01-not-found')).ino;
    const before = inode();
    expect(await tour.run('lab', 'reset', '01')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Its image is built anew/),
    });
    // A shell in the sandbox is still in it.
    expect(inode()).toBe(before);
    expect(await tour.run('lab', 'check', '01')).toMatchObject({ code: 1 });
    const { stdout } = await tour.run('lab', 'list', '--json');
    expect(jsonLines(stdout).find(({ id }) => id === '01-not-found')).toMatchObject({
      standing: 'solved',
      hints: 3,
    });
    const report = await tour.run('report');
    expect(report.stdout).toMatch(/1 of 1 opened case solved/);
  });

  test('what is mounted in a sandbox by hand is unmounted by a reset', async () => {
    const mount =
      'mkdir m u w; sudo mount -t overlay overlay -o lowerdir=build/base,upperdir=u,workdir=w m';
    expect(await tour.run('lab', 'shell', '01', '-c', mount)).toMatchObject({ code: 0 });
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).toContain(
      `${place.workdir}/lab/01-not-found/m`,
    );
    expect(await tour.run('lab', 'reset', '01')).toMatchObject({ code: 0 });
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(`${place.workdir}/lab`);
    expect(existsSync(join(place.workdir, 'lab/01-not-found/m'))).toBe(false);
  });

  test('a link in place of a sandbox is not followed', async () => {
    const outside = join(place.parent, 'outside');
    mkdirSync(join(outside, 'precious'), { recursive: true });
    const swap = `cd ..; rm -r 01-not-found; ln -s ${outside} 01-not-found`;
    expect(await tour.run('lab', 'shell', '01', '-c', swap)).toMatchObject({ code: 0 });
    const { code, stderr } = await tour.run('lab', 'reset', '01');
    expect(code).toBe(4);
    expect(stderr).toMatch(/is a link/);
    expect(existsSync(join(outside, 'precious'))).toBe(true);
  });

  test('a container of a case that has ended with the daemon runs again when it is opened', async () => {
    await held.letGo();
    expect(await tour.run('lab', '17')).toMatchObject({ code: 0 });
    expect(await tour.run('lab', 'hint', '17')).toMatchObject({ code: 0 });
    await until(() => naming(place.workdir).length === 0);
    const { stdout } = await tour.run(
      'lab',
      'shell',
      '17',
      '-c',
      'ctr -n "$CTR_NAMESPACE" tasks ls',
    );
    expect(stdout).toMatch(/RUNNING/);
    const hint = await tour.run('lab', 'hint', '17');
    expect(hint.stdout).toMatch(/^Hint 2 of 4\n/);
  });

  test('cleanup removes the labs with the rest', async () => {
    const { code, stdout } = await tour.run('cleanup', '--json');
    expect(code).toBe(0);
    expect(result(stdout)).toMatchObject({ ok: true });
    expect(existsSync(place.workdir)).toBe(false);
    expect(existsSync(join(place.parent, 'outside/precious'))).toBe(true);
  });
});

describe('with a daemon that others use', () => {
  const place = ownPlace();
  const socket = join(place.parent, 'system.sock');
  const ours = `${place.namespace}-lab-01`;
  const theirs = `${place.namespace}-lab-77`;
  let machine: OwnMachine;
  let tour: Program;
  const ctr = (line: string) => machine.sh(`ctr --address ${socket} ${line}`);

  beforeAll(async () => {
    machine = await ownMachine(systemDaemon(place.parent, socket));
    const options = ['--containerd', 'system', '--address', socket];
    tour = program(place, { through: machine.through, options });
  });
  afterAll(async () => {
    await machine.close();
    place.remove();
  });

  test('a case is solved there, and the learner may make what they like in its namespace', async () => {
    expect(await tour.run('lab', '01')).toMatchObject({ code: 0 });
    const script = `${mend}
      tar -C "$OCI_DIR" -cf "$IMAGE_TAR" . && ctr -n "$CTR_NAMESPACE" images import "$IMAGE_TAR"
      ctr -n "$CTR_NAMESPACE" images tag handroll:latest example.com/mine:1
      ctr -n "$CTR_NAMESPACE" run -d --null-io handroll:latest anything /bin/busybox sleep 1000
      ctr -n "$CTR_NAMESPACE" snapshots prepare loose`;
    expect(await tour.run('lab', 'shell', '01', '-c', script)).toMatchObject({ code: 0 });
    expect(await ctr(`-n ${ours} tasks ls`)).toMatch(/anything .*RUNNING/);
    expect(await tour.run('lab', 'check', '01')).toMatchObject({ code: 0 });
    expect((await ctr('namespaces ls -q')).split('\n')).toEqual([ours]);
  });

  test('a namespace of such a name that another user made is left alone', async () => {
    await machine.sh(
      `ctr --address ${socket} -n ${theirs} images import ${join(place.workdir, 'lab/01-not-found/handroll-image.tar')}`,
    );
    const before = await ctr(`-n ${theirs} images ls`);
    const { code, stdout } = await tour.run('cleanup', '--json');
    expect({ code, last: result(stdout) }).toMatchObject({ code: 0, last: { ok: true } });
    expect((await ctr('namespaces ls -q')).split('\n')).toEqual([theirs]);
    expect(await ctr(`-n ${theirs} images ls`)).toBe(before);
    expect(existsSync(place.workdir)).toBe(false);
    expect(await cgroupsNamed(ours)).toEqual([]);
  });

  test('a case does not take such a namespace for its own', async () => {
    await ctr(`-n ${ours} images import --no-unpack /dev/null || :`);
    await ctr(`namespaces label ${ours} owner=another`);
    await ctr(`-n ${ours} snapshots prepare theirs`);
    const { code, stderr } = await tour.run('lab', '01');
    expect(code).toBe(4);
    expect(stderr).toMatch(/in use, and not by this tour/);
    expect(await ctr(`-n ${ours} snapshots ls`)).toMatch(/theirs/);
    expect(await tour.run('cleanup')).toMatchObject({ code: 0 });
    expect(await ctr(`-n ${ours} snapshots ls`)).toMatch(/theirs/);
  });
});
