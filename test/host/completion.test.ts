import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../helpers/machine.ts';
import { cli } from '../helpers/program.ts';

/* What each shell offers at the Tab key, asked of the shells themselves. */

const folder = mkdtempSync(join(tmpdir(), 'handroll-tour-test-'));

function scriptFor(shell: string): string {
  const { status, stdout } = spawnSync(process.execPath, [cli, 'completion', shell], {
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  return stdout;
}

beforeAll(() => {
  mkdirSync(join(folder, 'images/layout'), { recursive: true });
  writeFileSync(join(folder, 'images/base.tar'), '');
  for (const shell of ['bash', 'zsh', 'fish']) {
    writeFileSync(join(folder, `completion.${shell}`), scriptFor(shell));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What bash would offer for the last word. */
function inBash(words: readonly string[]): string[] {
  const script = `shopt -s extglob; . ./completion.bash
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
compopt() { :; }
_handroll_tour
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const split = words.flatMap((word) => (word === '' ? [word] : word.split(/(=)/).filter(Boolean)));
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-uc', script, 'bash', ...split], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean);
}

/** What fish would offer; after a tab it describes it. */
function inFish(words: readonly string[]): string[] {
  const script = 'source completion.fish; complete -C $argv[1]';
  const { stdout, stderr } = spawnSync('fish', ['-N', '-c', script, words.join(' ')], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, HOME: folder, LC_ALL: 'C.UTF-8' },
  });
  expect(stderr).toBe('');
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t', 1)[0] ?? '')
    .map((word) => word.replace(/^--[^=]*=/, ''));
}

const zshrc = `PS1='ready> '
LISTMAX=1000
setopt no_beep
autoload -Uz compinit; compinit -u -D
zstyle ':completion:*' verbose no
list-and-tell() { zle list-choices; zle -R; printf '\\e]0;listed\\a' }
zle -N list-and-tell
bindkey '^I' list-and-tell
. ./completion.zsh
printf '\\e]0;ready\\a'
`;

/** What zsh lists at a Tab, in a terminal. */
async function inZsh(words: readonly string[]): Promise<string[]> {
  writeFileSync(join(folder, '.zshrc'), zshrc);
  const size = { cols: 200, rows: 100 };
  const child = spawn('zsh', ['-i'], {
    ...size,
    name: 'xterm',
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', HOME: folder, ZDOTDIR: folder, LC_ALL: 'C.UTF-8' },
  });
  const terminal = new xterm.Terminal({ ...size, allowProposedApi: true });
  let title = '';
  terminal.onTitleChange((text) => {
    title = text;
  });
  child.onData((data) => terminal.write(data));
  await until(() => title === 'ready');
  child.write(`${words.join(' ')}\t`);
  await until(() => title === 'listed');
  child.kill();
  const lines = Array.from({ length: size.rows }, (_, row) => {
    return terminal.buffer.active.getLine(row)?.translateToString(true) ?? '';
  });
  return lines
    .filter((line) => !line.startsWith('ready> '))
    .flatMap((line) => line.split(/\s+/))
    .filter(Boolean);
}

const shells = { bash: inBash, zsh: inZsh, fish: inFish };

describe.each(Object.entries(shells))('%s', (_, offered) => {
  test.each<[string[], string[], string[]]>([
    [['c'], ['check', 'cleanup', 'compare', 'completion'], ['run', 'tour']],
    [['--workdir', 'x', 'c'], ['check', 'cleanup'], ['run']],
    [
      ['run', '--'],
      ['--to', '--only', '--json', '--workdir', '--help'],
      ['--install', '--as'],
    ],
    [
      ['env', '--'],
      ['--shell', '--workdir'],
      ['--json', '--to'],
    ],
    [['run', '--to', '05'], ['05-import', '05-import/tag'], ['04-layout']],
    [['run', '--to=05'], ['05-import', '05-import/tag'], ['04-layout']],
    [['cleanup', '--privilege='], ['root', 'rootless', 'sudo', 'auto'], []],
    [['--workdir=x', 'c'], ['check', 'cleanup'], ['run']],
    [['check', '05'], ['05-import', '05-import/tag'], ['04-layout']],
    [
      ['cleanup', '--privilege', 'r'],
      ['root', 'rootless'],
      ['sudo', 'auto'],
    ],
    [['verify', '--as', ''], ['config', 'manifest', 'index', 'descriptor'], ['images/']],
    [['completion', ''], ['bash', 'zsh', 'fish'], ['check']],
    [['run', '--json', ''], [], ['check', '05-import', 'images']],
  ])('%j', async (words, has, hasNot) => {
    const offers = await offered(['handroll-tour', ...words]);
    expect(offers).toEqual(expect.arrayContaining(has));
    expect(offers.filter((each) => hasNot.includes(each))).toEqual([]);
  });

  test('files and directories', async () => {
    const within = (offers: readonly string[]) =>
      offers.map((each) => each.replace(/^images\//, '').replace(/\/$/, '')).sort();
    const ask = async (...words: string[]) => within(await offered(['handroll-tour', ...words]));
    expect(await ask('verify', 'images/')).toEqual(['base.tar', 'layout']);
    expect(await ask('cleanup', '--workdir', 'images/')).toEqual(['layout']);
  });
});
