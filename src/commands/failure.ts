import { Exit, refusedByMachine, TourError } from '../errors.ts';
import type { ErrorResult } from './json-lines.ts';

/** What a command with --json ends with where it threw; of a bug the stack is on stderr. */
export function errorResult(thrown: unknown): ErrorResult {
  const error = refusedByMachine(thrown) ?? thrown;
  if (error instanceof TourError) {
    const { message, hint = null, exit } = error;
    return { type: 'result', ok: false, error: message, hint, exit };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'result', ok: false, error: message, hint: null, exit: Exit.bug };
}
