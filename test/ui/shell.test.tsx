import { renderToString } from 'ink';
import { describe, expect, test } from 'vitest';
import { fail, pass } from '../../src/engine/check.ts';
import { text } from '../../src/engine/text.ts';
import { TourScreen } from '../../src/ui/app.tsx';
import { type Line, span } from '../../src/ui/line.ts';
import type { PaneView } from '../../src/ui/pane/panes.ts';
import { firstView, type Size } from '../../src/ui/view.ts';
import { rowsOf } from '../helpers/frame.tsx';
import { screen } from '../helpers/screen.tsx';
import { aCheck, aLesson, aStep } from '../helpers/small-tour.ts';
import { themes } from '../helpers/themes.ts';
import { aViewModel, opening, stateAfter } from '../helpers/view-model.ts';

/* The learner's shell beside the page. */

const machine = { tar: false };

const lesson = aLesson('03-layers', [
  aStep('tar', {
    title: 'Pack the base',
    why: text`A tar has no index, and the order of its entries is part of its hash, which is why it's
      given here.`,
    checks: [
      aCheck('sorted', {
        says: 'its entries are sorted by name',
        observe: async () =>
          machine.tar
            ? pass('bin, data, hello.txt')
            : fail({ expected: 'a tar', actual: 'no such file', hint: 'Make it.' }),
      }),
      aCheck('root', { says: 'root owns all of them' }),
    ],
  }),
]);
const state = stateAfter([lesson], opening(lesson));

const written: Line[] = [
  [span('~/demo $ ls')],
  [{ text: 'build', role: 'text', style: { color: 'ansi256(208)' } }, span(' oci')],
];

function paneOf(lines: readonly Line[], back = 0) {
  const view: PaneView = { name: 'bash', screen: { lines, cursor: { row: 1, column: 0 }, back } };
  return { getSnapshot: () => view, subscribe: () => () => {} };
}

interface Shown {
  readonly size: Size;
  readonly focused?: boolean;
  readonly theme?: (typeof themes)[keyof typeof themes];
  readonly back?: number;
}

function shown({ size, focused = true, theme = themes.color, back = 0 }: Shown) {
  const model = aViewModel(state, { size, theme, view: { ...firstView, shell: { focused } } });
  return <TourScreen {...model} shell={paneOf(written, back)} />;
}

describe('beside the page', () => {
  const size = { columns: 120, rows: 40 };
  const rows = (differing: Partial<Shown> = {}) => rowsOf(shown({ size, ...differing }));

  test('each has its part of every row, and its keys below', () => {
    const all = rows();
    expect(all).toHaveLength(39);
    expect(all.every((row) => row[58] === '┃')).toBe(true);
    expect(all[0]).toMatch(/^ 3 {2}.*Pack the base.*step 1 of 1 .*┃ ~\/demo \$ ls$/);
    expect(all[1]?.slice(58)).toBe('┃ build oci');
    expect(all.at(-1)).toMatch(/^ Ctrl-\] to the page ─+ ┃ bash {3}exit closes it/);
  });

  test('a page that has the keys shows its own, and how to get to the shell', () => {
    const all = rows({ focused: false });
    expect(all.every((row) => row[58] === '│')).toBe(true);
    expect(all.at(-1)).toMatch(/Ctrl-\] your shell.*│ bash {3}Ctrl-\] types here$/);
  });

  test('how far it is scrolled back', () => {
    expect(rows({ back: 37 }).at(-1)).toMatch(/37 lines back$/);
  });

  test('colours of the shell are its own, also where the tour has none', () => {
    for (const theme of [themes.color, themes.plain]) {
      const painted = renderToString(shown({ size, theme }), { columns: 120 });
      expect(painted).toMatch(/\[(38;5;208|33|91)mbuild/);
    }
  });

  test('in ASCII', () => {
    expect(rows({ theme: themes.ascii }).at(-1)).toMatch(/^ Ctrl-\] to the page -+ # bash/);
  });
});

test('below the page, where the terminal is tall', () => {
  const all = rowsOf(shown({ size: { columns: 80, rows: 50 } }));
  const rule = all.findIndex((row) => /^── bash ─+ exit closes it .* ──$/.test(row));
  expect(all[rule - 1]).toMatch(/^ Ctrl-\] to the page ─/);
  expect(all[rule + 1]).toBe('~/demo $ ls');
  expect(all.length - rule - 1).toBe(22);
});

test('in a terminal that was made too small, the one that has the keys', () => {
  const size = { columns: 80, rows: 24 };
  expect(rowsOf(shown({ size }))[0]).toBe('~/demo $ ls');
  expect(rowsOf(shown({ size, focused: false }))[0]).toMatch(/^ 3 {2}/);
});

describe('on the page', () => {
  const size = { columns: 120, rows: 40 };

  test('checks stay in view, on one line each, and turn green', async () => {
    machine.tar = false;
    const it = screen({ lessons: [lesson], size, view: { shell: { focused: true } } });
    await it.open('03-layers/tar');
    const pinned = () =>
      it
        .frame()
        .slice(-5)
        .map((row) => row.slice(0, 58).trim());
    expect(pinned()).toContain('○ its entries are sorted by name');
    machine.tar = true;
    await it.does({ type: 'open', key: '03-layers/tar', observe: true });
    expect(pinned().join('\n')).toMatch(/✔ its entries are sorted by name +bin, data/);
    // They're on the screen once.
    expect(it.frame().filter((row) => row.includes('sorted by name'))).toHaveLength(1);
  });

  test('the key turns to the shell, and s does as well', async () => {
    for (const key of ['\u001d', 's']) {
      const it = screen({ lessons: [lesson], size, view: { shell: { focused: false } } });
      await it.open('03-layers/tar');
      it.press(key);
      await it.sees('Ctrl-] to the page');
      expect(it.store.getSnapshot().view.shell).toEqual({ focused: true });
      expect(it.outside).toEqual([]);
    }
  });
});
