import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ownPlace } from '../helpers/host.ts';
import { type OwnMachine, ownMachine } from '../helpers/machine.ts';
import { type Finished, jsonLines, program } from '../helpers/program.ts';

/*
 * What can be in the way, made to happen. Each is found by doctor before, and said where it bites: in
 * words, with what to do, and never with a stack or a wait without end.
 */

const all = ownPlace();
let machine: OwnMachine;

/** Where something can be mounted and a working directory be made in it. */
const ground = join(all.parent, 'ground');
const here = { workdir: join(ground, 'w'), namespace: all.namespace };

beforeAll(async () => {
  mkdirSync(ground);
  machine = await ownMachine();
});
afterEach(async () => {
  await machine.clear();
  await machine.sh(`umount -R ${ground} || :`);
  rmSync(here.workdir, { recursive: true, force: true });
});
afterAll(async () => {
  await machine.close();
  all.remove();
});

const tour = (...options: string[]) =>
  program(here, {
    through: machine.through,
    options: options.length > 0 ? options : ['--containerd', 'private'],
  });

/** What doctor found, by id, and whether it stops the tour. */
function obstacles({ stdout }: Finished): Record<string, boolean> {
  const found = jsonLines(stdout).filter(({ type }) => type === 'obstacle');
  return Object.fromEntries(found.map(({ id, stops }) => [id, stops === true]));
}

/** The checks that did not pass. */
const failed = ({ stdout }: Finished) =>
  jsonLines(stdout).filter(({ type, status }) => type === 'check' && status !== 'pass');

/** No bug of ours, and no stack. */
function inWords({ code, stderr }: Finished): void {
  expect(code).not.toBe(70);
  expect(stderr).not.toMatch(/ at .*:\d+:\d+|bug in handroll-tour/);
}

const tmpfs = (options: string) => machine.sh(`mount -t tmpfs -o ${options} tmpfs ${ground}`);

describe('the file system of the working directory', () => {
  test('nodev and nosuid: nothing is in the way, and the whole tour is green', async () => {
    await tmpfs('nodev,nosuid');
    const doctor = await tour().run('doctor', '--json');
    expect(obstacles(doctor)).toEqual({});
    const run = await tour().run('run', '--json');
    expect(failed(run)).toEqual([]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
  });

  test('noexec: doctor and lesson 00 say so', async () => {
    await tmpfs('noexec');
    const doctor = await tour().run('doctor', '--json');
    expect(doctor.code).toBe(4);
    expect(obstacles(doctor)).toEqual({ 'workdir-noexec': true });
    const run = await tour().run('run', '--json');
    inWords(run);
    expect(run.code).toBe(1);
    expect(failed(run)).toMatchObject([
      {
        lesson: '00-prerequisites',
        id: 'programs',
        actual: expect.stringMatching(/ground is mounted noexec/),
        hint: expect.stringMatching(/remount,exec.*--explain workdir-noexec/s),
      },
    ]);
  });

  test('read-only: it is said before anything is made', async () => {
    await tmpfs('ro');
    const doctor = await tour().run('doctor', '--json');
    expect(obstacles(doctor)).toMatchObject({ 'workdir-read-only': true });
    const run = await tour().run('run');
    inWords(run);
    expect(run).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(
        /mounted read-only.*--workdir DIR.*--explain workdir-read-only/s,
      ),
    });
  });

  test('too small: lesson 00 says how much there should be', async () => {
    await tmpfs('size=12m');
    expect(obstacles(await tour().run('doctor', '--json'))).toEqual({ 'disk-full': true });
    const run = await tour().run('run', '--json');
    expect(failed(run)).toMatchObject([
      { id: 'room', hint: expect.stringMatching(/--explain disk-full/) },
    ]);
  });

  test('full before a step: it is said, nothing is run, and with room again it goes on', async () => {
    await tmpfs('size=40m');
    expect(await tour().run('run', '--to', '02')).toMatchObject({ code: 0 });
    // As good as full: a lock can be written, and a layer cannot.
    await machine.sh(`cd ${ground}; cat /dev/zero >filler || truncate -s -2M filler`);
    const run = await tour().run('run', '--only', '03-layers/tar');
    inWords(run);
    expect(run).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/hardly any room left.*--explain disk-full/s),
    });
    // Full to the last byte.
    await machine.sh(`cd ${ground}; cat /dev/zero >>filler || :`);
    for (const args of [['check'], ['list'], ['doctor'], ['env'], ['run', '--to', '03']]) {
      inWords(await tour().run(...args));
    }
    await machine.sh(`rm ${ground}/filler`);
    expect(await tour().run('run', '--only', '03-layers/tar')).toMatchObject({ code: 0 });
  });

  test('full from the start: no directory can be made, and it is said', async () => {
    await tmpfs('size=4k');
    await machine.sh(`head -c 100k /dev/zero >${ground}/filler || :`);
    const run = await tour().run('run');
    inWords(run);
    expect(run).toMatchObject({ code: 4, stderr: expect.stringMatching(/The disk is full/) });
  });
});

describe('the kernel and what is mounted', () => {
  test('control groups that are read-only: doctor says so, and lesson 00 stops at it', async () => {
    const each = (options: string) =>
      machine.sh(`while read -r _ at type _; do
        case $type in cgroup*) mount -o remount,bind,${options} "$at" ;; esac
      done </proc/mounts`);
    await each('ro');
    const doctor = await tour().run('doctor', '--json');
    const run = await tour().run('run', '--json');
    await each('rw');
    expect(obstacles(doctor)).toEqual({ 'cgroups-read-only': true });
    expect(doctor.code).toBe(4);
    expect(failed(run)).toMatchObject([
      {
        id: 'kernel',
        actual: expect.stringMatching(/is mounted read-only/),
        hint: expect.stringMatching(/--explain cgroups-read-only/),
      },
    ]);
  });

  test('no control groups at all', async () => {
    await machine.sh('mount -t tmpfs tmpfs /sys/fs/cgroup && umount -l /sys/fs/cgroup || :');
    await machine.sh('mount --make-rprivate / ; umount -R -l /sys/fs/cgroup');
    const doctor = await tour().run('doctor', '--json');
    await machine.close();
    machine = await ownMachine();
    expect(obstacles(doctor)).toEqual({ 'no-cgroups': true });
  });

  test('no overlay: what the kernel says of its file systems', async () => {
    const told = join(all.parent, 'filesystems');
    writeFileSync(told, 'nodev\tproc\n\text4\n');
    await machine.sh(`mount --bind ${told} /proc/filesystems`);
    const doctor = await tour().run('doctor', '--json');
    await machine.sh('umount /proc/filesystems');
    expect(Object.keys(obstacles(doctor))).toEqual(['no-overlay']);
  });

  test('user namespaces forbidden, and no root wanted: doctor says which switch it is', async () => {
    const told = join(all.parent, 'max_user_namespaces');
    writeFileSync(told, '0\n');
    await machine.sh(`mount --bind ${told} /proc/sys/user/max_user_namespaces`);
    const doctor = await tour('--privilege', 'rootless').run('doctor', '--json');
    await machine.sh('umount /proc/sys/user/max_user_namespaces');
    expect(obstacles(doctor)).toEqual({ 'userns-none': true });
    expect(doctor.code).toBe(4);
  });
});

test('in a container without CAP_SYS_ADMIN: which line starts one that has it', async () => {
  const bare = program(here, {
    through: [...machine.through, 'setpriv', '--bounding-set=-sys_admin', '--'],
  });
  const doctor = await bare.run('doctor', '--json');
  expect(obstacles(doctor)).toEqual({ 'no-sys-admin': true });
  const run = await bare.run('run', '--to', '00', '--json');
  inWords(run);
  const [check] = failed(run);
  const said = check === undefined ? run.stderr : JSON.stringify(check);
  expect(said).toMatch(/CAP_SYS_ADMIN/);
  expect(said).toMatch(/docker run .*--privileged/);
  expect(said).toMatch(/--explain no-sys-admin/);
});

describe('a daemon', () => {
  let server: Server;
  const taken: Socket[] = [];
  const socket = join(all.parent, 'silent.sock');

  beforeAll(async () => {
    // Takes every connection, and never says a word.
    server = createServer((connection) => {
      taken.push(connection.on('error', () => {}));
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
  });
  afterAll(() => {
    for (const connection of taken) connection.destroy();
    server.close();
  });

  test('of the system that hangs: it is said, with two ways to go on', async () => {
    const run = await tour('--containerd', 'system', '--address', socket).run('run');
    inWords(run);
    expect(run).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(
        /takes connections and does not answer.*systemctl restart.*--explain daemon-hangs/s,
      ),
    });
    expect(run.stderr).toMatch(/--containerd private/);
  });

  test('of the system that hangs, and nobody insists on it: a private one is used, and it is told', async () => {
    await machine.sh(
      `mkdir -p /run/containerd && ln -sf ${socket} /run/containerd/containerd.sock`,
    );
    const auto = tour('--containerd', 'auto');
    const doctor = await auto.run('doctor', '--json');
    expect(doctor.code).toBe(0);
    expect(obstacles(doctor)).toEqual({ 'daemon-hangs': false });
    const run = await auto.run('run', '--to', '00', '--json');
    await machine.sh('rm /run/containerd/containerd.sock');
    expect(run.code).toBe(0);
    expect(jsonLines(run.stdout).find(({ id }) => id === 'answers')).toMatchObject({
      evidence: expect.stringMatching(/private; .* does not answer/),
    });
  });

  test('of the system whose directories are elsewhere: it is refused at once, or left alone', async () => {
    const elsewhere = join(all.parent, 'elsewhere');
    const address = join(all.parent, 'elsewhere.sock');
    mkdirSync(elsewhere);
    const config = join(all.parent, 'elsewhere.toml');
    writeFileSync(
      config,
      `version = 2
root = "${elsewhere}/root"
state = "${elsewhere}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "${address}"
`,
    );
    await machine.sh(`
setsid unshare -m sh -c 'mount -t tmpfs tmpfs ${elsewhere}; exec containerd -c ${config}' \
  >/dev/null 2>&1 </dev/null &
mkdir -p /run/containerd && ln -sf ${address} /run/containerd/containerd.sock
until ctr --address ${address} --connect-timeout 1s version >/dev/null 2>&1; do sleep 0.1; done`);
    const asked = tour('--containerd', 'system', '--address', address);
    const doctor = await asked.run('doctor', '--json');
    const run = await asked.run('run', '--to', '00', '--json');
    const auto = await tour('--containerd', 'auto').run('doctor', '--json');
    await machine.sh('rm /run/containerd/containerd.sock');
    inWords(doctor);
    expect(doctor.code).toBe(4);
    expect(obstacles(doctor)).toEqual({ 'daemon-elsewhere': true });
    expect(run.code).toBe(1);
    expect(failed(run)[0]).toMatchObject({
      id: 'answers',
      actual: `it keeps them in ${elsewhere}/root/io.containerd.snapshotter.v1.overlayfs, which isn't there`,
      hint: expect.stringMatching(/--containerd private.*--explain daemon-elsewhere/s),
    });
    expect(auto.code).toBe(0);
    expect(obstacles(auto)).toEqual({ 'daemon-elsewhere': false });
  });

  test('of the tour’s own that hangs: the next step says so', async () => {
    const held = await tour().hold('true');
    const daemon = machine.processes().find(({ argv }) => argv[0] === 'containerd');
    await machine.sh(`kill -STOP ${daemon?.pid}`);
    const run = await tour().run('run', '--only', '00-prerequisites/machine');
    await machine.sh(`kill -CONT ${daemon?.pid}`);
    await held.letGo();
    inWords(run);
    expect(run).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/does not answer.*--explain daemon-hangs/s),
    });
  });

  /** The tour with a program in front of the real containerd, which it starts with `real "$@"`. */
  const behind = (script: string) => {
    const bin = join(all.parent, 'bin');
    mkdirSync(bin, { recursive: true });
    const real = `real() { PATH='${process.env.PATH}' exec containerd "$@"; }`;
    const version = '[ "$1" != --version ] || real --version';
    const text = `#!/bin/sh\n${real}\n${version}\n${script}\n`;
    writeFileSync(join(bin, 'containerd'), text, { mode: 0o755 });
    const env = { PATH: `${bin}:${process.env.PATH}` };
    return program(here, { through: machine.through, env });
  };

  test('that dies at its start: what it said last, and what to do', async () => {
    const words = 'time="2026-01-01T00:00:00Z" level=fatal msg="failed to load plugin \\"x\\""';
    const dying = behind(`echo '${words}' >&2; exit 1`);
    const run = await dying.run('run', '--only', '00-prerequisites/machine');
    inWords(run);
    expect(run.code).toBe(4);
    expect(run.stderr).toMatch(/doesn't start/);
    expect(run.stderr).toMatch(/^ {2}fatal: failed to load plugin "x"$/m);
    expect(run.stderr).toMatch(/--explain daemon-dies/);
  });

  test('that gets nowhere: it is said to hang, not to have died of damaged files', async () => {
    const run = await behind('sleep 1h').run('run', '--only', '00-prerequisites/machine');
    inWords(run);
    expect(run).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/does not answer.*--explain daemon-hangs/s),
    });
  });

  test('that takes longer than usual, on a busy machine: it is waited for', async () => {
    const slow = behind('for part in 1 2 3; do echo "part $part" >&2; sleep 4; done; real "$@"');
    const run = await slow.run('run', '--only', '00-prerequisites/machine', '--json');
    expect(failed(run)).toEqual([]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
  });
});
