import { describe, expect, test } from 'vitest';
import { check, pass } from '../../../src/engine/check.ts';
import {
  assembleLesson,
  defineAnswers,
  defineChecks,
  defineDiagnoses,
  defineLesson,
  step,
} from '../../../src/engine/define.ts';
import { diagnoser } from '../../../src/engine/diagnosis.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';

const prose = {
  title: 'A step',
  why: text`Why.`,
  script: sh`true`,
  expect: text`Something.`,
  notice: text`Nothing.`,
  hint: text`None.`,
};

describe('a lesson that is put together', () => {
  const lesson = defineLesson({
    id: '99-test',
    title: 'Test',
    intro: text`Test.`,
    steps: [
      step('make', { ...prose, builds: true }),
      step('ask', { ...prose, predict: { question: 'Which?', choices: ['this', 'that'] } }),
    ],
  });
  const there = check('there', { claim: 'P1', says: 'there', observe: async () => pass('yes') });
  const whole = check('whole', { claim: 'P1', says: 'whole', observe: async () => pass('yes') });
  const right = check('right', { claim: 'P1', says: 'right', observe: async () => pass('yes') });
  const checks = defineChecks(lesson, { make: [there, whole], ask: [right] });
  const answer = async () => ({ right: 1, said: 'that' });
  const known = diagnoser(async () => undefined);
  const assembled = assembleLesson({
    lesson,
    checks,
    answers: defineAnswers(lesson, { ask: answer }),
    diagnoses: defineDiagnoses(checks, { make: { whole: known } }),
  });

  test('says what its text says', () => {
    expect(assembled).toMatchObject({ id: '99-test', title: 'Test', intro: text`Test.` });
    expect(assembled.steps.map(({ id }) => id)).toEqual(['make', 'ask']);
    expect(assembled.steps[0]).toMatchObject({ ...prose, builds: true });
  });

  test('checks each step, in order', () => {
    expect(assembled.steps.map(({ checks: all }) => all.map(({ id }) => id))).toEqual([
      ['there', 'whole'],
      ['right'],
    ]);
  });

  test('answers its questions, and asks no others', () => {
    expect(assembled.steps.map(({ predict }) => predict)).toEqual([
      undefined,
      { question: 'Which?', choices: ['this', 'that'], ask: answer },
    ]);
  });

  test('recognises the mistakes of the check that has some', () => {
    const all = assembled.steps.flatMap((each) => each.checks);
    expect(all.map((each) => each.diagnoser)).toEqual([undefined, known, undefined]);
  });
});
