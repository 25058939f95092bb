import { describe, expect, test } from 'vitest';
import { blocked, fail, pass } from '../../src/engine/check.ts';
import { keyOf, placesOf } from '../../src/engine/lesson.ts';
import { SudoPasswordNeeded } from '../../src/host/privilege.ts';
import { keys, type ScreenOptions, screen } from '../helpers/screen.tsx';
import { aCheck, aLesson, aStep } from '../helpers/small-tour.ts';
import { themes } from '../helpers/themes.ts';

/** What is there; a reason is why a check cannot look. */
const machine = new Map<string, boolean | string>();

/** sudo has no ticket. */
let locked = false;

const stepOf = (id: string, title: string) =>
  aStep(id, {
    title,
    around: async () => {
      if (locked) throw new SudoPasswordNeeded();
      return async () => {};
    },
    checks: [
      aCheck(id, {
        says: `${id}.tar is there`,
        observe: async () => {
          const there = machine.get(id) ?? false;
          if (typeof there === 'string') return blocked(there);
          if (there) return pass(`${id}.tar, 10 KiB`);
          return fail({ expected: `${id}.tar`, actual: 'not there yet', hint: 'Make it.' });
        },
      }),
    ],
  });

const lessons = [
  aLesson('02-trees', [stepOf('tree', 'The tree')], { title: 'Two filesystem trees' }),
  aLesson('03-layers', [stepOf('tar', 'Pack it'), stepOf('gzip', 'Compress it')], {
    title: 'Layers',
  }),
  aLesson('05-import', [stepOf('import', 'Import it'), stepOf('tag', 'Tag it')], {
    title: 'Into containerd',
  }),
  aLesson('11-cleanup', [stepOf('gone', 'Off the machine')], { title: 'Clean up', undoes: true }),
];

const all = placesOf(lessons).map((place) => place.step.id);

/** A tour where these hold, and all before `at` was done. */
async function tour(holding: string[], at: string, options: Partial<ScreenOptions> = {}) {
  machine.clear();
  locked = false;
  for (const id of all) machine.set(id, holding.includes(id));
  const places = placesOf(lessons);
  const place = places.find(({ step }) => step.id === at);
  const done = places.slice(0, place === undefined ? 0 : places.indexOf(place));
  const it = screen({
    lessons,
    before: (progress) => {
      for (const each of done) progress.markCompleted(keyOf(each));
    },
    ...options,
  });
  await it.does({ type: 'survey' });
  if (place !== undefined) await it.open(keyOf(place));
  return {
    ...it,
    /** Brings the script that runs now to its end, with what it makes. */
    makes: async (id: string | undefined, prints = '', code = 0) => {
      const script = await it.script();
      if (prints !== '') script.print(prints);
      if (id !== undefined) machine.set(id, true);
      script.end(code);
    },
  };
}

const sizes = [
  ['80x24', { columns: 80, rows: 24 }],
  ['200x50', { columns: 200, rows: 50 }],
] as const;

describe.each(sizes)('at %s', (_, size) => {
  test('f repairs what drifted, in order, and nothing else; it ends where one was', async () => {
    const it = await tour(['tree', 'import'], 'tag', { size });
    it.press('c');
    await it.sees('▲  3  Layers                          drifted: tar.tar: not there');
    await it.sees('f repair 3');
    it.press('f');
    await it.sees('repairing what drifted');
    await it.sees('0 of 3 steps, 0 performed, 0 held already, 0 checks passed');
    await it.sees('Pack it');
    await it.sees(/^ \$ echo hello +running$/m);
    expect(it.frame().at(-1)).toMatch(/^ esc stop here {3}\? help {3}q quit ─+$/);
    await it.makes('tar', 'packing\n');
    await it.sees('1 of 3 steps, 1 performed, 0 held already, 1 check passed');
    await it.sees('Compress it');
    await it.sees('✔  3  Pack it  performed');
    await it.makes('gzip');
    await it.sees('✔ Repaired: 2 steps run and checked again');
    await it.sees('5  Into containerd');
    expect(it.session.getSnapshot().at.step.id).toBe('tag');
    expect(it.scripts).toHaveLength(2);
    expect(it.progress.recordOf('03-layers/tar')?.printed?.lines).toEqual(['packing']);
  });

  test('a script that ended with an error is told at the end, though its checks hold', async () => {
    const it = await tour(['tree', 'import'], 'tag', { size });
    it.press('c');
    await it.sees('f repair 3');
    it.press('f');
    await it.makes('tar', 'tar: cut short\n', 2);
    await it.sees('▲  3  Pack it  performed, exit 2');
    await it.makes('gzip');
    await it.sees('✔ Repaired: 2 steps run and checked again');
    await it.sees(/The checks of 03-layers\/tar hold, though its script ended with an error/);
    await it.sees('tar: cut short');
  });

  test('u catches up to what is chosen; what holds is not run', async () => {
    const it = await tour(['tar'], 'tree', { size });
    it.press('c');
    await it.sees('↵ open 2');
    expect(it.frame().at(-1)).not.toContain('catch');
    it.press(keys.down, keys.down);
    await it.sees('u catch me up to here');
    it.press('u');
    await it.sees('catching up to 5');
    await it.makes('tree');
    await it.sees('2 of 3 steps, 1 performed, 1 held already, 2 checks passed');
    await it.makes('gzip');
    await it.sees('You are caught up: 2 steps performed and checked, 1 held already.');
    await it.sees('Import it');
    await it.sees('↵ run it');
    expect(it.session.getSnapshot().completed).toEqual(
      new Set(['02-trees/tree', '03-layers/tar', '03-layers/gzip']),
    );
  });

  test('to a step in the middle of a lesson, chosen among its steps', async () => {
    const it = await tour([], 'tree', { size });
    it.press('c');
    await it.sees('steps hold');
    it.press(keys.down, keys.right, keys.down);
    await it.sees('▸ · Compress it');
    it.press('u');
    await it.sees('catching up to 3, step 2');
    await it.makes('tree');
    await it.makes('tar');
    await it.sees('You are caught up');
    expect(it.session.getSnapshot().at.step.id).toBe('gzip');
  });
});

test('on the step that drifted itself, f is offered, and says what it would do', async () => {
  const it = await tour(['tree'], 'import');
  it.session.dispatch({ type: 'open', key: '03-layers/tar', observe: true });
  await it.sees('You did this step, and something has changed since.');
  await it.sees('f repair 3');
  it.press('f');
  await it.makes('tar');
  await it.makes('gzip');
  await it.sees('✔ Repaired: 2 steps');
});

test('Esc stops it there, with the script that runs; u goes on', async () => {
  const it = await tour([], 'tree');
  it.press('c');
  await it.sees('steps hold');
  it.press(keys.down, keys.down, 'u');
  await it.makes('tree');
  const script = await it.script();
  it.press(keys.escape);
  await it.sees('▲ Stopped here, with 2 steps to go.');
  expect(script.wasCancelled()).toBe(true);
  await it.sees('cancelled after');
  await it.sees('u go on to 5');
  it.press('u');
  await it.sees('catching up to 5');
  await it.makes('tar');
  await it.makes('gzip');
  await it.sees('You are caught up');
});

test('sudo asks for its password in between, on the screen that says why, and it goes on', async () => {
  const it = await tour([], 'tree', { setting: { privilege: 'sudo' } });
  it.press('c');
  await it.sees('steps hold');
  locked = true;
  it.press(keys.down, 'u');
  await it.sees('↵ give sudo the password');
  it.press(keys.enter);
  expect(it.outside).toEqual(['unlock']);
  expect(it.scripts).toEqual([]);
  locked = false;
  it.session.dispatch({ type: 'resume' });
  await it.sees('catching up to 3');
  await it.makes('tree');
  await it.sees('You are caught up: 1 step performed');
});

test('without the password it ends there', async () => {
  const it = await tour([], 'tree', { setting: { privilege: 'sudo' } });
  it.press('c');
  await it.sees('steps hold');
  locked = true;
  it.press(keys.down, 'u');
  await it.sees('esc not now');
  it.press('n');
  await it.sees('↵ run it');
  expect(it.session.getSnapshot().batchRun).toBeUndefined();
});

test('a failed check stops it there; mended, it goes on', async () => {
  const it = await tour([], 'tree');
  it.press('c');
  await it.sees('steps hold');
  it.press(keys.down, keys.down, 'u');
  await it.makes(undefined);
  await it.sees('✖ tree.tar is there');
  await it.sees('Stopped here, with 3 steps to go.');
  it.press(keys.enter);
  await it.makes('tree');
  await it.sees('✔ tree.tar is there');
  await it.sees('u go on to 5');
  it.press('u');
  await it.makes('tar');
  await it.makes('gzip');
  await it.sees('You are caught up: 2 steps performed and checked, 1 held already.');
});

describe('contents', () => {
  test('every step says where it stands, and why', async () => {
    const it = await tour(['tree', 'gzip'], 'tag');
    machine.set('import', 'EACCES: permission denied');
    it.press('c');
    await it.sees('▸ ▲  5  Into containerd                 cannot be seen: EACCES');
    it.press(keys.up);
    await it.sees('▲ Pack it  drifted: tar.tar: not there');
    await it.sees('✔ Compress it');
    it.press(keys.right);
    await it.sees('▸ ▲ Pack it\n');
    await it.sees('drifted. Not so: tar.tar is there. Found: tar.tar: not there');
    await it.sees('↵ open step 1');
    it.press(keys.escape);
    await it.sees('▸ ▲  3  Layers');
    it.press(keys.down);
    await it.sees('▲ Import it  cannot be seen: EACCES: permission denied');
  });

  test('a finished step opens by itself; one that is too early does not', async () => {
    const it = await tour(['tree', 'tar', 'gzip'], 'import');
    it.press('c');
    await it.sees('steps hold');
    it.press(keys.right, keys.down);
    await it.sees('▸ · Tag it');
    expect(it.frame().at(-1)).not.toContain('open');
    it.press(keys.left, keys.up, keys.right, keys.down, keys.enter);
    await it.sees('gzip.tar, 10 KiB');
    expect(it.session.getSnapshot().at.step.id).toBe('gzip');
  });
});

describe('without a picture of it', () => {
  test('in ASCII', async () => {
    const it = await tour([], 'tree', { theme: themes.ascii });
    it.press('c');
    await it.sees('steps hold');
    it.press(keys.down, keys.down, 'u');
    await it.makes('tree');
    await it.sees('####........  1 of 3 steps');
    expect(it.frame().join('')).toMatch(/^[ -~]*$/);
  });

  test('for a voice: each step once, no counters', async () => {
    const it = await tour([], 'tree', { theme: themes.spoken });
    it.press('c');
    await it.sees('Keys: Enter open 2');
    it.press(keys.down, keys.down, 'u');
    await it.makes('tree');
    await it.sees('passed:  2  The tree  performed');
    await it.sees('Pack it');
    expect(it.frame().join('')).not.toMatch(/of 3/);
    await it.makes('tar');
    await it.makes('gzip');
    await it.sees('passed: You are caught up: 3 steps');
  });
});
