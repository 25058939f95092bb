import { TourError } from '../errors.ts';
import { NotYet, type Observation } from './observation.ts';

/** A mistake that was recognised on this machine. */
export interface Diagnosis {
  /** The mistake's id, for programs. */
  readonly id: string;
  /** What was found that shows the mistake. */
  readonly observed: string;
  /** What that means, and what to do about it. */
  readonly remedy: string;
  /** A read-only command that shows it; if there is none, the step's hint serves. */
  readonly where?: string;
  /** The command that mends it; if there is none, the step's script does. */
  readonly command?: string;
}

/** A common mistake, and how to recognise it by the traces it leaves. */
export interface DiagnosisRule<Seen> {
  /** Unique in its lesson: 'owner-own'. */
  readonly id: string;
  /**
   * Describes the trace of the mistake in what was seen; undefined if there is none. It's pure and never
   * guesses: it returns undefined where the step was done right or hasn't been begun.
   */
  readonly sign: (seen: Seen) => string | undefined;
  /** Its traces include those of other mistakes, so the mistakes after it are skipped. */
  readonly alone?: true;
  readonly remedy: string;
  readonly where?: string;
  readonly command?: string;
}

/** The mistakes that can make one check fail. They are looked for only after it has failed. */
export interface Diagnoser {
  readonly rules: readonly Omit<Diagnosis, 'observed'>[];
  readonly diagnose: (observation: Observation) => Promise<readonly Diagnosis[]>;
}

/** The mistakes whose sign matches what was seen, in the order given. */
export function diagnose<Seen>(rules: readonly DiagnosisRule<Seen>[], seen: Seen): Diagnosis[] {
  const found: Diagnosis[] = [];
  for (const { sign, alone, ...rule } of rules) {
    const observed = sign(seen);
    if (observed !== undefined) found.push({ ...rule, observed });
    if (observed !== undefined && alone === true) break;
  }
  return found;
}

/**
 * The mistakes that can make a check fail.
 * @param see reads what the signs are looked for in; anything that isn't there is undefined
 * @param rules the most specific first
 */
export function diagnoser<Seen>(
  see: (observation: Observation) => Promise<Seen>,
  ...rules: readonly DiagnosisRule<Seen>[]
): Diagnoser {
  return {
    rules,
    diagnose: async (observation) => {
      try {
        return diagnose(rules, await see(observation));
      } catch (error) {
        // What can't be read shows no mistake. Any other error is a bug in the tour.
        if (isAnswerOfMachine(error)) return [];
        throw error;
      }
    },
  };
}

/** Whether an error says something about the machine (not there, EACCES, ELOOP …), so isn't a bug. */
export function isAnswerOfMachine(error: unknown): error is Error {
  if (error instanceof NotYet || error instanceof TourError) return true;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return error instanceof Error && typeof code === 'string' && /^E[A-Z]+$/.test(code);
}
