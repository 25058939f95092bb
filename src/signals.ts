import { setMaxListeners } from 'node:events';
import { type ExitCode, signalExits } from './errors.ts';

const controller = new AbortController();
let code: ExitCode | undefined;

/** Aborted once a signal has told this process to end: read-only commands are cancelled then. */
export const exitSignal: AbortSignal = controller.signal;
// Every running command adds a listener, and their number isn't limited.
setMaxListeners(0, exitSignal);

/** The exit code, if a signal has told this process to end. It takes precedence over any other. */
export function requestedExit(): ExitCode | undefined {
  return code;
}

/** Milliseconds: people and supervisors wait about a second before they send a harder signal. */
const graceMs = 900;

/** Notes the first signal, and exits if this process hasn't ended after `longest`. */
export function requestExit(signal: keyof typeof signalExits): void {
  if (code !== undefined) return;
  code = signalExits[signal];
  controller.abort();
  setTimeout(() => process.exit(code), graceMs).unref();
}
