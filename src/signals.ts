import { setMaxListeners } from 'node:events';
import { type ExitCode, endings } from './errors.ts';

const controller = new AbortController();
let code: ExitCode | undefined;

/** Aborted once a signal has told this process to end: what only asks and waits is given up then. */
export const ending: AbortSignal = controller.signal;
// Each question that waits for its answer listens, and there is no limit to those.
setMaxListeners(0, ending);

/** What this process ends with, once a signal has told it to, whatever else it comes to. */
export function toldToEnd(): ExitCode | undefined {
  return code;
}

/** A second is what a person waits before the next, harder signal. */
const longest = 900;

/** Notes the signal, the first of them; and ends this process where it does not end in time. */
export function tellToEnd(signal: keyof typeof endings): void {
  if (code !== undefined) return;
  code = endings[signal];
  controller.abort();
  setTimeout(() => process.exit(code), longest).unref();
}
