import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownPlace } from '../helpers/host.ts';
import { type Learner, ownLearner } from '../helpers/learner.ts';
import { systemDaemon, until } from '../helpers/machine.ts';
import { green, judged, result } from '../helpers/program.ts';

/* Most learners are not root: with sudo, with a password or without one. */

const place = ownPlace();
let the: Learner;

beforeAll(async () => {
  the = await ownLearner(place);
});
afterAll(() => the.close());

const learner = (path?: string) => the.program(['--containerd', 'private'], path);
const sudoers = (...rules: string[]) => the.sudoers(...rules);
/** At a terminal, where sudo may ask: left to itself, the tour does without it there. */
const terminal = (...args: string[]) => the.terminal(...args, '--privilege', 'sudo');

async function nothingIsLeft(): Promise<void> {
  expect(existsSync(place.workdir)).toBe(false);
  await until(() => the.machine.processes().length === 0, 2);
}

describe('without any way to become root', () => {
  beforeAll(() => sudoers());

  test('no sudo: it says which parts need root, and ends with 4', async () => {
    const bin = join(place.parent, 'bin');
    mkdirSync(bin);
    await the.machine.sh(`for tool in timeout bash; do ln -s "$(command -v $tool)" "$BIN"; done`, {
      BIN: bin,
    });
    for (const command of ['run', 'cleanup', 'check', 'list']) {
      const { code, stdout, stderr } = await learner(bin).run(command);
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(stderr).toMatch(/no way to become root here/);
      expect(stderr).toMatch(/mount, umount, rm: .* \(lessons 6 and 11\)/);
      expect(stderr).toMatch(/install sudo/);
    }
    expect(existsSync(place.workdir)).toBe(false);
  });

  test('no rights in sudo, no terminal to ask in: 4, and nothing is made', async () => {
    for (const args of [['run'], ['cleanup'], ['shell', '-c', 'true']]) {
      const { code, stdout, stderr } = await learner().run(...args, '--privilege', 'sudo');
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(stderr).toMatch(/sudo wants a password, and there is no terminal/);
    }
    expect(existsSync(place.workdir)).toBe(false);
  });

  test('--privilege root is refused', async () => {
    const { code, stderr } = await learner().run('run', '--privilege', 'root');
    expect(code).toBe(4);
    expect(stderr).toMatch(/this is not root/);
  });

  test('a directory that cannot be written is named', async () => {
    const workdir = join(place.parent, 'dist/w');
    sudoers('learner ALL=(ALL) NOPASSWD: ALL');
    const { code, stderr } = await learner().run('run', '--workdir', workdir);
    expect(code).toBe(4);
    expect(stderr).toMatch(/dist\/w cannot be written/);
  });
});

describe('with sudo that asks for nothing', () => {
  beforeAll(() => sudoers('learner ALL=(ALL) NOPASSWD: ALL'));

  test('with a umask that is for oneself alone, root’s files can be read where they must', async () => {
    const careful = the.program(['--containerd', 'private'], undefined, '077');
    const { code, stdout, stderr } = await careful.run(
      'shell',
      '-c',
      'ctr namespaces ls -q; umask',
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '0077\n', stderr: '' });
  });

  test('a whole run is green', async () => {
    expect(await judged(learner(), 'run')).toEqual(green);
  });

  test('the files are the learner’s own', async () => {
    // But what the daemon keeps, and the whiteout that the kernel made for the mounted overlay.
    const others = await the.machine.sh(
      `cd "$DIR"; find . -path './.handroll-tour/containerd/*' -prune -o -path './overlay/*' -prune \\
        -o ! -user learner -print`,
      { DIR: place.workdir },
    );
    expect(others).toBe('');
  });

  test('check is as green, and leaves no daemon', async () => {
    const { code, stdout } = await learner().run('check', '--json');
    expect(result(stdout)).toMatchObject({ ok: true, failed: 0, blocked: 0 });
    expect(code).toBe(0);
    await until(() => the.machine.processes().length === 0, 2);
  });

  test('in its shell plain ctr reaches the daemon, without sudo', async () => {
    const { code, stdout } = await learner().run('shell', '-c', 'id -un; ctr version; exit 7');
    expect(code).toBe(7);
    expect(stdout).toMatch(/^learner\nClient:.*\nServer:/s);
  });

  test('so does sudo ctr, as the article types it, whatever sudo thinks of PATH', async () => {
    const script =
      'sudo ctr version; sudo -n ctr namespaces ls -q; sudo id -un; sudo -u learner id -un';
    const { code, stdout } = await learner().run('shell', '-c', script);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Client:.*\nServer:.*\nroot\nlearner\n$/s);
  });

  test('a container survives the command that started its daemon, while another uses it', async () => {
    const tour = learner();
    const start = 'ctr -n "$CTR_NAMESPACE" run -d handroll:latest demo /bin/busybox sleep 1000';
    const first = await tour.hold(start);
    const second = await tour.hold('true');
    await first.letGo();
    const { stdout } = await tour.run('shell', '-c', 'ctr -n "$CTR_NAMESPACE" tasks ls');
    expect(stdout).toMatch(/demo .*RUNNING/);
    await second.letGo();
    await until(() => the.machine.processes().length === 0, 2);
  });

  test('cleanup leaves nothing, twice', async () => {
    const first = await learner().run('cleanup', '--json');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    await nothingIsLeft();
    expect(await learner().run('cleanup', '--json')).toMatchObject({
      code: 0,
      stdout: '{"type":"result","ok":true,"removed":0}\n',
    });
  });
});

describe.each([
  [
    'strict',
    'use_pty, requiretty, tty_tickets, env_reset, secure_path="/usr/sbin:/usr/bin:/sbin:/bin"',
  ],
  ['lax', '!use_pty, !requiretty, !env_reset, !secure_path'],
])('with a password, in a real terminal, with a sudo that is %s', (_, settings) => {
  beforeAll(() =>
    sudoers(`Defaults:learner ${settings}, timestamp_timeout=15`, 'learner ALL=(ALL) ALL'),
  );

  test('it is asked for once, after saying what for, and the whole run is green', async () => {
    const { child, ended, screen, asked } = terminal('run');
    await until(() => asked() === 1);
    expect(screen()).toMatch(/These parts need root.*mount, umount.*password for learner/s);
    child.write(`${the.password}\r`);
    expect(await ended, screen()).toBe(0);
    expect(screen()).toMatch(/checks, all of them hold.*\d+ of the \d+ steps used sudo: ctr \(/s);
    expect(screen()).not.toMatch(/terminal changed/);
    expect(asked()).toBe(1);
  });

  test('a container outlives the terminal that started its daemon, while another uses it', async () => {
    const running = () => the.machine.processes().some(({ argv }) => argv[1] === 'sleep');
    const open = async (line: string) => {
      const at = terminal('shell', '-c', `${line}; echo "rea""dy"; read -r _`);
      await until(() => at.asked() > 0 || at.screen().includes('ready'));
      if (at.asked() > 0) at.child.write(`${the.password}\r`);
      await until(() => at.screen().includes('ready'));
      return at;
    };
    const first = await open(
      'ctr -n "$CTR_NAMESPACE" run -d handroll:latest demo /bin/busybox sleep 1000',
    );
    const second = await open('true');
    // The window of the first is closed: all that runs in it is sent SIGHUP.
    const commands = () => the.machine.processes().filter(({ argv }) => argv[1] === the.file);
    const [{ pid } = { pid: 0 }] = commands().sort((a, b) => a.pid - b.pid);
    await the.machine.sh(`kill -HUP -- -$(cut -d' ' -f5 /proc/${pid}/stat)`);
    await first.ended;
    expect(commands()).toHaveLength(1);
    expect(running()).toBe(true);
    second.child.write('\r');
    await second.ended;
    await until(() => !running(), 2);
  });

  test.each([
    ['that ends when asked', 'sleep 2000'],
    ['that does not listen', `bash -c 'trap "" TERM INT HUP; sleep 2000; sleep 2000'`],
  ])('Ctrl-C ends what sudo started, %s, and exits with 130', async (_, command) => {
    const bin = join(place.workdir, '.handroll-tour/bin');
    const fake = `#!/bin/sh\nsudo ${command}\n`;
    await the.machine.sh('printf %s "$FAKE" >"$BIN/tar"; chmod +x "$BIN/tar"', {
      FAKE: fake,
      BIN: bin,
    });
    const sleeping = () => the.machine.processes().some(({ argv }) => argv.includes('2000'));
    const { child, ended, screen, asked } = terminal('run', '--only', '03-layers/tar');
    await until(() => asked() === 1);
    child.write(`${the.password}\r`);
    await until(sleeping);
    child.write('\x03');
    expect(await ended, screen()).toBe(130);
    expect(screen()).not.toMatch(/terminal changed/);
    // What runs as root is ended by another sudo, which takes its time on a busy machine.
    await until(() => !sleeping());
    await the.machine.sh('rm "$BIN/tar"', { BIN: bin });
  });

  test('cleanup leaves nothing', async () => {
    const { child, ended, screen, asked } = terminal('cleanup');
    await until(() => asked() === 1);
    child.write(`${the.password}\r`);
    expect(await ended, screen()).toBe(0);
    await nothingIsLeft();
  });
});

describe('catching up in the tour', () => {
  test('asks for the password on the way, on a screen that says why, and goes on', async () => {
    sudoers('Defaults:learner timestamp_timeout=15', 'learner ALL=(ALL) ALL');
    const { child, ended, screen, asked } = terminal('tour');
    const sees = (wanted: string | RegExp) => until(() => screen().search(wanted) !== -1, 60);
    await sees('↵ begin');
    child.write('\r');
    await sees('step 1 of');
    child.write('c');
    await sees('open 0');
    child.write('jjjjj');
    await sees('catch me up to here');
    child.write('u');
    await sees('sudo wants your password first');
    expect(asked()).toBe(0);
    child.write('\r');
    await until(() => asked() === 1);
    child.write(`${the.password}\r`);
    await sees('You are caught up: [0-9]+ steps performed');
    expect(asked()).toBe(1);
    child.write('q');
    expect(await ended).toBe(0);
    sudoers('learner ALL=(ALL) NOPASSWD: ALL');
    const { stdout } = await learner().run('list', '--json');
    expect(result(stdout)).toMatchObject({ next: '05-import/pack' });
    expect(await learner().run('cleanup')).toMatchObject({ code: 0 });
  });
});

describe('a ticket', () => {
  test('that runs out in the middle: the password is asked for again, and the run goes on', async () => {
    sudoers('learner ALL=(ALL) ALL');
    const { child, ended, screen, asked } = terminal('run', '--to', '06');
    let given = 0;
    let taken: Promise<string> | undefined;
    child.onData(() => {
      if (asked() > given) child.write(`${the.password}\r`);
      given = asked();
      // From here to lesson 05 nothing needs it. Later sudo versions name the ticket by user id.
      if (screen().includes('01-what-is-an-image/address')) {
        taken ??= the.machine.sh('rm /run/sudo/ts/*');
      }
    });
    expect(await ended, screen()).toBe(0);
    await taken;
    expect(screen()).toMatch(/forgotten your password, and asks/);
    expect(screen()).toMatch(/checks, all of them hold/);
    sudoers('learner ALL=(ALL) NOPASSWD: ALL');
    expect(await learner().run('cleanup')).toMatchObject({ code: 0 });
  });

  test('that is never given: what to do instead, and 4', async () => {
    sudoers('Defaults:learner timestamp_timeout=0', 'learner ALL=(ALL) ALL');
    const { child, ended, screen, asked } = terminal('run');
    await until(() => asked() === 1);
    child.write(`${the.password}\r`);
    expect(await ended, screen()).toBe(4);
    expect(screen()).toMatch(/asks for it again with every command.*--privilege rootless/s);
    expect(existsSync(place.workdir)).toBe(false);
  });
});

describe('left to itself', () => {
  const chosen = async () => {
    const { stdout } = await learner().run('doctor', '--json');
    return result(stdout)?.privilege;
  };
  const free = 'learner ALL=(ALL) NOPASSWD: ALL';
  const asking = 'learner ALL=(ALL) ALL';

  test('it takes sudo where sudo asks for nothing', async () => {
    sudoers(free);
    expect(await chosen()).toBe('sudo');
  });

  test('before a password it takes a user namespace, and says so', async () => {
    sudoers(asking);
    expect(await chosen()).toBe('rootless');
    const { code, stderr } = await learner().run('run', '--to', '00', '--json');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^No password is needed: .*user namespace.*--privilege sudo.*\n$/);
    // It was said once.
    expect(await learner().run('run', '--to', '00', '--json')).toMatchObject({
      code: 0,
      stderr: '',
    });
  });

  test('what was begun without root goes on so, though sudo would be free now', async () => {
    sudoers(free);
    expect(await chosen()).toBe('rootless');
    const { code, stderr } = await learner().run('run', '--privilege', 'sudo');
    expect(code).toBe(4);
    expect(stderr).toMatch(/was started without root, and can.t go on with sudo.*cleanup/s);
    expect(await learner().run('cleanup')).toMatchObject({ code: 0 });
  });

  test('what was begun with sudo goes on so', async () => {
    sudoers(free);
    expect(await learner().run('run', '--to', '00')).toMatchObject({ code: 0 });
    sudoers(asking);
    expect(await chosen()).toBe('sudo');
    const { code, stderr } = await learner().run('check', '--privilege', 'rootless');
    expect(code).toBe(4);
    expect(stderr).toMatch(/was started with sudo, and can.t go on without root/);
    sudoers(free);
    expect(await learner().run('cleanup')).toMatchObject({ code: 0 });
  });

  test('a ticket that happens to be there makes no difference', async () => {
    sudoers('Defaults:learner timestamp_type=global, timestamp_timeout=15', asking);
    const { child, ended, screen, asked } = terminal('shell', '-c', 'true');
    await until(() => asked() === 1);
    child.write(`${the.password}\r`);
    expect(await ended, screen()).toBe(0);
    await the.machine.sh('rm -rf "$WORKDIR"', { WORKDIR: place.workdir });
    expect(await chosen()).toBe('rootless');
  });

  test('for the system’s containerd it takes sudo', async () => {
    sudoers(asking);
    const { stderr, stdout } = await the
      .program(['--containerd', 'system'])
      .run('doctor', '--json');
    expect(result(stdout)?.privilege, stderr).toBe(null);
    expect(stderr).toMatch(/No containerd listens/);
  });
});

test('tools that sudo’s own PATH does not have are found all the same', async () => {
  sudoers(
    'Defaults:learner secure_path="/usr/sbin:/usr/bin:/sbin:/bin"',
    'learner ALL=(ALL) NOPASSWD: ALL',
  );
  const elsewhere = join(place.parent, 'elsewhere');
  const tools = 'containerd containerd-shim-runc-v2 ctr';
  await the.machine.sh(
    `mkdir "$BIN"
    for tool in ${tools}; do cp "$(command -v $tool)" "$BIN"; mount --bind /dev/null "$(command -v $tool)"; done`,
    { BIN: elsewhere },
  );
  const { code, stdout, stderr } = await learner(`${elsewhere}:/usr/bin:/bin`).run(
    'shell',
    '-c',
    'ctr version',
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Client:.*\nServer:/s);
  await the.machine.sh(`for tool in ${tools}; do umount "/usr/bin/$tool"; done`);
  expect(await learner().run('cleanup')).toMatchObject({ code: 0 });
});

test('a password that is wrong three times: 4, in words', async () => {
  sudoers('Defaults:learner passwd_tries=3', 'learner ALL=(ALL) ALL');
  const { child, ended, screen, asked } = terminal('run');
  for (const count of [1, 2, 3]) {
    await until(() => asked() === count);
    child.write('wrong\r');
  }
  expect(await ended).toBe(4);
  expect(screen()).toMatch(/no way to become root here/);
  expect(existsSync(place.workdir)).toBe(false);
}, 30_000);

describe('in the system’s containerd, with a sudo that wants a password', () => {
  const rules = (minutes: number) => [
    `Defaults:learner timestamp_type=global, timestamp_timeout=${minutes}`,
    'learner ALL=(ALL) ALL',
  ];
  const inSystem = (...args: string[]) => terminal(...args, '--containerd', 'system');
  beforeAll(async () => {
    sudoers(...rules(15));
    // The tickets of the tests before.
    await the.machine.sh('rm -rf /run/sudo/ts');
    await the.machine.sh(systemDaemon(place.parent, '/run/containerd/containerd.sock'));
  });
  afterAll(() => the.machine.clear());

  test('it is asked for before the daemon is', async () => {
    const { child, ended, screen, asked } = inSystem('run', '--to', '05');
    await until(() => asked() === 1);
    child.write(`${the.password}\r`);
    expect(await ended, screen()).toBe(0);
    expect(screen()).toMatch(/These parts need root.*all of them hold/s);
  });

  test('without the ticket the same tour says so, and takes no other containerd', async () => {
    sudoers(...rules(0));
    const list = await the.program([]).run('list');
    const check = await the.program([]).run('check', '05');
    expect(check.stdout).toMatch(/sudo wants your password before this can go on/);
    const run = await the.program([]).run('run');
    expect(run).toMatchObject({ code: 4, stderr: expect.stringMatching(/sudo wants a password/) });
    expect(list.code, list.stderr).toBe(0);
    expect(existsSync(join(place.workdir, '.handroll-tour/containerd'))).toBe(false);
    sudoers(...rules(15));
    const { ended, screen } = inSystem('cleanup');
    expect(await ended, screen()).toBe(0);
    expect(existsSync(place.workdir)).toBe(false);
  });
});
