import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lessons } from '../../lessons/index.ts';
import { type Place, placesOf } from '../../src/engine/lesson.ts';
import { claim } from '../../src/host/ownership.ts';
import { removeTree } from '../../src/host/remove-tree.ts';
import { locate } from '../../src/host/workspace.ts';
import { ownPlace, realSession } from '../helpers/host.ts';
import { listing, type OwnMachine, ownMachine, systemDaemon } from '../helpers/machine.ts';
import { jsonLines, type Program, program } from '../helpers/program.ts';

/*
 * What the tour does not touch: what another user has put into a directory, and what others have in
 * containerd. On a machine that belongs to several people, and with a daemon that they share.
 */

const place = ownPlace();
const nobody = 65534;
afterAll(place.remove);

describe('a directory that another user has prepared', () => {
  const planted = join(place.parent, 'planted');
  const own = join(planted, '.handroll-tour');
  const trap = join(place.parent, 'trap');

  /** A mark, programs and links in the places where the tour runs and writes something. */
  beforeEach(() => {
    mkdirSync(join(own, 'bin'), { recursive: true });
    mkdirSync(join(own, 'containerd/bin'), { recursive: true });
    writeFileSync(join(own, 'owner.json'), '{"tool":"handroll-tour"}\n');
    mkdirSync(join(trap, 'hit'), { recursive: true });
    for (const name of ['ctr', 'jq', 'tar', 'sha256sum', 'stat', 'find', 'rm', 'umount', 'kill']) {
      const program = `#!/bin/sh\ntouch ${trap}/hit/${name}\n`;
      writeFileSync(join(own, 'bin', name), program, { mode: 0o755 });
      writeFileSync(join(own, 'containerd/bin', name), program, { mode: 0o755 });
    }
    for (const name of ['lock', 'log', 'start.log', 'pid', 'lifeline', 'config.toml']) {
      symlinkSync(join(trap, name), join(own, 'containerd', name));
    }
    symlinkSync(join(trap, 'progress'), join(own, 'progress.json.new'));
    symlinkSync(join(trap, 'lock'), join(own, 'lock'));
    symlinkSync(trap, join(planted, 'build'));
    giveAway(planted);
  });
  afterEach(() => {
    rmSync(planted, { recursive: true, force: true });
    rmSync(trap, { recursive: true, force: true });
  });

  /** Gives a directory with all in it to another user; a link is given away itself, and not followed. */
  function giveAway(path: string): void {
    lchownSync(path, nobody, nobody);
    if (!lstatSync(path).isDirectory()) return;
    for (const name of readdirSync(path)) giveAway(join(path, name));
  }

  test.each([
    ['list'],
    ['check'],
    ['run'],
    ['run', '--only', '11-cleanup'],
    ['env'],
    ['shell', '-c', 'true'],
    ['report'],
    ['script'],
  ])('root is refused %s there, and nothing in it is run or written', async (...args) => {
    const before = await listing(planted);
    const there = program({ workdir: planted, namespace: place.namespace });
    const { code, stdout, stderr } = await there.run(...args);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain(`${planted} belongs to nobody, and you are root.`);
    expect(stderr).toContain('sudo -u nobody -H handroll-tour list --workdir');
    expect(await listing(planted)).toEqual(before);
    expect(readdirSync(trap)).toEqual(['hit']);
    expect(readdirSync(join(trap, 'hit'))).toEqual([]);
  });

  test('made where ours was before cleanup: the open tour runs and writes nothing in it', async () => {
    const workdir = join(place.parent, 'before');
    const { host, progress, perform } = await realSession({ workdir, namespace: place.namespace });
    rmSync(workdir, { recursive: true });
    renameSync(planted, workdir);
    try {
      const before = await listing(workdir);
      for (const name of ['sha256sum', 'tar', 'stat']) await host.tool(name, '--version');
      progress.markCompleted('11-cleanup/machine');
      progress.save();
      const [first] = placesOf(lessons);
      const state = await perform(first as Place);
      expect(state.error?.message).toContain(`${workdir} belongs to nobody, and you are root.`);
      expect(await listing(workdir)).toEqual(before);
      expect(readdirSync(trap)).toEqual(['hit']);
      expect(readdirSync(join(trap, 'hit'))).toEqual([]);
    } finally {
      host.close();
      rmSync(workdir, { recursive: true });
    }
  });

  test('root may clean it up, and runs and follows nothing of it', async () => {
    const there = program({ workdir: planted, namespace: place.namespace });
    const { code, stdout } = await there.run('cleanup', '--json');
    expect({ code, lines: jsonLines(stdout) }).toEqual({
      code: 0,
      lines: [{ type: 'result', ok: true, removed: expect.any(Number) }],
    });
    expect(existsSync(planted)).toBe(false);
    expect(readdirSync(trap)).toEqual(['hit']);
    expect(readdirSync(join(trap, 'hit'))).toEqual([]);
  });

  test.each([
    ['only the mark is of another user', (): void => chownAll(0, nobody)],
    ['only the directory is ours', (): void => chownSync(planted, 0, 0)],
  ])('%s: not even cleaned up', async (_, prepare) => {
    prepare();
    const there = program({ workdir: planted, namespace: place.namespace });
    for (const args of [['cleanup'], ['list']]) {
      expect((await there.run(...args)).code).toBe(4);
    }
    expect(existsSync(own)).toBe(true);
  });

  function chownAll(uid: number, markUid: number): void {
    for (const path of [planted, own]) chownSync(path, uid, uid);
    chownSync(join(own, 'owner.json'), markUid, markUid);
  }

  test('one that others may write to is refused, with the line that mends it', async () => {
    chownAll(0, 0);
    chmodSync(planted, 0o777);
    const there = program({ workdir: planted, namespace: place.namespace });
    const { code, stderr } = await there.run('list');
    expect(code).toBe(4);
    expect(stderr).toContain(`chmod go-w ${planted}`);
  });

  test('one in which everybody may make files is refused, though only their own', async () => {
    chownAll(0, 0);
    chmodSync(planted, 0o1777);
    const there = program({ workdir: planted, namespace: place.namespace });
    expect((await there.run('list')).code).toBe(4);
  });

  test('one in a directory of theirs is gone once root has cleaned it up', async () => {
    const home = join(place.parent, 'home');
    mkdirSync(home);
    renameSync(planted, join(home, 'demo'));
    giveAway(home);
    const there = program({ workdir: join(home, 'demo'), namespace: place.namespace });
    const { code, stdout } = await there.run('cleanup', '--json');
    rmSync(home, { recursive: true });
    expect({ code, lines: jsonLines(stdout) }).toEqual({
      code: 0,
      lines: [{ type: 'result', ok: true, removed: 1 }],
    });
  });

  test('root removes no parents that they say the tour made', async () => {
    const mount = join(place.parent, 'mount');
    mkdirSync(mount);
    renameSync(planted, join(mount, 'demo'));
    const mark = { tool: 'handroll-tour', parents: [mount] };
    writeFileSync(join(mount, 'demo/.handroll-tour/owner.json'), JSON.stringify(mark));
    const there = program({ workdir: join(mount, 'demo'), namespace: place.namespace });
    expect((await there.run('cleanup')).code).toBe(0);
    expect(readdirSync(mount)).toEqual([]);
    rmSync(mount, { recursive: true });
  });

  test.each([
    ['lock', 'a pipe', (path: string) => execa('mkfifo', [path])],
    ['containerd/pid', 'a pipe', (path: string) => execa('mkfifo', [path])],
    ['lock', 'a link without end', async (path: string) => symlinkSync('/dev/zero', path)],
    [
      'containerd/pid',
      'a link without end',
      async (path: string) => symlinkSync('/dev/zero', path),
    ],
  ])('cleanup does not wait at %s, which is %s', async (name, _, make) => {
    rmSync(join(own, name));
    await make(join(own, name));
    lchownSync(join(own, name), nobody, nobody);
    const there = program({ workdir: planted, namespace: place.namespace });
    const { child, ended } = there.start('cleanup');
    child.stdin.end();
    // Where it waits in the kernel, no other signal ends it.
    const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000);
    expect((await ended).code).toBe(0);
    clearTimeout(impatience);
  });

  test('what they wrote into the lock does not act upon the terminal', async () => {
    rmSync(join(own, 'lock'));
    const stat = readFileSync('/proc/1/stat', 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const doing = '\u001b]0;owned\u0007\nroot: all is well';
    writeFileSync(join(own, 'lock'), JSON.stringify({ pid: 1, started, doing }));
    const there = program({ workdir: planted, namespace: place.namespace });
    const { code, stderr } = await there.run('cleanup');
    expect(code).toBe(4);
    expect(stderr).toMatch(/^\\u\{1b\}\]0;owned\\u\{7\}\\u\{a\}root: all is well is already/);
  });

  test('one below a directory of theirs is refused: they could swap it', async () => {
    chownSync(planted, nobody, nobody);
    const below = join(planted, 'mine');
    const there = program({ workdir: below, namespace: place.namespace });
    const { code, stderr } = await there.run('run', '--to', '00');
    expect(code).toBe(4);
    expect(stderr).toContain(`${planted} belongs to nobody, not to you.`);
    expect(existsSync(below)).toBe(false);
  });
});

describe('another user who is quick', () => {
  const common = join(place.parent, 'common');
  const mine = join(place.parent, 'mine');
  beforeEach(() => {
    mkdirSync(common);
    mkdirSync(mine, { mode: 0o700 });
  });
  afterEach(() => {
    for (const path of [common, mine]) rmSync(path, { recursive: true, force: true });
  });

  /** Runs a loop as nobody, and something meanwhile. */
  async function against(loop: string, act: () => Promise<unknown> | unknown): Promise<void> {
    const text = `const fs = require('node:fs'); process.stdout.write('ready');
      for (;;) try { ${loop} } catch {}`;
    const as = { cwd: common, uid: nobody, gid: nobody, reject: false } as const;
    const quick = execa(process.execPath, ['-e', text], as);
    await new Promise((resolve) => quick.stdout.once('data', resolve));
    await act();
    quick.kill('SIGKILL');
    await quick;
  }

  test('puts no link in the place of a directory that is about to be made', async () => {
    chmodSync(common, 0o1777);
    const workdir = join(common, 'demo');
    await against(`fs.symlinkSync(${JSON.stringify(mine)}, 'demo'); fs.unlinkSync('demo');`, () => {
      for (let round = 0; round < 3000; round += 1) {
        try {
          claim(locate({ workdir }));
        } catch {
          continue;
        }
        // It was ours this time.
        rmSync(workdir, { recursive: true, force: true });
      }
    });
    expect(readdirSync(mine)).toEqual([]);
    expect(lstatSync(mine).mode & 0o777).toBe(0o700);
  });

  test('does not make root clean up what is root’s, with a link above', async () => {
    const plant = (path: string, uid: number) => {
      mkdirSync(join(path, 'demo/.handroll-tour'), { recursive: true });
      writeFileSync(join(path, 'demo/.handroll-tour/owner.json'), '{"tool":"handroll-tour"}');
      for (const part of ['', 'demo', 'demo/.handroll-tour', 'demo/.handroll-tour/owner.json']) {
        chownSync(join(path, part), uid, uid);
      }
    };
    plant(mine, 0);
    chownSync(common, nobody, nobody);
    const there = program({ workdir: join(common, 'a/demo'), namespace: place.namespace });
    const swap = `for (const from of ['link', 'real']) {
      const to = from === 'link' ? 'real' : 'link';
      fs.renameSync('a', to); fs.renameSync(from, 'a');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
    }`;
    for (let round = 0; round < 5; round += 1) {
      rmSync(common, { recursive: true });
      mkdirSync(common);
      plant(join(common, 'a'), nobody);
      symlinkSync(mine, join(common, 'link'));
      lchownSync(join(common, 'link'), nobody, nobody);
      chownSync(common, nobody, nobody);
      await against(swap, () => there.run('cleanup'));
    }
    expect(existsSync(join(mine, 'demo/.handroll-tour/owner.json'))).toBe(true);
  });
});

describe('removing a directory', () => {
  const tree = join(place.parent, 'tree');
  const outside = join(place.parent, 'outside');
  const options = { owner: 0, last: ['.handroll-tour', 'owner.json'] };
  beforeEach(() => {
    mkdirSync(join(tree, '.handroll-tour'), { recursive: true });
    mkdirSync(join(tree, 'build/base/data'), { recursive: true });
    writeFileSync(join(tree, '.handroll-tour/owner.json'), '');
    mkdirSync(outside);
    writeFileSync(join(outside, 'precious'), 'theirs\n');
  });
  afterEach(() => {
    for (const path of [tree, outside, `${tree}-away`])
      rmSync(path, { recursive: true, force: true });
  });

  test('takes links for what they are', () => {
    symlinkSync(outside, join(tree, 'build/base/link'));
    expect(removeTree(tree, options)).toEqual([]);
    expect(existsSync(tree)).toBe(false);
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('theirs\n');
  });

  test('does not follow one in its own place', () => {
    renameSync(tree, `${tree}-away`);
    symlinkSync(outside, tree);
    expect(removeTree(tree, options)).toMatchObject([{ path: tree }]);
    expect(existsSync(join(outside, 'precious'))).toBe(true);
  });

  test('removes nothing of another user', () => {
    chownSync(tree, nobody, nobody);
    expect(removeTree(tree, options)).toMatchObject([{ path: tree }]);
    expect(existsSync(join(tree, 'build/base/data'))).toBe(true);
  });

  test('removes a name that is no UTF-8', () => {
    const name = Buffer.concat([Buffer.from(`${tree}/build/`), Buffer.from([0xff, 0xe9])]);
    mkdirSync(name);
    expect(removeTree(tree, options)).toEqual([]);
    expect(existsSync(tree)).toBe(false);
  });

  test('changes the mode of nothing outside, however fast directories and links are swapped', async () => {
    const swapped = join(tree, 'swapped');
    const secret = join(outside, 'precious');
    chmodSync(secret, 0o640);
    // What is not executable is what root may not "execute", as it may not a mode 000 directory.
    const swap = `
      const fs = require('node:fs');
      process.stdout.write('ready');
      for (;;) for (const [from, to] of [['l', 'k'], ['k', 'l']]) for (let i = 0; i < 100; i += 1) {
        try { fs.renameSync('d' + i, to + i); fs.renameSync(from + i, 'd' + i); } catch {}
      }`;
    for (let round = 0; round < 6; round += 1) {
      mkdirSync(swapped, { recursive: true });
      for (let i = 0; i < 100; i += 1) {
        rmSync(join(swapped, `d${i}`), { force: true, recursive: true });
        for (const kind of ['l', 'k'])
          rmSync(join(swapped, `${kind}${i}`), { force: true, recursive: true });
        mkdirSync(join(swapped, `d${i}`));
        symlinkSync(secret, join(swapped, `l${i}`));
      }
      const swapping = execa(process.execPath, ['-e', swap], { cwd: swapped, reject: false });
      await new Promise((resolve) => swapping.stdout.once('data', resolve));
      removeTree(tree, options);
      swapping.kill('SIGKILL');
      await swapping;
    }
    expect((lstatSync(secret).mode & 0o777).toString(8)).toBe('640');
    expect(readFileSync(secret, 'utf8')).toBe('theirs\n');
  });

  test('keeps the mark while something cannot be removed, and does not enter what is mounted', async () => {
    const mounted = join(tree, 'build/base/data');
    await execa('mount', ['--bind', outside, mounted]);
    try {
      expect(removeTree(tree, options)).toMatchObject([{ path: mounted }]);
    } finally {
      await execa('umount', [mounted]);
    }
    expect(existsSync(join(outside, 'precious'))).toBe(true);
    expect(existsSync(join(tree, '.handroll-tour/owner.json'))).toBe(true);
    expect(removeTree(tree, options)).toEqual([]);
    expect(existsSync(tree)).toBe(false);
  });
});

describe('a containerd that others use as well', () => {
  const socket = join(place.parent, 'system.sock');
  const options = ['--containerd', 'system', '--address', socket];
  const namespace = place.namespace;
  let machine: OwnMachine;

  const at = (name: string): Program =>
    program(
      { workdir: join(place.parent, name), namespace },
      { through: machine.through, options },
    );
  const ctr = (line: string) => machine.sh(`ctr --address ${socket} -n ${namespace} ${line}`);
  const census = async () =>
    Promise.all(
      ['images ls', 'containers ls', 'tasks ls', 'snapshots ls', 'content ls -q'].map(
        async (kind) => (await ctr(kind)).split('\n').sort(),
      ),
    );
  const left = (stdout: string) =>
    jsonLines(stdout)
      .filter(({ type }) => type === 'left')
      .map(({ kind, name }) => `${kind} ${name}`);

  beforeAll(async () => {
    machine = await ownMachine(systemDaemon(place.parent, socket));
  });
  afterAll(() => machine.close());
  afterEach(async () => {
    await machine.sh(`
      c() { ctr --address ${socket} -n ${namespace} "$@"; }
      for it in $(c tasks ls -q); do c tasks rm -f $it; done
      for it in $(c containers ls -q); do c containers rm $it; done
      for it in $(c images ls -q); do c images rm --sync $it; done
      for round in 1 2; do
        for it in $(c snapshots ls | sed '1d; s/ .*//'); do c snapshots rm $it || :; done
      done
      for it in $(c leases ls -q); do c leases rm --sync $it; done
      for it in $(c content ls -q); do c content rm $it; done
      ctr --address ${socket} namespaces rm ${namespace}`);
    for (const name of ['a', 'b', 'by-hand']) {
      rmSync(join(place.parent, name), { recursive: true, force: true });
    }
  });

  test('a second working directory loses nobody anything, however it is cleaned up', async () => {
    const a = at('a');
    expect(await a.run('run', '--to', '08-run/start')).toMatchObject({ code: 0 });
    const before = await census();
    const b = at('b');
    const cleaned = await b.run('cleanup', '--json');
    expect(cleaned.code).toBe(1);
    expect(left(cleaned.stdout)).toContain('container demo');
    expect(cleaned.stdout).toContain(join(place.parent, 'a'));
    const ran = await b.run('run');
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain(`the tour of root in ${join(place.parent, 'a')}`);
    expect(ran.stdout).toContain('--namespace');
    for (const id of ['05-import/import', '08-run/start', '08-run/gone', '11-cleanup/containerd']) {
      expect((await b.run('run', '--only', id)).code, id).toBe(4);
    }
    expect((await b.run('cleanup')).code).toBe(1);
    expect(await census()).toEqual(before);
    expect(existsSync(join(place.parent, 'b'))).toBe(false);
    expect((await a.run('check', '08-run/start')).code).toBe(0);
    expect((await a.run('cleanup', '--json')).code).toBe(0);
    expect(await machine.sh(`ctr --address ${socket} namespaces ls -q`)).toBe('');
  });

  test('a namespace that was named once need not be named again, and another is refused', async () => {
    expect(await at('a').run('run', '--to', '05-import/import')).toMatchObject({ code: 0 });
    const inNamespace = (name: string) =>
      program(
        { workdir: join(place.parent, 'a'), namespace: name },
        { through: machine.through, options },
      );
    for (const command of ['run', 'check', 'cleanup']) {
      const { code, stderr } = await inNamespace(`${namespace}-more`).run(command);
      expect(code, command).toBe(4);
      expect(stderr).toContain(`Go on with --namespace ${namespace}`);
    }
    const unnamed = inNamespace('');
    expect((await unnamed.run('check', '05-import/import')).code).toBe(0);
    expect((await unnamed.run('cleanup', '--json')).code).toBe(0);
    expect(await machine.sh(`ctr --address ${socket} namespaces ls -q`)).toBe('');
  });

  test('who followed the article by hand keeps what is there', async () => {
    const hand = program(
      { workdir: join(place.parent, 'by-hand'), namespace: `${namespace}-hand` },
      { through: machine.through, options },
    );
    expect(await hand.run('run', '--to', '05')).toMatchObject({ code: 0 });
    const tar = join(place.parent, 'by-hand/handroll-image.tar');
    await ctr(`images import --base-name handroll ${tar}`);
    await ctr('images tag handroll:latest docker.io/library/handroll:latest');
    await ctr('run -d docker.io/library/handroll:latest demo /bin/busybox sleep 1000');
    const before = await census();
    const a = at('a');
    const ran = await a.run('run');
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('it has no mark of a tour');
    for (const id of ['05-import/import', '08-run/start', '08-run/gone', '11-cleanup/containerd']) {
      expect((await a.run('run', '--only', id)).code, id).toBe(4);
    }
    const cleaned = await a.run('cleanup', '--json');
    expect(cleaned.code).toBe(1);
    expect(left(cleaned.stdout)).toContain('image docker.io/library/handroll:latest');
    expect(await census()).toEqual(before);
    await hand.run('cleanup');
  });

  test('what is added to the namespace later stays, and the rest goes', async () => {
    const a = at('a');
    expect(await a.run('run', '--to', '05')).toMatchObject({ code: 0 });
    await ctr('images tag handroll:latest example.com/theirs:1');
    await ctr('run -d example.com/theirs:1 web /bin/busybox sleep 1000');
    await ctr('snapshots prepare theirs');
    // Without this, containerd itself collects it with the next image that goes.
    await ctr('snapshots label theirs containerd.io/gc.root=theirs');
    const cleaned = await a.run('cleanup', '--json');
    expect(cleaned.code).toBe(1);
    expect(left(cleaned.stdout).sort()).toEqual([
      'container web',
      'image example.com/theirs:1',
      `namespace ${namespace}`,
    ]);
    expect(await ctr('images ls -q')).toBe('example.com/theirs:1');
    expect(await ctr('tasks ls')).toMatch(/web +\d+ +RUNNING/);
    expect(await ctr('snapshots ls')).toMatch(/^theirs /m);
    expect(existsSync(join(place.parent, 'a'))).toBe(false);
    await ctr('tasks exec --exec-id look web /bin/busybox true');
  });

  test('a container that somebody else called demo is not removed by the lessons', async () => {
    const a = at('a');
    expect(await a.run('run', '--to', '05')).toMatchObject({ code: 0 });
    await ctr('run -d handroll:latest demo /bin/busybox sleep 1000');
    const started = await ctr('tasks ls');
    const ran = await a.run('run', '--only', '08-run/start');
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain(`There is a container demo in ${namespace} already`);
    expect(ran.stderr).toContain(`ctr -n ${namespace} tasks rm -f demo`);
    expect((await a.run('run', '--only', '08-run/gone')).code).toBe(4);
    const cleaned = await a.run('cleanup', '--json');
    expect(cleaned.code).toBe(1);
    expect(left(cleaned.stdout)).toEqual(['container demo', `namespace ${namespace}`]);
    expect(await ctr('tasks ls')).toBe(started);
  });

  test('what a directory made that was deleted by hand is still its own', async () => {
    const a = at('a');
    expect(await a.run('run', '--to', '08-run/start')).toMatchObject({ code: 0 });
    rmSync(join(place.parent, 'a'), { recursive: true });
    const cleaned = await a.run('cleanup', '--json');
    expect({ code: cleaned.code, left: left(cleaned.stdout) }).toEqual({ code: 0, left: [] });
    expect(await machine.sh(`ctr --address ${socket} namespaces ls -q`)).toBe('');
  });

  test.each([
    ['hangs', (pid: number) => `kill -STOP ${pid}`, (pid: number) => `kill -CONT ${pid}`],
    ['is gone', (pid: number) => `kill -9 ${pid}`, () => systemDaemon(place.parent, socket)],
  ])(
    'cleaned up while it %s: all else goes, and what it holds is told, and goes later',
    async (_, stop, goOn) => {
      const a = at('a');
      const workdir = join(place.parent, 'a');
      expect(await a.run('run', '--to', '08-run/start')).toMatchObject({ code: 0 });
      expect(await a.run('run', '--only', '06-overlayfs/mount')).toMatchObject({ code: 0 });
      const pid = machine.processes().find(({ argv }) => argv[0] === 'containerd')?.pid ?? 0;
      await machine.sh(stop(pid));
      const cleaned = await a.run('cleanup', '--json').finally(() => machine.sh(goOn(pid)));
      expect({ code: cleaned.code, left: left(cleaned.stdout) }).toEqual({
        code: 1,
        left: [`containerd ${socket} was not reached, and holds the namespace ${namespace}`],
      });
      expect(existsSync(workdir)).toBe(false);
      expect(machine.mounts().filter((mount) => mount.includes(workdir))).toEqual([]);
      const again = await a.run('cleanup', '--json');
      expect({ code: again.code, left: left(again.stdout) }).toEqual({ code: 0, left: [] });
      expect(await machine.sh(`ctr --address ${socket} namespaces ls -q`)).toBe('');
    },
  );

  test('cleaned up while it is being started again: waits for it, and nothing is left', async () => {
    const a = at('a');
    expect(await a.run('run', '--to', '08-run/start')).toMatchObject({ code: 0 });
    const pid = machine.processes().find(({ argv }) => argv[0] === 'containerd')?.pid ?? 0;
    await machine.sh(`kill -9 ${pid}`);
    const { child, ended } = a.start('cleanup');
    let started: Promise<unknown> | undefined;
    child.stdout.on('data', (chunk) => {
      if (`${chunk}`.includes('waiting for'))
        started ??= machine.sh(systemDaemon(place.parent, socket));
    });
    const { code, stdout } = await ended;
    await started;
    expect(stdout).toContain(`waiting for the containerd at ${socket}, ten seconds at most`);
    expect(stdout).toContain('removed task demo');
    expect(code).toBe(0);
    expect(await machine.sh(`ctr --address ${socket} namespaces ls -q`)).toBe('');
  });

  test('a copy of a working directory does not own what the original made', async () => {
    expect(await at('a').run('run', '--to', '05')).toMatchObject({ code: 0 });
    await execa('cp', ['-a', join(place.parent, 'a'), join(place.parent, 'b')]);
    const before = await census();
    expect((await at('b').run('cleanup')).code).toBe(1);
    expect(await census()).toEqual(before);
    renameSync(join(place.parent, 'a'), join(place.parent, 'b'));
    expect((await at('b').run('cleanup')).code).toBe(0);
    expect(await machine.sh(`ctr --address ${socket} namespaces ls -q`)).toBe('');
  });

  test('a machine that is called something else by now still knows its own', async () => {
    const a = at('a');
    expect(await a.run('run', '--to', '05')).toMatchObject({ code: 0 });
    await machine.sh(
      `ctr --address ${socket} namespaces label ${namespace} handroll-tour.user=0@dhcp-17`,
    );
    expect((await a.run('run', '--only', '05')).code).toBe(0);
    expect((await a.run('cleanup')).code).toBe(0);
    expect(await machine.sh(`ctr --address ${socket} namespaces ls -q`)).toBe('');
  });

  test('a snapshot that somebody made with another snapshotter stays', async () => {
    const a = at('a');
    expect(await a.run('run', '--to', '05')).toMatchObject({ code: 0 });
    await ctr('snapshots --snapshotter native prepare theirs');
    await ctr('snapshots --snapshotter native label theirs containerd.io/gc.root=theirs');
    const cleaned = await a.run('cleanup', '--json');
    expect(cleaned.code).toBe(1);
    expect(left(cleaned.stdout)).toEqual([`namespace ${namespace}`]);
    expect(await ctr('snapshots --snapshotter native ls')).toMatch(/^theirs /m);
    await ctr('snapshots --snapshotter native rm theirs');
  });

  test.each([['goes on'], ['is cleaned up at once']])(
    'a tour that was killed right after its container started, and %s, owns it',
    async (next) => {
      const a = at('a');
      expect(await a.run('run', '--to', '05')).toMatchObject({ code: 0 });
      const { child, ended } = a.start('run', '--only', '08-run/start', '--json');
      // The script has printed that it runs, and is not over.
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (chunk) => String(chunk).includes('"output"') && resolve());
      });
      child.kill('SIGKILL');
      await ended;
      if (next === 'goes on') {
        const again = await a.run('run', '--only', '08-run');
        expect(again, again.stdout).toMatchObject({ code: 0 });
      }
      const cleaned = await a.run('cleanup', '--json');
      expect({ code: cleaned.code, left: left(cleaned.stdout) }).toEqual({ code: 0, left: [] });
    },
  );
});
