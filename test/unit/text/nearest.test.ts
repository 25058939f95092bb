import { expect, test } from 'vitest';
import { nearest } from '../../../src/text/nearest.ts';

const words = ['run', 'check', 'cleanup', 'compare', 'completion', 'layers', 'list', 'explore'];

test.each([
  ['rn', 'run'],
  ['ruun', 'run'],
  ['urn', 'run'],
  ['chekc', 'check'],
  ['clean', 'cleanup'],
  ['laeyrs', 'layers'],
  ['lsit', 'list'],
  ['exp', 'explore'],
  ['comp', undefined],
  ['nonsense', undefined],
  ['x', undefined],
  ['', undefined],
])('%j is probably %j', (typed, meant) => {
  expect(nearest(typed, words)).toBe(meant);
});
