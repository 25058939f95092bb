import { key } from '../../engine/text.ts';
import { proseWidth } from '../../text/measure.ts';
import { beside, type Document, fitting, stack, stackTightly } from '../document.ts';
import { type Ends, heightOf, type PlacedPicture } from '../frame.ts';
import { type Line, line, marked, span, truncate, widthOf } from '../line.ts';
import { columnGap, twoColumns } from '../measure.ts';
import { lessonPicture } from '../picture.ts';
import { sentence } from '../prose.ts';
import { numberOf } from '../step-status.ts';
import type { TourViewModel } from '../view-model.ts';
import { happening } from './step-happening.ts';
import { happeningWidth } from './step-output.ts';
import {
  isFirst,
  isLast,
  isTightest,
  isUnderway,
  type StepPage,
  tightnesses,
} from './step-page.ts';
import { givenLines, purpose } from './step-purpose.ts';

/**
 * A step's page: its purpose and script, then its result; in two columns if there is room.
 * @param room the lines of the window without a hint, which may cover some of them
 */
export function stepDocument(
  model: TourViewModel,
  width: number,
  height: number,
  room: number,
  picture: PlacedPicture | undefined,
): Document {
  const pictured = picture !== undefined;
  if (model.theme.spoken) return spokenDocument({ ...model, width, height });
  if (width < twoColumns) {
    return fitting(waysToShow({ ...model, width, height: room, pictured }), room);
  }
  const fixed = picture?.at === 'beside' ? heightOf(picture) : 0;
  const left = { ...model, width: proseWidth, height, pictured };
  const right = { ...model, width: happeningWidth(width), height: height - fixed };
  const drawing = isFirst(model) ? [] : pictureIn(left);
  const one = stack([...purpose(left), { lines: drawing, optional: true }]);
  return beside(one, stack(happening(right)), proseWidth, columnGap, fixed);
}

/** The page in one column, the most comfortable way first. */
function* waysToShow(comfortable: StepPage): Iterable<Document> {
  for (const tightness of tightnesses) {
    const page = { ...comfortable, tightness };
    // The picture was empty at the beginning of the lesson and is filled in at its end.
    const filled = page.state.phase === 'passed' && isLast(page) && !isFirst(page);
    const below = isTightest(page) && isFirst(page);
    const drawing = filled || below ? pictureIn(page) : [];
    const sections = [
      ...purpose(page),
      ...happening(page),
      { lines: isTightest(page) ? givenLines(page) : [], optional: true },
      { lines: drawing, optional: true },
    ];
    yield tightness < 2 ? stack(sections) : stackTightly(sections, page.height);
  }
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

/**
 * The title line: the lesson, the step and its number. The gauge is there if nothing is cut for it; the step's
 * title is what gives way last.
 */
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
  const gauge = room - widthOf(bar) - 2 < widthOf([whole]) ? [] : [span('  '), ...bar];
  const named = room < leastLessonTitle ? [] : [...truncate([whole], room), between];
  return { left: [before, ...named, title], right: [...counted, ...gauge] };
}
