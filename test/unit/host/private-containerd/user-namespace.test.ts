import { expect, test } from 'vitest';
import { readSubordinate } from '../../../../src/host/private-containerd/user-namespace.ts';

test.each([
  ['by name', 'learner:100000:65536\n', { first: 100000, count: 65536 }],
  ['by number', '1001:200000:65536', { first: 200000, count: 65536 }],
  ['among others', 'root:1:2\nlearn:3:4\nlearner:5:6\n', { first: 5, count: 6 }],
  ['the first of several', 'learner:5:6\nlearner:7:8', { first: 5, count: 6 }],
  ['spaces around', '  learner:5:6 \n', { first: 5, count: 6 }],
  ['nothing', '', undefined],
  ['only others', 'root:100000:65536\n', undefined],
  ['no ids in the range', 'learner:100000:0\n', undefined],
  ['a broken line', 'learner:x:65536\nlearner\n', undefined],
] as const)('subordinate ids: %s', (_, text, range) => {
  expect(readSubordinate(text, 'learner', 1001)).toEqual(range);
});
