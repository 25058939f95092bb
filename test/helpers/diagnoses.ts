import { describe, expect, test } from 'vitest';
import { type DiagnosisRule, diagnose } from '../../src/engine/diagnosis.ts';

/** A mistake, and what is observed after it. */
export type DiagnosisRow<Seen> = readonly [id: string, seen: Seen];

/**
 * Makes the tables of a lesson. What is said to have been observed, in whichever of them, is compared
 * with the file of that lesson beside the test, each sentence once.
 */
export function mistakeTables(lesson: string) {
  const tables: (() => string[])[] = [];

  test('what is said to have been observed', async () => {
    const lines = new Set(tables.flatMap((table) => table()));
    await expect([...lines, ''].join('\n')).toMatchFileSnapshot(`${lesson}.txt`);
  });

  /**
   * The mistakes of one check: each is recognised, before all others, where it was made; none is
   * where everything is right, or nothing is there yet.
   */
  return <Seen>(
    check: string,
    known: readonly DiagnosisRule<Seen>[],
    innocent: Readonly<Record<string, Seen>>,
    made: readonly DiagnosisRow<Seen>[],
  ): void => {
    const first = (seen: Seen) => diagnose(known, seen)[0];

    tables.push(() => made.map(([id, seen]) => `${id}: ${first(seen)?.observed}`));

    describe(check, () => {
      test.each(made)('%s', (id, seen) => {
        expect(first(seen)?.id).toBe(id);
      });

      test.each(Object.entries(innocent))('no mistake: %s', (_, seen) => {
        expect(diagnose(known, seen)).toEqual([]);
      });

      test('every mistake was made', () => {
        const ids = new Set(made.map(([id]) => id));
        expect(known.map(({ id }) => id).filter((id) => !ids.has(id))).toEqual([]);
      });
    });
  };
}
