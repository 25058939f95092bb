import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownPlace } from '../helpers/host.ts';
import { cgroupsNamed, type OwnMachine, ownMachine, systemDaemon } from '../helpers/machine.ts';
import { green, judged, type Program, program, result } from '../helpers/program.ts';

/*
 * Two daemons on one machine, both with a container `demo` in a namespace of the same name: another
 * learner's, or the machine's own. Nothing of the one is the other's, least of all its processes.
 */

const place = ownPlace('tour');
const { namespace } = place;
const socket = join(place.parent, 'system.sock');
let machine: OwnMachine;
let tour: Program;

beforeAll(async () => {
  machine = await ownMachine(systemDaemon(place.parent, socket));
  tour = program(place, { through: machine.through });
});
afterAll(async () => {
  await machine.close();
  place.remove();
});

/** A tour elsewhere, of the same namespace. */
function another(name: string, ...options: string[]): Program {
  const workdir = join(place.parent, name);
  return program({ workdir, namespace }, { through: machine.through, options });
}

const listed = `ctr -n ${namespace} tasks ls`;

/** How many processes each control group of a container called demo has, all hierarchies alike. */
async function groups(): Promise<Record<string, number[]>> {
  const all = (await cgroupsNamed('demo')).filter((path) => path.includes(`/${namespace}`));
  const found: Record<string, number[]> = {};
  for (const path of all) {
    const name = path.slice(path.indexOf(`/${namespace}`));
    const procs = readFileSync(join(path, 'cgroup.procs'), 'utf8')
      .trim()
      .split('\n')
      .filter(Boolean);
    found[name] = [...(found[name] ?? []), procs.length];
  }
  return found;
}

describe('a daemon of the machine’s', () => {
  const theirs = () => another('theirs', '--containerd', 'system', '--address', socket);
  const ctr = (line: string) => machine.sh(`ctr --address ${socket} -n ${namespace} ${line}`);
  let before: unknown;

  /** All that their container is: its process, since when it runs, what it wrote, its snapshot. */
  async function alive() {
    const tasks = await ctr('tasks ls');
    const pid = /^demo +(\d+)/m.exec(tasks)?.[1];
    return {
      tasks,
      born: await machine.sh(`cut -d' ' -f22 /proc/${pid}/stat`),
      written: await machine.sh(`cat /proc/${pid}/root/written`),
      snapshots: await ctr('snapshots ls'),
      info: await ctr('containers info demo'),
      groups: (await groups())[`/${namespace}/demo`],
    };
  }

  beforeAll(async () => {
    expect(await theirs().run('run', '--to', '08-run/start')).toMatchObject({ code: 0 });
    await ctr(`tasks exec --exec-id write demo /bin/sh -c 'echo theirs >/written'`);
    before = await alive();
    expect(before).toMatchObject({ written: 'theirs', tasks: expect.stringMatching(/RUNNING/) });
  });

  test('a whole private tour beside it is green', async () => {
    expect(await judged(tour, 'run')).toEqual(green);
    expect(await alive()).toEqual(before);
  });

  test('both containers run at once, in control groups of their own', async () => {
    const held = await tour.hold(
      `ctr -n ${namespace} run -d handroll:latest demo /bin/busybox sleep 1000
       ${listed}`,
    );
    const found = Object.entries(await groups());
    expect(found).toHaveLength(2);
    // One process each, wherever one looks: the other's is not among them.
    for (const [, counts] of found) expect(new Set(counts)).toEqual(new Set([1]));
    expect(await alive()).toEqual(before);
    await tour.run('shell', '-c', `ctr -n ${namespace} tasks rm -f demo`);
    expect(await alive()).toEqual(before);
    expect(await held.letGo()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^demo .*RUNNING/m),
    });
  });

  test('a private daemon that is killed with its container takes nothing along', async () => {
    const held = await tour.hold(
      `ctr -n ${namespace} containers rm demo
       ctr -n ${namespace} run -d handroll:latest demo /bin/busybox sleep 1000`,
    );
    const pid = readFileSync(join(place.workdir, '.handroll-tour/containerd/pid'), 'utf8').trim();
    await machine.sh(`kill -9 ${pid}`);
    await held.letGo();
    expect(await alive()).toEqual(before);
  });

  test('cleanup leaves nothing of ours, and all of theirs', async () => {
    const { code, stdout, stderr } = await tour.run('cleanup', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(result(stdout)).toMatchObject({ ok: true });
    expect(Object.keys(await groups())).toEqual([`/${namespace}/demo`]);
    expect(await alive()).toEqual(before);
  });
});

describe('two private ones', () => {
  const others = () => another('other', '--containerd', 'private');

  test('both run the whole tour at once', async () => {
    const runs = await Promise.all([judged(tour, 'run'), judged(others(), 'run')]);
    expect(runs).toEqual([green, green]);
  });

  test('one cleans up, with its container running, while the other’s runs on', async () => {
    const start = `ctr -n ${namespace} run -d handroll:latest demo /bin/busybox sleep 1000`;
    const held = await others().hold(start);
    expect(await tour.run('run', '--only', '08-run/start')).toMatchObject({ code: 0 });
    expect(await tour.run('cleanup', '--json')).toMatchObject({ code: 0, stderr: '' });
    const { stdout } = await others().run('shell', '-c', listed);
    expect(stdout).toMatch(/^demo .*RUNNING/m);
    await held.letGo();
    expect(await others().run('check', '05', '--json')).toMatchObject({ code: 0, stderr: '' });
    expect(await others().run('cleanup', '--json')).toMatchObject({ code: 0, stderr: '' });
  });
});
