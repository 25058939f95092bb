import { describe, expect, test } from 'vitest';
import { collectOutput } from '../../../src/engine/output.ts';
import { textOf } from '../../../src/ui/line.ts';
import { excerpt, fits, outputLines } from '../../../src/ui/output-lines.ts';
import { themes } from '../../helpers/themes.ts';

const output = (text: string) => {
  const collected = collectOutput();
  collected.write(text);
  return collected.view();
};

describe('output', () => {
  const lines = (text: string, width = 30) =>
    outputLines(output(text), themes.color, width, new Map()).map(textOf);

  test('is marked as not our own words', () => {
    expect(lines('one\n  two\n')).toEqual([' │ one', ' │   two']);
  });

  test('goes on below where a line is too long', () => {
    expect(lines('0123456789'.repeat(4))).toEqual([
      ' │ 012345678901234567890123456',
      ' ┊ 7890123456789',
    ]);
  });

  test('brings the columns of a wide table together', () => {
    expect(lines(`KEY${' '.repeat(40)}PARENT${' '.repeat(40)}KIND   `)).toEqual([
      ' │ KEY  PARENT  KIND',
    ]);
    expect(lines('KEY     PARENT')).toEqual([' │ KEY     PARENT']);
  });

  test('does not go on without end', () => {
    const shown = lines('x'.repeat(1900));
    expect(shown).toHaveLength(11);
    expect(shown.at(-1)).toBe(' ┊ … 1900 characters in all');
  });

  test('says what came before it', () => {
    const shown = lines('x\n'.repeat(1200));
    expect(shown).toHaveLength(501);
    expect(shown[0]).toBe(' │ … 700 lines came before these');
  });
});

describe('an excerpt', () => {
  const ten = output('0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n');
  const plain = (lines: ReturnType<typeof excerpt>) =>
    lines.map((each) => textOf(each).replace(/^ [│┊] /, '')).join(' ');

  test.each<[number, boolean, string]>([
    [10, false, '0 1 2 3 4 5 6 7 8 9'],
    [6, false, '0 1 2 … 5 more lines (o shows all) 8 9'],
    [3, false, '0 … 8 more lines (o shows all) 9'],
    [6, true, '… 5 more lines 5 6 7 8 9'],
    [1, true, '… 10 more lines'],
  ])('of %i rows, growing: %s', (room, growing, expected) => {
    const lines = excerpt(ten, room, themes.color, 40, { growing });
    expect(plain(lines)).toBe(expected);
    expect(lines).toHaveLength(room);
  });

  test('does not pretend to know the beginning of what came long ago', () => {
    expect(
      plain(excerpt(output('x\n'.repeat(1200)), 3, themes.color, 40, { growing: false })),
    ).toBe('… 1198 more lines (o shows the last 500) x x');
  });

  test('of one long line is a part of it', () => {
    const lines = excerpt(output('0123456789'.repeat(20)), 4, themes.color, 23, { growing: false });
    expect(lines.length).toBeLessThanOrEqual(4);
    expect(plain(lines)).toContain('… more of this line (o shows all)');
  });

  test.each([
    [9, false],
    [10, true],
  ])('ten lines in %i rows: %s', (room, expected) => {
    expect(fits(ten, room, themes.color, 40)).toBe(expected);
  });
});
