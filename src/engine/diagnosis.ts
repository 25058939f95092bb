import { TourError } from '../errors.ts';
import { type Look, NotYet } from './look.ts';

/** A mistake that was recognised on this machine, in the words of what was seen of it. */
export interface Diagnosis {
  /** The mistake's, for programs. */
  readonly id: string;
  /** What was seen that gives it away. */
  readonly observed: string;
  /** What that means, and what to do about it. */
  readonly remedy: string;
  /** A command that shows it and changes nothing; without one, the step's own hint. */
  readonly where?: string;
  /** The command that mends it; without one, the step's own script. */
  readonly command?: string;
}

/** A mistake that people make, and how to tell it from every other by what it leaves behind. */
export interface Mistake<Seen> {
  /** Unique in its lesson: 'owner-own'. */
  readonly id: string;
  /**
   * What of the things seen gives it away, said as it was seen; undefined if nothing does. Pure, and
   * never a guess: it is silent wherever the step was done right, or not begun.
   */
  readonly sign: (seen: Seen) => string | undefined;
  /** It leaves the signs of others behind as well: those that come after it do not count then. */
  readonly alone?: true;
  readonly remedy: string;
  readonly where?: string;
  readonly command?: string;
}

/** The mistakes that can make one check fail. They are looked for only once it has failed. */
export interface Mistakes {
  readonly known: readonly Omit<Diagnosis, 'observed'>[];
  readonly recognise: (look: Look) => Promise<readonly Diagnosis[]>;
}

/** Those of the mistakes that what was seen bears witness of, in the order given. */
export function recognised<Seen>(known: readonly Mistake<Seen>[], seen: Seen): Diagnosis[] {
  const found: Diagnosis[] = [];
  for (const { sign, alone, ...mistake } of known) {
    const observed = sign(seen);
    if (observed !== undefined) found.push({ ...mistake, observed });
    if (observed !== undefined && alone === true) break;
  }
  return found;
}

/**
 * What may have gone wrong for a check to fail.
 * @param see reads what the signs are looked for in; it may miss things, which then are undefined
 * @param known the most specific first
 */
export function mistakes<Seen>(
  see: (look: Look) => Promise<Seen>,
  ...known: readonly Mistake<Seen>[]
): Mistakes {
  return {
    known,
    recognise: async (look) => {
      try {
        return recognised(known, await see(look));
      } catch (error) {
        // What cannot be read gives nothing away. Anything else is a bug of ours.
        if (isAnswer(error)) return [];
        throw error;
      }
    },
  };
}

/** Whether an error is the machine's answer: not there, not to be had, refused (EACCES, ELOOP …). */
export function isAnswer(error: unknown): error is Error {
  if (error instanceof NotYet || error instanceof TourError) return true;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return error instanceof Error && typeof code === 'string' && /^E[A-Z]+$/.test(code);
}
