import { describe, expect, test } from 'vitest';
import { splitAt } from '../../../src/text/measure.ts';
import {
  indented,
  line,
  padded,
  span,
  spread,
  textOf,
  truncate,
  widthOf,
} from '../../../src/ui/line.ts';

describe('splitAt', () => {
  test.each([
    ['abcdef', 3, 'abc', 'def'],
    ['abc', 3, 'abc', ''],
    ['abc', 0, '', 'abc'],
    ['', 5, '', ''],
    ['tést', 2, 'té', 'st'],
    // Two columns each: the second would stick out.
    ['画像', 3, '画', '像'],
    ['画像', 1, '', '画像'],
    // A letter and its accent stay together.
    ['e\u0301x', 1, 'e\u0301', 'x'],
  ])('%j at %i columns', (text, width, head, tail) => {
    expect(splitAt(text, width)).toEqual([head, tail]);
  });
});

describe('truncate', () => {
  test.each([
    [20, 'a title and a note'],
    [18, 'a title and a note'],
    [17, 'a title and a no…'],
    [8, 'a title…'],
    [1, '…'],
  ])('to %i columns', (width, text) => {
    const cut = truncate(line(span('a title', 'title'), ' and a note'), width);
    expect(textOf(cut)).toBe(text);
    expect(widthOf(cut)).toBeLessThanOrEqual(width);
  });
});

describe('spread', () => {
  const left = line('left side');
  const right = line('right');

  test('puts one text at each edge', () => {
    expect(textOf(spread(left, right, 20))).toBe('left side      right');
  });

  test('lets the left one give way', () => {
    expect(textOf(spread(left, right, 12))).toBe('left … right');
  });

  test('leaves a line alone that has no right side', () => {
    expect(textOf(spread(left, [], 40))).toBe('left side');
  });
});

test('padded fills up, and never cuts', () => {
  expect(textOf(padded(line('ab'), 4))).toBe('ab  ');
  expect(textOf(padded(line('abcdef'), 4))).toBe('abcdef');
});

test('indented begins the first line with something else', () => {
  const lines = [line('one'), line('two')];
  expect(indented(lines, 2).map(textOf)).toEqual(['  one', '  two']);
  expect(indented(lines, 2, line('- ')).map(textOf)).toEqual(['- one', '  two']);
});
