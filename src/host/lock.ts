import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failedWith, TourError } from '../errors.ts';
import { printable } from '../text/printable.ts';
import { notWritable } from './ownership.ts';
import { isInside } from './private-containerd/private-containerd.ts';
import { readStat } from './process-stat.ts';
import { readSmallFile } from './small-file.ts';
import type { Workspace } from './workspace.ts';

interface Holder {
  readonly pid: number;
  /** In clock ticks since boot; distinguishes a process from a later one with the same number. */
  readonly started: string;
  readonly doing: string;
  /** Whether its number is that of the private containerd's pid namespace. */
  readonly inside?: boolean;
}

function startOf(pid: number): string | undefined {
  try {
    return readStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).started;
  } catch {
    return undefined;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readSmallFile(path)) as Holder;
  } catch {
    return undefined;
  }
}

/**
 * Locks the working directory for a command that changes things: two at once would undo each other's work.
 * @param doing the name that a second command reads in its error: 'a tour', 'handroll-tour run'
 * @returns a function that releases the lock
 * @throws TourError (exit 4) if a running process holds it
 */
export function lock(workspace: Workspace, doing: string): () => void {
  const path = join(workspace.own, 'lock');
  const own = `${path}.${process.pid}`;
  const inside = isInside(workspace);
  const mine: Holder = { pid: process.pid, started: startOf(process.pid) ?? '', doing, inside };
  try {
    for (;;) {
      // Written elsewhere and linked into place, so that a half-written lock is never read.
      writeFileSync(own, JSON.stringify(mine));
      if (linked(own, path)) break;
      const holder = readHolder(path);
      if (holder !== undefined && isAlive(holder, inside)) throw taken(workspace, holder);
      takeAway(path, own, inside);
    }
  } catch (error) {
    throw notWritable(workspace, error);
  } finally {
    rmSync(own, { force: true });
  }
  return () => {
    if (readHolder(path)?.pid === process.pid) rmSync(path, { force: true });
  };
}

/** @throws TourError (exit 4) if a running process works in the directory */
export function refuseTaken(workspace: Workspace): void {
  const holder = readHolder(join(workspace.own, 'lock'));
  if (holder !== undefined && holder.pid !== process.pid && isAlive(holder, isInside(workspace))) {
    throw taken(workspace, holder);
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (failedWith(error, 'EEXIST')) return false;
    throw error;
  }
}

/** @param here whether this process is in the private containerd's pid namespace, and sees no other */
function isAlive({ pid, started, inside = false }: Holder, here: boolean): boolean {
  return startOf(pid) === started || (here && !inside);
}

/** Removes the lock of a dead process, unless another process has just replaced it with its own. */
function takeAway(path: string, aside: string, inside: boolean): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return;
    throw error;
  }
  const holder = readHolder(aside);
  if (holder !== undefined && isAlive(holder, inside)) linked(aside, path);
}

function taken({ dir }: Workspace, { doing, pid }: Holder): TourError {
  const who = printable(String(doing));
  return new TourError(`${who} is already at work in ${dir} (process ${Number(pid)}).`, {
    hint: 'Go on there, or give this one a directory and a namespace of its own: --workdir DIR --namespace NS.',
  });
}
