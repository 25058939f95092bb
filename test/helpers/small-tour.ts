import { type Check, type CheckResult, check, pass } from '../../src/engine/check.ts';
import type { Lesson, Step } from '../../src/engine/lesson.ts';
import { sh } from '../../src/engine/script.ts';
import { text } from '../../src/engine/text.ts';
import { type Event, type State, update } from '../../src/engine/update.ts';

/** Parts of lessons that are complete, and as small as that allows. */

export function aCheck(id: string, differing: Partial<Omit<Check, 'id'>> = {}): Check {
  return check(id, {
    claim: 'P1',
    says: `${id} holds`,
    observe: async () => pass(`${id} seen`),
    ...differing,
  });
}

export function aStep(id: string, differing: Partial<Omit<Step, 'id'>> = {}): Step {
  return {
    id,
    title: id,
    why: text`Why.`,
    script: sh`echo hello`,
    expect: text`What to expect.`,
    checks: [aCheck('check')],
    notice: text`What to notice.`,
    hint: text`A hint.`,
    ...differing,
  };
}

export function aLesson(
  id: string,
  steps: Lesson['steps'],
  differing: Partial<Omit<Lesson, 'id' | 'steps'>> = {},
): Lesson {
  return { id, title: id, intro: text`An introduction.`, steps, ...differing };
}

/** Where these events lead. */
export function follow(state: State, ...events: readonly Event[]): State {
  return events.reduce((now, event) => update(now, event).state, state);
}

/** What the checks of a step answer, as events. */
export const results = (...all: CheckResult[]): Event[] =>
  all.map((result, index) => ({ type: 'result', index, result }));
