import { createElement } from 'react';
import { describe, expect, test } from 'vitest';
import { fail, pass } from '../../../src/engine/check.ts';
import { fact } from '../../../src/engine/fact.ts';
import { picture, text, wide as wideFact } from '../../../src/engine/text.ts';
import type { Event, State } from '../../../src/engine/update.ts';
import { TourScreen } from '../../../src/ui/app.tsx';
import { textOf, widthOf } from '../../../src/ui/line.ts';
import { layOut } from '../../../src/ui/screen-layout.ts';
import type { Theme } from '../../../src/ui/theme.ts';
import { type ChosenScreen, firstView, type Size, type View } from '../../../src/ui/view.ts';
import type { ViewModel } from '../../../src/ui/view-model.ts';
import { linesIn, rowsOf } from '../../helpers/frame.tsx';
import { aCheck, aLesson, aStep, results } from '../../helpers/small-tour.ts';
import { themes } from '../../helpers/themes.ts';
import { aContext, aViewModel, opening, stateAfter } from '../../helpers/view-model.ts';

const wide = 'wörd '.repeat(40).trim();

const aFact = (id: string, variable: string) =>
  fact(id, { what: id, from: '03-layers/full', variable, read: async () => wide });
const known = aFact('known', 'KNOWN');
const unknown = aFact('unknown', 'UNKNOWN');

const glossary = ['step', 'line', 'nowhere'].map((term) => ({
  term,
  forms: [wide.split(' ')[0] ?? ''],
  explanation: [wide],
  yours: [{ fact: known, width: 0 }],
}));

/** A step with everything a step can have, and all of it too long. */
const full = aStep('full', {
  title: `A title that goes on: ${wide}`,
  why: text`Because of ${known}, and *because*: ${unknown}.`,
  script: { source: `# why\ntar ${'-x '.repeat(50)}\n${'echo line\n'.repeat(12)}` },
  uses: [known, unknown],
  predict: {
    question: wide,
    choices: ['this', 'that', wide],
    ask: async () => ({ right: 0, said: '' }),
  },
  expect: [wide],
  checks: [aCheck('one', { says: wide }), aCheck('two'), aCheck('three')],
  notice: [`${wide}\n\n${wide}`],
  fieldNote: { title: 'A note', text: [wide] },
  hint: [wide],
  visit: { label: 'step inside', leave: 'exit', script: { source: 'true' } },
});
const lesson = aLesson('03-layers', [full, aStep('b'), aStep('c')], {
  title: `Layers ${wide}`,
  intro: [wide],
  picture: { drawing: picture`a ─► ${wideFact(known, 9)} ─► b`, alt: 'From a to b.' },
});
const end = aLesson('11-end', [aStep('z')], { undoes: true });

const ended = { code: 3, milliseconds: 41, cancelled: false };
const output = { lines: Array.from({ length: 60 }, (_, at) => `${at} ${wide}`), dropped: 7 };
const seen = pass(wide);
const wrong = fail({ expected: wide, actual: wide, hint: wide });
const facts: Event = { type: 'facts', facts: new Map([['known', wide]]) };
const answered: Event = { type: 'checked', answer: { choice: 1, right: 0, said: wide } };
const ran: Event[] = [
  opening(lesson),
  { type: 'answer', choice: 1 },
  { type: 'run' },
  { type: 'output', output },
  { type: 'ended', ended },
];

const states: Record<string, State | undefined> = {
  'before anything is known': undefined,
  observing: stateAfter([lesson, end], { ...opening(lesson), observe: true } as Event),
  ready: stateAfter([lesson, end], opening(lesson), facts),
  running: stateAfter([lesson, end], ...ran.slice(0, 4)),
  checking: stateAfter([lesson, end], ...ran, ...results(seen)),
  passed: stateAfter([lesson, end], ...ran, ...results(seen, seen, seen), facts, answered),
  failed: stateAfter([lesson, end], ...ran, ...results(seen, wrong, seen), facts, answered),
  stopped: stateAfter([lesson, end], ...ran.slice(0, 3), {
    type: 'error',
    error: { message: wide, hint: wide, password: false, exit: 4 },
  }),
  'sudo asks': stateAfter([lesson, end], ...ran.slice(0, 3), {
    type: 'error',
    error: { message: wide, hint: wide, password: true, exit: 4 },
  }),
  finished: stateAfter(
    [end],
    opening(end),
    { type: 'run' },
    { type: 'ended', ended },
    ...results(seen),
    answered,
    { type: 'next' },
  ),
};

const places = lesson.steps.map((step) => ({ lesson, step }));
const batch = { purpose: 'catch up', places, goal: '11-end/z' } as const;
const checked: Event = { type: 'checked', answer: undefined };
const traveling: Event[] = [
  opening(lesson),
  { type: 'perform', batch },
  ...results(wrong, seen, seen),
  checked,
  { type: 'output', output },
];
const kept = {
  at: '2025-01-01T00:00:00Z',
  evidence: { one: wide, two: wide },
  printed: { ...output, ...ended },
};
const wasKept: Event = { type: 'recorded', key: '03-layers/full', record: kept };

Object.assign(states, {
  'in a batch': stateAfter([lesson, end], ...traveling),
  'in a batch, further': stateAfter(
    [lesson, end],
    ...traveling,
    { type: 'ended', ended },
    ...results(seen, seen, seen),
    checked,
  ),
  'stopped in a batch': stateAfter(
    [lesson, end],
    ...traveling,
    { type: 'cancel' },
    { type: 'ended', ended: { ...ended, cancelled: true } },
    ...results(wrong, seen, seen),
    checked,
  ),
  'caught up': stateAfter([lesson, end], opening(end), {
    type: 'perform',
    batch: { ...batch, places: [] },
  }),
  'read again': stateAfter(
    [lesson, end],
    { ...opening(lesson), observe: true } as Event,
    ...results(wrong, seen, seen),
    checked,
    wasKept,
  ),
});

const sizes: Size[] = [
  { columns: 80, rows: 24 },
  { columns: 60, rows: 16 },
  { columns: 200, rows: 50 },
  { columns: 110, rows: 30 },
  { columns: 139, rows: 24 },
  { columns: 140, rows: 24 },
  { columns: 40, rows: 10 },
  { columns: 1, rows: 1 },
];

const screens: ChosenScreen[] = ['step', 'contents', 'help', 'picture', 'output', 'glossary'];
const drawn: (keyof typeof themes)[] = ['color', 'plain', 'ascii', 'dumb'];

function nowIn(state: State | undefined, view: Partial<View>, size: Size, theme: Theme): ViewModel {
  const context = { ...aContext, glossary };
  const now = {
    ...aViewModel(state as State),
    context,
    view: { ...firstView, ...view },
    size,
    theme,
  };
  return { ...now, state };
}

const lines = (...which: Parameters<typeof nowIn>) => linesIn(layOut(nowIn(...which)));
/** What Ink makes of them. */
const rows = (model: ViewModel) => rowsOf(createElement(TourScreen, model));

describe.each(Object.entries(states))('%s', (_, state) => {
  test('never more lines than rows - 1, never wider than columns - 1', () => {
    for (const size of sizes) {
      for (const screen of screens) {
        for (const name of drawn) {
          for (const hintLevel of [0, 1, 2, 3] as const) {
            const frame = lines(state, { screen, hintLevel }, size, themes[name]);
            expect(frame.length).toBeLessThanOrEqual(Math.max(5, size.rows - 1));
            for (const each of frame) {
              expect(widthOf(each), textOf(each)).toBeLessThanOrEqual(size.columns - 1);
            }
          }
        }
      }
    }
  });

  test('no line holds a line break', () => {
    for (const screen of screens) {
      for (const each of lines(
        state,
        { screen, hintLevel: 3 },
        { columns: 80, rows: 24 },
        themes.color,
      )) {
        expect(textOf(each)).not.toMatch(/[\n\r\t]/);
      }
    }
  });

  test('a voice gets words, and no drawing', () => {
    for (const screen of screens) {
      const frame = lines(state, { screen }, { columns: 80, rows: 24 }, themes.spoken);
      expect(frame.map(textOf).join('\n')).not.toMatch(/[─│▰▱✔✖○◐▸►]/);
    }
  });
});

describe('what a learner at 80x24 sees', () => {
  const size = { columns: 80, rows: 24 };
  const shown = (name: keyof typeof states, view: Partial<View> = {}) =>
    rows(nowIn(states[name], view, size, themes.color));

  test('after a run: how it went, then the output', () => {
    const [, , first] = shown('passed', { acted: true });
    expect(first).toMatch(/^ \$ tar .* \+ 12 lines +exit 3, 41 ms$/);
  });

  test('after it failed: the check that failed', () => {
    const frame = shown('failed', { acted: true });
    expect(frame.some((each) => each.startsWith(' ✖'))).toBe(true);
  });

  test('while it runs: the last lines of its output', () => {
    expect(shown('running', { acted: true }).join('\n')).toContain(' 59 wörd');
  });

  test('the key line says what is left and, where it has room, how to get there', () => {
    expect(shown('ready').at(-1)).toMatch(/^ ↵ read on .* q quit ─+ ↓ \d+$/);
    expect(shown('ready', { screen: 'help' }).at(-1)).toMatch(/^ ↵ .* ─+ ↓ \d+ more: space$/);
  });

  test('before a run no check has failed yet', () => {
    const early = stateAfter([lesson], opening(lesson), ...results(wrong, seen, wrong));
    const all = rows({ ...aViewModel(early), size: { columns: 80, rows: 200 } });
    expect(all.filter((each) => each.startsWith(' ✖'))).toEqual([]);
    expect(all.filter((each) => /^ ○ [^0-9]/.test(each))).toHaveLength(2);
    expect(all.filter((each) => each.startsWith(' ✔'))).toHaveLength(1);
    expect(all).toContain(' ○ 1 of 3 hold.');
  });
});

test('two columns where there is room for them: what it is for, what comes of it', () => {
  const frame = (columns: number) =>
    rows(nowIn(states.passed, {}, { columns, rows: 100 }, themes.color));
  expect(frame(142).some((each) => /A title .{60,} {4,}\S/.test(each))).toBe(true);
  expect(frame(141).every((each) => each.length < 142)).toBe(true);
});

test('a step whose page was left does not ask to be read again', () => {
  const done = stateAfter(
    [lesson, end],
    ...ran,
    ...results(seen, seen, seen),
    facts,
    answered,
    { type: 'next' },
    { type: 'back' },
  );
  const back = stateAfter([lesson, end], opening(lesson));
  const passed: State = { ...done, phase: 'passed', at: back.at };
  expect(layOut(aViewModel(passed)).keyContext).toMatchObject({ below: true, unread: false });
});

describe("the lesson's picture", () => {
  const drawing = 'a ─►';
  const step = (columns: number, rows: number) =>
    layOut(
      nowIn(stateAfter([lesson, end], opening(lesson, 1)), {}, { columns, rows }, themes.color),
    );

  test.each([
    [80, 24, undefined],
    [109, 40, undefined],
    [110, 29, undefined],
    [110, 30, 'below'],
    [120, 40, 'below'],
    [200, 50, 'beside'],
  ])('at %dx%d: %s', (columns, rows, at) => {
    const { picture, keyContext, keys } = step(columns, rows);
    expect(picture?.at).toBe(at);
    expect(keyContext.picture).toBe(at === undefined);
    expect(keys.some(({ action }) => action === 'picture')).toBe(at === undefined);
  });

  test('stays where it is when the page scrolls, and is drawn once', () => {
    for (const size of [
      { columns: 120, rows: 40 },
      { columns: 200, rows: 50 },
    ]) {
      for (const index of [0, 1]) {
        const state = stateAfter([lesson, end], opening(lesson, index), {
          type: 'facts',
          facts: new Map([['known', '5c1d90e2…']]),
        });
        const { page } = layOut(nowIn(state, {}, size, themes.color));
        const at = [0, 5].map((top) =>
          rows(nowIn(state, { scroll: { page, top } }, size, themes.color)).flatMap((each, row) =>
            each.includes(drawing) ? [row] : [],
          ),
        );
        expect(at[0]).toHaveLength(1);
        expect(at[1]).toEqual(at[0]);
      }
    }
  });
});

describe('the title of the step', () => {
  const titled = aLesson(
    '04-layout',
    [aStep('one'), aStep('two', { title: 'The index, by hand' })],
    {
      title: 'The OCI layout',
    },
  );
  const title = (columns: number) =>
    rows(
      nowIn(stateAfter([titled], opening(titled, 1)), {}, { columns, rows: 24 }, themes.color),
    )[0]?.trimEnd();

  test('stays in the header; the bar goes before the lesson is cut', () => {
    expect(title(80)).toMatch(/^ 4 {2}The OCI layout · The index, by hand +step 2 of 2 {2}▰▱$/);
    expect(title(60)).toMatch(/^ 4 {2}The OCI layout · The index, by hand +step 2 of 2 {2}▰▱$/);
    const long = { ...titled, title: 'A lesson with a very long title, and more of it than fits' };
    const header = (lesson: typeof titled) =>
      rows(
        nowIn(
          stateAfter([lesson], opening(lesson, 1)),
          {},
          { columns: 60, rows: 24 },
          themes.color,
        ),
      )[0];
    expect(header(long)?.trimEnd()).toMatch(
      /^ 4 {2}A lesson with a very… · The index, by hand {2}step 2 of 2$/,
    );
    const [step] = titled.steps;
    const longer = { ...step, id: 'longer', title: 'The index, written by hand' };
    expect(header({ ...long, steps: [step, longer] })?.trimEnd()).toMatch(
      /^ 4 {2}A lesson wit… · The index, written by hand {2}step 2 of 2$/,
    );
  });
});
