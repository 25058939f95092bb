import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { locate, type Workspace } from '../../src/host/workspace.ts';

/** A directory of the test's own, without symbolic links in its path, gone when it has finished. */
export function temporaryDirectory(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'handroll-unit-')));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A working directory that does not exist yet, in a directory of the test's own. */
export function temporaryWorkspace(name = 'w'): Workspace {
  return locate({ workdir: join(temporaryDirectory(), name), namespace: 'unit-test' });
}
