import { Exit, TourError } from '../errors.ts';
import type { Io } from './command.ts';

/**
 * Refuses to open a screen if there is no suitable terminal.
 * @param what the tour or the explorer
 * @param instead commands that do the same without a screen
 * @throws TourError (exit 4)
 */
export function requireScreen(io: Io, what: string, instead: string): void {
  const options = { hint: `Without one: ${instead}`, exit: Exit.refused };
  if (!io.tty) {
    throw new TourError(`${what} needs a terminal with a keyboard.`, options);
  }
  if (process.env.TERM === 'dumb') {
    throw new TourError(
      `${what} needs a terminal it can draw on, which TERM=dumb rules out.`,
      options,
    );
  }
}

/** Loads a screen without CI set: Ink would draw nothing then, but we know that there is a terminal. */
export async function importScreen<T>(load: () => Promise<T>): Promise<T> {
  const { CI, CONTINUOUS_INTEGRATION } = process.env;
  delete process.env.CI;
  delete process.env.CONTINUOUS_INTEGRATION;
  try {
    return await load();
  } finally {
    if (CI !== undefined) process.env.CI = CI;
    if (CONTINUOUS_INTEGRATION !== undefined) {
      process.env.CONTINUOUS_INTEGRATION = CONTINUOUS_INTEGRATION;
    }
  }
}
