import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { lessons } from '../../lessons/index.ts';
import { ownControlGroup } from '../../src/host/private-containerd/control-group.ts';
import { locate } from '../../src/host/workspace.ts';
import { type OwnPlace, ownPlace } from '../helpers/host.ts';
import { cgroupsNamed, listing, type OwnMachine, ownMachine, until } from '../helpers/machine.ts';
import { cli, type Finished, jsonLines, type Program, program } from '../helpers/program.ts';

/*
 * Cleaning up works from any half-done state, twice in a row, and leaves nothing. The suite has a
 * machine of its own, so that its mounts and processes can be compared to the last one.
 */

const all = ownPlace();
let machine: OwnMachine;

beforeAll(async () => {
  machine = await ownMachine();
});
// A test that failed half-way must not be in the way of the next one.
afterEach(async () => {
  await machine.clear();
  rmSync(join(all.parent, 'w'), { recursive: true, force: true });
});
afterAll(async () => {
  await machine.close();
  all.remove();
});

interface At {
  readonly place: Pick<OwnPlace, 'workdir' | 'namespace'>;
  readonly tour: Program;
  /** The tour's own corner of the working directory. */
  readonly own: string;
}

const places = new Map<string, At>();

/** A working directory of this name, which need not exist. One namespace serves all. */
function at(name: string): At {
  const place = { workdir: join(all.parent, name), namespace: all.namespace };
  const tour = program(place, { through: machine.through });
  return { place, tour, own: join(place.workdir, '.handroll-tour') };
}

/** `run --only ID`, which has to succeed. */
async function performed({ tour }: At, id: string): Promise<void> {
  const { code, stdout, stderr } = await tour.run('run', '--only', id);
  expect(code, stdout + stderr).toBe(0);
}

/**
 * Copies a working directory in which everything up to this lesson has been performed. It is made
 * once, from that of the lesson before.
 */
async function upTo(id: string, { place }: At): Promise<void> {
  const before = lessons[lessons.findIndex((lesson) => lesson.id === id) - 1];
  const made = places.get(id) ?? at(`up-to-${id}`);
  if (!places.has(id)) {
    if (before !== undefined) await upTo(before.id, made);
    await performed(made, id);
    places.set(id, made);
  }
  await machine.sh('cp -a "$MADE" "$COPY"', { MADE: made.place.workdir, COPY: place.workdir });
}

interface State {
  readonly name: string;
  /** @returns what ends what it left running */
  readonly make: (at: At) => Promise<unknown>;
}

const afterLessons = lessons
  .filter(({ undoes }) => undoes !== true)
  .map(({ id }): State => ({ name: `after ${id}`, make: (here) => upTo(id, here) }));

/** Runs a line with `ctr` in the tour's containerd, and leaves what it did. */
async function ctr({ tour }: At, line: string): Promise<void> {
  const ran = await tour.run('shell', '-c', `set -e\n${line}`);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
}

const start = 'ctr -n "$CTR_NAMESPACE" run -d handroll:latest';

/** Leaves a shell of the tour open, and a container that runs. */
async function runningContainer(here: At) {
  await upTo('07-inspect', here);
  const shell = await here.tour.hold(`${start} demo /bin/busybox sleep 1000`);
  // For a moment it is still runc that prepares to become it.
  await until(() => machine.processes().some(({ argv }) => argv[1] === 'sleep'));
  return shell.letGo;
}

/** Kills the private daemon while it has a container, or the first process of its namespaces. */
async function killed(here: At, which: 'first' | 'daemon') {
  const letGo = await runningContainer(here);
  const daemon = () => machine.processes().find(({ argv }) => argv[0] === 'containerd');
  const first = readFileSync(join(here.own, 'containerd/pid'), 'utf8').trim();
  await machine.sh(`kill -9 ${which === 'first' ? first : daemon()?.pid}`);
  await until(() => daemon() === undefined);
  return letGo;
}

const states: State[] = [
  ...afterLessons,
  { name: 'with a container running', make: runningContainer },
  {
    name: 'with a container that holds a file open',
    make: async (here) => {
      await upTo('07-inspect', here);
      const busy = `/bin/sh -c 'sleep 1000 >/data/open'`;
      return (await here.tour.hold(`${start} demo ${busy}`)).letGo;
    },
  },
  {
    name: 'with the overlay mounted',
    make: async (here) => {
      await upTo('05-import', here);
      await performed(here, '06-overlayfs/mount');
    },
  },
  {
    name: 'with something mounted over the overlay',
    make: async (here) => {
      await upTo('05-import', here);
      await performed(here, '06-overlayfs/mount');
      const merged = join(here.place.workdir, 'overlay/merged');
      await machine.sh('mount --bind "$MERGED" "$MERGED"', { MERGED: merged });
    },
  },
  { name: 'after the daemon was killed', make: (here) => killed(here, 'daemon') },
  { name: "after the daemon's first process was killed", make: (here) => killed(here, 'first') },
  {
    name: 'with a daemon that hangs',
    make: async (here) => {
      const letGo = await runningContainer(here);
      const daemon = machine.processes().find(({ argv }) => argv[0] === 'containerd');
      await machine.sh(`kill -STOP ${daemon?.pid}`);
      return letGo;
    },
  },
  {
    name: 'with the working directory half deleted',
    make: async (here) => {
      await upTo('08-run', here);
      for (const path of ['build', 'oci/blobs', 'base-layer.tar', '.handroll-tour/progress.json']) {
        rmSync(join(here.place.workdir, path), { recursive: true });
      }
      rmSync(join(here.own, 'containerd/root/io.containerd.metadata.v1.bolt'), { recursive: true });
    },
  },
  {
    name: "with a container's snapshot but no container",
    make: async (here) => {
      await upTo('05-import', here);
      await ctr(
        here,
        `${start} demo /bin/busybox true
         until ctr -n "$CTR_NAMESPACE" tasks ls | grep -q STOPPED; do :; done
         # marked, or the collector would take it at any moment
         ctr -n "$CTR_NAMESPACE" snapshots label demo containerd.io/gc.root=kept
         ctr -n "$CTR_NAMESPACE" containers rm --keep-snapshot demo
         ctr -n "$CTR_NAMESPACE" snapshots ls | grep -q ^demo`,
      );
    },
  },
  {
    name: 'with things in the namespace that the learner tried',
    make: async (here) => {
      await upTo('05-import', here);
      await ctr(
        here,
        `${start} mine /bin/busybox sleep 1000
         ctr -n "$CTR_NAMESPACE" images tag handroll:latest example.com/mine:1
         ctr -n "$CTR_NAMESPACE" snapshots prepare mine-too "$CHAIN_ID"
         ctr -n "$CTR_NAMESPACE" leases create --id mine-as-well`,
      );
    },
  },
  {
    name: "with the daemon's metadata damaged",
    make: async (here) => {
      await upTo('05-import', here);
      const metadata = join(here.own, 'containerd/root/io.containerd.metadata.v1.bolt/meta.db');
      writeFileSync(metadata, 'junk');
    },
  },
  {
    name: "with junk in the place of the daemon's files",
    make: async (here) => {
      await upTo('05-import', here);
      rmSync(join(here.own, 'containerd/root'), { recursive: true });
      writeFileSync(join(here.own, 'containerd/root'), 'junk');
    },
  },
  {
    name: 'with a private daemon that was never started',
    make: (here) => performed(here, '02-filesystems'),
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
    make: async (here) => {
      await upTo('05-import', here);
      // The first process of the machine: killing it would end the suite.
      writeFileSync(join(here.own, 'containerd/pid'), '1\n');
    },
  },
  {
    name: 'with the lock of a process that is gone',
    make: async (here) => {
      await upTo('05-import', here);
      writeFileSync(join(here.own, 'lock'), '{"pid":1,"started":"0","doing":"A tour"}');
    },
  },
  {
    name: 'with damaged notes of its own',
    make: async (here) => {
      await upTo('05-import', here);
      for (const name of ['progress.json', 'lock', 'containerd/config.toml', 'bin/ctr']) {
        writeFileSync(join(here.own, name), '{ not what it was');
      }
    },
  },
];

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
    const here = at('w');
    const { tour, place } = here;
    const mounts = machine.mounts();
    const end = await make(here);
    expect(removed(await tour.run('cleanup', '--json'))).toBeGreaterThan(0);
    expect(existsSync(place.workdir)).toBe(false);
    expect(machine.mounts()).toEqual(mounts);
    expect(await cgroupsNamed(ownControlGroup(locate(place)))).toEqual([]);
    if (typeof end === 'function') await end();
    expect(removed(await tour.run('cleanup', '--json'))).toBe(0);
    await until(() => machine.processes().length === 0, 1);
    expect(existsSync(place.workdir)).toBe(false);
  });

  test('where the tour never was, it makes nothing', async () => {
    const { tour, place } = at('never');
    expect(removed(await tour.run('cleanup', '--json'))).toBe(0);
    expect(existsSync(place.workdir)).toBe(false);
  });

  test('in words, it lists what goes', async () => {
    const here = at('words');
    await upTo('05-import', here);
    const { code, stdout } = await here.tour.run('cleanup');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^This goes:\n/);
    expect(stdout).toContain('image       docker.io/library/handroll:latest\n');
    expect(stdout).toContain(`directory   ${here.place.workdir}\n`);
    expect(stdout).toMatch(/\nNothing is left: \d+ things removed\.\n$/);
    expect((await here.tour.run('cleanup')).stdout).toBe('The tour has nothing here.\n');
  });
});

test('two cleanups at the same time do each other no harm', async () => {
  const here = at('w');
  await upTo('05-import', here);
  const both = ['--json', '--json'].map((option) => here.tour.run('cleanup', option));
  for (const { code, stderr } of await Promise.all(both)) {
    expect(code === 0 || stderr.includes('cleanup is already at work in'), stderr).toBe(true);
  }
  expect(existsSync(here.place.workdir)).toBe(false);
  expect(removed(await here.tour.run('cleanup', '--json'))).toBe(0);
  await until(() => machine.processes().length === 0, 1);
});

describe('cleanup says what it could not remove', () => {
  test('a mount that somebody made below the directory, and goes on when that is gone', async () => {
    const here = at('w');
    await performed(here, '02-filesystems');
    const kept = join(here.place.workdir, 'kept');
    mkdirSync(kept);
    await machine.sh('mount -t tmpfs tmpfs "$KEPT"; touch "$KEPT/theirs"', { KEPT: kept });
    const { code, stdout } = await here.tour.run('cleanup', '--json');
    expect(code).toBe(1);
    expect(jsonLines(stdout)).toEqual([
      { type: 'left', kind: 'mount', name: kept },
      { type: 'left', kind: 'directory', name: here.place.workdir },
      { type: 'result', ok: false, removed: expect.any(Number) },
    ]);
    expect(await machine.sh('ls "$KEPT"', { KEPT: kept })).toBe('theirs');
    await machine.sh('umount "$KEPT"', { KEPT: kept });
    expect(removed(await here.tour.run('cleanup', '--json'))).toBeGreaterThan(0);
  });

  test('a file that cannot be removed, and the directory is still known as its own', async () => {
    const here = at('w');
    await performed(here, '02-filesystems');
    const kept = join(here.place.workdir, 'build/base/kept');
    await machine.sh('touch "$KEPT"; chattr +i "$KEPT"', { KEPT: kept });
    const { code, stdout, stderr } = await here.tour.run('cleanup', '--json');
    await machine.sh('chattr -i "$KEPT"', { KEPT: kept });
    expect(code).toBe(1);
    expect(jsonLines(stdout).slice(0, -1)).toEqual([
      { type: 'left', kind: 'directory', name: here.place.workdir },
    ]);
    expect(stderr).toContain('Operation not permitted');
    expect(removed(await here.tour.run('cleanup', '--json'))).toBeGreaterThan(0);
  });
});

/** A file system of its own, mounted where a test of the suite's machine has its working directory. */
const onFullDisk: [string, string, string][] = [
  ['a disk without a free byte', 'size=48m', 'cat /dev/zero >"$DISK/filler" 2>/dev/null || :'],
  [
    'a disk without a free inode',
    'size=96m,nr_inodes=600',
    'i=0; while : 2>/dev/null >"$DISK/filler-$i"; do i=$((i+1)); done || :',
  ],
];

describe('cleanup needs nothing', () => {
  test.each(onFullDisk)('on %s', async (_, options, fill) => {
    const here = at('w/disk/demo');
    const disk = join(all.parent, 'w/disk');
    mkdirSync(disk, { recursive: true });
    await machine.sh(`mount -t tmpfs -o ${options} tmpfs "$DISK"`, { DISK: disk });
    try {
      await performed(here, '02-filesystems');
      await machine.sh(fill, { DISK: disk });
      expect(removed(await here.tour.run('cleanup', '--json'))).toBeGreaterThan(0);
      expect(await machine.sh('ls -A "$DISK" | grep -v filler || :', { DISK: disk })).toBe('');
    } finally {
      await machine.sh('umount "$DISK"', { DISK: disk });
    }
  });

  test.each([
    ['a standard output that is closed', '>&-'],
    ['a reader that has gone', '| :'],
    ['a find and an rm that fail', ''],
  ])('with %s', async (_, redirection) => {
    const here = at('w');
    await upTo('05-import', here);
    const bin = join(all.parent, 'failing');
    mkdirSync(bin, { recursive: true });
    for (const name of ['find', 'rm', 'sed', 'grep', 'mountpoint']) {
      writeFileSync(join(bin, name), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    }
    const path = redirection === '' ? `PATH=${bin}:$PATH` : '';
    const command = `cleanup --containerd private --workdir "$WHERE" --namespace "$NS"`;
    const env = { WHERE: here.place.workdir, NS: here.place.namespace };
    await machine.sh(`${path} ${process.execPath} ${cli} ${command} ${redirection} || :`, env);
    expect(existsSync(here.place.workdir)).toBe(false);
    await until(() => machine.processes().length === 0, 1);
  });

  test('the directories that were made to hold the working directory go with it', async () => {
    const here = at('w/deep/below/demo');
    await performed(here, '02-filesystems');
    expect(removed(await here.tour.run('cleanup', '--json'))).toBeGreaterThan(0);
    expect(existsSync(join(all.parent, 'w'))).toBe(false);
    expect(removed(await here.tour.run('cleanup', '--json'))).toBe(0);
    expect(existsSync(join(all.parent, 'w'))).toBe(false);
  });

  test('a working directory that is a mount point is emptied, and stays', async () => {
    const here = at('w');
    mkdirSync(here.place.workdir);
    await machine.sh('mount -t tmpfs -o mode=0755 tmpfs "$W"', { W: here.place.workdir });
    try {
      await performed(here, '02-filesystems');
      expect(removed(await here.tour.run('cleanup', '--json'))).toBeGreaterThan(0);
      expect(await machine.sh('ls -A "$W"', { W: here.place.workdir })).toBe('');
    } finally {
      await machine.sh('umount "$W"', { W: here.place.workdir });
    }
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

  /** What stands on stdout: nothing, or with --json that it was refused. */
  const refusal = (args: readonly string[]) =>
    args.includes('--json')
      ? expect.stringMatching(/^\{"type":"result","ok":false,"error":.*,"exit":4\}\n$/)
      : '';

  /** A call that sees this directory as $HOME. */
  const from = (home: string, ...args: string[]) =>
    program(place, { env: { HOME: home, SHELL: '/bin/sh' } }).run(...args);

  test.each(commands)('%s in a directory with foreign files', async (...args) => {
    const before = await listing(theirs);
    for (const path of [theirs, join(place.parent, 'link'), `${theirs}/../theirs/`]) {
      const { code, stdout, stderr } = await from('/root', ...args, '--workdir', path);
      expect({ code, stdout }).toEqual({ code: 4, stdout: refusal(args) });
      expect(stderr).toMatch(/has files in it that the tour did not make/);
    }
    expect(await listing(theirs)).toEqual(before);
  });

  test.each(commands)('%s in the home directory, even an empty one', async (...args) => {
    const home = join(place.parent, 'home/learner');
    mkdirSync(home, { recursive: true });
    const before = await listing(place.parent);
    for (const path of [home, join(place.parent, 'home')]) {
      const { code, stdout, stderr } = await from(home, ...args, '--workdir', path);
      expect({ code, stdout }).toEqual({ code: 4, stdout: refusal(args) });
      expect(stderr).toMatch(/other things live there/);
    }
    expect(await listing(place.parent)).toEqual(before);
  });

  test.each(['/', '/tmp', '/usr', '/var/lib', '/proc'])('everything in %s', async (path) => {
    for (const args of commands) {
      const { code, stdout, stderr } = await from('/root', ...args, '--workdir', path);
      expect({ code, stdout }).toEqual({ code: 4, stdout: refusal(args) });
      expect(stderr).toMatch(/other things live there/);
    }
    expect(existsSync(join(path, '.handroll-tour'))).toBe(false);
  });
});
