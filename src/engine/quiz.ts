import type { AnyFact } from './fact.ts';
import type { Lesson, QuizOption, QuizQuestion } from './lesson.ts';
import type { QuizAnswer, QuizProgress } from './progress.ts';
import { shuffled } from './shuffle.ts';
import { factsIn } from './text.ts';

/*
 * The quiz asks its questions in order. What was answered wrong is asked again after the others, with
 * its options mixed anew. All of this follows from the seed and the answers so far, which is all that
 * is saved.
 */

/** A question as it's asked now. */
export interface AskedQuestion {
  readonly question: QuizQuestion;
  /** The options as they're shown, by their index in the lesson. */
  readonly order: readonly number[];
  /** It was answered wrong before. */
  readonly again: boolean;
}

/** The lesson that asks a quiz; a tour has at most one. */
export function quizLesson(lessons: readonly Lesson[]): Lesson | undefined {
  return lessons.find(({ quiz }) => quiz !== undefined && quiz.length > 0);
}

export function quizOf(lessons: readonly Lesson[]): readonly QuizQuestion[] {
  return quizLesson(lessons)?.quiz ?? [];
}

/** The facts that the quiz is about. */
export function factsOfQuiz(quiz: readonly QuizQuestion[]): AnyFact[] {
  return quiz.flatMap(({ question, options }) =>
    factsIn(question, ...options.flatMap(({ text, why }) => [text, why])),
  );
}

/** The question that comes next; undefined once each was answered right. */
export function askedNow(
  quiz: readonly QuizQuestion[],
  { seed, answers }: QuizProgress,
): AskedQuestion | undefined {
  const [question] = queueAfter(quiz, answers);
  if (question === undefined) return undefined;
  const before = answers.filter(({ id }) => id === question.id).length;
  return { question, order: optionOrder(question, seed, before), again: before > 0 };
}

/** The last answer, its question and the options in the order in which they were shown. */
export function lastAnswer(
  quiz: readonly QuizQuestion[],
  { seed, answers }: QuizProgress,
): (AskedQuestion & { readonly option: QuizOption; readonly index: number }) | undefined {
  const given = answers.at(-1);
  const asked = askedNow(quiz, { seed, answers: answers.slice(0, -1) });
  const option = asked?.question.options[given?.option ?? -1];
  if (given === undefined || asked === undefined || option === undefined) return undefined;
  return { ...asked, option, index: given.option };
}

/** The questions that were answered right when they were first asked, out of those answered. */
export function firstGo(
  quiz: readonly QuizQuestion[],
  { answers }: QuizProgress,
): { readonly question: QuizQuestion; readonly first: number }[] {
  return quiz.flatMap((question) => {
    const first = answers.find(({ id }) => id === question.id);
    return first === undefined ? [] : [{ question, first: first.option }];
  });
}

/**
 * The saved quiz, as far as it fits the questions: an answer that couldn't have been given now, because
 * the questions have changed, ends it.
 */
export function fitting(
  quiz: readonly QuizQuestion[],
  { seed, answers }: QuizProgress,
): QuizProgress {
  const end = answers.findIndex(({ id, option }, index) => {
    const [asked] = queueAfter(quiz, answers.slice(0, index));
    return asked?.id !== id || asked.options[option] === undefined;
  });
  return { seed, answers: end === -1 ? answers : answers.slice(0, end) };
}

/** The questions still to be asked, in order. */
function queueAfter(
  quiz: readonly QuizQuestion[],
  answers: readonly QuizAnswer[],
): readonly QuizQuestion[] {
  return answers.reduce<readonly QuizQuestion[]>((queue, { option }) => {
    const [asked, ...rest] = queue;
    return asked === undefined || option === 0 ? rest : [...rest, asked];
  }, quiz);
}

/** A mixed order of a question's options. Asked again, the right one is at another position. */
function optionOrder(question: QuizQuestion, seed: number, before: number): number[] {
  const options = question.options.map((_, index) => index);
  const order = shuffled(options, `${seed} ${question.id} ${before}`);
  const was = before === 0 ? -1 : optionOrder(question, seed, before - 1).indexOf(0);
  if (order.indexOf(0) !== was) return order;
  const [first = 0, ...rest] = order;
  return [...rest, first];
}
