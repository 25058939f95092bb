import { describe, expect, test } from 'vitest';
import type { LabCase } from '../../src/engine/lab/case.ts';
import { text } from '../../src/engine/text.ts';
import { TourError } from '../../src/errors.ts';
import { fakeSandbox, labScreen } from '../helpers/lab.ts';
import { themes } from '../helpers/themes.ts';

/** A case without a machine. */
function aCase(id: LabCase['id'], differing: Partial<LabCase> = {}): LabCase {
  const observe = async () => ({ status: 'pass', evidence: '' }) as const;
  return {
    id,
    title: `The title of ${id}`,
    level: 1,
    after: '05-import',
    ticket: { from: 'a colleague', text: text`The import fails with \`not found\`.` },
    symptom: { source: 'ctr images import "$IMAGE_TAR"' },
    prints: /not found/,
    breaks: { source: 'true' },
    checks: [
      { id: 'command', says: "the ticket's command works", observe },
      { id: 'content', says: 'the image contains what was built', observe },
    ],
    hints: [
      { text: text`A nudge.` },
      { text: text`Where to look.` },
      { text: text`The command.`, command: 'cp a b' },
    ],
    debrief: {
      was: text`A bit was flipped.`,
      find: text`Hash everything.`,
      field: text`It happens on bad disks.`,
      issues: ['owner/repository#1'],
      prevent: text`A test would have caught it.`,
    },
    solutions: [{ source: 'true' }],
    wrongMends: [{ name: 'nothing', script: { source: 'true' }, fails: ['command'] }],
    ...differing,
  };
}

const broken = { passing: [] };
const mended = { passing: ['command', 'content'] };
const first = () => fakeSandbox(aCase('01-first'), broken);

describe('the list', () => {
  test('tells how far the learner is, and which case cannot be had here', async () => {
    const needsRoot = { ...broken, unavailable: 'It needs root, because it makes a device.' };
    const solved = fakeSandbox(aCase('02-second', { level: 3 }), mended);
    const all = [first(), solved, fakeSandbox(aCase('03-third', { level: 2 }), needsRoot)];
    const it = labScreen(all.map(({ sandbox }) => sandbox));
    expect(it.text()).toMatch(/0 of 3 solved/);
    expect(it.text()).toMatch(/^ ▸ · 01 ▰▱▱ The title of 01-first$/m);
    await it.press('down', 'enter', 'escape');
    expect(it.text()).toMatch(/1 of 3 solved/);
    expect(it.text()).toMatch(/^ ▸ ✔ 02 ▰▰▰ The title of 02-second$/m);
    expect(it.text()).toMatch(/You solved it in 4 minutes, without a hint\./);
    await it.press('down', 'enter');
    expect(it.text()).toMatch(/Not on this machine: It needs root, because it makes a device\./);
    expect(it.text()).not.toMatch(/↵ open/);
    await it.press('down', 'down', 'up', 'up', 'up', 'up');
    expect(it.text()).toMatch(/▸ . 01/);
  });

  test('keeps the chosen case in view, and follows another terminal', async () => {
    const all = Array.from({ length: 30 }, (_, at) => fakeSandbox(aCase(`${at + 10}-x`), mended));
    const it = labScreen(all.map(({ sandbox }) => sandbox));
    await it.press('space');
    expect(it.text()).toMatch(/▸ . (?!10)/);
    await it.press('G');
    expect(it.text()).toMatch(/▸ · 39/);
    await all[0]?.sandbox.open();
    await all[0]?.sandbox.check();
    await it.press('g');
    expect(it.text()).toMatch(/1 of 30 solved/);
    expect(it.text()).toMatch(/▸ ✔ 10/);
  });

  test('is left at once by q and Ctrl-C', async () => {
    const it = labScreen([first().sandbox]);
    await it.press('q', 'ctrl-c');
    expect(it.outside).toEqual(['quit', 'interrupt']);
  });

  test('goes back to the tour where one came from it', async () => {
    const it = labScreen([first().sandbox], { leave: 'back to the tour' });
    expect(it.text()).toMatch(/q back to the tour/);
    await it.press('escape');
    expect(it.outside).toEqual(['quit']);
  });
});

describe('a case', () => {
  test('shows the ticket, the command, what it printed, and what is not mended', async () => {
    const it = labScreen([first().sandbox]);
    await it.press('enter');
    const shown = it.text();
    expect(shown).toMatch(
      /The title of 01-first\n\n {3}The import fails with not found\.\n {3}— a colleague/,
    );
    expect(shown).toMatch(/ctr images import "\$IMAGE_TAR"\n\n {2}│ ctr: content digest/);
    expect(shown).toMatch(/✖ the ticket's command works\n {4}│ command is not/);
    expect(shown).toMatch(/✖ not mended: 0 of 2 checks pass\n/);
    expect(it.bugs).toEqual([]);
  });

  test('asks for a prediction before it shows the output', async () => {
    const prediction = {
      question: 'What will it say?',
      choices: ['nothing', 'not found'],
      answer: ({ output }: { output: string }) => (output.includes('not found') ? 1 : 0),
    } as const;
    const { sandbox } = fakeSandbox(aCase('01-first', { prediction }), broken);
    const it = labScreen([sandbox]);
    await it.press('enter');
    expect(it.text()).toMatch(/\? What will it say\?\n {5}1 nothing\n {5}2 not found/);
    expect(it.text()).not.toMatch(/content digest|not mended|h hint/);
    await it.press('h', '3', '1');
    expect(it.text()).toMatch(/You predicted: nothing\. On this machine: not found\./);
    expect(it.text()).toMatch(/content digest/);
    const other = fakeSandbox(aCase('01-first', { prediction }), broken);
    const skipped = labScreen([other.sandbox]);
    await skipped.press('enter', 'enter');
    expect(skipped.text()).toMatch(/content digest/);
    expect(skipped.text()).not.toMatch(/predicted/);
  });

  test('is read down to its question, and shows the answer to a prediction', async () => {
    const prediction = {
      question: 'What will it say?',
      choices: ['nothing', 'not found'],
      answer: () => 1,
    } as const;
    const ticket = { from: 'a colleague', text: text`${'A long story. '.repeat(100)}` };
    const { sandbox } = fakeSandbox(aCase('01-first', { prediction, ticket }), broken);
    const it = labScreen([sandbox]);
    await it.press('enter', '1');
    expect(it.text()).not.toMatch(/What will it say|predict/);
    expect(it.text()).toMatch(/↵ read on/);
    await it.press('enter');
    expect(it.text()).toMatch(/What will it say/);
    expect(it.text()).toMatch(/1-2 predict/);
    await it.press('1');
    expect(it.text()).toMatch(/You predicted: nothing/);
    await it.press('escape', 'enter');
    expect(it.text()).toMatch(/The title of 01-first/);
  });

  test('shows one hint after the other, the command last', async () => {
    const it = labScreen([first().sandbox], { size: { columns: 100, rows: 40 } });
    await it.press('enter', 'h');
    expect(it.text()).toMatch(/Hint 1 of 3\n A nudge\.\n/);
    expect(it.text()).not.toMatch(/Where to look/);
    await it.press('h', 'h');
    expect(it.text()).toMatch(/Hint 3 of 3\n The command\.\n {4}cp a b/);
    expect(it.text()).not.toMatch(/h hint/);
  });

  test('tells what it was once it is mended, and not before', async () => {
    const { sandbox, becomes } = first();
    const it = labScreen([sandbox]);
    await it.press('enter', 'd');
    expect(it.text()).not.toMatch(/What it was/);
    becomes(mended);
    await it.press('c');
    expect(it.text()).toMatch(
      /It's mended\. You first did it in 4 minutes, without a hint\. d tells what it\n was\./,
    );
    expect(it.text()).toMatch(/What it printed before:/);
    expect(it.text()).toMatch(/^ ✔ mended$/m);
    await it.press('enter');
    expect(it.text()).toMatch(/What it was\n A bit was flipped\./);
    expect(it.text()).toMatch(/Reports of it: owner\/repository#1/);
    await it.press('d');
    expect(it.text()).toMatch(/The import fails/);
  });

  test('is reset by the same key twice, and not by one', async () => {
    const { sandbox, prepared } = first();
    const it = labScreen([sandbox]);
    await it.press('enter', 'R');
    expect(it.text()).toMatch(/A reset deletes what you did/);
    await it.press('c', 'R');
    expect(prepared()).toBe(1);
    expect(it.text()).toMatch(/esc don't reset/);
    await it.press('escape');
    expect(it.text()).not.toMatch(/A reset deletes/);
    await it.press('R', 'R');
    expect(prepared()).toBe(2);
    expect(it.text()).toMatch(/not mended/);
  });

  test('hands the terminal over for a shell, and for sleep', async () => {
    const it = labScreen([first().sandbox]);
    await it.press('enter', 's', 'y', 'ctrl-z');
    expect(it.outside).toEqual(['shell', 'copy', 'suspend']);
  });

  test('says why it cannot be prepared, and lets one go back', async () => {
    const refuses = new TourError('The disk is full.', { hint: 'Make room.' });
    const it = labScreen([fakeSandbox(aCase('01-first'), { ...broken, refuses }).sandbox]);
    await it.press('enter');
    expect(it.text()).toMatch(/▲ The disk is full\. Make room\./);
    expect(it.text()).not.toMatch(/Preparing/);
    await it.press('escape');
    expect(it.text()).toMatch(/0 of 1 solved/);
  });

  test.each([
    ['80x24', { columns: 80, rows: 24 }, themes.color],
    ['60x16', { columns: 60, rows: 16 }, themes.ascii],
    ['120x40', { columns: 120, rows: 40 }, themes.plain],
  ] as const)('fits %s', async (_, size, theme) => {
    const output = `${'a long line of output '.repeat(20)}\n`.repeat(10);
    const { sandbox } = fakeSandbox(aCase('01-first'), { ...broken, output });
    const it = labScreen([sandbox], { size, theme });
    await it.press('enter', 'h', 'h');
    for (const key of ['top', 'G', 'space', 'pageup', 'up', 'down', '?', 'escape']) {
      await it.press(key);
      expect(it.lines().length).toBeLessThan(size.rows);
      for (const row of it.lines()) expect(row.length).toBeLessThanOrEqual(size.columns);
    }
  });

  test('is read to a screen reader without signs', async () => {
    const it = labScreen([first().sandbox], { theme: themes.spoken });
    await it.press('enter');
    expect(it.text()).toMatch(/failed: the ticket's command works/);
    expect(it.text()).not.toMatch(/[│✖▰─]/);
  });
});
