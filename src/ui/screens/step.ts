import { key } from '../../engine/text.ts';
import { proseWidth } from '../../text/measure.ts';
import { beside, type Document, stack } from '../document.ts';
import { type Line, line, marked, span } from '../line.ts';
import { columnGap, twoColumns } from '../measure.ts';
import { lessonPicture } from '../picture.ts';
import { sentence } from '../prose.ts';
import { numberOf } from '../step-status.ts';
import type { TourViewModel } from '../view-model.ts';
import { happening } from './step-happening.ts';
import { happeningWidth } from './step-output.ts';
import { isFirst, isLast, isUnderway, type StepPage } from './step-page.ts';
import { purpose } from './step-purpose.ts';

/** A step's page: its purpose and script, then its result; in two columns if there is room. */
export function stepDocument(model: TourViewModel, width: number, height: number): Document {
  if (model.theme.spoken) return spokenDocument({ ...model, width, height });
  if (width < twoColumns) {
    const page = { ...model, width, height };
    // The picture was empty at the beginning of the lesson and is filled in at its end.
    const filled = model.state.phase === 'passed' && isLast(model) && !isFirst(model);
    const picture = filled ? pictureIn(page) : [];
    return stack([...purpose(page), ...happening(page), { lines: picture }]);
  }
  const left = { ...model, width: proseWidth, height };
  const right = { ...model, width: happeningWidth(width), height };
  const picture = isFirst(model) ? [] : pictureIn(left);
  const one = stack([...purpose(left), { lines: picture }]);
  return beside(one, stack(happening(right)), proseWidth, columnGap);
}

function pictureIn({ state, theme, width }: StepPage): Line[] {
  return lessonPicture(state.at.lesson, state.facts, theme, width);
}

/** For a screen reader, only what is new: the step before it runs, the outcome after. */
function spokenDocument(page: StepPage): Document {
  switch (page.state.phase) {
    case 'observing':
      return stack([]);
    case 'running':
      return stack([
        { lines: sentence(`Running. ${key('cancel')} cancels it.`, page.theme, page.width) },
      ]);
    case 'checking':
      return stack([{ lines: [line('Checking.')] }]);
    default:
      return stack([...(isUnderway(page) ? [] : purpose(page)), ...happening(page)]);
  }
}

/** Why the last hand-over failed, if it did. */
export function remarkLines({ view, theme }: TourViewModel, width: number): Line[] {
  if (view.remark === undefined) return [];
  return marked(span(theme.symbols.warn, 'warn'), sentence(view.remark, theme, width - 4));
}

/** The title line: the lesson, and the number of the step. */
export function stepTitle({ state, theme }: TourViewModel): { left: Line; right: Line } {
  const { lesson, step } = state.at;
  const number = lesson.steps.indexOf(step) + 1;
  const total = lesson.steps.length;
  const done = number - (state.phase === 'passed' ? 0 : 1);
  const { full, empty } = theme.symbols;
  return {
    left: [span(`${numberOf(lesson)}  ${lesson.title}`, 'dim')],
    right: [
      span(`step ${number} of ${total}  `, 'dim'),
      span(full.repeat(done), 'pass'),
      span(empty.repeat(total - done), 'dim'),
    ],
  };
}
