import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tourErrorFrom } from '../../src/errors.ts';
import { obstacleIds } from '../../src/host/preflight/obstacles.ts';

const failing = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: it says`), { code, ...(path === undefined ? {} : { path }) });

test.each([
  ['ENOSPC', /^The disk is full: \/w\/x cannot be written\.$/, 'disk-full'],
  ['EDQUOT', /^Your share of the disk/, 'disk-full'],
  ['EROFS', /^The file system is mounted read-only/, 'workdir-read-only'],
  ['EIO', /^The disk does not work/, undefined],
  ['EMFILE', /^Too many files are open in this process: \/w\/x cannot be opened\.$/, undefined],
])('%s is the machine’s, and is said in words', (code, message, id) => {
  const error = tourErrorFrom(failing(code, '/w/x'));
  expect(error?.message).toMatch(message);
  expect(error?.exit).toBe(4);
  expect(error?.hint).toMatch(id === undefined ? /\.$/ : new RegExp(`--explain ${id}$`));
  if (id !== undefined) expect(obstacleIds).toContain(id);
});

test('without a path there is none in it', () => {
  expect(tourErrorFrom(failing('ENOSPC'))?.message).toBe('The disk is full.');
});

test('anything else may be a bug of ours', () => {
  expect(tourErrorFrom(failing('EINVAL'))).toBeUndefined();
  expect(tourErrorFrom(failing('constructor'))).toBeUndefined();
  expect(tourErrorFrom(new TypeError('x is not a function'))).toBeUndefined();
  expect(tourErrorFrom('thrown')).toBeUndefined();
  expect(() => readFileSync('/nowhere')).toThrow(
    expect.toSatisfy((error: unknown) => tourErrorFrom(error) === undefined),
  );
});

test('a current directory that was deleted is told', () => {
  const directory = mkdtempSync(join(tmpdir(), 'handroll-tour-test-'));
  const line = `rmdir "$1" && exec "$2" -e 'process.cwd()'`;
  const { stderr } = spawnSync('sh', ['-c', line, 'sh', directory, process.execPath], {
    cwd: directory,
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/ENOENT: .*uv_cwd/);
  const error = Object.assign(new Error('x'), { code: 'ENOENT', syscall: 'uv_cwd' });
  expect(tourErrorFrom(error)?.message).toBe("The current directory doesn't exist any more.");
  expect(tourErrorFrom(failing('ENOENT', '/w/x'))).toBeUndefined();
});
