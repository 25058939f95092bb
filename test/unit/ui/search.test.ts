import { describe, expect, test } from 'vitest';
import { beside, stack } from '../../../src/ui/document.ts';
import { line, span } from '../../../src/ui/line.ts';
import { marked, matchesIn, nextMatch, typed } from '../../../src/ui/search.ts';
import type { Search } from '../../../src/ui/view.ts';

const page = (...texts: string[]) => stack([{ lines: texts.map((text) => line(text)) }]);
const document = page('A digest', 'names', 'bytes. Two DIGESTS', 'differ');

describe('matches', () => {
  test('are lines with the text, in any case, in either column', () => {
    expect(matchesIn(document, 'digest')).toEqual([0, 2]);
    expect(matchesIn(beside(document, page('x', 'a digest'), 20, 2), 'digest')).toEqual([0, 1, 2]);
    expect(matchesIn(document, '')).toEqual([]);
  });

  test.each([
    [0, 1, 2],
    [2, 1, 0],
    [2, -1, 0],
    [0, -1, 2],
    [-1, 1, 0],
  ] as const)('from line %d by %d comes line %d', (from, by, expected) => {
    expect(nextMatch(document, 'digest', from, by)).toBe(expected);
  });

  test('are marked, and nothing else is', () => {
    const [found] = marked([line(span('a DigestS', 'dim'), ' digest')], 'digest');
    expect(found).toEqual([
      span('a ', 'dim'),
      span('Digest', 'found'),
      span('S', 'dim'),
      span(' '),
      span('digest', 'found'),
    ]);
  });
});

test('the text is typed, mended, kept or given up', () => {
  const begun: Search = { page: 'help', text: '', typing: true, from: 3 };
  const after = (...keys: string[]) =>
    keys.reduce<Search | undefined>((search, key) => search && typed(search, key), begun);
  expect(after('a', 'space', 'b', 'x', 'backspace')).toEqual({ ...begun, text: 'a b' });
  expect(after('a', 'up')).toEqual({ ...begun, text: 'a' });
  expect(after('a', 'enter')).toEqual({ ...begun, text: 'a', typing: false });
  expect(after('enter')).toBeUndefined();
  expect(after('a', 'escape')).toBeUndefined();
});
