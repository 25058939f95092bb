import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { tourErrorFrom } from '../../src/errors.ts';
import { obstacleIds } from '../../src/host/preflight/obstacles.ts';
import { terminal } from '../helpers/terminal.ts';

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

test('a terminal that is gone is no disk', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'handroll-tour-test-')), 'error');
  const program = `
    process.on('SIGHUP', () => {});
    process.stdout.on('error', ({ message, code, syscall }) => {
      fs.writeFileSync(process.argv[1], JSON.stringify({ message, code, syscall }));
      process.exit();
    });
    setInterval(() => process.stdout.write('.'), 20);
    console.log('ready');`;
  const it = terminal([process.execPath, '-e', program, path]);
  await it.sees('ready');
  it.hangUp();
  await vi.waitFor(() => expect(existsSync(path)).toBe(true), 5000);
  const { message, ...rest } = JSON.parse(readFileSync(path, 'utf8'));
  expect(rest).toEqual({ code: 'EIO', syscall: 'write' });
  const error = tourErrorFrom(Object.assign(new Error(message), rest));
  expect(error?.message).toMatch(/^The terminal is gone/);
  expect(error?.exit).toBe(129);
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
