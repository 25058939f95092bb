import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownPlace } from '../../helpers/host.ts';
import { alive, descendants, naming, until } from '../../helpers/machine.ts';
import { cli, leave, program } from '../../helpers/program.ts';
import { type TestTerminal, terminal } from '../../helpers/terminal.ts';

/* `s`: the terminal in the learner's own hands, with their own files read and nothing of theirs edited. */

const place = ownPlace();
const home = join(place.parent, 'home');

const learner = {
  HOME: home,
  XDG_CONFIG_HOME: join(home, '.config'),
  XDG_DATA_HOME: join(home, '.local/share'),
  ENV: '$HOME/.shrc',
  WORKDIR: place.workdir,
  CTR_NAMESPACE: place.namespace,
};

/** What learners have in such files, and what would be in the way of ours if theirs came last. */
const files: Record<string, string> = {
  '.bashrc': `PS1='mine> '; alias theirs='echo their alias'; PROMPT_COMMAND='PS1="mine> "'
    PATH=/usr/bin:$PATH; export WORKDIR=/elsewhere; HISTFILE=~/bash-history`,
  '.zshenv': 'export ZDOTDIR=$HOME/z',
  'z/.zshrc': `PROMPT='mine> '; alias theirs='echo their alias'; PATH=/usr/bin:$PATH
    export WORKDIR=/elsewhere; HISTFILE=\${ZDOTDIR:-$HOME}/history; SAVEHIST=100
    precmd() { PROMPT='mine> ' }`,
  '.config/fish/config.fish': `alias theirs='echo their alias'; set -gx WORKDIR /elsewhere
    set -gx PATH /usr/bin $PATH
    function fish_prompt; echo -n 'mine> '; end
    function fish_greeting; end`,
  '.shrc': "PS1='mine> '; alias theirs='echo their alias'; export WORKDIR=/elsewhere",
};

beforeAll(async () => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(home, name, '..'), { recursive: true });
    writeFileSync(join(home, name), text);
  }
  // fish would begin to fill it, in the background.
  mkdirSync(join(home, '.local/share/fish/generated_completions'), { recursive: true });
  expect(await program(place).run('run', '--to', '00-prerequisites')).toMatchObject({ code: 0 });
});
afterAll(() => leave(place));

/** The tour, for somebody whose shell is this one. */
function tour(shell: string): TestTerminal {
  return terminal([process.execPath, cli, '--containerd', 'private'], {
    columns: 120,
    env: { ...learner, SHELL: shell },
  });
}

const shells = ['bash', 'zsh', 'fish', 'dash', 'sh'].map((name) => [name, `/usr/bin/${name}`]);

/** Types a line once there is a prompt to type it at: what comes early, sudo may throw away. */
async function type(it: TestTerminal, line: string): Promise<void> {
  const last = () => it.lines().findLast((each) => each.trim() !== '') ?? '';
  await until(() => /> *$/.test(last()), 20);
  it.press(`${line}\r`);
}

describe.each(shells)('in %s', (name, shell) => {
  test('their files, our names on top, and back', async () => {
    const it = tour(shell ?? '');
    await it.sees('s own shell', 30);
    it.press('s');
    await it.sees(/^\(tour\) mine> *$/m, 20);
    // The script is above, to copy.
    await it.sees('exit goes back to the tour.');
    await type(it, 'theirs; pwd; echo "at $WORKDIR in $CTR_NAMESPACE"');
    await it.sees('\ntheir alias');
    await it.sees(`\n${place.workdir}\nat ${place.workdir} in ${place.namespace}\n`);
    await type(it, 'ctr version | grep -c Server; sudo ctr version | grep -c Server; echo through');
    await it.sees('\n1\n1\nthrough\n', 20);
    await type(it, 'sudo -n -u root ctr -n "$CTR_NAMESPACE" images ls; sudo -n echo ctr');
    await it.sees(/^REF .*\nctr$/m, 20);
    // The prompt is there once, however often it is made.
    expect(it.lines().some((line) => /goes back.*goes back/.test(line))).toBe(false);
    await type(it, 'exit');
    await it.sees('s own shell', 20);
    expect(it.isAlternate()).toBe(true);
    it.press('q');
    expect(await it.ended()).toBe(0);
    const history = { bash: 'bash-history', zsh: 'z/history' }[name ?? ''];
    if (history !== undefined) {
      expect(readFileSync(join(home, history), 'utf8')).toContain('ctr version | grep -c Server');
    }
    await until(() => naming(place.workdir).length === 0);
  });
});

test('a shell that cannot be told: the names only, and it says so', async () => {
  const shell = join(home, 'otsh');
  writeFileSync(shell, '#!/bin/sh\necho "WORKDIR=$WORKDIR"\nread -r _\n', { mode: 0o755 });
  const it = tour(shell);
  await it.sees('s own shell', 30);
  it.press('s');
  await it.sees('The prompt of otsh stays as it is.');
  await it.sees(`\nWORKDIR=${place.workdir}`);
  it.press('\r');
  await it.sees('s own shell', 20);
  it.press('q');
  expect(await it.ended()).toBe(0);
});

test('an account that nobody logs in to gets sh', async () => {
  const it = tour('/bin/false');
  await it.sees('s own shell', 30);
  it.press('s');
  await it.sees(/\(tour\) mine>/, 20);
  await type(it, 'exit');
  await it.sees('s own shell', 20);
  it.press('q');
  expect(await it.ended()).toBe(0);
});

test('handroll-tour shell has the same', async () => {
  const it = terminal([process.execPath, cli, 'shell', '--containerd', 'private'], {
    env: { ...learner, SHELL: '/usr/bin/bash' },
  });
  await it.sees(/^\(tour\) mine> *$/m, 20);
  await type(it, 'sudo ctr version | grep -c Server; exit 3');
  await it.sees('\n1\n', 20);
  expect(await it.ended()).toBe(3);
});

test.each([
  ['bash', 'bash'],
  ['zsh', 'zsh'],
  ['fish', 'dash'],
  ['dash', 'bash'],
])('killed with kill -9 while %s is open: the %s it came from is usable', async (shell, parent) => {
  const it = terminal([parent, '-i'], {
    env: { ...learner, PS1: '> ', SHELL: `/usr/bin/${shell}` },
  });
  const open = `'${process.execPath}' '${cli}' --containerd private --workdir '${place.workdir}'\r`;
  it.press(open);
  await it.sees('s own shell', 30);
  it.press('s');
  await it.sees(/\(tour\) /, 20);
  const tour = descendants(it.pid).find(({ argv }) => argv.includes(cli));
  const below = descendants(tour?.pid ?? 0);
  process.kill(tour?.pid ?? 0, 'SIGKILL');
  await until(() => !below.some(({ pid }) => alive(pid)));
  it.press('echo $((40 + 2)); stty -a | tr ";" "\\n" | grep -c " icanon"\r');
  await it.sees('\n42\n1\n');
  await until(() => naming(join(place.workdir, '.handroll-tour/containerd')).length === 0);
  it.press('clear\r');
  it.press(open);
  await it.sees(/^ 1 {2}What is an image.* step 1 of/m, 30);
  it.press('q');
  await until(() => descendants(it.pid).length === 0);
  await type(it, 'exit');
  await it.ended();
});
