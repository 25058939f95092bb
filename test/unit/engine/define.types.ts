import { check as checkOfTheTour } from '../../../lessons/claims.ts';
import { check, pass } from '../../../src/engine/check.ts';
import {
  assembleLesson,
  defineAnswers,
  defineChecks,
  defineDiagnoses,
  defineFaults,
  defineLesson,
  step,
} from '../../../src/engine/define.ts';
import { diagnoser } from '../../../src/engine/diagnosis.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';

/*
 * What the compiler refuses when the parts of a lesson do not fit together. Nothing here is run: tsc
 * fails where an error that is expected does not come.
 */

const prose = {
  title: 'A step',
  why: text`Why.`,
  script: sh`true`,
  expect: text`Something.`,
  notice: text`Nothing.`,
  hint: text`None.`,
};
const predict = { question: 'Which?', choices: ['this', 'that'] } as const;
const about = { id: '99-test', title: 'Test', intro: text`Test.` } as const;

const lesson = defineLesson({
  ...about,
  steps: [step('make', prose), step('ask', { ...prose, predict })],
});

const holds = { claim: 'P1', says: 'it holds', observe: async () => pass('it does') };
const checks = defineChecks(lesson, {
  make: [check('there', holds), check('whole', holds)],
  ask: [check('right', holds)],
});

const answer = async () => ({ right: 0, said: 'this' });
const answers = defineAnswers(lesson, { ask: answer });

const none = diagnoser(async () => undefined);
const diagnoses = defineDiagnoses(checks, { make: { whole: none } });

const fault = { name: 'gone', breaks: sh`false`, says: /gone/ };
defineFaults(checks, {
  make: { there: [fault], whole: [{ ...fault, also: ['there', 'ask/right'] }] },
  ask: { right: [fault] },
});

assembleLesson({ lesson, checks, answers, diagnoses });

export const refused = {
  'a step that leaves out what every step says': () =>
    // @ts-expect-error
    step('make', { title: 'A step', script: sh`true` }),

  'a step that says what no step says': () =>
    // @ts-expect-error
    step('make', { ...prose, footnote: 'None.' }),

  'a step without checks': () =>
    // @ts-expect-error
    defineChecks(lesson, { make: [check('there', holds)] }),

  'a step with an empty list of checks': () =>
    defineChecks(lesson, {
      make: [check('there', holds)],
      // @ts-expect-error
      ask: [],
    }),

  'checks of a step that the lesson does not have': () =>
    defineChecks(lesson, {
      make: [check('there', holds)],
      ask: [check('right', holds)],
      // @ts-expect-error
      more: [check('there', holds)],
    }),

  'a check of a claim that is not in the table': () =>
    // @ts-expect-error
    checkOfTheTour('there', { ...holds, claim: 'P9' }),

  'a question without an answer': () =>
    // @ts-expect-error
    defineAnswers(lesson, {}),

  'an answer where no question is asked': () =>
    // @ts-expect-error
    defineAnswers(lesson, { ask: answer, make: answer }),

  'a diagnosis for a check that is not there': () =>
    // @ts-expect-error
    defineDiagnoses(checks, { make: { right: none } }),

  'a diagnosis for a step that is not there': () =>
    // @ts-expect-error
    defineDiagnoses(checks, { more: { there: none } }),

  'a check without a fault': () =>
    // @ts-expect-error
    defineFaults(checks, { make: { there: [fault] }, ask: { right: [fault] } }),

  'a check with an empty list of faults': () =>
    defineFaults(checks, {
      // @ts-expect-error
      make: { there: [fault], whole: [] },
      ask: { right: [fault] },
    }),

  'a step without faults': () =>
    // @ts-expect-error
    defineFaults(checks, { make: { there: [fault], whole: [fault] } }),

  'a fault for a check that is not there': () =>
    defineFaults(checks, {
      make: { there: [fault], whole: [fault] },
      // @ts-expect-error
      ask: { right: [fault], wrong: [fault] },
    }),

  'a fault for a step that is not there': () =>
    defineFaults(checks, {
      make: { there: [fault], whole: [fault] },
      ask: { right: [fault] },
      // @ts-expect-error
      more: { there: [fault] },
    }),

  'a fault that names a check that is not there': () =>
    defineFaults(checks, {
      // @ts-expect-error
      make: { there: [{ ...fault, also: ['right'] }], whole: [fault] },
      ask: { right: [fault] },
    }),

  'a lesson without the answers to its questions': () =>
    // @ts-expect-error
    assembleLesson({ lesson, checks }),

  'a lesson with the checks of another': () =>
    assembleLesson({
      lesson: defineLesson({ ...about, steps: [step('make', prose)] }),
      // @ts-expect-error
      checks,
    }),
};
