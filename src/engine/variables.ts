import type { AnyFact } from './fact.ts';
import type { Look } from './look.ts';

/** The variables for shells: where the tour works, and each fact that is known now. */
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
  return { ...look.host.variables, ...Object.fromEntries(known.flat()) };
}
