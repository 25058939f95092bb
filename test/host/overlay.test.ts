import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownPlace } from '../helpers/host.ts';
import { type Learner, ownLearner } from '../helpers/learner.ts';
import { type OwnMachine, ownMachine, until } from '../helpers/machine.ts';
import { green, jsonLines, judged, type Program, program, result } from '../helpers/program.ts';

/*
 * As in a container: the working directory lies on overlayfs, which neither takes the device 0,0 nor
 * carries the upper directory of another overlay. Whole tours for real, and what becomes of memory.
 */

const parent = ownPlace('disk');
const place = { ...parent, workdir: join(parent.workdir, 'demo') };
const own = join(place.workdir, '.handroll-tour');
let machine: OwnMachine;
let before: string[];
let tour: Program;

beforeAll(async () => {
  machine = await ownMachine(`
    cd ${parent.parent}
    mkdir lower upper work disk
    mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work disk
  `);
  before = machine.mounts();
  tour = program(place, { through: machine.through });
});
afterAll(async () => {
  await machine.close();
  parent.remove();
});

const ofTour = () => machine.mounts().filter((line) => line.includes(' handroll-tour '));

async function bad(...args: string[]) {
  const { code, stdout, stderr } = await tour.run(...args, '--json');
  const failed = jsonLines(stdout).filter(
    ({ type, status }) => type === 'check' && status !== 'pass' && status !== 'witnessed',
  );
  return { code, stderr, failed };
}

/** What a check said in the last `check` of a step. */
async function evidence(step: string, id: string): Promise<unknown> {
  const { stdout } = await tour.run('check', step, '--json');
  return jsonLines(stdout).find((line) => line.id === id)?.evidence;
}

test('the device is refused here, so that this is no ordinary directory', async () => {
  await expect(machine.sh(`mknod ${parent.workdir}/device c 0 0`)).rejects.toThrow(/not permitted/);
});

test('a whole run is green', async () => {
  expect(await bad('run')).toEqual({ code: 0, stderr: '', failed: [] });
});

test('the whiteout is the regular file of the spec, from the tree to the tar', async () => {
  expect(await evidence('02-filesystems/delta', 'whiteout')).toMatch(
    /^an empty regular file; stat/,
  );
  expect(await evidence('03-layers/tar', 'whiteout')).toMatch(/: an empty regular file$/);
  // And on disk it is the kernel's own form all the same.
  expect(await evidence('07-inspect/directories', 'translated')).toMatch(/character device 0,0/);
});

test('the learner is told what lies on a tmpfs, and sees it', async () => {
  expect(await evidence('00-prerequisites/machine', 'ground')).toBe(
    `overlay, mounted at ${parent.workdir}; what can't be stored there goes on a tmpfs`,
  );
  expect(ofTour()).toEqual([
    expect.stringContaining(` ${own}/containerd/root `),
    expect.stringContaining(` ${place.workdir}/overlay `),
  ]);
});

describe('a second command', () => {
  test('finds everything that the first one left', async () => {
    expect(await bad('check')).toEqual({ code: 0, stderr: '', failed: [] });
  });

  test('uses the same tmpfs', async () => {
    await tour.run('shell', '-c', 'true');
    expect(ofTour()).toHaveLength(2);
  });

  test('two at once mount it once', async () => {
    await machine.sh(`umount ${own}/containerd/root`);
    await Promise.all([1, 2, 3].map(() => tour.run('shell', '-c', 'true')));
    expect(ofTour()).toHaveLength(2);
  });
});

describe('what was in memory is lost, as after a restart', () => {
  test('it shows, from the import on', async () => {
    const { code, failed } = await bad('check');
    expect(code).toBe(1);
    const lessons = [...new Set(failed.map(({ lesson }) => lesson))];
    expect(lessons).toEqual([
      '05-import',
      '07-inspect',
      '08-run',
      '09-summary',
      '10-layers-are-diffs',
    ]);
    expect(failed[0]?.hint).toMatch(
      /Import it. .* in memory, on a tmpfs, .* until this machine restarts/,
    );
  });

  test('list says that it has drifted', async () => {
    const { stdout } = await tour.run('list', '--json');
    const line = jsonLines(stdout).find((each) => each.step === 'import');
    expect(line).toMatchObject({ lesson: '05-import', standing: 'drifted' });
  });

  test('and the steps can be done again', async () => {
    await machine.sh(`umount ${place.workdir}/overlay`);
    expect(await bad('run')).toEqual({ code: 0, stderr: '', failed: [] });
    expect(await bad('check')).toEqual({ code: 0, stderr: '', failed: [] });
  });
});

test('cleanup leaves nothing: no mount, no file', async () => {
  await tour.run('run', '--only', '06-overlayfs/mount');
  const { code, stdout, stderr } = await tour.run('cleanup', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(result(stdout)).toMatchObject({ ok: true });
  await until(() => machine.processes().length === 0, 5);
  expect(machine.mounts()).toEqual(before);
  expect(existsSync(place.workdir)).toBe(false);
  expect(readdirSync(join(parent.parent, 'upper'))).toEqual([]);
});

test('and again it finds nothing to do', async () => {
  const { code, stdout } = await tour.run('cleanup', '--json');
  expect({ code, removed: result(stdout)?.removed }).toEqual({ code: 0, removed: 0 });
});

describe('without root', () => {
  const disk = ownPlace('disk');
  const demo = { ...disk, workdir: join(disk.workdir, 'demo') };
  let the: Learner;

  beforeAll(async () => {
    the = await ownLearner(
      demo,
      `cd ${disk.parent}
       mkdir lower upper work disk
       mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work disk
       chown learner disk`,
    );
  });
  afterAll(() => the.close());

  const command = () => the.program(['--privilege', 'rootless']);

  test('a whole run is green', async () => {
    expect(await judged(command(), 'run')).toEqual(green);
  });

  test('what was in memory went with the last command, and the learner is told', async () => {
    const { stdout } = await command().run('check', '05-import/import', '--json');
    expect(jsonLines(stdout).find(({ id }) => id === 'imported')).toMatchObject({
      status: 'fail',
      hint: expect.stringMatching(/in memory, .* until your last command has ended/),
    });
  });

  test('one that stays open keeps it for the others', async () => {
    const held = await command().hold('true');
    expect(await command().run('run', '--to', '07')).toMatchObject({ code: 0 });
    expect(await command().run('check', '05', '--json')).toMatchObject({ code: 0 });
    await held.letGo();
  });

  test('cleanup leaves nothing', async () => {
    expect(await command().run('cleanup', '--json')).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(demo.workdir)).toBe(false);
    await until(() => the.machine.processes().length === 0, 5);
  });
});
