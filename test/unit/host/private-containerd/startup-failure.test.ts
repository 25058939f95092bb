import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readMachine } from '../../../../src/host/preflight/machine.ts';
import {
  lastLogLines,
  obstacleIn,
  shortLogLine,
  startupError,
} from '../../../../src/host/private-containerd/startup-failure.ts';
import { temporaryDirectory } from '../../../helpers/temporary.ts';

test.each([
  [
    'time="2026-11-23T17:00:00Z" level=fatal msg="failed to load plugin \\"x\\"" error="no such file"',
    'fatal: failed to load plugin "x" error="no such file"',
  ],
  ['time="2026-11-23T17:00:00Z" level=info msg=booted', 'info: booted'],
  [
    'unshare: unshare failed: Operation not permitted',
    'unshare: unshare failed: Operation not permitted',
  ],
  ['containerd: boom', 'containerd: boom'],
])('%s', (line, plain) => {
  expect(shortLogLine(line)).toBe(plain);
});

test.each([
  ['unshare: unshare failed: No space left on device', 'userns-none'],
  ['unshare: write failed /proc/self/uid_map: Operation not permitted', 'userns-apparmor'],
  ['newuidmap: write to uid_map: Operation not permitted', 'userns-apparmor'],
  ['unshare: unshare failed: Operation not permitted', 'no-sys-admin'],
  ['mount: /proc: permission denied.', 'no-sys-admin'],
  ['fatal: open /w/metadata.db: no space left on device', 'disk-full'],
  ['fatal: mkdir /w/root: read-only file system', 'workdir-read-only'],
  ['fatal: failed to load plugin', undefined],
] as const)('%s means %s', (words, id) => {
  expect(obstacleIn(['something before', words])).toBe(id);
});

const fine = readMachine(import.meta.dirname);
const roomy = { ...fine, sysAdmin: true, free: { bytes: 1e10, inodes: undefined } };
const plan = { workdir: '/', privilege: 'root', containerd: 'private' } as const;

test('what the machine forbids goes before what was said', () => {
  const error = startupError(['unshare: unshare failed: Operation not permitted'], {
    machine: { ...roomy, sysAdmin: false },
    plan,
    hangs: false,
  });
  expect(error.message).toMatch(/doesn't start\. CAP_SYS_ADMIN/);
  expect(error.hint).toMatch(/^It said last:\n {2}unshare: .*\n.*--privileged/s);
  expect(error.hint).toMatch(/--explain no-sys-admin$/);
});

test.each([
  [[], false, 'daemon-dies'],
  [['fatal: boom'], false, 'daemon-dies'],
  [['info: booted'], true, 'daemon-hangs'],
  [['fatal: no space left on device'], false, 'disk-full'],
])('otherwise what was said, or that nothing was: %j, hangs %s', (words, hangs, id) => {
  const { hint } = startupError(words, { machine: roomy, plan, hangs });
  expect(hint).toMatch(new RegExp(`--explain ${id}$`));
});

test('the last words are the last three lines of each log', () => {
  const dir = join(temporaryDirectory(), 'containerd');
  mkdirSync(dir);
  expect(lastLogLines(dir)).toEqual([]);
  writeFileSync(join(dir, 'log'), 'one\ntwo\nthree\nfour\n');
  expect(lastLogLines(dir)).toEqual(['two', 'three', 'four']);
  writeFileSync(join(dir, 'start.log'), 'unshare: no\n');
  expect(lastLogLines(dir)).toEqual(['unshare: no', 'two', 'three', 'four']);
});
