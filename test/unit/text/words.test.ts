import { expect, test } from 'vitest';
import { counted, duration } from '../../../src/text/words.ts';

test.each([
  [7, '7 ms'],
  [999.4, '999 ms'],
  [1000, '1.0 s'],
  [41_260, '41.3 s'],
  [125_000, '2 min 5 s'],
])('%d ms is %s', (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});

test('one is one, and all else is many', () => {
  expect([0, 1, 2].map((count) => counted(count, 'step'))).toEqual([
    '0 steps',
    '1 step',
    '2 steps',
  ]);
});
