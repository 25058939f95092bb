import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lessons } from '../../../lessons/index.ts';
import { placesOf } from '../../../src/engine/lesson.ts';
import { render } from '../../../src/engine/script.ts';
import { openHost } from '../../../src/host/host.ts';
import { ownPlace } from '../../helpers/host.ts';
import { alive, descendants, naming, until } from '../../helpers/machine.ts';
import { cli, leave, program } from '../../helpers/program.ts';
import { type TestTerminal, terminal } from '../../helpers/terminal.ts';

/* The learner's shell beside the page. */

const place = ownPlace();
const home = join(place.parent, 'home');
const turn = '\u001d';
/** In the container, / is the home directory, which busybox 1.37 writes as ~. */
const containerPrompt = /^[~/] #$/;

beforeAll(async () => {
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, '.bashrc'), "PS1='mine> '\n");
  expect(await program(place).run('run', '--to', '02-filesystems/dockerfile')).toMatchObject({
    code: 0,
  });
});
afterAll(() => leave(place));

const learner = {
  HOME: home,
  SHELL: '/usr/bin/bash',
  EDITOR: 'vi',
  WORKDIR: place.workdir,
  CTR_NAMESPACE: place.namespace,
};

function tour(
  size: { columns: number; rows: number } = { columns: 120, rows: 40 },
  env: Record<string, string> = learner,
) {
  return terminal([process.execPath, cli, '--containerd', 'private'], { ...size, env });
}

/** The part of the screen that is the shell's, where it's beside the page. */
const shell = (it: TestTerminal) =>
  it.lines().map((line) => line.split(/[│┃]/).at(-1)?.trim() ?? '');
const page = (it: TestTerminal) => it.lines().map((line) => line.split(/[│┃]/)[0] ?? '');
const says = (it: TestTerminal, wanted: string) =>
  until(() => shell(it).includes(wanted), 20).catch(() => {
    throw new Error(`the shell never said: ${wanted}\n\n${it.lines().join('\n')}`);
  });

/** The shell gets the whole terminal, and gives it back. */
async function lendsItWhole(it: TestTerminal): Promise<void> {
  await it.sees('s own shell', 30);
  it.press('s');
  await it.sees('(tour) mine>', 20);
  expect(it.isAlternate()).toBe(false);
  it.press('exit\r');
  // What is pressed before the page is there again is for the shell.
  await until(() => it.isAlternate(), 20);
  await it.sees('s own shell', 20);
  it.press('q');
  expect(await it.ended()).toBe(0);
}

async function opened(size?: { columns: number; rows: number }): Promise<TestTerminal> {
  const it = tour(size);
  await it.sees('s own shell', 30);
  it.press('s');
  await until(() => it.lines().some((line) => /mine>$/.test(line.trimEnd())), 20);
  return it;
}

async function quit(it: TestTerminal): Promise<void> {
  if (it.has('exit closes it')) it.press(turn);
  await it.sees('q quit');
  it.press('q');
  expect(await it.ended()).toBe(0);
  await until(() => naming(place.workdir).length === 0, 20);
}

/** Quits after the shell was closed: for a moment, no key is heard. */
async function quitOnceHeard(it: TestTerminal): Promise<void> {
  await until(() => {
    it.press('?');
    return it.has('the obvious next thing');
  });
  it.press('qq');
  expect(await it.ended()).toBe(0);
}

describe('programs work in it', { timeout: 90_000 }, () => {
  test('a job is stopped, comes back, and is interrupted', async () => {
    const it = await opened();
    it.press('sleep 1000\r');
    await says(it, 'mine> sleep 1000');
    it.press('\u001a');
    await until(() => shell(it).some((line) => /\[1\]\+ +Stopped +sleep 1000/.test(line)), 20);
    it.press('fg\r');
    await says(it, 'sleep 1000');
    it.press('\u0003');
    await says(it, '^C');
    it.press('echo "rc $?"\r');
    await says(it, 'rc 130');
    // The tour itself was neither suspended nor interrupted.
    it.press(turn);
    await it.sees('q quit');
    it.press(turn);
    await it.sees('exit closes it');
    await quit(it);
  });

  test('vi, with the cursor where it writes', async () => {
    const it = await opened();
    // In the mode of the old vi, which Debian's vimrc sets, the arrow keys would end its insertion.
    it.press('vi -Nu NONE ~/note.txt\r');
    await until(() => shell(it).filter((line) => line === '~').length > 20, 20);
    it.press('ihello\rq and ');
    it.press('\u001b[D\u001b[D\u001b[D\u001b[DX');
    await says(it, 'q Xand');
    it.press('\u001b');
    await until(() => !it.has('INSERT'), 20);
    it.press(':wq\r');
    await says(it, 'mine> vi -Nu NONE ~/note.txt');
    expect(readFileSync(join(home, 'note.txt'), 'utf8')).toBe('hello\nq Xand \n');
    await quit(it);
  });

  test('less, and what was above the screen', async () => {
    const it = await opened();
    it.press('seq 1 300 | less\r');
    await says(it, '37');
    it.press('G');
    await says(it, '300');
    it.press('q');
    await until(() => shell(it).some((line) => line.startsWith('mine> seq')), 20);
    it.press('seq 1 300\r');
    await says(it, '300');
    it.press('\u001b[5;2~');
    await says(it, '235');
    await it.sees('37 lines back');
    expect(it.cursorIsShown()).toBe(false);
    it.press('echo forth\r');
    await says(it, 'forth');
    expect(it.cursorIsShown()).toBe(true);
    await quit(it);
  });

  test('it has the size of its place, also after the window has another', async () => {
    const it = await opened();
    it.press('stty size\r');
    await says(it, '38 60');
    it.resize({ columns: 200, rows: 50 });
    await it.sees('exit closes it');
    await until(() => it.lines()[48]?.includes('exit closes it') === true, 20);
    it.press('stty size\r');
    await says(it, '48 114');
    it.resize({ columns: 80, rows: 50 });
    await it.sees('── bash ─');
    it.press('clear; stty size\r');
    await it.sees('\n22 80\n');
    it.resize({ columns: 80, rows: 24 });
    await until(() => it.lines()[22]?.includes('exit closes it') === true, 20);
    it.press('clear; stty size\r');
    await it.sees(/^22 80\n/m);
    // Too small for both: the key shows the other.
    it.press(turn);
    await it.sees(/^ 2 {2}.*step \d of/m);
    it.press(turn);
    await it.sees(/^22 80\n/m);
    it.resize({ columns: 120, rows: 40 });
    await until(() => it.has('exit closes it') && it.has(/^ 2 {2}.*step \d of/m), 20);
    await quit(it);
  });

  test('wide characters and colours', async () => {
    const it = await opened();
    it.press("printf '日本|\\033[38;5;208mорех\\033[m|✔\\n'\r");
    await says(it, '日本|орех|✔');
    expect(it.written()).toContain('\u001b[38;5;208m');
    await quit(it);
  });

  test('below the page, where the terminal is tall and not wide', async () => {
    const it = await opened({ columns: 80, rows: 50 });
    it.press('echo "$((40 + 2)) below"\r');
    await it.sees('\n42 below\n');
    const lines = it.lines();
    expect(lines.indexOf('42 below')).toBeGreaterThan(25);
    expect(lines[0]).toMatch(/^ 2 {2}.*step \d of/);
    await quit(it);
  });

  test('a small terminal is lent whole, as before', async () => {
    await lendsItWhole(tour({ columns: 80, rows: 24 }));
  });

  test('so is one where there is no script', async () => {
    const without = join(home, 'without');
    mkdirSync(without);
    writeFileSync(join(without, 'script'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    await lendsItWhole(tour(undefined, { ...learner, PATH: `${without}:${process.env.PATH}` }));
  });
});

describe('keys', { timeout: 60_000 }, () => {
  test('are for the one that has them, however quickly they come', async () => {
    const it = tour();
    await it.sees('s own shell', 30);
    // In one piece: s is the page's last key, then there's a command, and then the page's help.
    it.press('secho q$((42))\r');
    await says(it, 'q42');
    it.press(`echo b$((40 + 2))\r${turn}?`);
    await it.sees('the obvious next thing');
    await says(it, 'b42');
    it.press('q');
    await until(() => /^ 2 {2}/.test(page(it)[0] ?? ''), 20);
    expect(scriptsRun()).toBe(0);
    await quit(it);
  });

  test('typed right after exit are dropped', async () => {
    const it = await opened();
    it.press('exit\r');
    it.press('r\r');
    await it.sees('s own shell');
    await it.loses('exit closes it');
    expect(scriptsRun()).toBe(0);
    await quitOnceHeard(it);
  });
});

test('closing it checks the step it was opened on, and no other', { timeout: 60_000 }, async () => {
  const here = await opened();
  here.press('exit\r');
  await here.sees('Checked as it is now:', 20);
  await quitOnceHeard(here);
  const elsewhere = await opened();
  elsewhere.press(turn, 'b');
  await until(() => page(elsewhere)[0]?.includes('step 1 of') === true, 20);
  elsewhere.press(turn, 'exit\r');
  await elsewhere.loses('exit closes it');
  await elsewhere.sees('s own shell');
  expect(elsewhere.has('Checked as it is now:')).toBe(false);
  await quitOnceHeard(elsewhere);
});

/** How many scripts the tour itself ran in this lesson after its first step. */
function scriptsRun(): number {
  const path = join(place.workdir, '.handroll-tour/progress.json');
  const { kept } = JSON.parse(readFileSync(path, 'utf8')) as {
    kept: Record<string, { printed?: unknown }>;
  };
  const later = Object.entries(kept).filter(([key]) => /^0[2-9]-\w+\/(?!dockerfile)/.test(key));
  return later.filter(([, { printed }]) => printed !== undefined).length;
}

test('lessons 02 and 03 are done in it, pasted, with the checks in view', {
  timeout: 200_000,
}, async () => {
  const it = await opened();
  const { workdir, namespace } = place;
  const host = await openHost({ containerd: 'private', workdir, namespace });
  const places = placesOf(lessons).filter(({ lesson }) => /^0[23]/.test(lesson.id));
  for (const { lesson, step } of places.slice(1)) {
    const number = lesson.steps.indexOf(step) + 1;
    await until(() => page(it)[0]?.includes(`step ${number} of`) === true, 30);
    // What is pasted in marks is one line for bash.
    const text = render(step.script, host).replaceAll('\n', '\r');
    it.press(`\u001b[200~clear\r${text}\recho "do""ne ${number}"\u001b[201~`, '\r');
    await says(it, `done ${number}`);
    if (step.readOnly === true) {
      it.press(turn, 'd');
    } else {
      await it.sees(/hold: there is nothing left to run|It holds: there/, 30);
      it.press(turn);
    }
    await until(() => {
      if (it.has('↵ read on')) it.press('G');
      return it.has('↵ go on');
    }, 30);
    it.press('\r', turn);
  }
  await until(() => /^ 4 {2}/.test(page(it)[0] ?? ''), 30);
  host.close();
  expect(scriptsRun()).toBe(0);
  expect(existsSync(join(workdir, 'delta-layer.tar.gz'))).toBe(true);
  // What became known on the way is a variable in this shell.
  it.press(
    'clear; echo "digest $(echo $BASE_DIGEST | head -c 3), $(echo -n $BASE_DIGEST | wc -c)"\r',
  );
  await until(() => shell(it).some((line) => /^digest sha, 71$/.test(line)), 20);
  await quit(it);
});

test('containers: the visit, and ctr run -t', { timeout: 200_000 }, async () => {
  expect(await program(place).run('run', '--to', '07')).toMatchObject({ code: 0 });
  const it = await opened();
  await until(() => /^ 8 {2}.*step 1 of/.test(page(it)[0] ?? ''), 30);
  it.press(turn, 'r');
  await it.sees('the container runs', 30);
  await it.sees('v step into the container', 60);
  it.press('v');
  await until(() => shell(it).some((line) => containerPrompt.test(line)), 20);
  it.press('cat /hello.txt; stty size\r');
  await says(it, 'hello from delta');
  await says(it, '38 60');
  it.press('exit\r');
  // The shell is there again, as it was left, and the page has the keys.
  await it.sees('bash   Ctrl-] types here', 20);
  await says(it, 'mine>');
  it.press(turn, 'ctr -n "$CTR_NAMESPACE" run --rm -t docker.io/library/handroll:latest pane\r');
  await until(() => shell(it).some((line) => containerPrompt.test(line)), 20);
  it.resize({ columns: 160, rows: 40 });
  // ctr tells the container of it when it gets to it.
  it.press('until stty size | grep -x "38 80"; do sleep 0.1; done\r');
  await says(it, '38 80');
  it.press('exit 3\r');
  await says(it, 'mine>');
  it.press('echo "rc $?"\r');
  await says(it, 'rc 3');
  await quit(it);
});

describe('however the tour ends', { timeout: 60_000 }, () => {
  test.each(['KILL', 'TERM', 'HUP'] as const)('with SIG%s nothing is left', async (signal) => {
    const it = terminal(['bash', '--norc', '-i'], {
      columns: 120,
      rows: 40,
      env: { ...learner, PS1: 'outer> ' },
    });
    it.press(`'${process.execPath}' '${cli}' --containerd private\r`);
    await it.sees('s own shell', 30);
    it.press('s');
    await until(() => it.has('mine>'), 20);
    it.press('sleep 1001 &\r');
    it.press('nohup sh -c "sleep 1002; true"\r');
    await until(() => naming('1002').length > 0, 20);
    const tour = descendants(it.pid).find(({ argv }) => argv.includes(cli));
    const below = descendants(tour?.pid ?? 0);
    expect(below.some(({ argv }) => argv.includes('1001'))).toBe(true);
    process.kill(tour?.pid ?? 0, `SIG${signal}`);
    await until(() => !below.some(({ pid }) => alive(pid)), 20);
    it.press('echo $((40 + 2)); stty -a | tr ";" "\\n" | grep -c " icanon"\r');
    await it.sees('\n42\n1\n');
    expect(it.isAlternate()).toBe(false);
    // Pastes aren't marked any more, as far as the tour is concerned.
    expect(it.written().lastIndexOf('\u001b[?2004l')).toBeGreaterThan(0);
    await until(() => naming(place.workdir).length === 0, 20);
    it.press('exit\r');
    await it.ended();
  });

  test('with the window closed nothing is left', async () => {
    const it = await opened();
    it.press('sleep 1003 &\r');
    await until(() => naming('1003').length > 0, 20);
    const below = descendants(it.pid);
    it.hangUp();
    await until(() => !below.some(({ pid }) => alive(pid)), 20);
    await until(() => naming(place.workdir).length === 0, 20);
  });
});
