import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { elevated, elevatedKill } from '../../../src/host/privilege.ts';
import { readStat } from '../../../src/host/process-stat.ts';
import { bytesOf, followLines, probe, runScript } from '../../../src/host/shell.ts';
import { shortageOf } from '../../../src/host/shortage.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

test.each([
  ['root', ['ctr', 'version']],
  ['rootless', ['ctr', 'version']],
  ['sudo', ['sudo', '-n', '--', 'timeout', '--kill-after=1', '20', 'ctr', 'version']],
] as const)('elevated as %s', (privilege, argv) => {
  expect(elevated(privilege, ['ctr', 'version'])).toEqual(argv);
});

test('a signal is sent where there is no kill, which is in a package that may be missing', async () => {
  const path = temporaryDirectory();
  symlinkSync('/bin/bash', join(path, 'bash'));
  const child = spawn('sleep', ['60']);
  const ended = once(child, 'exit');
  const [bash = '', ...args] = elevatedKill('root', 'TERM', child.pid ?? 0);
  spawnSync(bash, args, { env: { PATH: path } });
  expect(await ended).toEqual([null, 'SIGTERM']);
});

describe('probe', () => {
  test.each([
    [['sh', '-c', 'echo out; echo err >&2; exit 3'], { code: 3, stdout: 'out\n', stderr: 'err\n' }],
    [['handroll-no-such-tool'], { code: 127, stdout: '' }],
    [['sh', '-c', 'kill -TERM $$'], { code: 143 }],
    [['cat'], { code: 0, stdout: '' }],
  ])('%j', async (argv, ran) => {
    expect(await probe(argv)).toMatchObject(ran);
  });

  test('has an environment that the learner’s variables do not reach', async () => {
    vi.stubEnv('BASH_ENV', '/dev/stderr');
    vi.stubEnv('LANGUAGE', 'de');
    vi.stubEnv('QUOTING_STYLE', 'c');
    const { stdout } = await probe(['env'], { env: { WORKDIR: '/w' } });
    vi.unstubAllEnvs();
    const names = stdout.split('\n').flatMap((line) => /^\w+/.exec(line)?.[0] ?? []);
    const allowed = 'PATH HOME USER LOGNAME SHELL TERM LC_ALL TZ SHLVL WORKDIR'.split(' ');
    expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
    expect(stdout).toContain('LC_ALL=C.UTF-8\n');
  });

  test('reads no start-up file of the learner’s', async () => {
    const home = temporaryDirectory();
    writeFileSync(join(home, '.bashrc'), 'echo the learner’s\n');
    vi.stubEnv('HOME', home);
    vi.stubEnv('SHLVL', undefined);
    expect(await probe(['bash', '-c', 'echo ours'])).toMatchObject({ stdout: 'ours\n' });
    vi.unstubAllEnvs();
  });

  test('ends what takes too long', async () => {
    expect((await probe(['sleep', '60'], { seconds: 0.05 })).code).toBe(137);
  });

  test('reads what had ended in time, though the event loop had no turn until later', async () => {
    const file = join(temporaryDirectory(), 'pid');
    const asked = probe(['sh', '-c', 'echo $$ >"$1"; echo out', 'sh', file], { seconds: 0.05 });
    const over = performance.now() + 100;
    // The event loop has no turn until then.
    while (!hasEnded(file) || performance.now() < over);
    expect(await asked).toMatchObject({ code: 0, stdout: 'out\n' });
  });

  test('has no answer if a signal tells us to end meanwhile', async () => {
    vi.resetModules();
    // The process would exit a moment later.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const [anew, { requestExit }] = await Promise.all([
      import('../../../src/host/shell.ts'),
      import('../../../src/signals.ts'),
    ]);
    const asked = anew.probe(['sleep', '60']);
    requestExit('SIGTERM');
    vi.useRealTimers();
    await expect(asked).rejects.toMatchObject({ message: 'It was interrupted.', exit: 143 });
  });

  test('does not wait for what a program has left behind with its output open', async () => {
    const { code, stdout } = await probe(['sh', '-c', 'sleep 60 & echo $!'], { seconds: 0.5 });
    expect(code).toBe(0);
    process.kill(Number(stdout));
  });
});

/** Whether the process whose id is in the file has ended. Its parent, this one, has yet to be told. */
function hasEnded(file: string): boolean {
  const pid = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  return pid !== '' && readStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).state === 'Z';
}

describe('a machine that has not what it takes to run a program gives no answer', () => {
  const saying = (words: string, code = 1) => [
    'sh',
    '-c',
    'echo "$1" >&2; exit "$2"',
    'sh',
    words,
    `${code}`,
  ];
  // As bash, dash, timeout, Go and musl say it.
  test.each([
    ['bash: fork: retry: Resource temporarily unavailable', /^There are no processes left/],
    ['sh: 0: Cannot fork', /^There are no processes left/],
    ['timeout: fork system call failed: Resource temporarily unavailable', /^There are no proc/],
    ['runtime: failed to create new OS thread (have 5 already; errno=11)', /^There are no proc/],
    ['ctr: open /etc/passwd: too many open files', /^Too many files are open.*ulimit -n 4096/],
    ['fatal error: runtime: cannot allocate memory', /^There is no memory left/],
  ])('%s', async (words, says) => {
    const shortage = expect.objectContaining({ message: expect.stringMatching(says) });
    await expect(probe(saying(words, 2))).rejects.toEqual(shortage);
    await expect(bytesOf(saying(words, 2))).rejects.toEqual(shortage);
  });

  test.each([
    ['a user namespace that may not be made', 'unshare failed: No space left on device', 1],
    ['a program that goes on in spite of it', 'fork: retry: Resource temporarily unavailable', 0],
  ])('%s is an answer', async (_, words, code) => {
    expect(await probe(saying(words, code))).toMatchObject({ code, stderr: `${words}\n` });
  });

  test.each([
    ['EAGAIN', 'out-of-processes'],
    ['EMFILE', 'out-of-files'],
    ['ENFILE', 'out-of-files'],
    ['ENOMEM', 'out-of-memory'],
  ])('not even started: %s', (code, id) => {
    const error = Object.assign(new Error(`spawn ctr ${code}`), { code });
    expect(shortageOf(error)?.hint).toBe(`More: handroll-tour doctor --explain ${id}`);
  });

  test('a program that is not there is not for want of anything', () => {
    expect(shortageOf(Object.assign(new Error('spawn x'), { code: 'ENOENT' }))).toBeUndefined();
    expect(shortageOf(null)).toBeUndefined();
  });
});

describe('a program that gets the terminal', () => {
  const start = async (input: string) => {
    const script = join(import.meta.dirname, '../../../src/host/once-guarded.sh');
    const child = spawn('sh', [script, 'sh', '-c', 'echo "$$ $1"; echo out >&3', 'sh', 'a b'], {
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    (child.stdio[3] as Writable).end(input);
    const [code] = await once(child, 'close');
    return { pid: child.pid, code, output };
  };

  test('is the process that the guard was told, without a pipe of ours', async () => {
    const { pid, code, output } = await start('\n');
    expect(output).toBe(`${pid} a b\n`);
    expect(code).not.toBe(0);
  });

  test('is not started if the tour was killed before the guard was told', async () => {
    expect(await start('')).toMatchObject({ code: 129, output: '' });
  });
});

test('what is followed ends when it is told to, also after Ctrl-C in its process group', async () => {
  const command = ['sh', '-c', 'echo "$PPID"; exec sleep 1000'];
  let told = (_: string) => {};
  const line = new Promise<string>((resolve) => {
    told = resolve;
  });
  const following = followLines(command, (argv) => ['setsid', ...argv], told);
  process.kill(-Number(await line), 'SIGINT');
  following.end();
  await following.ended;
});

describe('bytesOf', () => {
  test('are handed on as they are', async () => {
    const bytes = await bytesOf(['printf', '\\377\\000\\n']);
    expect([...(bytes ?? [])]).toEqual([255, 0, 10]);
  });

  test('of a command that fails after half of them are none', async () => {
    expect(await bytesOf(['sh', '-c', 'echo half; exit 1'])).toBeUndefined();
  });
});

describe.each([
  ['in the session of the terminal', true],
  ['in a session of its own', false],
])('runScript, %s', (_, keepsSession) => {
  function start(text: string, env: NodeJS.ProcessEnv = {}) {
    let output = '';
    const script = runScript(text, {
      env: { PATH: process.env.PATH, ...env },
      cwd: '/',
      onOutput: (chunk) => {
        output += chunk;
      },
      keepsSession,
      kill: (target, signal) => {
        const [bash = '', ...args] = elevatedKill('root', signal, target);
        spawnSync(bash, args);
      },
    });
    return { ...script, output: () => output };
  }

  test.each([
    ['both streams', 'echo out; echo err >&2', 0, 'out\nerr\n'],
    ['an unset variable', 'echo "$NOT_SET"; echo on', 1, /NOT_SET: unbound variable\n$/],
    ['a failing command', 'false; echo on', 1, ''],
    ['a failure in a pipe', 'false | cat; echo on', 1, ''],
    ['an exit code', 'exit 7', 7, ''],
    ['standard input', 'cat; echo end', 0, 'end\n'],
    ['bytes as written', 'printf \'a\\\\b\\n\' "$X"', 0, 'a\\b\n'],
    ['values that no shell sees', 'printf %s "$X"', 0, `'; $(x) "tést" *`],
  ])('%s', async (_, text, code, output) => {
    const script = start(text, { X: `'; $(x) "tést" *` });
    expect(await script.ended).toMatchObject({ code, cancelled: false });
    if (typeof output === 'string') expect(script.output()).toBe(output);
    else expect(script.output()).toMatch(output);
  });

  test('the umask is the tour’s, not the learner’s', async () => {
    const was = process.umask(0o077);
    const script = start('umask');
    process.umask(was);
    await script.ended;
    expect(script.output()).toBe('0022\n');
  });

  test('nothing of this process but what it is given', async () => {
    vi.stubEnv('HANDROLL_SECRET', 'yes');
    const script = start('env');
    await script.ended;
    vi.unstubAllEnvs();
    expect(script.output()).not.toContain('HANDROLL_SECRET');
  });

  test('a character that comes in two pieces is one', async () => {
    const go = join(temporaryDirectory(), 'go');
    const script = start(
      `printf 'a\\344\\270'; until [ -e "$GO" ]; do :; done; printf '\\226\\n'`,
      {
        GO: go,
      },
    );
    await vi.waitFor(() => expect(script.output()).toBe('a'));
    writeFileSync(go, '');
    await script.ended;
    expect(script.output()).toBe('a世\n');
  });

  const untilGo = `sh -c 'echo begun; until [ -e "$GO" ]; do :; done; echo finished'`;

  // `timeout` hands SIGTERM on to all that it may signal: what sudo started isn't among it, but this is.
  if (!keepsSession)
    test.each([
      ['the last one', untilGo],
      ['one before others', `${untilGo}\necho next`],
    ])('cancelling lets a short command finish, and starts no other: %s', async (_, text) => {
      const go = join(temporaryDirectory(), 'go');
      const script = start(text, { GO: go });
      await vi.waitFor(() => expect(script.output()).toBe('begun\n'));
      script.cancel();
      writeFileSync(go, '');
      expect(await script.ended).toMatchObject({ cancelled: true });
      expect(script.output()).toBe('begun\nfinished\n');
    });

  test.each([
    ['in a pipe', `(trap '' TERM; echo $BASHPID >"$FILE"; sleep 60) | cat`],
    [
      'in the background, without its output',
      `(trap '' TERM; echo $BASHPID >"$FILE"; sleep 60) >/dev/null 2>&1 & sleep 60`,
    ],
  ])('cancelling ends every process it started: %s', async (_, text) => {
    const file = join(temporaryDirectory(), 'pid');
    const script = start(text, { FILE: file });
    const pid = await vi.waitFor(() => {
      const written = Number(readFileSync(file, 'utf8'));
      expect(written).toBeGreaterThan(0);
      return written;
    });
    script.cancel();
    script.cancel();
    expect(await script.ended).toMatchObject({ cancelled: true });
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 3000);
  });
});

/** Not even as a zombie that nobody waits for: those have ended. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
