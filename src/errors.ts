/** Exit codes of every command, as the README documents them. */
export const Exit = {
  good: 0,
  /** A check failed, a rule is violated, or something is left. */
  failed: 1,
  usage: 2,
  /** A prerequisite is missing. */
  prerequisite: 3,
  /** Not permitted, or the environment refuses. */
  refused: 4,
  /** A bug in the tour, with its stack on stderr (EX_SOFTWARE of sysexits.h). */
  bug: 70,
  /** 128 plus the number of the signal: SIGHUP, SIGINT (or Ctrl-C), SIGTERM. */
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** Signals on which a command ends cleanly, with their exit codes. */
export const signalExits = {
  SIGINT: Exit.interrupted,
  SIGTERM: Exit.terminated,
  SIGHUP: Exit.hungUp,
} as const;

export const exitSignals = Object.keys(signalExits) as (keyof typeof signalExits)[];

/**
 * An error that the user can mend: what happened, what to do about it, and the exit code.
 * Any other error that reaches the command line is a bug and is shown with its stack.
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

/** Whether it's the machine that refused, which the user can mend, and not a bug of ours. */
export function isMendable(error: unknown): error is Error {
  return tourErrorFrom(error) !== undefined;
}

/**
 * In one line, what the machine refused and what to do about it.
 * @returns undefined if it's a bug of ours, or if the terminal is gone, where nothing can be told
 */
export function refusalIn(error: unknown): string | undefined {
  const known = tourErrorFrom(error);
  if (known === undefined || known.exit === Exit.hungUp) return undefined;
  return known.hint === undefined ? known.message : `${known.message} ${known.hint}`;
}

/** Waits for an attempt that this machine may not allow. @returns undefined if it doesn't */
export async function ifPossible<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (isMendable(error)) return undefined;
    throw error;
  }
}

/** Whether a system call failed with one of these codes (`ENOENT`, `EACCES`, …). */
export function failedWith(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

interface SystemErrorText {
  readonly what: string;
  /** Completes "PATH cannot be …"; 'written' if left out. */
  readonly cannotBe?: string;
  readonly do: string;
  readonly more?: string;
}

/** Messages for system calls that the machine refuses, by error code. */
const systemErrors: Readonly<Record<string, SystemErrorText>> = {
  ENOSPC: {
    what: 'The disk is full',
    do: 'Make room, or name a directory elsewhere: --workdir DIR.',
    more: 'disk-full',
  },
  EDQUOT: {
    what: 'Your share of the disk is used up',
    do: 'Make room, or name a directory elsewhere: --workdir DIR.',
    more: 'disk-full',
  },
  EROFS: {
    what: 'The file system is mounted read-only',
    do: 'Name a directory elsewhere: --workdir DIR.',
    more: 'workdir-read-only',
  },
  EIO: { what: 'The disk does not work as it should', do: 'Look at the output of dmesg.' },
  EMFILE: {
    what: 'Too many files are open in this process',
    cannotBe: 'opened',
    do: 'Raise the limit: ulimit -n 4096.',
  },
  ENFILE: {
    what: 'Too many files are open on this machine',
    cannotBe: 'opened',
    do: 'End another program first.',
  },
};

/** The error that the user can mend: itself, or why the machine refused a system call; undefined for a bug. */
export function tourErrorFrom(error: unknown): TourError | undefined {
  if (error instanceof TourError) return error;
  if (!(error instanceof Error)) return undefined;
  const { code = '', path, syscall, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' && syscall === 'uv_cwd') {
    return new TourError("The current directory doesn't exist any more.", {
      hint: 'Go to another one with cd, then try again.',
      cause: error,
    });
  }
  // That of a file has a text in between: EIO: i/o error, read.
  if (code === 'EIO' && message === `${syscall} EIO`) {
    return new TourError('The terminal is gone.', {
      hint: 'It was closed, or the shell that started this has ended.',
      exit: Exit.hungUp,
      cause: error,
    });
  }
  const refusal = Object.hasOwn(systemErrors, code) ? systemErrors[code] : undefined;
  if (refusal === undefined) return undefined;
  const more =
    refusal.more === undefined ? '' : `\nMore: handroll-tour doctor --explain ${refusal.more}`;
  const at = path === undefined ? '' : `: ${path} cannot be ${refusal.cannotBe ?? 'written'}`;
  return new TourError(`${refusal.what}${at}.`, { hint: `${refusal.do}${more}`, cause: error });
}
