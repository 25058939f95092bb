import { Exit, tourErrorFrom } from '../errors.ts';
import type { ErrorResult } from './json-lines.ts';

/** The last line of --json when a command has thrown; the stack of a bug goes to stderr. */
export function errorResult(thrown: unknown): ErrorResult {
  const error = tourErrorFrom(thrown);
  if (error !== undefined) {
    const { message, hint = null, exit } = error;
    return { type: 'result', ok: false, error: message, hint, exit };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { type: 'result', ok: false, error: message, hint: null, exit: Exit.bug };
}
