import { describe, expect, test } from 'vitest';
import { fact } from '../../../src/engine/fact.ts';
import type { QuizQuestion } from '../../../src/engine/lesson.ts';
import type { QuizProgress } from '../../../src/engine/progress.ts';
import {
  askedNow,
  factsOfQuiz,
  firstGo,
  fitting,
  lastAnswer,
  quizOf,
} from '../../../src/engine/quiz.ts';
import { text } from '../../../src/engine/text.ts';
import { type Event, initialState, type State, update } from '../../../src/engine/update.ts';
import { aLesson, aStep } from '../../helpers/small-tour.ts';

const digest = fact('digest', { what: 'a digest', from: '01/make', read: async () => 'x' });
const chain = fact('chain', { what: 'a chain ID', from: '02/make', read: async () => 'y' });

const option = (name: string) => ({ text: [name], why: [`why ${name}`] });
const quiz: readonly QuizQuestion[] = ['a', 'b', 'c'].map((id) => ({
  id,
  question: [id],
  options: [option('right'), option('one'), option('two'), option('three')],
}));

/** Answers by id; an upper-case letter is a wrong one. */
const given = (answers: string, seed = 1): QuizProgress => ({
  seed,
  answers: [...answers].map((each) => ({
    id: each.toLowerCase(),
    option: each === each.toLowerCase() ? 0 : 2,
  })),
});

describe('the order of the questions', () => {
  test.each([
    ['', 'a'],
    ['a', 'b'],
    ['abc', undefined],
    ['A', 'b'],
    ['Abc', 'a'],
    ['ABc', 'a'],
    ['ABca', 'b'],
    ['ABcA', 'b'],
    ['ABcAb', 'a'],
    ['ABcAba', undefined],
  ])('after %j comes %j', (answers, next) => {
    expect(askedNow(quiz, given(answers))?.question.id).toBe(next);
  });

  test('what comes again says so', () => {
    expect(askedNow(quiz, given('A'))?.again).toBe(false);
    expect(askedNow(quiz, given('Abc'))?.again).toBe(true);
  });

  test('the first answer is the one that counts', () => {
    const told = firstGo(quiz, given('ABcab')).map(({ question, first }) => [question.id, first]);
    expect(told).toEqual([
      ['a', 2],
      ['b', 2],
      ['c', 0],
    ]);
  });
});

describe('the order of the options', () => {
  const orders = (answers: string) =>
    Array.from({ length: 200 }, (_, seed) => askedNow(quiz, given(answers, seed))?.order ?? []);

  test('follows from the seed alone', () => {
    expect(orders('')).toEqual(orders(''));
    for (const order of orders('')) expect([...order].sort()).toEqual([0, 1, 2, 3]);
  });

  test('puts the right one everywhere', () => {
    const counts = [0, 0, 0, 0];
    for (const order of orders('')) {
      const at = order.indexOf(0);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    for (const count of counts) expect(count).toBeGreaterThan(25);
  });

  test('of a question that comes again is another one', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const positions = ['', 'Abc', 'AbcA', 'AbcAA'].map((answers) =>
        askedNow(quiz, given(answers, seed))?.order.indexOf(0),
      );
      for (const [at, position] of positions.entries()) {
        expect(position).not.toBe(positions[at + 1]);
      }
    }
  });
});

test('an answer is shown as it was asked', () => {
  const before = askedNow(quiz, given('a'));
  const last = lastAnswer(quiz, given('aB'));
  expect(last?.order).toEqual(before?.order);
  expect([last?.question.id, last?.index, last?.option.text]).toEqual(['b', 2, ['two']]);
  expect(lastAnswer(quiz, given(''))).toBeUndefined();
});

test.each<[string, QuizProgress, number]>([
  ['all of it', given('ABca'), 4],
  ['what comes before a question that is gone', given('axb'), 1],
  ['what comes before a question that was not asked then', given('ac'), 1],
  [
    'what comes before an option that is gone',
    { seed: 1, answers: [...given('a').answers, { id: 'b', option: 9 }] },
    1,
  ],
  ['no more than was asked', given('abcc'), 3],
])('of a saved quiz counts %s', (_, saved, count) => {
  expect(fitting(quiz, saved)).toEqual({ seed: 1, answers: saved.answers.slice(0, count) });
});

test('its facts are those of questions, options and reasons', () => {
  const question: QuizQuestion = {
    id: 'q',
    question: text`Which is ${digest}?`,
    options: [
      { text: text`${chain}`, why: text`It is ${digest}.` },
      { text: text`no`, why: text`No.` },
    ],
  };
  expect(factsOfQuiz([question]).map(({ id }) => id)).toEqual(['digest', 'chain', 'digest']);
});

describe('in the tour', () => {
  const lessons = [aLesson('one', [aStep('x')], { quiz })];
  const begin = initialState(lessons, { seed: 7 });
  const follow = (state: State, ...events: Event[]) =>
    events.reduce((now, event) => update(now, event).state, state);
  const opened = follow(begin, { type: 'open quiz' });
  const positionOf = (state: State, wanted: number) => {
    if (state.quiz === undefined) throw new Error('not begun');
    return askedNow(quizOf(state.lessons), state.quiz)?.order.indexOf(wanted) ?? -1;
  };
  const answer = (state: State, wanted: number) =>
    update(state, { type: 'answer quiz', position: positionOf(state, wanted) });

  test('opened, it is saved with its seed, and its facts are read', () => {
    const { state, effects } = update(begin, { type: 'open quiz' });
    expect(state).toMatchObject({ quiz: { seed: 7, answers: [] }, defined: undefined });
    expect(effects.map(({ type }) => type)).toEqual(['save quiz', 'define']);
  });

  test('an answer is the option behind the position, and is saved', () => {
    const { state, effects } = answer(opened, 3);
    expect(state).toMatchObject({
      quizAnswered: true,
      quiz: { answers: [{ id: 'a', option: 3 }] },
    });
    expect(effects).toEqual([{ type: 'save quiz', quiz: state.quiz }]);
  });

  test.each<[string, State, number]>([
    ['before it was opened', begin, 0],
    ['while an answer is shown', answer(opened, 0).state, 0],
    ['at a position that has no option', opened, 4],
  ])('there is nothing to answer %s', (_, state, position) => {
    const { state: now, effects } = update(state, { type: 'answer quiz', position });
    expect([now, effects]).toEqual([state, []]);
  });

  test('left and opened again, it goes on with the next question', () => {
    const left = answer(opened, 1).state;
    const again = follow(left, { type: 'open quiz' });
    expect(again).toMatchObject({ quizAnswered: false, quiz: left.quiz });
    const later = follow(initialState(lessons, { quiz: left.quiz, seed: 99 }), {
      type: 'open quiz',
    });
    expect(later.quiz).toEqual(left.quiz);
  });

  test('to its end', () => {
    let state = opened;
    for (const wanted of [1, 0, 0, 2, 0]) {
      state = follow(answer(state, wanted).state, { type: 'next question' });
    }
    expect(state.quiz && askedNow(quiz, state.quiz)).toBeUndefined();
    expect(state.quiz?.answers.map(({ id }) => id).join('')).toBe('abcaa');
  });
});
