import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failedWith } from '../../errors.ts';
import type { Workspace } from '../workspace.ts';
import { daemonDir } from './private-containerd.ts';

/*
 * While an open tour doesn't need its private containerd, that isn't running. The learner's `ctr` in
 * another terminal may need it then: it reads in one file that a tour is open, and asks for the daemon
 * with another (`ctr.sh`).
 */

const restingFile = (workspace: Workspace) => join(daemonDir(workspace), 'resting');
const wantedFile = (workspace: Workspace) => join(daemonDir(workspace), 'wanted');

/** Says to `ctr` that this process starts the daemon again if it's asked to. */
export function beginRest(workspace: Workspace): void {
  try {
    rmSync(wantedFile(workspace), { force: true });
    writeFileSync(restingFile(workspace), `${process.pid}\n`);
  } catch (error) {
    // The working directory was removed, or its disk is full: then `ctr` says that there is no daemon.
    if (!failedWith(error, 'ENOENT', 'ENOTDIR', 'ENOSPC', 'EACCES', 'EROFS')) throw error;
  }
}

/** Whether a `ctr` waits for the daemon. */
export function isWanted(workspace: Workspace): boolean {
  return existsSync(wantedFile(workspace));
}

/** Removes what the two files said. */
export function endRest(workspace: Workspace): void {
  for (const path of [restingFile(workspace), wantedFile(workspace)]) rmSync(path, { force: true });
}
