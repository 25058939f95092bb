import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory of the test's own, gone when it has finished. */
export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'handroll-oci-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

/** A path that is called by itself. */
export function named(path: string): { path: string; name: string } {
  return { path, name: path };
}
