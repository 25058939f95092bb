import { Exit, TourError } from '../errors.ts';
import type { Io } from './command.ts';

/**
 * Refuses to open a screen where none can be drawn.
 * @param what the tour or the explorer
 * @param instead what does the same without a screen
 * @throws TourError (exit 4)
 */
export function requireScreen(io: Io, what: string, instead: string): void {
  const options = { hint: `Without one: ${instead}`, exit: Exit.refused };
  if (!io.tty) {
    throw new TourError(
      `${what} needs a terminal to draw on and a keyboard to listen to.`,
      options,
    );
  }
  if (process.env.TERM === 'dumb') {
    throw new TourError(
      `${what} needs a terminal it can draw on, and TERM=dumb says this is none.`,
      options,
    );
  }
}

/** Loads a screen. Ink takes CI to mean that nobody watches, but here the terminal has been seen. */
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
