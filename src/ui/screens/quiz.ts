import {
  type AskedQuestion,
  askedNow,
  factsOfQuiz,
  firstGo,
  lastAnswer,
  quizLesson,
  quizOf,
} from '../../engine/quiz.ts';
import { key, type Text } from '../../engine/text.ts';
import type { State } from '../../engine/update.ts';
import { counted } from '../../text/words.ts';
import { type Document, type Section, stack } from '../document.ts';
import { indented, type Line, line, marked, span } from '../line.ts';
import { readable } from '../measure.ts';
import { prose, sentence } from '../prose.ts';
import { numberOf } from '../step-status.ts';
import type { TourViewModel } from '../view-model.ts';

/** What the quiz shows now: a question, an answer that was just given, or the summary. */
type QuizPage = 'none' | 'looking' | 'missing' | 'question' | 'answer' | 'summary';

export function quizPage(state: State): QuizPage {
  const quiz = quizOf(state.lessons);
  if (quiz.length === 0 || state.quiz === undefined) return 'none';
  if (state.defined === undefined) return 'looking';
  if (missingFacts(state).length > 0) return 'missing';
  if (state.quizAnswered) return 'answer';
  return askedNow(quiz, state.quiz) === undefined ? 'summary' : 'question';
}

/** Whether the learner has never opened the quiz, so that it's the obvious next thing. */
export function isQuizNew({ lessons, quiz }: State): boolean {
  return quizOf(lessons).length > 0 && quiz === undefined;
}

/** Names what the page shows, so that its scroll position is its own. */
export function quizPageName(state: State): string {
  return `quiz ${state.quiz?.answers.length} ${quizPage(state)}`;
}

export function quizDocument(model: TourViewModel, width: number): Document {
  const { state, theme } = model;
  switch (quizPage(state)) {
    case 'looking':
      return stack([
        { lines: [line(span(`Looking at this machine${theme.symbols.ellipsis}`, 'dim'))] },
      ]);
    case 'missing':
      return stack(missingSections(model, width));
    case 'question':
      return stack(questionSections(model, width));
    case 'answer':
      return stack(answerSections(model, width));
    case 'summary':
      return stack(summarySections(model, width));
    default:
      return stack([]);
  }
}

export function quizTitle(model: TourViewModel): { left: Line; right: Line } {
  const { state } = model;
  const lesson = quizLesson(state.lessons);
  const quiz = quizOf(state.lessons);
  const asked = state.quiz === undefined ? 0 : firstGo(quiz, state.quiz).length;
  const at = Math.min(quiz.length, asked + (quizPage(state) === 'question' ? 1 : 0));
  const again = currentOf(state)?.again === true;
  const right = again ? 'asked again' : `question ${at} of ${quiz.length}`;
  const shown = ['question', 'answer'].includes(quizPage(state)) ? right : 'questions';
  return {
    left: [span(lesson === undefined ? '' : `${numberOf(lesson)}  ${lesson.title}`, 'dim')],
    right: [span(shown, 'dim')],
  };
}

/** The number of options to choose from now. */
export function quizChoices(state: State): number {
  const { quiz } = state;
  if (quiz === undefined || quizPage(state) !== 'question') return 0;
  return askedNow(quizOf(state.lessons), quiz)?.order.length ?? 0;
}

/** The question on the page, whether it's answered or not. */
function currentOf(state: State): AskedQuestion | undefined {
  const { quiz, quizAnswered, lessons } = state;
  if (quiz === undefined) return undefined;
  const all = quizOf(lessons);
  return quizAnswered ? lastAnswer(all, quiz) : askedNow(all, quiz);
}

/** What isn't there yet on this machine, and the step that makes it. */
function missingFacts({ lessons, defined }: State): { what: string; from: string }[] {
  const facts = factsOfQuiz(quizOf(lessons)).filter(({ id }) => defined?.has(id) === false);
  const byId = new Map(facts.map(({ id, what, from }) => [id, { what, from }]));
  return [...byId.values()];
}

function missingSections({ state, theme }: TourViewModel, width: number): Section[] {
  const told =
    'The questions are about your own image, and this is not there yet, or not any more. Each comes from the step behind it.';
  const rows = missingFacts(state).map(({ what, from }) => [
    span(theme.spoken ? '' : '  '),
    span(what),
    span(`: ${from}`, 'dim'),
  ]);
  return [{ lines: sentence(told, theme, width) }, { lines: rows }];
}

function questionSections(model: TourViewModel, width: number): Section[] {
  const { state, theme } = model;
  const current = currentOf(state);
  if (current === undefined) return [];
  const { question, order } = current;
  const known = state.defined ?? new Map<string, string>();
  const asked = prose(question.question, known, theme, readable(width, theme) - 2);
  return [
    { lines: marked(span(theme.symbols.ask, 'main'), asked) },
    { lines: order.flatMap((_, at) => optionLines(model, current, at, width)) },
  ];
}

/** One option: before a choice its number, after it also whether it was chosen and right. */
function optionLines(model: TourViewModel, current: AskedQuestion, at: number, width: number) {
  const { state, theme } = model;
  const { question, order } = current;
  const index = order[at] ?? 0;
  const chosen = state.quizAnswered && state.quiz?.answers.at(-1)?.option === index;
  const text = question.options[index]?.text ?? [];
  const words = prose(text, state.defined ?? new Map(), theme, readable(width, theme) - 7);
  const { here } = theme.symbols;
  const gap = theme.spoken ? '' : ' '.repeat(here.length);
  const sign = `${theme.spoken ? '' : '  '}${chosen ? here : gap} ${at + 1}`;
  return marked(span(theme.spoken ? sign.trim() : sign, chosen ? 'main' : 'dim'), words);
}

function answerSections(model: TourViewModel, width: number): Section[] {
  const { state, theme } = model;
  const quiz = quizOf(state.lessons);
  const given = state.quiz && lastAnswer(quiz, state.quiz);
  if (given === undefined) return [];
  const right = given.index === 0;
  const sign = right ? span(theme.symbols.pass, 'pass') : span(theme.symbols.fail, 'fail');
  const told: Text = [right ? 'Right. ' : 'No. ', ...given.option.why];
  const known = state.defined ?? new Map<string, string>();
  const lines = marked(sign, prose(told, known, theme, readable(width, theme) - 4));
  const later = right ? [] : sentence('This question will come up again.', theme, width);
  return [
    ...questionSections(model, width),
    { lines, stop: true, focus: { from: 0, to: lines.length } },
    { lines: later },
  ];
}

function summarySections({ state, theme }: TourViewModel, width: number): Section[] {
  const quiz = quizOf(state.lessons);
  const answered = state.quiz === undefined ? [] : firstGo(quiz, state.quiz);
  const wrong = answered.filter(({ first }) => first !== 0);
  const known = state.defined ?? new Map<string, string>();
  const title = `${answered.length - wrong.length} of ${quiz.length} at the first go`;
  const by = theme.spoken ? 0 : 2;
  const entry = (question: Text, answer: Text): Line[] => [
    ...prose(question, known, theme, readable(width, theme) - by),
    ...indented(prose(answer, known, theme, readable(width, theme) - 2 * by), by),
  ];
  return [
    { lines: [line(span(title, 'title'))] },
    {
      lines: sentence(
        wrong.length === 0
          ? 'You know what an image is made of, and where to look when one misbehaves.'
          : `${wrong.length === 1 ? 'This one' : `These ${wrong.length}`} took more than one try:`,
        theme,
        width,
      ),
    },
    ...wrong.map(({ question }) => ({
      lines: indented(entry(question.question, question.options[0].text), by),
      stop: true,
    })),
  ];
}

/** On the last page of the lesson: what the quiz is, and the key that opens it. */
export function quizInvitation({ state, theme }: TourViewModel, width: number): Line[] {
  const quiz = quizOf(state.lessons);
  const { lesson, step } = state.at;
  const isHere = lesson === quizLesson(state.lessons) && lesson.steps.at(-1) === step;
  if (!isHere || state.phase !== 'passed') return [];
  return sentence(`${quizWords(state, quiz.length)} \`${key('quiz')}\` opens them.`, theme, width);
}

function quizWords({ quiz, lessons }: State, count: number): string {
  const questions = counted(count, 'question');
  if (quiz === undefined) {
    return `${questions} about what you built, with your own hashes. Nothing depends on them.`;
  }
  if (askedNow(quizOf(lessons), quiz) !== undefined) {
    const answered = firstGo(quizOf(lessons), quiz).length;
    return `You have answered ${answered} of ${questions}.`;
  }
  const right = firstGo(quizOf(lessons), quiz).filter(({ first }) => first === 0).length;
  return `You answered ${right} of ${questions} right at the first go.`;
}
