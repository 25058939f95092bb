import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { refusedByMachine } from '../../src/errors.ts';
import { troubleIds } from '../../src/host/preflight/troubles.ts';

const failing = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: it says`), { code, ...(path === undefined ? {} : { path }) });

test.each([
  ['ENOSPC', /^The disk is full: \/w\/x cannot be written\.$/, 'disk-full'],
  ['EDQUOT', /^Your share of the disk/, 'disk-full'],
  ['EROFS', /^The file system is mounted read-only/, 'workdir-read-only'],
  ['EIO', /^The disk does not work/, undefined],
  ['EMFILE', /^Too many files are open in this process: \/w\/x cannot be opened\.$/, undefined],
])('%s is the machine’s, and is said in words', (code, message, id) => {
  const error = refusedByMachine(failing(code, '/w/x'));
  expect(error?.message).toMatch(message);
  expect(error?.exit).toBe(4);
  expect(error?.hint).toMatch(id === undefined ? /\.$/ : new RegExp(`--explain ${id}$`));
  if (id !== undefined) expect(troubleIds).toContain(id);
});

test('without a path there is none in it', () => {
  expect(refusedByMachine(failing('ENOSPC'))?.message).toBe('The disk is full.');
});

test('anything else may be a bug of ours', () => {
  expect(refusedByMachine(failing('EINVAL'))).toBeUndefined();
  expect(refusedByMachine(failing('constructor'))).toBeUndefined();
  expect(refusedByMachine(new TypeError('x is not a function'))).toBeUndefined();
  expect(refusedByMachine('thrown')).toBeUndefined();
  expect(() => readFileSync('/nowhere')).toThrow(
    expect.toSatisfy((error: unknown) => refusedByMachine(error) === undefined),
  );
});
