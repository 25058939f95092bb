import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tellReading } from '../../../src/commands/progress-line.ts';
import type { LayoutFiles } from '../../../src/oci/layout/layout-files.ts';

const chunk = new Uint8Array(1024 ** 2);
const path = 'blobs/sha256/\u001b[2Jab';

/** A layout with one blob of four chunks, each of which takes half a second. */
const files: LayoutFiles = {
  isDirectory: true,
  violations: [],
  stat: async () => ({ kind: 'file', size: 4 * chunk.length }),
  list: async () => [path],
  async *read() {
    for (let count = 0; count < 4; count += 1) {
      vi.advanceTimersByTime(500);
      yield chunk;
    }
  },
};

function terminal(isTTY: boolean) {
  const written: string[] = [];
  return {
    written,
    columns: 40,
    isTTY,
    write: (text: string | Uint8Array) => {
      written.push(String(text));
      return true;
    },
  };
}

async function readAll({ read }: LayoutFiles): Promise<number> {
  let bytes = 0;
  for await (const each of read(path)) bytes += each.length;
  return bytes;
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

test('from the second second on, a line tells how far it is, and goes away at the end', async () => {
  const shown = terminal(true);
  const told = tellReading(files, shown);
  expect(await readAll(told.files)).toBe(4 * chunk.length);
  expect(shown.written).toHaveLength(3);
  expect(shown.written[0]).toContain('2.0 MiB of 4.0 MiB, blobs/sha256/');
  expect(shown.written[0]).not.toContain('\u001b[2J');
  told.end();
  expect(shown.written.at(-1)).toBe('\r\u001b[K');
});

test('what is quick is not told, and has no line to remove', async () => {
  const shown = terminal(true);
  const told = tellReading({ ...files, read: async function* () {} }, shown);
  await readAll(told.files);
  told.end();
  expect(shown.written).toEqual([]);
});

test('nothing is written to what is no terminal', async () => {
  const shown = terminal(false);
  const told = tellReading(files, shown);
  await readAll(told.files);
  told.end();
  expect(shown.written).toEqual([]);
});
