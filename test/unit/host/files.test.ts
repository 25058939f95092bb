import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { listAs, readAs, readWhole } from '../../../src/host/files.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

let directory: string;

beforeEach(() => {
  directory = temporaryDirectory();
});

describe('a whole file', () => {
  test('is all its bytes', () => {
    const path = join(directory, 'file');
    writeFileSync(path, 'some bytes');
    expect(readWhole(path).toString()).toBe('some bytes');
  });

  test('of the kernel, which says that it has none, is what it says', () => {
    expect(readWhole('/proc/self/mountinfo').toString()).toContain(' - ');
  });

  test('that nobody may wait for is refused', () => {
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect(() => readWhole(fifo)).toThrow(`${fifo} is not a regular file.`);
  });

  test.each([['/dev/zero'], ['/dev']])('is not to be had of %s', (path) => {
    expect(() => readWhole(path)).toThrow(`${path} is not a regular file.`);
  });

  test('of a size that the tour never makes is not read', () => {
    const path = join(directory, 'base-layer.tar');
    writeFileSync(path, '');
    truncateSync(path, 3 * 1024 ** 3);
    expect(() => readWhole(path)).toThrow('larger than anything that the tour makes');
  });

  test('that is missing is what the system says of it', () => {
    expect(() => readWhole(join(directory, 'nothing'))).toThrow('ENOENT');
  });
});

test('what cannot be read is nothing', async () => {
  expect(await readAs('root', join(directory, 'nothing'))).toBeUndefined();
  expect(await listAs('root', join(directory, 'nothing'))).toBeUndefined();
});
