import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createFileCache } from '../../../src/host/file-cache.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

const old = new Date('2025-01-01');

afterEach(() => vi.useRealTimers());

describe('derivations', () => {
  test('are made once for each version of a file', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    const path = join(temporaryDirectory(), 'file');
    const derive = vi.fn((bytes: Buffer) => bytes.toString());
    const known = createFileCache();
    const read = () => known.derive(path, 'text', derive);
    expect(await read()).toBeUndefined();
    writeFileSync(path, 'one');
    expect(await read()).toBe('one');
    expect(await read()).toBe('one');
    expect(derive).toHaveBeenCalledTimes(1);
    await vi.waitFor(async () => {
      writeFileSync(path, 'two');
      expect(await read()).toBe('two');
    });
    utimesSync(path, old, old);
    writeFileSync(path, 'owt');
    utimesSync(path, old, old);
    await vi.waitFor(async () => expect(await read()).toBe('owt'));
  });

  test('of a file that was changed just now are made again', async () => {
    const path = join(temporaryDirectory(), 'file');
    const known = createFileCache();
    for (const text of ['one', 'two', 'thr']) {
      writeFileSync(path, text);
      expect(await known.derive(path, 'text', String)).toBe(text);
    }
  });

  test('of one kind are not those of another', async () => {
    const path = join(temporaryDirectory(), 'file');
    writeFileSync(path, 'text');
    const known = createFileCache();
    expect(await known.derive(path, 'text', String)).toBe('text');
    expect(await known.derive(path, 'size', (bytes) => bytes.length)).toBe(4);
  });

  test('of what cannot be read are an error', async () => {
    await expect(createFileCache().derive(temporaryDirectory(), 'text', String)).rejects.toThrow(
      'is not a regular file',
    );
  });
});
