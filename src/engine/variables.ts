import type { AnyFact } from './fact.ts';
import type { Observation } from './observation.ts';

/** The variables for shells: where the tour works, and each fact that is known now. */
export async function knownVariables(
  observation: Observation,
  facts: readonly AnyFact[],
): Promise<Record<string, string>> {
  const known = await Promise.all(
    facts.map(async (fact): Promise<[string, string][]> => {
      const value = await observation.get(fact).catch(() => undefined);
      return value === undefined || fact.variable === undefined
        ? []
        : [[fact.variable, String(value)]];
    }),
  );
  return { ...observation.host.variables, ...Object.fromEntries(known.flat()) };
}
