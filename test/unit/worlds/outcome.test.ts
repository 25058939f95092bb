import { describe, expect, test } from 'vitest';
import { groupsOf, jsonLinesIn, matrix, readRun, readSuite } from '../../worlds/outcome.mjs';

const line = (value: object) => `${JSON.stringify(value)}\n`;
const check = { type: 'check', lesson: '03-layers', step: 'tar', id: 'mtime', status: 'pass' };
const result = { type: 'result', ok: true, passed: 2, failed: 0, blocked: 0 };

test('JSON lines are found in what a terminal was written, with a prompt before and a return behind', () => {
  const written = `[sudo] password for learner: \r\n${line(check).trim()}\r\nno line of ours\r\n{"type":"cut\r\n`;
  expect(jsonLinesIn(`${written}Password: ${line(result)}`)).toEqual([check, result]);
});

describe('what a run came to', () => {
  test.each([
    ['all passed', 0, line(check) + line(result), '', { ok: true, told: '2/2' }],
    [
      'a check failed',
      1,
      line({ ...check, status: 'fail', actual: 'is of 2026\nmore', hint: 'Say --mtime.' }) +
        line({ ...result, passed: 1, failed: 1, blocked: 1 }),
      '',
      { ok: false, told: '1/3', why: '03-layers/tar, check mtime: is of 2026 (Say --mtime.)' },
    ],
    [
      'it was refused',
      4,
      '',
      'There is no sudo.\nRun it as root.\n',
      { ok: false, told: '0/0', why: 'There is no sudo. Run it as root.' },
    ],
    [
      'it was killed',
      137,
      '',
      '',
      { ok: false, told: '0/0', why: 'it ended with 137, and said nothing' },
    ],
    [
      'nothing was checked',
      0,
      line({ ...result, passed: 0 }),
      '',
      { ok: false, told: '0/0', why: expect.any(String) },
    ],
  ])('%s', (_, code, stdout, stderr, expected) => {
    expect(readRun({ code, stdout, stderr })).toEqual(expected);
  });
});

test('the matrix has a line for each way, a column for each world, and says why', () => {
  const worlds = [
    { title: 'Debian 12', versions: ['containerd 1.6.20'] },
    { title: 'sid', versions: ['containerd 2.1.9'] },
  ];
  const outcomeOf = (way: string, world: string) => {
    if (way === 'root') return { ok: true, told: '92/92', seconds: 9.4 };
    return world === 'sid' ? { ok: false, told: '0/0', seconds: 100, why: 'no sudo.' } : undefined;
  };
  expect(matrix(worlds, ['root', 'sudo'], outcomeOf)).toEqual([
    '      Debian 12          sid',
    '      containerd 1.6.20  containerd 2.1.9',
    'root  ✔ 92/92       9 s  ✔ 92/92       9 s',
    'sudo  -                  ✗ 0/0       100 s',
    '',
    '✗ sid, sudo: no sudo.',
  ]);
});

test('images are held against those with the same whiteout and busybox', () => {
  const image = (cell: string, whiteout: string, busybox: string, ...digests: string[]) => ({
    cell,
    whiteout,
    busybox,
    digests,
  });
  const [a, b, c, d] = [
    image('a', 'character', 'x', '1', '2'),
    image('b', 'character', 'x', '1', '2'),
    image('c', 'file', 'x', '1', '3'),
    image('d', 'character', 'x', '1', '4'),
  ] as const;
  expect(groupsOf([a, b, c, d])).toEqual([
    { images: [a, b, d], others: [d] },
    { images: [c], others: [] },
  ]);
});

describe('what npm test came to', () => {
  test.each([
    [
      'all passed',
      0,
      'host     3 passed, 0 failed\n\n30 passed, 0 failed\n',
      { ok: true, told: '30/30' },
    ],
    [
      'a test failed, and is named twice',
      1,
      ' FAIL  |host| a.test.ts > one\n FAIL  |host| a.test.ts > one\n\n29 passed, 1 failed, 2 skipped\n',
      { ok: false, told: '29/30', why: '|host| a.test.ts > one' },
    ],
    [
      'a host test was skipped as root',
      1,
      'No host test may be skipped as root or in CI.\n\n29 passed, 0 failed, 1 skipped\n',
      { ok: false, told: '29/29' },
    ],
    [
      'it stopped before',
      1,
      'E: no network\n',
      { ok: false, told: 'no sum', why: 'E: no network' },
    ],
  ])('%s', (_, code, output, expected) => {
    expect(readSuite(code, output)).toMatchObject(expected);
  });
});
