import { keyOf, type Place, type Prediction, placesOf } from '../engine/lesson.ts';
import type { Answer } from '../engine/progress.ts';
import type { State } from '../engine/update.ts';
import type { Section } from './document.ts';
import { indented, type Line, line, type Span, span } from './line.ts';
import { readable } from './measure.ts';
import { spelled } from './prose.ts';
import type { Theme } from './theme.ts';
import { wrap } from './wrap.ts';

/** A prediction that the machine has answered. */
interface AnsweredPrediction {
  readonly predict: Prediction;
  readonly answer: Required<Answer>;
}

function answeredAt(state: State, place: Place): AnsweredPrediction[] {
  const { predict } = place.step;
  const { choice, said, right } = state.answers.get(keyOf(place)) ?? {};
  if (predict === undefined || choice === undefined) return [];
  return said === undefined || right === undefined
    ? []
    : [{ predict, answer: { choice, said, right } }];
}

/** The learner's prediction for this step and the machine's answer; empty if there was no prediction. */
export function verdictLines(state: State, place: Place, theme: Theme, width: number): Line[] {
  return answeredAt(state, place).flatMap((each) => wrap(verdict(each, theme), width));
}

function verdict({ predict, answer }: AnsweredPrediction, theme: Theme): Span[] {
  const [yours, right] = [predict.choices[answer.choice], predict.choices[answer.right]];
  const told =
    answer.choice === answer.right
      ? `You said: ${yours}. So says this machine: `
      : `You said: ${yours}. This machine says: ${right}. `;
  return [span(told), span(spelled(answer.said, theme), 'live')];
}

/** All predictions, the wrong ones first. */
export function predictionRecap(state: State, theme: Theme, width: number): Section[] {
  const all = placesOf(state.lessons).flatMap((place) => answeredAt(state, place));
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
