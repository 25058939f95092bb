import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { bundleOptions } from '../../../.config/bundle.mjs';
import { alive, descendants, until } from '../../helpers/machine.ts';
import { processes } from '../../helpers/processes.mjs';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { type TerminalOptions, terminal } from '../../helpers/terminal.ts';

const enter = '\r';
const esc = '\u001b';
const ctrlC = '\u0003';
const ctrlZ = '\u001a';

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handroll-tour-screens-'));
  program = join(folder, 'program.mjs');
  // One file, of another program, and otherwise bundled as what is published.
  const { chunkNames: _, ...options } = bundleOptions('small');
  await build({
    ...options,
    splitting: false,
    sourcemap: false,
    entryPoints: [join(import.meta.dirname, '../../helpers/small-tour-program.ts')],
    outfile: program,
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The small tour in a terminal, at a step of it. */
function tour(start = 'file', options: TerminalOptions = {}) {
  const workdir = join(temporaryDirectory(), 'w');
  const env = { WORKDIR: workdir, START: start, SHELL: '/bin/sh', ...options.env };
  const it = terminal([process.execPath, program], { ...options, env });
  return { ...it, workdir, in: (name: string) => join(workdir, name) };
}

/** The same, started from a shell that says what it finds when the tour has ended. */
function fromShell(start = 'file') {
  const workdir = join(temporaryDirectory(), 'w');
  const env = { WORKDIR: workdir, START: start, PS1: '> ', SHELL: '/bin/sh' };
  const it = terminal(['bash', '--norc', '--noprofile', '-i'], { env });
  it.press(
    `'${process.execPath}' '${program}'; echo "code $?"; stty -a | tr ';' '\\n' | grep -w icanon${enter}`,
  );
  return { ...it, workdir };
}

/** An interactive shell of each kind, without anybody's files. */
const interactive = {
  bash: ['bash', '--norc', '--noprofile', '-i'],
  zsh: ['zsh', '-f', '-i'],
  fish: ['fish', '--no-config', '--init-command', 'function fish_prompt; echo -n "> "; end'],
  dash: ['dash', '-i'],
} as const;
const parents = Object.keys(interactive) as (keyof typeof interactive)[];

/** The small tour, as the job of such a shell. */
async function inside(parent: keyof typeof interactive, shell = '/bin/sh') {
  const workdir = join(temporaryDirectory(), 'w');
  const env = { WORKDIR: workdir, START: 'file', PS1: '> ', PROMPT: '> ', SHELL: shell };
  const it = terminal(interactive[parent], { env });
  await it.sees(/^> *$/m);
  // Something that a terminal has only where somebody wanted it.
  it.press(`stty -ixon${enter}`);
  await it.sees(/stty -ixon\n> *$/m);
  it.press(`'${process.execPath}' '${program}'${enter}`);
  await it.sees('↵ run it');
  const tour = descendants(it.pid).find(({ argv }) => argv.includes(program))?.pid ?? 0;
  return {
    ...it,
    tour,
    /** It is the parent's terminal again, in every way. */
    isUsable: async () => {
      await until(() => processes().every(({ argv }) => argv.at(-1) !== String(tour)));
      // What the guard wrote before it ended may still be on its way to us.
      await vi.waitFor(() => expect(restored(it)).toEqual(asBefore));
      // A shell that was faster than the guard has written its prompt to the screen that is gone.
      it.press(enter);
      await it.sees(/> *\s*$/);
      // Said with a word, since a shell may write its prompt again before the answer.
      const count = 'stty -a | tr " ;" "\\n" | grep -cxF -e icanon -e echo -e -ixon';
      it.press(`echo "modes:" $(${count})${enter}`);
      await it.sees(/modes: 3$/m);
      it.press(`exit${enter}`);
      await it.ended();
    },
  };
}

const restored = (it: ReturnType<typeof terminal>) => ({
  alternate: it.isAlternate(),
  cursor: it.cursorIsShown(),
});
const asBefore = { alternate: false, cursor: true };

describe('the way out', () => {
  test('q: the terminal is as it was', async () => {
    const it = fromShell();
    await it.sees('↵ run it');
    expect(it.isAlternate()).toBe(true);
    expect(it.cursorIsShown()).toBe(false);
    it.press('q');
    await it.sees('code 0');
    await it.sees(/ icanon/);
    expect(it.has(/-icanon/)).toBe(false);
    expect(restored(it)).toEqual(asBefore);
  });

  test('Ctrl-C when nothing runs', async () => {
    const it = tour();
    await it.sees('↵ run it');
    it.press(ctrlC);
    expect(await it.ended()).toBe(130);
    expect(restored(it)).toEqual(asBefore);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('%s ends the script with all it started, and exits %i', async (signal, code) => {
    const it = tour('slow');
    await it.sees('↵ run it');
    it.press(enter);
    await it.sees('│ started');
    const started = descendants(it.pid).filter(({ argv }) => argv.includes('1000'));
    expect(started.length).toBeGreaterThanOrEqual(2);
    it.kill(signal);
    expect(await it.ended()).toBe(code);
    expect(restored(it)).toEqual(asBefore);
    await until(() => started.every(({ pid }) => !alive(pid)));
  });

  test('a window that is closed: the script ends, and so does the tour', async () => {
    const it = tour('slow');
    await it.sees('↵ run it');
    it.press(enter);
    await it.sees('│ started');
    const started = descendants(it.pid).filter(({ argv }) => argv.includes('1000'));
    it.hangUp();
    await until(() => existsSync(it.in('.handroll-tour/ended')));
    expect(readFileSync(it.in('.handroll-tour/ended'), 'utf8')).toBe('129\n');
    await until(() => [...started, { pid: it.pid }].every(({ pid }) => !alive(pid)));
  });

  test('a bug: the terminal is restored, and its stack is shown', async () => {
    const it = tour('crash');
    await it.sees('↵ run it');
    writeFileSync(it.in('crash'), '');
    it.press(enter);
    expect(await it.ended()).toBe(70);
    expect(restored(it)).toEqual(asBefore);
    await it.sees('TypeError: a bug in a check');
    await it.sees(/^ +at /m);
  });

  test('something the learner can mend: the terminal is restored, and it is said', async () => {
    const it = tour('file', { env: { REFUSE: 'true' } });
    expect(await it.ended()).toBe(4);
    expect(restored(it)).toEqual(asBefore);
    await it.sees('This directory is taken.');
  });
});

// dash and fish write their prompt again only after a key.
test.each(['bash', 'zsh'] as const)(
  'killed with kill -9 in %s before the guard sees it: the prompt is there',
  async (parent) => {
    const it = await inside(parent);
    const guard = processes().find(({ argv }) => argv.at(-1) === String(it.tour))?.pid ?? 0;
    process.kill(guard, 'SIGSTOP');
    process.kill(-it.tour, 'SIGKILL');
    await it.sees(/^> *$/m);
    expect(it.isAlternate()).toBe(true);
    process.kill(guard, 'SIGCONT');
    await until(() => !alive(guard));
    expect(restored(it)).toEqual(asBefore);
    await it.sees(/^> *\s*$/m);
    await it.isUsable();
  },
);

describe.each(parents)('killed with kill -9 in %s', (parent) => {
  test('the screens: the terminal is usable', async () => {
    const it = await inside(parent);
    process.kill(it.tour, 'SIGKILL');
    await it.isUsable();
    await until(() => descendants(it.pid).length === 0);
  });

  test('with its process group: the terminal is usable', async () => {
    const it = await inside(parent);
    process.kill(-it.tour, 'SIGKILL');
    await it.isUsable();
  });

  test('with a job in its own shell: that is gone, and the terminal usable', async () => {
    const it = await inside(parent);
    it.press('s');
    await it.sees(/[#$>] $/m);
    it.press(`sleep 1000 & sleep 1001 | cat${enter}`);
    const jobs = () => descendants(it.pid).filter(({ argv }) => argv[1]?.startsWith('100'));
    await until(() => jobs().length === 2);
    const started = descendants(it.tour);
    process.kill(it.tour, 'SIGKILL');
    await until(() => started.every(({ pid }) => !alive(pid)));
    await it.isUsable();
  });
});

describe('a running script', () => {
  test.each([
    ['Ctrl-C', ctrlC],
    ['Esc', esc],
  ])('%s cancels it with all it started, and the tour stays', async (_, key) => {
    const it = tour('slow');
    await it.sees('↵ run it');
    it.press(enter);
    await it.sees('│ started');
    const started = descendants(it.pid).filter(({ argv }) => argv.includes('1000'));
    it.press(key);
    await it.sees('cancelled after');
    await until(() => started.every(({ pid }) => !alive(pid)));
    it.press('q');
    expect(await it.ended()).toBe(0);
  });

  test('that prints without end is shown to the end, in few frames', async () => {
    const it = tour('flood');
    await it.sees('↵ run it');
    it.press(enter);
    await it.sees('✔ flood is there', 30);
    await it.sees('│ 300000');
    await it.sees('(o shows the last 500)');
    expect(it.written().length).toBeLessThan(1_000_000);
    expect(it.wrapped()).toEqual([]);
  });
});

describe('the terminal handed over', () => {
  test('to a shell: its keys are its own, and what was done there counts', async () => {
    const it = tour();
    await it.sees('↵ run it');
    it.press('s');
    await it.sees('exit goes back');
    expect(restored(it)).toEqual(asBefore);
    await it.sees('touch "$WORKDIR/file"');
    await it.sees(/[#$] $/m);
    for (let round = 0; round < 5; round += 1) it.press(`echo round-$((${round} + 1))${enter}`);
    // It is typed ahead, so a prompt may be before it.
    await it.sees(/(^|# )round-5$/m);
    it.press(`pwd; touch "$WORKDIR/file"; exit${enter}`);
    await it.sees('✔ file is there');
    await it.sees('↵ go on');
    expect(it.isAlternate()).toBe(true);
    expect(it.cursorIsShown()).toBe(false);
    it.press(enter);
    await it.sees('Take a while');
    it.press('q');
    expect(await it.ended()).toBe(0);
    expect(it.has('round-5')).toBe(true);
  });

  test('for a task: Enter only looks, the shell tells the goal, and what is done there counts', async () => {
    const it = tour('task');
    await it.sees(/^ s own shell +↵ check/m);
    it.press(enter);
    await it.sees('✖ task is there');
    expect(existsSync(it.in('task'))).toBe(false);
    await it.sees(/^ s own shell +↵ check/m);
    it.press('s');
    await it.sees('exit goes back');
    await it.sees('Make a file called task in the working directory.');
    await it.sees(/[#$] $/m);
    expect(it.written()).not.toContain('touch');
    it.press(`: >task${enter}`);
    await until(() => existsSync(it.in('task')));
    it.press(`exit${enter}`);
    await it.sees('✔ task is there');
    await it.sees(/^ ↵ go on/m);
    it.press('q');
    expect(await it.ended()).toBe(0);
    const { kept } = JSON.parse(readFileSync(it.in('.handroll-tour/progress.json'), 'utf8'));
    expect(kept['01-small/task']).toMatchObject({ alone: true });
  });

  test('for a task whose solution was asked for: Enter runs it', async () => {
    const it = tour('task');
    await it.sees(/^ s own shell +↵ check/m);
    it.press('hh');
    await it.sees('h solution');
    it.press('h');
    await it.sees('touch "$WORKDIR/task"');
    await it.sees(/^ ↵ run it/m);
    it.press('s');
    await it.sees('exit goes back');
    await it.sees('Make a file called task in the working directory.');
    it.press(`exit${enter}`);
    await it.sees('✖ task is there');
    it.press(enter);
    await it.sees('✔ task is there');
    it.press('q');
    expect(await it.ended()).toBe(0);
    const written = JSON.parse(readFileSync(it.in('.handroll-tour/progress.json'), 'utf8'));
    expect(written.solutions).toEqual(['01-small/task']);
    expect(written.kept['01-small/task'].alone).toBeUndefined();
  });

  test('Ctrl-C in the shell is the shell’s', async () => {
    const it = tour();
    await it.sees('↵ run it');
    it.press('s');
    await it.sees(/[#$] $/m);
    it.press(`sleep 1000${enter}`);
    await until(() => descendants(it.pid).some(({ argv }) => argv.includes('1000')));
    it.press(ctrlC);
    await until(() => !descendants(it.pid).some(({ argv }) => argv.includes('1000')));
    it.press(`exit${enter}`);
    await it.sees('✖ file is there');
  });

  test('to one shell, however often it was asked for', async () => {
    const it = tour();
    await it.sees('↵ run it');
    it.press('sss');
    await it.sees(/[#$] $/m);
    it.press(`exit${enter}`);
    await it.sees('✖ file is there');
    expect(it.written().split('exit goes back to the tour').length).toBe(2);
  });

  test('and not taken back by a tour that has ended meanwhile', async () => {
    const it = tour();
    await it.sees('↵ run it');
    it.press('s');
    await it.sees(/[#$] $/m);
    it.kill('SIGTERM');
    it.press(`exit${enter}`);
    expect(await it.ended()).toBe(143);
    expect(restored(it)).toEqual(asBefore);
  });

  describe.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('and taken back on %s', (signal, code) => {
    test.each([
      ['/bin/bash', ''],
      ['/bin/bash', 'sleep 1000'],
      ['/bin/bash', 'trap "" HUP TERM; sleep 1000'],
      ['/usr/bin/zsh', 'sleep 1000'],
      ['/usr/bin/fish', 'sleep 1000'],
      ['/bin/dash', ''],
      ['/bin/dash', '(trap "" HUP TERM; sleep 1000 & sleep 1000)'],
    ])('from %s, with the job "%s"', async (shell, job) => {
      const it = tour('file', { env: { SHELL: shell, HOME: temporaryDirectory() } });
      await it.sees('↵ run it');
      it.press('s');
      await it.sees(/[#$%>] *$/m);
      it.press(`stty raw; echo ready; ${job}${enter}`);
      await it.sees(/^ready/m);
      if (job !== '') {
        await until(() => descendants(it.pid).some(({ argv }) => argv.includes('1000')));
      }
      const started = descendants(it.pid);
      it.kill(signal);
      expect(await it.ended()).toBe(code);
      expect(restored(it)).toEqual(asBefore);
      await until(() => started.every(({ pid }) => !alive(pid)));
    });
  });

  test('and taken back from what a step has made', async () => {
    const it = tour();
    await it.sees('↵ run it');
    it.press(enter);
    await it.sees('v step inside');
    it.press('v');
    await it.sees('a word brings you back to the tour.');
    await until(() => descendants(it.pid).some(({ argv }) => argv.join().includes('read -r word')));
    const started = descendants(it.pid);
    it.kill('SIGTERM');
    expect(await it.ended()).toBe(143);
    await until(() => started.every(({ pid }) => !alive(pid)));
  });

  test('to what a step has made', async () => {
    const it = tour();
    await it.sees('↵ run it');
    it.press(enter);
    await it.sees('v step inside');
    it.press('v');
    await it.sees('a word brings you back to the tour.');
    it.press(`hello${enter}`);
    await it.sees('✔ file is there');
    expect(readFileSync(it.in('visited'), 'utf8')).toBe('hello\n');
  });

  test('to sudo, after a screen that says why', async () => {
    const bin = temporaryDirectory();
    // Wants a password until it was given one.
    writeFileSync(
      join(bin, 'sudo'),
      `#!/bin/sh
       case $1 in
         -n) [ -e "${bin}/ticket" ] ;;
         -v) printf 'password: '; read -r word; [ "$word" = sesame ] && touch "${bin}/ticket" ;;
         *) exec "$@" ;;
       esac`,
    );
    chmodSync(join(bin, 'sudo'), 0o755);
    const it = tour('locked', { env: { PATH: `${bin}:${process.env.PATH}`, AS_SUDO: 'true' } });
    await it.sees('↵ run it');
    it.press(enter);
    await it.sees('sudo wants your password');
    await it.sees("containerd's socket belongs to root");
    it.press(enter);
    await it.sees('password: ');
    it.press(`wrong${enter}`);
    await it.sees('Enter goes back to the tour.');
    it.press(enter);
    await it.sees("sudo didn't accept that");
    it.press(enter);
    await it.sees(/password: $/m);
    it.press(`sesame${enter}`);
    await it.sees('↵ run it');
    it.press(enter);
    await it.sees('✔ locked is there');
    it.press('q');
    expect(await it.ended()).toBe(0);
  });

  test('Ctrl-Z puts the tour to sleep, and fg wakes it up', async () => {
    const it = fromShell();
    await it.sees('↵ run it');
    it.press(ctrlZ);
    await it.sees('Stopped');
    expect(restored(it)).toEqual(asBefore);
    it.press(`echo awake${enter}`);
    await it.sees(/^awake$/m);
    it.press(`fg${enter}`);
    await it.sees('↵ run it');
    expect(it.isAlternate()).toBe(true);
    it.press(enter);
    await it.sees('↵ go on');
    it.press('q');
    await it.loses('↵ go on');
    expect(restored(it)).toEqual(asBefore);
  });
});

describe('the screen', () => {
  test('follows the size of the window', async () => {
    const it = tour();
    await it.sees('↵ run it');
    it.resize({ columns: 120, rows: 40 });
    await until(() => it.lines()[38]?.includes('↵ run it') === true);
    it.resize({ columns: 60, rows: 16 });
    await until(() => it.lines()[14]?.includes('↵ run it') === true);
    expect(it.lines()[0]).toContain('01-small');
    it.resize({ columns: 40, rows: 10 });
    await it.sees('This window is 40 by 10');
    it.resize({ columns: 80, rows: 24 });
    await until(() => it.lines()[22]?.includes('↵ run it') === true);
    expect(it.lines()[0]).toMatch(/^ 1 {2}01-small/);
    expect(it.wrapped()).toEqual([]);
  });

  test('a key writes no more than what it changes', async () => {
    const it = tour('slow');
    await it.sees('↵ run it');
    const before = it.written().length;
    it.press('h');
    await it.sees('Hint 1 of 3.');
    expect(it.written().length - before).toBeLessThan(800);
    expect(it.written().slice(before)).not.toContain('\u001b[2J');
  });
});

test('the opening stays until Enter where nothing is done yet, and only there', async () => {
  const first = tour('', { env: { OPENING: 'true' } });
  await first.sees('↵ begin');
  await first.sees('anniecherkaev.com/what-is-a-container-image');
  first.press(enter);
  await first.sees('↵ run it');
  first.press('q');
  await first.ended();
  const later = tour('slow', { env: { OPENING: 'true' } });
  await later.sees('↵ run it');
  expect(later.has('↵ begin')).toBe(false);
  later.press('q');
  await later.ended();
});
