import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ownControlGroup } from '../../../src/host/private-containerd/control-group.ts';
import { locate } from '../../../src/host/workspace.ts';
import { type OwnPlace, ownPlace } from '../../helpers/host.ts';
import { cgroupsNamed, mountsOf, naming, until } from '../../helpers/machine.ts';
import { cli, leave, program } from '../../helpers/program.ts';
import { type TestTerminal, terminal } from '../../helpers/terminal.ts';

let place: OwnPlace;

beforeEach(() => {
  place = ownPlace();
});
afterEach(() => leave(place));

/** The built command in a terminal. */
function tour(...options: string[]): TestTerminal {
  return tourIn({}, ...options);
}

function tourIn(env: NodeJS.ProcessEnv, ...options: string[]): TestTerminal {
  return terminal([process.execPath, cli, '--containerd', 'private', ...options], {
    // A tour is for people, even on a machine that says it is CI.
    env: { CI: 'true', WORKDIR: place.workdir, CTR_NAMESPACE: place.namespace, ...env },
  });
}

/** What is mounted, but for what other suites mount meanwhile in directories of their own. */
const mounts = () =>
  mountsOf('self').filter(
    (line) => !line.includes('/handroll-tour-test-') || line.includes(place.parent),
  );

const title = (it: TestTerminal) => it.lines()[0] ?? '';
const keyLine = (it: TestTerminal) => it.lines()[22] ?? '';

/** Nothing sticks out: the title on top, the keys at the bottom, no line that went on below. */
function expectWellFormed(it: TestTerminal): void {
  expect(it.lines()).toHaveLength(24);
  expect(title(it)).toMatch(/^ \S/);
  expect(keyLine(it)).toMatch(/^ \S+ \S/);
  expect(it.lines()[23]).toBe('');
  expect(it.wrapped()).toEqual([]);
}

const goesOn =
  /^ (?:↵ (?:begin|read on|run it|go on|the questions|back to the step|leave)|s own shell|1-\d answer) /m;

/** What somebody presses who always takes the first key, and wants the solution of every task. */
function firstKey(it: TestTerminal): string {
  if (it.has(/^ s own shell /m)) return 'h';
  return it.has(/^ 1-\d answer /m) ? '1' : '\r';
}

/**
 * Presses Enter, and nothing else but where the tour asks for it, until something is on the screen.
 * @returns the titles that were seen, and how often Enter was pressed outside of the quiz
 */
async function walkTo(
  it: TestTerminal,
  goal: string | RegExp,
): Promise<{ titles: string[]; enters: number }> {
  const titles: string[] = [];
  let enters = 0;
  for (let presses = 0; presses < 500; presses += 1) {
    await it.sees(goesOn, 60);
    expectWellFormed(it);
    titles.push(title(it));
    if (it.has(goal)) return { titles, enters };
    if (it.has('run it again')) throw new Error(`a step failed\n${it.lines().join('\n')}`);
    const before = it.lines().join('\n');
    const key = firstKey(it);
    if (key === '\r' && !/(?:question \d+ of \d+|asked again|questions)$/.test(title(it)))
      enters += 1;
    it.press(key);
    await until(() => it.lines().join('\n') !== before, 60);
  }
  throw new Error(`500 keys, and never seen: ${goal}`);
}

describe('the built command in a terminal of 80x24', () => {
  test('the whole tour with Enter alone, and nothing is left of it', {
    timeout: 300_000,
  }, async () => {
    const before = mounts();
    const it = tour();
    const { titles, enters } = await walkTo(it, "That's all there is to an image");
    const lessons = new Set(titles.flatMap((each) => /^ +(\d+) {2}/.exec(each)?.[1] ?? []));
    expect([...lessons]).toEqual(Array.from({ length: 12 }, (_, number) => `${number}`));
    await walkTo(it, '↵ leave');
    it.press('\r');
    expect(await it.ended()).toBe(0);
    expect(it.isAlternate()).toBe(false);
    expect(it.cursorIsShown()).toBe(true);
    expect(existsSync(place.workdir)).toBe(false);
    await until(() => naming(place.workdir).length === 0);
    expect(mounts()).toEqual(before);
    expect(await cgroupsNamed(ownControlGroup(locate(place)))).toEqual([]);
    expect(enters).toBeLessThanOrEqual(93);
  });

  test('the same on a machine that speaks German', { timeout: 300_000 }, async () => {
    const locales = join(place.parent, 'locales');
    mkdirSync(locales);
    await execa('localedef', ['-i', 'de_DE', '-f', 'UTF-8', join(locales, 'de_DE.UTF-8')]);
    const german = { LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8', LANGUAGE: 'de', LOCPATH: locales };
    const it = tourIn(german);
    await walkTo(it, "That's all there is to an image");
    await walkTo(it, '↵ leave');
    it.press('\r');
    expect(await it.ended()).toBe(0);
    expect(existsSync(place.workdir)).toBe(false);
  });

  test('left in the middle, it goes on there; what drifted is where it opens', {
    timeout: 180_000,
  }, async () => {
    expect(await program(place).run('run', '--to', '04-layout')).toMatchObject({ code: 0 });
    const first = tour();
    await first.sees(/^ 5 {2}Give the image to containerd · .* step 1 of/m, 30);
    await walkTo(first, 'step 2 of');
    first.press('q');
    expect(await first.ended()).toBe(0);

    const second = tour();
    await second.sees(/^ 5 {2}Give the image to containerd · .* step 2 of/m, 30);
    second.press('q');
    expect(await second.ended()).toBe(0);

    rmSync(join(place.workdir, 'base-layer.tar'));
    const third = tour();
    await third.sees(/^ 3 {2}Layers/m, 30);
    await third.sees('You did this step, and something has changed since.');
    third.press('c');
    await third.sees(/▲ {2}3 {2}Layers.* drifted:/);
    third.press('q');
    expect(await third.ended()).toBe(0);
  });

  test('a second tour in the same directory says so', async () => {
    const one = tour();
    await one.sees('↵ begin', 30);
    const other = tour();
    expect(await other.ended(30)).toBe(4);
    await other.sees('already at work');
    expect(other.isAlternate()).toBe(false);
    one.press('q');
    expect(await one.ended()).toBe(0);
  });

  test('left before it has looked, it is left', async () => {
    const it = tour();
    await it.sees('Looking at this machine…');
    expect(it.isAlternate()).toBe(true);
    it.press('q');
    expect(await it.ended(30)).toBe(0);
    expect(it.isAlternate()).toBe(false);
    await until(() => naming(place.workdir).length === 0);
  });

  test('in ASCII, without colour', async () => {
    const it = tour('--ascii', '--no-color');
    await it.sees('Enter begin', 30);
    expect(it.lines().join('')).toMatch(/^[ -~]*$/);
    it.press('\r');
    await it.sees('step 1 of');
    expect(it.lines().join('')).toMatch(/^[ -~]*$/);
    expect(it.written()).not.toMatch(new RegExp(`${String.fromCharCode(27)}\\[3[0-9]m`));
    it.press('q');
    expect(await it.ended()).toBe(0);
  });
});
