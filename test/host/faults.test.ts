import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lessons } from '../../lessons/index.ts';
import { evaluateWithoutWitness, type Fault, type Outcome } from '../../src/engine/check.ts';
import { keyOf, type Place, placesOf } from '../../src/engine/lesson.ts';
import { faultsOf } from '../helpers/faults.ts';
import { ownPlace, realSession } from '../helpers/host.ts';

/*
 * Every check can fail, and says what is wrong when it does. After each step, every fault of every
 * check of it is applied for real: exactly the checks that it names fail, with its message; and
 * running the step again mends it.
 */

const place = ownPlace();
let tour: Awaited<ReturnType<typeof realSession>>;

beforeAll(async () => {
  tour = await realSession(place);
});

afterAll(async () => {
  await tour.session.close();
  place.remove();
});

/** What every check of the lesson says now, up to and including this step. */
async function outcomes({ lesson, step }: Place): Promise<Map<string, Outcome>> {
  const observation = tour.newObservation();
  const steps = lesson.steps.slice(0, lesson.steps.indexOf(step) + 1);
  const all = steps.flatMap((each) => each.checks.map((check) => ({ each, check })));
  const entries = await Promise.all(
    all.map(
      async ({ each, check }): Promise<[string, Outcome]> => [
        `${each.id}/${check.id}`,
        await evaluateWithoutWitness(check, observation),
      ],
    ),
  );
  return new Map(entries);
}

function failing(all: Map<string, Outcome>): string[] {
  return [...all].flatMap(([id, { status }]) => (status === 'pass' ? [] : [id]));
}

function message(outcome: Outcome | undefined): string {
  if (outcome?.status === 'fail')
    return [outcome.expected, outcome.actual, outcome.hint].join('\n');
  return outcome?.status === 'blocked' ? outcome.why : 'it passes';
}

/** The mistake that leads, of those that were recognised. */
function diagnosisOf(outcome: Outcome | undefined): string | undefined {
  return outcome?.status === 'fail' ? outcome.diagnoses?.[0].id : undefined;
}

/** Every mistake of the lesson that is recognised now, whether or not a check fails for it. */
async function recognised({ lesson }: Place): Promise<string[]> {
  const observation = tour.newObservation();
  const all = lesson.steps.flatMap(({ checks }) => checks);
  const found = await Promise.all(
    all.map(async ({ id, diagnoser }) =>
      ((await diagnoser?.diagnose(observation)) ?? []).map((each) => `${id}: ${each.observed}`),
    ),
  );
  return found.flat();
}

function named(step: string, check: string, { also = [] }: Fault): string[] {
  return [check, ...also].map((id) => (id.includes('/') ? id : `${step}/${id}`)).sort();
}

function stepSuite(at: Place): void {
  const { step } = at;
  test('passes when performed', async () => {
    const state = await tour.perform(at);
    expect(state.error).toBeUndefined();
    const results = state.results.get(keyOf(at)) ?? [];
    expect(results.filter((result) => result?.status !== 'pass')).toEqual([]);
  });

  test('is not taken for a mistake, nor is what comes later and is not there yet', async () => {
    expect(await recognised(at)).toEqual([]);
  });

  for (const check of step.checks) {
    for (const fault of faultsOf(at, check)) {
      test(`${check.id}: ${fault.name}`, async () => {
        const before = failing(await outcomes(at));
        const broken = await tour.script(fault.breaks);
        expect(broken.code, broken.output).toBe(0);
        try {
          const after = await outcomes(at);
          const newly = failing(after).filter((id) => !before.includes(id));
          const said = newly.map((id) => `${id}: ${message(after.get(id))}`).join('\n');
          expect(newly.sort(), said).toEqual(named(step.id, check.id, fault));
          const own = after.get(`${step.id}/${check.id}`);
          expect(message(own)).toMatch(fault.says);
          expect(diagnosisOf(own)).toBe(fault.diagnosis);
        } finally {
          if (fault.mends !== undefined) {
            const mended = await tour.script(fault.mends);
            expect(mended.code, mended.output).toBe(0);
          }
          await tour.perform(at);
        }
        const mended = await outcomes(at);
        const said = failing(mended).map((id) => `${id}: ${message(mended.get(id))}`);
        expect(failing(mended), said.join('\n')).toEqual(before);
      });
    }
  }
}

for (const lesson of lessons) {
  describe(lesson.id, () => {
    for (const at of placesOf([lesson])) {
      describe(at.step.id, () => stepSuite(at));
    }
  });
}
