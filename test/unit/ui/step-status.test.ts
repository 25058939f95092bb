import { describe, expect, test } from 'vitest';
import { blocked, type CheckResult, fail, pass } from '../../../src/engine/check.ts';
import { initialState, update } from '../../../src/engine/update.ts';
import { entryStepOf, firstFailure, lessonStatus, numberOf } from '../../../src/ui/step-status.ts';
import { aCheck, aLesson, aStep } from '../../helpers/small-tour.ts';

const one = aLesson('01-one', [aStep('a'), aStep('b', { checks: [aCheck('x'), aCheck('y')] })]);
const two = aLesson('02-two', [aStep('c')]);
const clean = aLesson('11-clean', [aStep('d')], { undoes: true });
const lessons = [one, two, clean];

const good = pass('seen');
const bad = fail({ expected: 'this', actual: 'that', hint: 'Do it.' });

function surveyed(results: Record<string, CheckResult[]>, completed: string[] = []) {
  const begin = initialState(lessons, { completed });
  return update(begin, { type: 'surveyed', results: new Map(Object.entries(results)) }).state;
}

const all = { '01-one/a': [good], '01-one/b': [good, good], '02-two/c': [good] };

describe('a lesson', () => {
  test.each<[string, Record<string, CheckResult[]>, string[], string, number, string | undefined]>([
    ['all holds', all, [], 'holds', 2, undefined],
    ['nothing yet', { ...all, '01-one/a': [bad], '01-one/b': [bad, bad] }, [], 'not yet', 0, 'a'],
    ['in part', { ...all, '01-one/b': [good, bad] }, [], 'in part', 1, 'b'],
    ['drifted', { ...all, '01-one/b': [good, bad] }, ['01-one/b'], 'drifted', 1, 'b'],
    [
      'not to be seen',
      { ...all, '01-one/b': [good, blocked('EACCES')] },
      [],
      'cannot be seen',
      1,
      'b',
    ],
  ])('%s', (_, results, read, status, holding, open) => {
    const { firstOpen: place, ...rest } = lessonStatus(surveyed(results, read), one);
    expect(rest).toEqual({ status, holding });
    expect(place?.step.id).toBe(open);
  });
});

test.each<[string, CheckResult[], { says: string; found: string; advice: string } | undefined]>([
  ['none', [good, good], undefined],
  ['the first that fails', [good, bad], { says: 'y holds', found: 'that', advice: 'Do it.' }],
  [
    'one that cannot be seen',
    [blocked('EACCES'), bad],
    { says: 'x holds', found: 'EACCES', advice: '' },
  ],
  [
    'what is not there is named',
    [fail({ expected: 'the tar', actual: 'not there yet', hint: '' })],
    { says: 'x holds', found: 'the tar: not there', advice: '' },
  ],
])('trouble: %s', (_, results, expected) => {
  const place = { lesson: one, step: one.steps[1] ?? one.steps[0] };
  expect(firstFailure(surveyed({ '01-one/b': results }), place)).toEqual(expected);
});

describe('looking back is free, going on needs what comes before', () => {
  const inOne = surveyed({ ...all, '01-one/b': [good, bad] });
  const done = surveyed(all);

  test.each([
    ['where one is: the open step', inOne, one, 'b'],
    ['what comes after: not yet', inOne, two, undefined],
    ['what takes things away: always', inOne, clean, 'd'],
    ['what lies behind: its first step', done, one, 'a'],
    ['at the end', done, clean, 'd'],
  ])('%s', (_, state, lesson, step) => {
    expect(entryStepOf(state, lesson)?.step.id).toBe(step);
  });
});

test('lessons go by their number', () => {
  expect([one, clean].map(numberOf)).toEqual(['1', '11']);
});
