import { describe, expect, test } from 'vitest';
import { blocked, type CheckResult, fail, pass } from '../../../src/engine/check.ts';
import { collectOutput } from '../../../src/engine/output.ts';
import { line, textOf, widthOf } from '../../../src/ui/line.ts';
import {
  checkLines,
  codeLines,
  codeSummary,
  cut,
  duration,
  outputLines,
} from '../../../src/ui/parts.ts';
import { aCheck } from '../../helpers/small-tour.ts';
import { themes } from '../../helpers/themes.ts';

const gzip = aCheck('gzip', { says: 'it unpacks to the very same tar' });
const shown = (result: CheckResult | undefined, looking = false, theme = themes.color) =>
  checkLines(gzip, result, looking, theme, 78).map((each) => textOf(each).trimEnd());

describe('a check', () => {
  test.each<[string, CheckResult | undefined, string[]]>([
    ['not looked at yet', undefined, ['○ it unpacks to the very same tar']],
    [
      'passed: the evidence at the right',
      pass('DiffID 3ac23f1d…'),
      ['✔ it unpacks to the very same tar                             DiffID 3ac23f1d…'],
    ],
    [
      'passed: long evidence below',
      pass('base: DiffID 3ac23f1d…, delta: DiffID 72dee99b…'),
      ['✔ it unpacks to the very same tar', '    base: DiffID 3ac23f1d…, delta: DiffID 72dee99b…'],
    ],
    [
      'failed: the very mistake',
      fail({ expected: '3ac23f1d…', actual: '5c1d90e2…', hint: 'That is the *Digest*.' }),
      [
        '✖ it unpacks to the very same tar',
        '    expected  3ac23f1d…',
        '    found     5c1d90e2…',
        '    That is the Digest.',
      ],
    ],
    [
      'not to be seen',
      blocked('EACCES: permission denied'),
      ['▲ it unpacks to the very same tar', '    unseen    EACCES: permission denied'],
    ],
  ])('%s', (_, result, lines) => {
    expect(shown(result)).toEqual(lines);
  });

  test('being looked at', () => {
    expect(shown(undefined, true)).toEqual(['◐ it unpacks to the very same tar']);
  });

  test('witnessed: says when', () => {
    const at = new Date(2026, 0, 2, 9, 5).toISOString();
    expect(shown({ status: 'witnessed', evidence: 'RUNNING', at })).toEqual([
      '✔ it unpacks to the very same tar                          RUNNING, seen 09:05',
    ]);
  });

  test('in ASCII', () => {
    expect(shown(pass('3ac23f1d…'), false, themes.ascii)).toEqual([
      '[+] it unpacks to the very same tar                                3ac23f1d...',
    ]);
  });

  test('for a voice', () => {
    expect(shown(pass('DiffID 3ac'), false, themes.spoken)).toEqual([
      'passed: it unpacks to the very same tar. DiffID 3ac',
    ]);
    expect(
      shown(fail({ expected: 'a', actual: 'b', hint: 'Mend it.' }), false, themes.spoken),
    ).toEqual([
      'failed: it unpacks to the very same tar',
      'expected: a',
      'found: b',
      '    Mend it.',
    ]);
  });
});

describe('a script', () => {
  test('has nothing but spaces before it, and all of its own', () => {
    const lines = codeLines(
      '# why\nfor each in a b; do\n  echo "$each"\ndone\n\nls',
      themes.color,
      78,
    );
    expect(lines.map(textOf)).toEqual([
      '   # why',
      '   for each in a b; do',
      '     echo "$each"',
      '   done',
      '',
      '   ls',
    ]);
    expect(lines[0]?.[1]?.role).toBe('dim');
  });

  test('says where a line goes on', () => {
    expect(codeLines('tar --create the-layer.tar', themes.color, 18).map(textOf)).toEqual([
      '   tar --create',
      ' ┊ the-layer.tar',
    ]);
  });

  test.each([
    ['tar -cf layer.tar .', '$ tar -cf layer.tar .'],
    ['# why\n\ntar -cf layer.tar .\nls', '$ tar -cf layer.tar . + 1 line'],
    ['tar -cf a-rather-long-name.tar .\nls\nls', '$ tar -cf a-rather-lon… + 2 lines'],
  ])('in one line: %j', (source, summary) => {
    expect(textOf(codeSummary(source, themes.color, 33))).toBe(summary);
  });
});

describe('output', () => {
  const output = (text: string) => {
    const collected = collectOutput();
    collected.write(text);
    return collected.view();
  };
  const lines = (text: string, width = 30) =>
    outputLines(output(text), themes.color, width).map(textOf);

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

describe('cut', () => {
  const ten = Array.from({ length: 10 }, (_, at) => line('│ ', `${at}`));
  test.each<[number, 'ends' | 'tail', string]>([
    [10, 'ends', '0 1 2 3 4 5 6 7 8 9'],
    [6, 'ends', '0 1 2 … 5 more lines (o shows all) 8 9'],
    [3, 'ends', '0 … 8 more lines (o shows all) 9'],
    [6, 'tail', '… 5 more lines 5 6 7 8 9'],
  ])('to %i lines, keeping the %s', (room, keep, expected) => {
    const lines = cut(ten, room, keep, themes.color);
    expect(lines.map((each) => textOf(each).replace('│ ', '')).join(' ')).toBe(expected);
    expect(lines).toHaveLength(room);
  });
});

test.each([
  [7, '7 ms'],
  [999.4, '999 ms'],
  [1000, '1.0 s'],
  [41_260, '41.3 s'],
  [125_000, '2 min 5 s'],
])('%d ms is %s', (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});

test('nothing is wider than it may be', () => {
  const result = fail({
    expected: 'e'.repeat(200),
    actual: 'a b '.repeat(60),
    hint: 'h '.repeat(80),
  });
  for (const width of [58, 78, 100]) {
    for (const theme of [themes.color, themes.ascii]) {
      for (const each of checkLines(gzip, result, false, theme, width)) {
        expect(widthOf(each)).toBeLessThanOrEqual(width);
      }
    }
  }
});
