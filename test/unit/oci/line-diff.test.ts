import { expect, test } from 'vitest';
import { diffLines } from '../../../src/oci/line-diff.ts';

const diff = (lower: string, upper: string) => {
  const marks = { both: '', lower: '-', upper: '+' };
  return diffLines([...lower], [...upper])
    .map((line) => `${marks[line.in]}${line.text}`)
    .join('');
};

test.each([
  ['', '', ''],
  ['abc', 'abc', 'abc'],
  ['abc', 'axc', 'a-b+xc'],
  ['abc', 'ac', 'a-bc'],
  ['ac', 'abc', 'a+bc'],
  ['', 'ab', '+a+b'],
  ['abcabba', 'cbabac', '-a-bc+bab-ba+c'],
])('%s against %s', (lower, upper, expected) => {
  const found = diff(lower, upper);
  expect(found.length).toBe(expected.length);
  // Read one way each text comes out again.
  expect(found.replace(/\+./g, '').replace(/-/g, '')).toBe(lower);
  expect(found.replace(/-./g, '').replace(/\+/g, '')).toBe(upper);
});

test('texts too long for a table differ in all that is between', () => {
  const long = Array.from({ length: 5000 }, (_, at) => `${at}`);
  const other = long.map((line) => (line === '0' || line === '4999' ? line : `${line}!`));
  const found = diffLines(long, other);
  expect(found.filter((line) => line.in === 'both').map(({ text }) => text)).toEqual(['0', '4999']);
  expect(found).toHaveLength(2 + 2 * 4998);
});
