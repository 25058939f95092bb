import { TourError } from '../errors.ts';
import { explainHint, type ObstacleId, obstacleOf } from './preflight/obstacles.ts';

/** This machine or process has run out of something, so it can't be examined. */
export class Shortage extends TourError {
  constructor(id: ObstacleId, options: { readonly cause?: unknown } = {}) {
    const { symptom, remedy } = obstacleOf(id);
    super(`${symptom} ${remedy}`, { hint: explainHint(id), ...options });
  }
}

/** Node's error codes when it can't start a program, and the messages of programs, with LC_ALL=C. */
const shortages: readonly (readonly [ObstacleId, readonly string[], RegExp])[] = [
  [
    'out-of-processes',
    ['EAGAIN'],
    /Resource temporarily unavailable|cannot fork|failed to create new OS thread|errno=11\b/i,
  ],
  ['out-of-files', ['EMFILE', 'ENFILE'], /too many open files/i],
  ['out-of-memory', ['ENOMEM'], /cannot allocate memory|out of memory/i],
];

/** What a failed program ran out of, according to its message; undefined if it was something else. */
export function shortageIn(said: string): Shortage | undefined {
  const found = shortages.find(([, , words]) => words.test(said));
  return found && new Shortage(found[0]);
}

/** The shortage that kept a program from starting, if that was the reason. */
export function shortageOf(error: unknown): Shortage | undefined {
  const code = String((error as NodeJS.ErrnoException | null)?.code);
  const found = shortages.find(([, codes]) => codes.includes(code));
  return found && new Shortage(found[0], { cause: error });
}
