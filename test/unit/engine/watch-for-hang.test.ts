import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchForHang } from '../../../src/engine/watch-for-hang.ts';
import { TourError } from '../../../src/errors.ts';
import { type Containerd, Unresponsive } from '../../../src/host/containerd.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A containerd that answers so many times, and then fails like this. */
function answering(times: number, error: Error) {
  let asked = 0;
  const namespaces = async () => {
    asked += 1;
    if (asked > times) throw error;
    return [];
  };
  return { containerd: { namespaces } as unknown as Containerd, asked: () => asked };
}

test('asks now and then, and says once when there is no answer', async () => {
  const { containerd, asked } = answering(3, new Unresponsive('/a.sock'));
  const silent = vi.fn();
  watchForHang(containerd, silent);
  expect(asked()).toBe(0);
  await vi.advanceTimersByTimeAsync(16_000);
  expect(asked()).toBe(3);
  expect(silent).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked()).toBe(4);
  expect(silent).toHaveBeenCalledTimes(1);
  expect(silent.mock.calls[0]?.[0]).toMatchObject({ message: expect.stringContaining('/a.sock') });
});

test('what else goes wrong is the script’s to meet', async () => {
  const { containerd, asked } = answering(0, new TourError('sudo: a password is required'));
  const silent = vi.fn();
  watchForHang(containerd, silent);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked()).toBeGreaterThan(5);
  expect(silent).not.toHaveBeenCalled();
});

test('stopped, it asks no more', async () => {
  const { containerd, asked } = answering(0, new Unresponsive('/a.sock'));
  const silent = vi.fn();
  watchForHang(containerd, silent)();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked()).toBe(0);
  expect(silent).not.toHaveBeenCalled();
});
