import { describe, expect, test } from 'vitest';
import { type Mistake, recognised } from '../../src/engine/diagnosis.ts';

/** A mistake, what is seen once it was made, and what is then said to have been observed. */
export type MadeMistake<Seen> = readonly [id: string, seen: Seen, observed: string];

/**
 * The mistakes of one check: each is recognised, before all others, where it was made; none is where
 * everything is right, or nothing is there yet.
 */
export function mistakeTable<Seen>(
  check: string,
  known: readonly Mistake<Seen>[],
  innocent: Readonly<Record<string, Seen>>,
  made: readonly MadeMistake<Seen>[],
): void {
  describe(check, () => {
    test.each(made)('%s', (id, seen, observed) => {
      expect(recognised(known, seen)[0]).toMatchObject({ id, observed });
    });

    test.each(Object.entries(innocent))('no mistake: %s', (_, seen) => {
      expect(recognised(known, seen)).toEqual([]);
    });

    test('every mistake was made', () => {
      const ids = new Set(made.map(([id]) => id));
      expect(known.map(({ id }) => id).filter((id) => !ids.has(id))).toEqual([]);
    });
  });
}
