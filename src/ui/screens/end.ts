import { keyOf, placesOf } from '../../engine/lesson.ts';
import { firstGo, quizOf } from '../../engine/quiz.ts';
import { rootUsed } from '../../engine/root-used.ts';
import { tasksDone } from '../../engine/task.ts';
import { counted } from '../../text/words.ts';
import { type Document, type Section, stackTightly } from '../document.ts';
import { blank, type Line, padded, span, truncate } from '../line.ts';
import { predictionRecap } from '../predictions.ts';
import { sentence } from '../prose.ts';
import { numberOf } from '../step-status.ts';
import type { TourViewModel } from '../view-model.ts';

/** The page after the last step: what was done, and that nothing is left of it. */
export function endDocument(model: TourViewModel, width: number, height: number): Document {
  const { theme, context, state } = model;
  const done = placesOf(state.lessons).filter((place) => state.completed.has(keyOf(place)));
  const sections: Section[] = [
    { lines: [[span("That's all there is to an image", 'title')]] },
    {
      lines: sentence(
        'Directory trees packed into tars, a few JSON files that list them by their hashes, and a kernel that stacks the unpacked directories into one. You made all of it with tools that know nothing about containers. The next `docker pull` does the same in reverse: a manifest first, then the config and the layers that it names, each checked against its hash.',
        theme,
        width,
      ),
      joins: 1,
    },
    { lines: sentence(ownWords(model), theme, width) },
    { lines: inColumns(doneLines(model), theme.spoken ? 1 : 2), joins: 1 },
    { lines: sentence(rootUsed(done, context.privilege), theme, width), joins: 1 },
    {
      lines: sentence(
        `Nothing is left behind: \`${context.workdir}\` is gone, and so is the namespace \`${context.namespace}\` with everything in it. The last step checked that.`,
        theme,
        width,
      ),
      joins: 1,
    },
    {
      lines:
        context.labCases.size === 0
          ? []
          : sentence(
              '`handroll-tour lab` is what comes next: images and containers that are broken on purpose, to find out why. It makes a new working directory, and `handroll-tour cleanup` removes that.',
              theme,
              width,
            ),
    },
    ...predictionRecap(model.state, theme, width).map((each) => ({ ...each, optional: true })),
  ];
  return stackTightly(sections, height);
}

/** What the learner did without help: the tasks, and the quiz. */
function ownWords({ state }: TourViewModel): string {
  const { done, alone } = tasksDone(state);
  const answered = state.quiz === undefined ? [] : firstGo(quizOf(state.lessons), state.quiz);
  const right = answered.filter(({ first }) => first === 0).length;
  const told = [
    ...(done === 0 ? [] : [`You did ${alone} of ${counted(done, 'task')} without the solution.`]),
    ...(answered.length === 0
      ? []
      : [
          `You answered ${right} of ${counted(answered.length, 'question')} right at the first go.`,
        ]),
  ];
  return told.join(' ');
}

function doneLines({ state, theme }: TourViewModel): Line[] {
  return state.lessons.map((lesson): Line => {
    const read = lesson.steps.filter((step) => state.completed.has(keyOf({ lesson, step }))).length;
    const whole = read === lesson.steps.length;
    const steps = counted(lesson.steps.length, 'step');
    return [
      span(theme.spoken ? '' : ' '),
      whole ? span(theme.symbols.pass, 'pass') : span(theme.symbols.none, 'dim'),
      span(` ${numberOf(lesson).padStart(2)}  `, 'dim'),
      span(lesson.title),
      ...(whole ? [] : [span(`  ${read} of ${steps}`, 'dim')]),
    ];
  });
}

const columnWidth = 40;

/** Fills the columns from top to bottom. */
function inColumns(lines: readonly Line[], columns: 1 | 2): Line[] {
  if (columns === 1) return [...lines];
  const height = Math.ceil(lines.length / 2);
  return Array.from({ length: height }, (_, at) => [
    ...padded(truncate(lines[at] ?? blank, columnWidth - 2), columnWidth),
    ...(lines[at + height] ?? blank),
  ]);
}
