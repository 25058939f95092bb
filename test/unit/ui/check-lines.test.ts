import { describe, expect, test } from 'vitest';
import { blocked, type CheckResult, fail, pass } from '../../../src/engine/check.ts';
import { checkLines } from '../../../src/ui/check-lines.ts';
import { textOf, widthOf } from '../../../src/ui/line.ts';
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
      'failed: lines to paste stand by themselves',
      fail({
        expected: 'exec',
        actual: 'noexec',
        hint: 'Mount it so.\n  mount -o exec /a\nMore: x',
      }),
      [
        '✖ it unpacks to the very same tar',
        '    expected  exec',
        '    found     noexec',
        '    Mount it so.',
        '    mount -o exec /a',
        '    More: x',
      ],
    ],
    [
      'failed for two mistakes',
      fail({
        expected: '3ac23f1d…',
        actual: 'it begins with ustar',
        hint: 'Compress it.',
        diagnoses: [
          { id: 'one', observed: 'it begins with ustar', remedy: 'Compress it.' },
          { id: 'two', observed: 'it is of yesterday', remedy: 'Say `gzip -n`.' },
        ],
      }),
      [
        '✖ it unpacks to the very same tar',
        '    expected  3ac23f1d…',
        '    found     it begins with ustar',
        '    Compress it.',
        '    also      it is of yesterday',
        '    Say gzip -n.',
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

test('a mistake that a check above was told to fail for is not told again', () => {
  const result = fail({ expected: 'a', actual: 'b', hint: 'Mend it.' });
  expect(checkLines(gzip, result, false, themes.color, 78, true).map(textOf)).toEqual([
    '✖ it unpacks to the very same tar',
    '    found     the same as above',
  ]);
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
