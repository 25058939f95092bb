import type { Observation, Query } from './observation.ts';

/**
 * Something about the machine that prose, pictures, scripts and checks refer to. It's always read from
 * the host (once between two scripts), never stored and never typed in.
 */
export interface Fact<T = unknown> extends Query<T> {
  /** The article's variable for it, set in scripts and in the learner's shells. */
  readonly variable?: string;
  /** The value as it appears in a sentence. */
  readonly show: (value: T) => string;
  /** What the variable's value begins with, if `show` leaves it out: the algorithm of a digest. */
  readonly prefix?: string;
  /** Until when it's known, if it's about something that ends: 'demo runs'. */
  readonly knownWhile?: string;
}

/** A fact of any type, where only its text matters. */
// biome-ignore lint/suspicious/noExplicitAny: facts of different types stand side by side in prose.
export type AnyFact = Fact<any>;

/** Typed identity: what a fact is, and how to read it. `show` is `String` if left out. */
export function fact<T>(
  id: string,
  definition: Omit<Fact<T>, 'id' | 'show'> & { readonly show?: (value: T) => string },
): Fact<T> {
  return { show: String, ...definition, id };
}

/** A fact that only one lesson uses, without a variable. */
export function lessonFact<T>(id: string, from: string, read: Fact<T>['read']): Fact<T> {
  return fact<T>(id, { what: id, from, read });
}

/**
 * Facts as they read, by their id; those that are known.
 * @param otherwise what is known in another way of a fact that cannot be read now
 */
export async function readings(
  facts: readonly AnyFact[],
  observation: Observation,
  otherwise: (fact: AnyFact) => unknown = () => undefined,
): Promise<Map<string, string>> {
  const known = await Promise.all(
    facts.map(async (fact): Promise<[string, string][]> => {
      // What cannot be read is not known: the checks say why.
      const value = (await observation.get(fact).catch(() => undefined)) ?? otherwise(fact);
      return value === undefined ? [] : [[fact.id, fact.show(value)]];
    }),
  );
  return new Map(known.flat());
}
