import { describe, expect, test } from 'vitest';
import { fail, pass } from '../../src/engine/check.ts';
import { fact } from '../../src/engine/fact.ts';
import { sh } from '../../src/engine/script.ts';
import { text } from '../../src/engine/text.ts';
import { keys, screen } from '../helpers/screen.tsx';
import { aCheck, aLesson, aStep } from '../helpers/small-tour.ts';
import { themes } from '../helpers/themes.ts';

/** A machine with one file on it, which the tests change. */
const machine = { whiteout: false, found: 'no such file' };

const manifest = fact('manifest', {
  what: 'the manifest',
  from: '04-layout/manifest',
  read: async () => 'sha256:b1ae779a…',
});

const task = aStep('practice', {
  title: 'Delete another file',
  why: text`A whiteout hides one name of the layers below.`,
  goal: text`In \`practice/layer\`, make the whiteout that deletes \`bin/cat\`. Leave ${manifest} alone.`,
  script: sh`
    mkdir -p "$WORKDIR/practice/layer/bin"
    touch "$WORKDIR/practice/layer/bin/.wh.cat"
  `,
  expect: text`Silence, since neither command prints anything.`,
  checks: [
    aCheck('whiteout', {
      says: 'practice/layer has a whiteout for bin/cat',
      observe: async () =>
        machine.whiteout
          ? pass('bin/.wh.cat, empty')
          : fail({ expected: 'bin/.wh.cat', actual: machine.found, hint: 'Look at its *name*.' }),
    }),
  ],
  notice: text`The name alone does it.`,
  hint: text`A whiteout is named after what it deletes.`,
});

const lessons = [aLesson('02-trees', [task], { title: 'Two trees' }), aLesson('03', [aStep('x')])];

async function tour(options: Partial<Parameters<typeof screen>[0]> = {}) {
  Object.assign(machine, { whiteout: false, found: 'no such file' });
  const it = screen({ lessons, ...options });
  await it.open('02-trees/practice');
  return it;
}

const wide = { size: { columns: 120, rows: 40 } };

describe.each([
  ['80x24', {}],
  ['120x40', wide],
])('a task at %s', (size, options) => {
  test('shows the goal and the checks, and no script', async () => {
    const it = await tour(options);
    await it.sees('sha256:b1ae779a… alone');
    await expect([...it.frame(), ''].join('\n')).toMatchFileSnapshot(`frames/goal-${size}.txt`);
  });

  test('with its solution', async () => {
    const it = await tour(options);
    it.press('h', 'h', 'h');
    await it.sees('One solution:');
    const frame = it.frame();
    await expect([...frame, ''].join('\n')).toMatchFileSnapshot(`frames/solution-${size}.txt`);
  });
});

describe('a task', () => {
  test('Enter looks, says what is missing, and runs nothing', async () => {
    const it = await tour();
    await it.sees(/^ s own shell +↵ check +h hint/m);
    it.press(keys.enter);
    await it.sees('✖ practice/layer has a whiteout');
    expect(it.frame().join('\n')).toContain('no such file');
    expect(it.frame().join('\n')).toContain('Not there yet, and nothing is lost.');
    await it.sees(/^ s own shell +↵ check +h hint/m);
    it.press(keys.enter, 'r');
    await it.settled();
    expect(it.scripts).toEqual([]);
  });

  test('what is done elsewhere turns the checks green, and Enter goes on', async () => {
    const it = await tour();
    machine.whiteout = true;
    await it.does({ type: 'changed' });
    await it.sees('✔ practice/layer has a whiteout');
    await it.sees('↵ go on');
    it.press(keys.enter);
    await it.sees(/^ 3 {2}03/m);
    expect(it.scripts).toEqual([]);
    expect(it.progress.recordOf('02-trees/practice')).toMatchObject({ alone: true });
  });

  test('the last hint is the solution, which Enter runs', async () => {
    const it = await tour();
    it.press(keys.enter);
    await it.sees('✖ practice/layer');
    it.press('h');
    await it.sees('Hint 1 of 3.');
    it.press('h');
    await it.sees('Hint 2 of 3. A whiteout is named');
    await it.sees('h solution');
    expect(it.frame().join('\n')).not.toContain('touch');
    it.press('h');
    await it.sees('bin/.wh.cat"');
    await it.sees('Silence, since');
    await it.sees(/^ ↵ run it/m);
    it.press(keys.enter);
    const script = await it.script();
    machine.whiteout = true;
    script.end();
    await it.sees('↵ go on');
    expect(it.progress.recordOf('02-trees/practice')?.alone).toBeUndefined();
    expect(it.progress.solutionsShown()).toEqual(['02-trees/practice']);
  });

  test('beside the solution, what an earlier try left is not told again', async () => {
    const it = await tour();
    machine.found = 'bin/wh.cat';
    it.press(keys.enter);
    await it.sees('bin/wh.cat');
    it.press('h', 'h', 'h');
    await it.sees('One solution:');
    expect(it.frame().join('\n')).not.toContain('Found:');
    machine.found = 'bin/.wh.dog';
    await it.does({ type: 'changed' });
    await it.sees('0 of 1 hold. Found: bin/.wh.dog');
  });

  test('a solution that was shown in an earlier session is there', async () => {
    const it = await tour({
      before: (progress) => progress.recordSolutionShown('02-trees/practice'),
    });
    await it.sees('One solution:');
    await it.sees('↵ run it');
  });

  test('a repair runs the solution without showing it first', async () => {
    const it = await tour({ before: (progress) => progress.markCompleted('02-trees/practice') });
    await it.sees('You did this step, and something has changed since.');
    expect(it.frame().join('\n')).not.toContain('touch');
    it.press('f');
    const script = await it.script();
    machine.whiteout = true;
    script.end();
    await it.sees('Repaired: 1 step run');
  });

  test('a screen reader hears the same', async () => {
    const it = await tour({ theme: themes.spoken });
    await it.sees('Yours to do');
    await it.sees('In practice/layer, make the whiteout that deletes bin/cat.');
    await it.sees('Keys: s own shell, Enter check, h hint');
    expect(it.frame().join('\n')).not.toContain('touch');
    it.press(keys.enter);
    await it.sees('failed: practice/layer has a whiteout');
    it.press('h', 'h', 'h');
    await it.sees('One solution:');
    await it.sees('touch');
    await it.sees('Keys: Enter run it');
  });

  test('in ASCII every character is', async () => {
    const it = await tour({ theme: themes.ascii });
    await it.sees('Yours to do');
    expect(it.frame().join('')).toMatch(/^[ -~]*$/);
  });
});
