/** Exit codes of every command, as the README documents them. */
export const Exit = {
  good: 0,
  /** A check failed, there is a finding, or something is left. */
  finding: 1,
  usage: 2,
  /** A prerequisite is missing. */
  prerequisite: 3,
  /** Not permitted, or the environment refuses. */
  refused: 4,
  /** 128 and the number of the signal: SIGHUP, SIGINT (or Ctrl-C), SIGTERM. */
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof Exit)[keyof typeof Exit];

/**
 * Something the user can mend: what happened, what to do about it, and the exit code it leads to.
 * Any other error that reaches the command line is a bug, and is shown with its stack.
 */
export class TourError extends Error {
  override readonly name = 'TourError';
  readonly hint: string | undefined;
  readonly exit: ExitCode;

  constructor(message: string, options: { hint?: string; exit?: ExitCode; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
    this.exit = options.exit ?? Exit.refused;
  }
}

/** Whether a system call failed with one of these codes (`ENOENT`, `EACCES`, …). */
export function failedWith(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');
}
