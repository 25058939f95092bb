import type { AnyFact } from './fact.ts';
import type { Look } from './look.ts';

/** The variables whose facts are known now, by name. What cannot be read is left out. */
export async function knownVariables(
  look: Look,
  facts: readonly AnyFact[],
): Promise<Record<string, string>> {
  const known = await Promise.all(
    facts.map(async (fact): Promise<[string, string][]> => {
      const value = await look.get(fact).catch(() => undefined);
      return value === undefined || fact.variable === undefined
        ? []
        : [[fact.variable, String(value)]];
    }),
  );
  return Object.fromEntries(known.flat());
}
