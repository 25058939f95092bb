import { key } from '../../engine/text.ts';
import { proseWidth } from '../../text/measure.ts';
import { beside, type Document, stack } from '../document.ts';
import { type Ends, heightOf, type PlacedPicture } from '../frame.ts';
import { type Line, line, marked, span, truncate, widthOf } from '../line.ts';
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
export function stepDocument(
  model: TourViewModel,
  width: number,
  height: number,
  picture: PlacedPicture | undefined,
): Document {
  const pictured = picture !== undefined;
  if (model.theme.spoken) return spokenDocument({ ...model, width, height });
  if (width < twoColumns) {
    const page = { ...model, width, height, pictured };
    // The picture was empty at the beginning of the lesson and is filled in at its end.
    const filled = model.state.phase === 'passed' && isLast(model) && !isFirst(model);
    const drawing = filled ? pictureIn(page) : [];
    return stack([...purpose(page), ...happening(page), { lines: drawing, optional: true }]);
  }
  const fixed = picture?.at === 'beside' ? heightOf(picture) : 0;
  const left = { ...model, width: proseWidth, height, pictured };
  const right = { ...model, width: happeningWidth(width), height: height - fixed };
  const drawing = isFirst(model) ? [] : pictureIn(left);
  const one = stack([...purpose(left), { lines: drawing, optional: true }]);
  return beside(one, stack(happening(right)), proseWidth, columnGap, fixed);
}

function pictureIn({ state, theme, width, pictured }: StepPage): Line[] {
  if (pictured) return [];
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

/** Why the last hand-over failed, if it did; otherwise good news. */
export function remarkLines({ view, theme }: TourViewModel, width: number): Line[] {
  const { remark, news } = view;
  const { warn, pass } = theme.symbols;
  if (remark !== undefined) return marked(span(warn, 'warn'), sentence(remark, theme, width - 4));
  return news === undefined ? [] : marked(span(pass, 'pass'), sentence(news, theme, width - 4));
}

const leastLessonTitle = 10;

/** The title line: the lesson, the step and its number. The step's title is what gives way last. */
export function stepTitle({ state, theme }: TourViewModel, width: number): Ends {
  const { lesson, step } = state.at;
  const number = lesson.steps.indexOf(step) + 1;
  const total = lesson.steps.length;
  const done = number - (state.phase === 'passed' ? 0 : 1);
  const { full, empty } = theme.symbols;
  const before = span(`${numberOf(lesson)}  `, 'dim');
  const between = span(theme.spoken ? ', ' : ' · ', 'dim');
  const title = span(step.title, 'title');
  const counted: Line = [span(`step ${number} of ${total}`, 'dim')];
  const bar = [span(full.repeat(done), 'pass'), span(empty.repeat(total - done), 'dim')];
  const room = width - widthOf([before, between, title, ...counted]) - 2;
  const whole = span(lesson.title, 'dim');
  const right = widthOf([whole, ...bar]) + 2 <= room ? [...counted, span('  '), ...bar] : counted;
  if (widthOf([whole]) <= room) return { left: [before, whole, between, title], right };
  if (room < leastLessonTitle) return { left: [before, title], right };
  return { left: [before, ...truncate([whole], room), between, title], right };
}
