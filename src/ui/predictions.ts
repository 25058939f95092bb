import { keyOf, type Place, type Prediction, placesOf } from '../engine/lesson.ts';
import type { Answer } from '../engine/progress.ts';
import type { State } from '../engine/update.ts';
import type { Section } from './document.ts';
import { indented, type Line, line, marked, type Span, span } from './line.ts';
import { readable } from './measure.ts';
import { spelled } from './prose.ts';
import type { Theme } from './theme.ts';
import { wrap } from './wrap.ts';

/** A question that the machine has answered. */
interface AnsweredPrediction {
  readonly predict: Prediction;
  readonly answer: Answer & Required<Pick<Answer, 'said' | 'right'>>;
}

function answeredAt(state: State, place: Place): AnsweredPrediction[] {
  const { predict } = place.step;
  const answer = state.answers.get(keyOf(place));
  const { said, right } = answer ?? {};
  if (predict === undefined || said === undefined || right === undefined) return [];
  return [{ predict, answer: { ...answer, said, right } }];
}

/** The learner's prediction for this step, if there was one, and the machine's answer. */
export function verdictLines(state: State, place: Place, theme: Theme, width: number): Line[] {
  return answeredAt(state, place).flatMap((each) => {
    if (theme.spoken) return wrap(verdict(each, theme), width);
    return marked(span(theme.symbols.ask, 'main'), wrap(verdict(each, theme), width - 2));
  });
}

function verdict({ predict, answer }: AnsweredPrediction, theme: Theme): Span[] {
  const { choice, right } = answer;
  const answered = `"${predict.choices[right]}"`;
  const told =
    choice === right
      ? `You said ${answered}, and that's right. `
      : `${choice === undefined ? '' : `You said "${predict.choices[choice]}". `}The answer is ${answered}. `;
  return [span(told), span(spelled(answer.said, theme), 'live')];
}

/** All predictions, the wrong ones first. */
export function predictionRecap(state: State, theme: Theme, width: number): Section[] {
  const all = placesOf(state.lessons)
    .flatMap((place) => answeredAt(state, place))
    .filter(({ answer }) => answer.choice !== undefined);
  const surprises = all.filter(({ answer }) => answer.choice !== answer.right);
  const expected = all.filter(({ answer }) => answer.choice === answer.right);
  return [
    { lines: listed('What surprised you', surprises, theme, width), stop: true },
    { lines: listed('What you saw coming', expected, theme, width) },
  ];
}

function listed(
  title: string,
  all: readonly AnsweredPrediction[],
  theme: Theme,
  width: number,
): Line[] {
  if (all.length === 0) return [];
  const room = readable(width, theme) - 2;
  const entries = all.flatMap((each) => [
    ...wrap([span(each.predict.question)], room),
    ...indented(wrap(verdict(each, theme), room - 2), theme.spoken ? 0 : 2),
  ]);
  return [line(span(title, 'title')), ...indented(entries, theme.spoken ? 0 : 2)];
}
