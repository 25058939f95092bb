import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lessons } from '../../lessons/index.ts';
import { type OwnPlace, ownPlace } from '../helpers/host.ts';
import { cgroupsNamed, listing, type OwnMachine, ownMachine, until } from '../helpers/machine.ts';
import { type Finished, jsonLines, type Program, program } from '../helpers/program.ts';

/*
 * Cleaning up works from any half-done state, twice in a row, and leaves nothing. The suite has a
 * machine of its own, so that its mounts and processes can be compared to the last one.
 */

let machine: OwnMachine;

beforeAll(async () => {
  machine = await ownMachine();
});
afterAll(() => machine.close());

interface At {
  readonly place: OwnPlace;
  readonly tour: Program;
  /** `run` up to there, which has to succeed. */
  readonly upTo: (id: string) => Promise<void>;
  /** The tour's own corner of the working directory. */
  readonly own: string;
}

interface State {
  readonly name: string;
  /** @returns what ends what it left running */
  readonly make: (at: At) => Promise<unknown>;
}

const afterLessons = lessons
  .filter(({ undoes }) => undoes !== true)
  .map(({ id }): State => ({ name: `after ${id}`, make: ({ upTo }) => upTo(id) }));

/** Runs a line with `ctr` in the tour's containerd, and leaves what it did. */
async function ctr({ tour }: At, line: string): Promise<void> {
  const ran = await tour.run('shell', '-c', `set -e\n${line}`);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
}

/** Kills the process that the private daemon's keeper wrote down, or the daemon itself. */
async function killed(at: At, which: 'keeper' | 'daemon'): Promise<void> {
  await at.upTo('08-run/start');
  await at.tour.hold(
    'ctr -n "$CTR_NAMESPACE" run -d docker.io/library/handroll:latest demo2 /bin/busybox sleep 1000',
  );
  const [keeper, daemon] = ['handroll-tour', 'containerd'].map((name) =>
    machine.processes().find(({ argv }) => argv[name === 'containerd' ? 0 : 3] === name),
  );
  const pid = (which === 'keeper' ? keeper : daemon)?.pid;
  expect(pid).toBeDefined();
  process.kill(pid ?? 0, 'SIGKILL');
  await until(() => !machine.processes().some((each) => each.pid === daemon?.pid));
}

const states: State[] = [
  ...afterLessons,
  { name: 'with a container running', make: (at) => runningContainer(at) },
  { name: 'with a container running and a file open in it', make: (at) => busyContainer(at) },
  { name: 'with the overlay mounted', make: ({ upTo }) => upTo('06-overlayfs/mount') },
  {
    name: 'with the overlay mounted twice',
    make: async ({ upTo, place }) => {
      await upTo('06-overlayfs/mount');
      const merged = join(place.workdir, 'overlay/merged');
      await machine.sh('mount --bind "$MERGED" "$MERGED"', { MERGED: merged });
    },
  },
  { name: 'after the daemon was killed', make: (at) => killed(at, 'daemon') },
  { name: "after the daemon's keeper was killed", make: (at) => killed(at, 'keeper') },
  {
    name: 'with the working directory half deleted',
    make: async ({ upTo, place, own }) => {
      await upTo('08-run/write');
      for (const path of ['build', 'oci/blobs', 'base-layer.tar']) {
        rmSync(join(place.workdir, path), { recursive: true });
      }
      rmSync(join(own, 'progress.json'));
      rmSync(join(own, 'containerd/root/io.containerd.metadata.v1.bolt'), { recursive: true });
    },
  },
  {
    name: "with a container's snapshot but no container",
    make: async (at) => {
      await at.upTo('08-run/start');
      await ctr(
        at,
        'ctr -n "$CTR_NAMESPACE" containers rm --keep-snapshot demo\n' +
          'ctr -n "$CTR_NAMESPACE" snapshots ls | grep -q ^demo',
      );
    },
  },
  {
    name: 'with things in the namespace that the learner tried',
    make: async (at) => {
      await at.upTo('05');
      await ctr(
        at,
        `ctr -n "$CTR_NAMESPACE" images tag handroll:latest example.com/mine:1
         ctr -n "$CTR_NAMESPACE" run -d handroll:latest mine /bin/busybox sleep 1000
         ctr -n "$CTR_NAMESPACE" snapshots prepare mine-too "$CHAIN_ID"
         ctr -n "$CTR_NAMESPACE" leases create --id mine-as-well`,
      );
    },
  },
  {
    name: "with the daemon's metadata damaged",
    make: async ({ upTo, own }) => {
      await upTo('05');
      writeFileSync(join(own, 'containerd/root/io.containerd.metadata.v1.bolt/meta.db'), 'junk');
    },
  },
  {
    name: "with junk in the place of the daemon's files",
    make: async ({ upTo, own }) => {
      await upTo('05');
      rmSync(join(own, 'containerd/root'), { recursive: true });
      writeFileSync(join(own, 'containerd/root'), 'junk');
    },
  },
  {
    name: 'with a private daemon that was never started',
    make: async ({ tour }) => {
      expect(await tour.run('run', '--only', '02-filesystems')).toMatchObject({ code: 0 });
    },
  },
  {
    name: 'with nothing but the mark',
    make: async ({ own }) => {
      mkdirSync(own, { recursive: true });
      writeFileSync(join(own, 'owner.json'), '{"tool":"handroll-tour"}\n');
    },
  },
  {
    name: "with another process's number in the place of the daemon's",
    make: async ({ upTo, own }) => {
      await upTo('05');
      // The first process of the machine: killing it would end the suite.
      writeFileSync(join(own, 'containerd/pid'), '1\n');
    },
  },
  {
    name: 'with the lock of a process that is gone',
    make: async ({ upTo, own }) => {
      await upTo('02');
      writeFileSync(join(own, 'lock'), '{"pid":1,"started":"0","doing":"A tour"}');
    },
  },
  {
    name: 'with damaged notes of its own',
    make: async ({ upTo, own }) => {
      await upTo('05');
      for (const name of ['progress.json', 'lock', 'containerd/config.toml', 'bin/ctr']) {
        writeFileSync(join(own, name), '{ not what it was');
      }
    },
  },
];

async function runningContainer(at: At) {
  await at.upTo('08-run/start');
  const shell = await at.tour.hold(
    'ctr -n "$CTR_NAMESPACE" tasks start -d demo >/dev/null 2>&1 || ' +
      '{ ctr -n "$CTR_NAMESPACE" containers rm demo; ctr -n "$CTR_NAMESPACE" run -d docker.io/library/handroll:latest demo /bin/busybox sleep 1000; }\n' +
      'ctr -n "$CTR_NAMESPACE" tasks ls | grep -q RUNNING',
  );
  return shell.letGo;
}

async function busyContainer(at: At) {
  const letGo = await runningContainer(at);
  await ctr(
    at,
    `ctr -n "$CTR_NAMESPACE" tasks exec -d --exec-id busy demo /bin/sh -c 'sleep 1000 >/data/open'`,
  );
  return letGo;
}

/** What `--json` says when all went well: nothing but how much was removed. */
function removed({ code, stdout, stderr }: Finished): number {
  const lines = jsonLines(stdout);
  expect({ code, lines, stderr }).toEqual({
    code: 0,
    lines: [{ type: 'result', ok: true, removed: expect.any(Number) }],
    stderr: '',
  });
  return Number(lines[0]?.removed);
}

describe('cleanup leaves nothing', () => {
  test.each(states)('$name', async ({ make }) => {
    const place = ownPlace();
    const tour = program(place, { through: machine.through });
    const mounts = machine.mounts();
    const upTo = async (id: string) => {
      const { code, stdout, stderr } = await tour.run('run', '--to', id);
      expect(code, stdout + stderr).toBe(0);
    };
    try {
      const own = join(place.workdir, '.handroll-tour');
      const end = await make({ place, tour, upTo, own });
      expect(removed(await tour.run('cleanup', '--json'))).toBeGreaterThan(0);
      expect(existsSync(place.workdir)).toBe(false);
      expect(machine.mounts()).toEqual(mounts);
      expect(await cgroupsNamed(place.namespace)).toEqual([]);
      if (typeof end === 'function') await end();
      expect(removed(await tour.run('cleanup', '--json'))).toBe(0);
      expect(machine.processes()).toEqual([]);
      expect(readdirSync(place.parent)).toEqual([]);
    } finally {
      place.remove();
    }
  });

  test('in words, it lists what goes', async () => {
    const place = ownPlace();
    const tour = program(place, { through: machine.through });
    await tour.run('run', '--to', '05');
    const { code, stdout } = await tour.run('cleanup');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^This goes:\n/);
    for (const thing of ['image       docker.io/library/handroll:latest', place.workdir]) {
      expect(stdout).toContain(thing);
    }
    expect(stdout).toMatch(/\nNothing is left: \d+ things removed\.\n$/);
    expect((await tour.run('cleanup')).stdout).toBe('Nothing of the tour is here.\n');
    place.remove();
  });
});

describe('cleanup says what it could not remove', () => {
  test('a mount that somebody made below the directory', async () => {
    const place = ownPlace();
    const tour = program(place, { through: machine.through });
    await tour.run('run', '--to', '02');
    const kept = join(place.workdir, 'kept');
    mkdirSync(kept);
    await machine.sh('mount -t tmpfs tmpfs "$KEPT"; touch "$KEPT/theirs"', { KEPT: kept });
    const { code, stdout } = await tour.run('cleanup', '--json');
    expect(code).toBe(1);
    expect(jsonLines(stdout)).toEqual([
      { type: 'left', kind: 'mount', name: kept },
      { type: 'left', kind: 'directory', name: place.workdir },
      { type: 'result', ok: false, removed: expect.any(Number) },
    ]);
    expect(await machine.sh('ls "$KEPT"', { KEPT: kept })).toBe('theirs');
    await machine.sh('umount "$KEPT"', { KEPT: kept });
    expect(removed(await tour.run('cleanup', '--json'))).toBeGreaterThan(0);
    place.remove();
  });
});

describe('refuses, and touches nothing', () => {
  const place = ownPlace();
  const theirs = join(place.parent, 'theirs');
  const commands = [['cleanup'], ['cleanup', '--json'], ['run'], ['shell', '-c', 'true']];

  beforeAll(async () => {
    mkdirSync(join(theirs, 'deep'), { recursive: true });
    writeFileSync(join(theirs, 'deep/file'), 'theirs\n');
    await program(place).run('run', '--to', '02');
    symlinkSync(join(place.workdir, '.handroll-tour'), join(theirs, '.handroll-tour'));
    symlinkSync(theirs, join(place.parent, 'link'));
  });
  afterAll(place.remove);

  /** A call that sees this directory as $HOME. */
  const from = (home: string, ...args: string[]) =>
    program(place, { env: { HOME: home, SHELL: '/bin/sh' } }).run(...args);

  test.each(commands)('%s %s in a directory with foreign files', async (...args) => {
    const before = await listing(theirs);
    for (const path of [theirs, join(place.parent, 'link'), `${theirs}/../theirs/`]) {
      const { code, stdout, stderr } = await from('/root', ...args, '--workdir', path);
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(stderr).toMatch(/has files in it that the tour did not make/);
    }
    expect(await listing(theirs)).toEqual(before);
  });

  test.each(commands)('%s %s in the home directory, even an empty one', async (...args) => {
    const home = join(place.parent, 'home/learner');
    mkdirSync(home, { recursive: true });
    const before = await listing(place.parent);
    for (const path of [home, join(place.parent, 'home')]) {
      const { code, stdout, stderr } = await from(home, ...args, '--workdir', path);
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(stderr).toMatch(/other things live there/);
    }
    expect(await listing(place.parent)).toEqual(before);
  });

  test.each(['/', '/tmp', '/usr', '/var/lib', '/proc'])('everything in %s', async (path) => {
    for (const args of commands) {
      const { code, stdout, stderr } = await from('/root', ...args, '--workdir', path);
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(stderr).toMatch(/other things live there/);
    }
    expect(existsSync(join(path, '.handroll-tour'))).toBe(false);
  });
});
