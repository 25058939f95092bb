import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleOptions } from '../../../.config/bundle.mjs';
import { verbsWithJson } from '../../../src/commands/json-lines.ts';
import { options } from '../../../src/commands/options.ts';
import { verbNames as verbs } from '../../../src/commands/verbs.ts';
import { containerdChoices } from '../../../src/host/containerd-mode.ts';
import { privilegeChoices } from '../../../src/host/privilege.ts';
import { dialects } from '../../../src/host/user-shell/shell-dialect.ts';
import { documentKinds } from '../../../src/oci/verify/verify-document.ts';

/* What the command line answers before it touches the machine, from a build of the sources as they are. */

const version = '1.2.3-test';
let folder: string;
let home: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handroll-cli-'));
  home = mkdtempSync(join(folder, 'home-'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  await build({ ...bundleOptions(version), outdir: join(folder, 'dist') });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Without a terminal, and with a home of its own. */
function handroll(...args: string[]) {
  return handrollWith({}, ...args);
}

function handrollWith(variables: NodeJS.ProcessEnv, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, 'dist/cli.js'), ...args],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: home, ...variables },
    },
  );
  return { status, stdout, stderr };
}

describe('asking about it', () => {
  test.each([
    [['--version']],
    [['-V']],
    [['tour', '--version']],
    [['run', '--to', 'x', '--version']],
  ])('%j is the version', (args) => {
    expect(handroll(...args)).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.each([[['--help']], [['-h']], [['help']], [['--workdir', '/x', '--help']]])(
    '%j lists every command',
    (args) => {
      const { status, stdout, stderr } = handroll(...args);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      for (const verb of verbs) expect(stdout).toMatch(new RegExp(`^  ${verb} +\\S`, 'm'));
      expect(stdout).toContain('Exit codes: 0 good');
    },
  );

  test.each(verbs)('%s --help says what it does', (verb) => {
    const { status, stdout, stderr } = handroll(verb, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: .*handroll-tour/m);
    expect(stdout).toContain('--workdir DIR');
    expect(handroll('-h', verb).stdout).toBe(stdout);
  });

  test.each(['', ...verbs])('%s --help fits a terminal of 80 columns', (verb) => {
    const { stdout } = handroll(...[verb, '--help'].filter((word) => word !== ''));
    // What is typed or parsed isn't broken into lines.
    const prose = stdout
      .split('\n')
      .filter((line) => !/^ {2}(\{|handroll-tour |(bash|zsh|fish) )/.test(line));
    expect(prose.filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('mistakes', () => {
  test.each<[string[], RegExp]>([
    [['nonsense'], /^There is no command 'nonsense'\.\nThe commands are tour, list, run/],
    [['clean'], /^There is no command 'clean'\.\nDid you mean cleanup\?/],
    [['rn'], /^There is no command 'rn'\.\nDid you mean run\?/],
    [['--hlep'], /^'tour' has no option --hlep\.\nDid you mean --help\?/],
    [['cleanup', '--jsno'], /^'cleanup' has no option --jsno\.\nDid you mean --json\?/],
    [['run', '-x'], /^'run' has no option -x\.\nSee handroll-tour run --help/],
    [['doctor', '--to', '05'], /^'doctor' does not take --to\.\nIt is an option of run\./],
    [['run', '05'], /^'run' takes no argument '05'\.\n.*run --to 05; for it alone: run --only 05/],
    [['completion'], /'completion' needs the name of a shell/],
    [['completion', 'tcsh'], /no completion for 'tcsh'\.\n.*bash, zsh, fish/],
    [['toString'], /^There is no command 'toString'\./],
    [['__proto__'], /^There is no command '__proto__'\./],
    [['--nonsense'], /--nonsense.*\n.*tour --help/],
    [['run', '--nonsense'], /--nonsense.*\n.*run --help/],
    [['run', '--to'], /--to.* argument missing/],
    [['run', '--json=yes'], /--json.*does not take an argument/],
    [['--workdir'], /--workdir/],
    [['list', 'surplus'], /'list' takes no argument 'surplus'/],
    [['check', '05', 'surplus'], /'check' takes no argument 'surplus'/],
    [['tour', 'surplus'], /'tour' takes no argument/],
    [['cleanup', '--', '--json'], /'cleanup' takes no argument '--json'/],
    [['verify'], /'verify' needs a path/],
    [['verify', 'a', 'b'], /'verify' takes no argument 'b'/],
    [['verify', '--as', 'nonsense', 'file'], /no kind of document 'nonsense'.\n.*manifest/],
    [['verify', '--blob', 'x', 'file'], /--blob can only be used with --as descriptor/],
    [['layers'], /'layers' needs a path/],
    [['run', '--to', '05', '--only', '06'], /--to and --only exclude each other/],
    [['run', '--to', '77'], /no lesson '77'.\n.*00-prerequisites/],
    [['run', '--to', '05-imprt'], /no lesson '05-imprt'.\nDid you mean 05-import\?/],
    [['run', '--only', '05-import/nonsense'], /no step 'nonsense'.\n.*05-import\/import/],
    [['check', 'nonsense'], /no lesson 'nonsense'/],
    [['check', ''], /no lesson ''/],
    [['check', '/'], /no lesson '\/'/],
    [['check', '05/'], /no step ''/],
    [['check', '05/import/more'], /no step 'import\/more'/],
    [['check', '--privilege', 'nonsense'], /--privilege cannot be 'nonsense'.\n.*auto, root/],
    [['check', '--containerd', 'nonsense'], /--containerd cannot be 'nonsense'.\n.*system/],
    [['check', '--namespace', '../x'], /'..\/x' cannot be a containerd namespace/],
    [['check', '--workdir', ''], /--workdir is empty/],
    [
      ['list', '--containerd', 'private', '--address', '/x'],
      /--address is a socket of the system's/,
    ],
    [['doctor', '--explain', 'no-overlay', '--install'], /--explain only explains/],
    [['script', '--force'], /--force replaces the file of -o/],
    [['--workdir', '/tmp/a:b', 'check'], /working directory cannot be "\/tmp\/a:b"/],
  ])('%j', (args, said) => {
    const { status, stdout, stderr } = handroll(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(said);
    expect(stderr).not.toMatch(/^\s+at |bug/m);
  });
});

test('what cannot be written is said in words', () => {
  const below = join(folder, 'dist/cli.js/below');
  const file = handroll('script', '-o', below);
  expect(file).toMatchObject({ status: 4, stderr: expect.stringContaining(`${below} cannot be`) });
  const temporary = handrollWith({ TMPDIR: '/nowhere' }, 'layers', '-');
  expect(temporary).toMatchObject({
    status: 4,
    stderr: expect.stringMatching(/^\/nowhere can't be used: .*TMPDIR.*--explain tmp-unusable/s),
  });
});

describe('--json', () => {
  const last = (stdout: string) => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');

  test.each(verbsWithJson)('%s ends with a result where it cannot even begin', (verb) => {
    const wrong = handroll(verb, '--json', '--nonsense');
    expect(wrong.status).toBe(2);
    expect(last(wrong.stdout)).toEqual({
      type: 'result',
      ok: false,
      error: `'${verb}' has no option --nonsense.`,
      hint: `See handroll-tour ${verb} --help.`,
      exit: 2,
    });
    // What is wrong is said on stderr as ever.
    expect(wrong.stderr).toMatch(/has no option --nonsense/);
  });

  test('a command that is refused on the way as well', () => {
    const { status, stdout } = handroll('run', '--json', '--containerd=private', '--workdir', home);
    expect({ status, lines: stdout.split('\n').length }).toEqual({ status: 4, lines: 2 });
    expect(last(stdout)).toMatchObject({ type: 'result', ok: false, exit: 4 });
  });

  test('a word after -- is no option', () => {
    expect(handroll('cleanup', '--', '--json').stdout).toBe('');
  });

  test.each<[what: string, more?: string[]]>([
    ...verbs.filter((verb) => !verbsWithJson.includes(verb)).map((verb): [string] => [verb]),
    ['doctor --explain', ['all']],
    ['layers --cat', ['file', 'image']],
    ['lab shell', ['01']],
  ])('%s has none, and says so', (what, more = []) => {
    const { status, stdout, stderr } = handroll(...what.split(' '), ...more, '--json');
    expect(status).toBe(2);
    expect(stderr).toMatch(`'${what}' does not take --json.`);
    expect(last(stdout)).toMatchObject({ type: 'result', ok: false, exit: 2 });
  });
});

describe('the table of options', () => {
  test('names what the code knows to choose from', () => {
    const choices = (name: string) => options.find((option) => option.name === name)?.completes;
    expect(choices('containerd')).toEqual(containerdChoices);
    expect(choices('privilege')).toEqual(privilegeChoices);
    expect(choices('shell')).toEqual(dialects);
    expect(choices('as')).toEqual(expect.arrayContaining([...documentKinds]));
  });

  test('lists an option in the help of the commands that take it, and of no other', () => {
    for (const verb of verbs) {
      const { stdout } = handroll(verb, '--help');
      for (const { name, verbs: taking } of options) {
        const isListed = new RegExp(`^  (-\\w, )?--${name}\\b`, 'm').test(stdout);
        expect(isListed, `${verb} --${name}`).toBe(taking === 'all' || taking.includes(verb));
      }
    }
  });
});

test('standard output that cannot be written is named, and not the disk', () => {
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', 'exec "$0" "$1" --help >/dev/full', process.execPath, join(folder, 'dist/cli.js')],
    { encoding: 'utf8' },
  );
  expect(stderr).toMatch(/^Standard output cannot be written: ENOSPC/);
  expect({ status, lines: stderr.split('\n').length }).toEqual({ status: 4, lines: 2 });
});

describe('refusals', () => {
  test.each([[[]], [['tour']], [['--ascii', '--no-color']]])('%j needs a terminal', (args) => {
    const { status, stdout, stderr } = handroll(...args);
    expect({ status, stdout }).toEqual({ status: 4, stdout: '' });
    expect(stderr).toMatch(/needs a terminal.*\n.*handroll-tour run/);
  });

  test.each([[[]], [['explore', 'x']]])('%j does not draw on a dumb terminal', async (args) => {
    const child = spawn(process.execPath, [join(folder, 'dist/cli.js'), ...args], {
      name: 'dumb',
      cols: 100,
      env: { PATH: process.env.PATH ?? '', HOME: home },
    });
    let said = '';
    child.onData((data) => {
      said += data;
    });
    const code = await new Promise((resolve) => {
      child.onExit(({ exitCode }) => resolve(exitCode));
    });
    expect(said).toMatch(/needs a terminal it can draw on, which TERM=dumb/);
    expect(said).not.toContain('\u001b');
    expect(code).toBe(4);
  });

  test.each([[['run']], [['cleanup']], [['shell', '-c', 'true']]])(
    '%j does not work in a directory of the machine',
    (args) => {
      for (const workdir of ['/', '/tmp', home]) {
        const { status, stdout, stderr } = handroll(
          ...args,
          '--containerd=private',
          '--workdir',
          workdir,
        );
        expect({ status, stdout }).toEqual({ status: 4, stdout: '' });
        expect(stderr).not.toMatch(/^\s+at |bug/m);
      }
    },
  );

  test('nothing was made for any of this', () => {
    expect(readdirSync(home)).toEqual([]);
  });
});
