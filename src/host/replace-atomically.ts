import { renameSync } from 'node:fs';

/** Puts a file in its place whole: another command of ours may be using it at this moment. */
export function replaceAtomically(path: string, make: (unfinished: string) => void): void {
  const unfinished = `${path}.${process.pid}`;
  make(unfinished);
  renameSync(unfinished, path);
}
