import type { Look } from './look.ts';

/**
 * Something about the machine that prose, pictures, scripts and checks refer to. It's always read from
 * the host (once between two scripts), never stored and never typed in.
 */
export interface Fact<T = unknown> {
  readonly id: string;
  /** What it is, in a learner's words: 'the DiffID of the base layer'. */
  readonly what: string;
  /** The step that creates it, as LESSON/STEP. */
  readonly from: string;
  /** The article's variable for it, set in scripts and in the learner's shells. */
  readonly variable?: string;
  readonly read: (look: Look) => Promise<T | undefined>;
  /** The value as it appears in a sentence. */
  readonly show: (value: T) => string;
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
export function seenHere<T>(id: string, from: string, read: Fact<T>['read']): Fact<T> {
  return fact<T>(id, { what: id, from, read });
}
