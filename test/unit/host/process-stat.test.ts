import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readStat } from '../../../src/host/process-stat.ts';

const rest = '1 42 42 34816 42 4194304 1 0 0 0 0 0 0 0 20 0 1 0 987654 1 1';

test.each(['sh', 'a b', 'tmux: server', ') S 7 (', '(sd-pam)'])(
  'a process called %j does not shift the others',
  (name) => {
    expect(readStat(`42 (${name}) S ${rest}\n`)).toEqual({
      name,
      state: 'S',
      parent: 1,
      started: '987654',
    });
  },
);

test('that of this very process', () => {
  const { parent, started } = readStat(readFileSync('/proc/self/stat', 'utf8'));
  expect(parent).toBe(process.ppid);
  expect(started).toMatch(/^\d+$/);
});
