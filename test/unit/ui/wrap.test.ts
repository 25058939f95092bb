import { describe, expect, test } from 'vitest';
import { chop } from '../../../src/text/wrap.ts';
import { type Role, type Span, span, textOf, widthOf } from '../../../src/ui/line.ts';
import { wrap } from '../../../src/ui/wrap.ts';

const texts = (spans: Span[], width: number) => wrap(spans, width).map(textOf);

describe('wrap', () => {
  test.each<[string, number, string[]]>([
    ['one two three', 13, ['one two three']],
    ['one two three', 12, ['one two', 'three']],
    ['one two three', 3, ['one', 'two', 'thr', 'ee']],
    ['  spaces   count   once  ', 40, ['spaces count once']],
    ['', 10, []],
    ['   ', 10, []],
    ['sha256:0123456789abcdef', 10, ['sha256:012', '3456789abc', 'def']],
    ['a sha256:0123456789', 10, ['a', 'sha256:012', '3456789']],
    ['/tmp/one/two.three/four', 12, ['/tmp/one/', 'two.three/', 'four']],
    ['in /tmp/one/two/three it is', 12, ['in /tmp/one/', 'two/three it', 'is']],
    ['/a/0123456789abcdef', 10, ['/a/', '0123456789', 'abcdef']],
    ['画像を作る', 4, ['画像', 'を作', 'る']],
    ['画', 1, ['画']],
  ])('%j in %i columns', (text, width, lines) => {
    expect(texts([span(text)], width)).toEqual(lines);
  });

  test('keeps a word together that is made of several roles', () => {
    const spans = [span('see '), span('gzip', 'code'), span(', then '), span('tar', 'code')];
    expect(texts(spans, 9)).toEqual(['see gzip,', 'then tar']);
    expect(wrap(spans, 9)[0]).toEqual([
      { text: 'see ', role: 'text' },
      { text: 'gzip', role: 'code' },
      { text: ',', role: 'text' },
    ]);
  });

  test('carries a role across a space inside it, and not out of it', () => {
    const roles = (spans: Span[]): [string, Role][] =>
      (wrap(spans, 40)[0] ?? []).map(({ text, role }) => [text, role]);
    expect(roles([span('ctr images ls', 'code'), span(' lists')])).toEqual([
      ['ctr images ls', 'code'],
      [' lists', 'text'],
    ]);
  });

  test('never makes a line wider than asked for', () => {
    const text = 'The DiffID of a layer is sha256:3ac23f1d72dee99b, whoever compressed it 画像.';
    for (let width = 2; width < 90; width += 1) {
      for (const each of wrap([span(text)], width)) {
        expect(widthOf(each)).toBeLessThanOrEqual(width);
      }
    }
  });
});

describe('chop', () => {
  test.each<[string, number, string[]]>([
    ['    indented', 20, ['    indented']],
    ['', 20, ['']],
    ['0123456789', 4, ['0123', '4567', '89']],
    // Between words where one ends near the edge, and the space is the break.
    ['one two three', 11, ['one two', 'three']],
    ['one two three', 7, ['one two', 'three']],
    // Not if that would leave half the line empty.
    ['a 0123456789', 8, ['a 012345', '6789']],
    ['画', 1, ['画']],
  ])('%j at %i columns', (text, width, pieces) => {
    expect(chop(text, width)).toEqual(pieces);
  });
});
