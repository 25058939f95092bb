import { keyOf, type Lesson, type Place } from '../../engine/lesson.ts';
import { type State, type StepStatus, stepStatus, workOf } from '../../engine/update.ts';
import { proseWidth } from '../../text/measure.ts';
import { beside, type Document, type Section, stack } from '../document.ts';
import { blank, indented, type Line, line, type Span, span, truncate } from '../line.ts';
import { columnGap, listWidth, twoColumns } from '../measure.ts';
import { prose } from '../prose.ts';
import {
  entryStepOf,
  firstFailure,
  isCleanedUp,
  type LessonStatus,
  lessonStatus,
  numberOf,
} from '../step-status.ts';
import type { Theme } from '../theme.ts';
import type { TourViewModel } from '../view-model.ts';
import { wrap } from '../wrap.ts';

/** The status of every lesson on this machine, and of each step of the chosen one. */
export function contentsDocument(model: TourViewModel, width: number): Document {
  const { state, view } = model;
  const room = Math.min(width, listWidth);
  const amongLessons = view.stepCursor === undefined;
  const rows = state.lessons.map((lesson, index) =>
    row(model, lesson, amongLessons && index === view.cursor, room),
  );
  const chosen = state.lessons[view.cursor];
  const focus = { from: view.cursor, to: view.cursor + 1 };
  const list: Section = { lines: rows, focus: amongLessons ? focus : undefined };
  const wide = width >= twoColumns;
  const besideIt = Math.min(width - listWidth - columnGap, listWidth);
  const about = chosen === undefined ? [] : aboutLesson(model, chosen, wide ? besideIt : room);
  if (!wide) return stack([list, ...about]);
  return beside(stack([list]), stack(about), room, columnGap);
}

function row(model: TourViewModel, lesson: Lesson, chosen: boolean, width: number): Line {
  const { theme, state } = model;
  const status = lessonStatus(state, lesson);
  const early = entryStepOf(state, lesson) === undefined;
  const here = span(chosen ? theme.symbols.here : blankFor(theme.symbols.here, theme), 'main');
  const title = lesson.title.padEnd(theme.spoken ? 0 : 30);
  const role = chosen ? 'title' : early ? 'dim' : 'text';
  const note = noteOf(model, lesson, status);
  return truncate(
    [
      here,
      span(' '),
      signOf(status.status, theme),
      span(` ${numberOf(lesson).padStart(2)}  `, 'dim'),
      span(title, role),
      ...(note === undefined ? [] : [span(theme.spoken ? '. ' : '  '), note]),
    ],
    width,
  );
}

function blankFor(symbol: string, { spoken }: Theme): string {
  return spoken ? '' : ' '.repeat(symbol.length);
}

function signOf(standing: LessonStatus['status'] | ShownStatus, { symbols }: Theme): Span {
  switch (standing) {
    case 'holds':
      return span(symbols.pass, 'pass');
    case 'in part':
      return span(symbols.part);
    case 'drifted':
    case 'cannot be seen':
      return span(symbols.warn, 'warn');
    case 'cleaned up':
    case 'not yet':
      return span(symbols.none, 'dim');
  }
}

function noteOf(model: TourViewModel, lesson: Lesson, status: LessonStatus): Span | undefined {
  const { firstOpen, holding } = status;
  if (lesson.undoes === true) return span('removes everything again', 'dim');
  const trouble = firstOpen === undefined ? undefined : firstFailure(model.state, firstOpen);
  switch (status.status) {
    case 'cleaned up':
      return span('cleaned up', 'dim');
    case 'drifted':
      return span(`drifted: ${trouble?.found ?? firstOpen?.step.title}`, 'warn');
    case 'cannot be seen':
      return span(`cannot be seen: ${trouble?.found ?? firstOpen?.step.title}`, 'warn');
    case 'in part':
      return span(`${holding} of ${lesson.steps.length}: ${firstOpen?.step.title}`, 'dim');
    default:
      return undefined;
  }
}

function aboutLesson(model: TourViewModel, lesson: Lesson, width: number): Section[] {
  const { state, theme, view } = model;
  const door = entryStepOf(state, lesson);
  const rows = lesson.steps.map((step, index) => stepRows(model, { lesson, step }, index, width));
  const early =
    door === undefined
      ? [line(span('       It opens once the lessons before it hold.', 'dim'))]
      : [];
  const before = rows.slice(0, view.stepCursor).flat().length;
  const chosen = rows[view.stepCursor ?? rows.length];
  const focus = chosen && { from: before, to: before + chosen.length };
  const prosaic = prose(lesson.intro, new Map(), theme, Math.min(width, proseWidth) - 9);
  const about = indented(prosaic, theme.spoken ? 0 : 7);
  const facts = lesson.intro.some((part) => typeof part !== 'string');
  return [{ lines: [...rows.flat(), ...early], focus }, { lines: facts ? [] : [...about, blank] }];
}

/** A step's status and, if something is wrong, the reason, which is given in full for the chosen step. */
function stepRows(model: TourViewModel, place: Place, index: number, width: number): Line[] {
  const { state, theme, view } = model;
  const chosen = index === view.stepCursor;
  const door = entryStepOf(state, place.lesson);
  const opens = view.stepCursor === undefined && door !== undefined && keyOf(door) === keyOf(place);
  const here = chosen ? theme.symbols.here : blankFor(theme.symbols.here, theme);
  const status = shownStatus(state, place);
  const why = status === 'drifted' || status === 'cannot be seen' ? status : undefined;
  const trouble = why && firstFailure(state, place);
  const note = trouble === undefined ? '' : `  ${why}: ${trouble.found}`;
  const row = [
    span(theme.spoken ? '' : '     '),
    span(here, 'main'),
    span(' '),
    signOf(status, theme),
    span(' '),
    span(place.step.title, chosen || opens ? 'title' : 'dim'),
  ];
  if (!chosen || trouble === undefined) return [truncate([...row, span(note, 'warn')], width)];
  const full = `${why}. Not so: ${trouble.says}. Found: ${trouble.found}`;
  const told = wrap([span(full, 'warn')], Math.min(width, proseWidth) - 9);
  return [truncate(row, width), ...indented(told, theme.spoken ? 0 : 9)];
}

type ShownStatus = StepStatus | 'cleaned up';

/** What was removed on purpose hasn't drifted. */
function shownStatus(state: State, place: Place): ShownStatus {
  const status = stepStatus(state, place);
  return status === 'drifted' && isCleanedUp(state) ? 'cleaned up' : status;
}

export function contentsTitle({ state, theme }: TourViewModel): { left: Line; right: Line } {
  const work = workOf(state.lessons);
  if (isCleanedUp(state)) {
    return { left: [span('handroll-tour', 'dim')], right: [span('cleaned up', 'pass')] };
  }
  const holds = (status: StepStatus) => status === 'holds';
  const holding = work.filter((place) => holds(stepStatus(state, place))).length;
  const looking = state.surveyed ? '' : `looking${theme.symbols.ellipsis}  `;
  return {
    left: [span('handroll-tour', 'dim')],
    right: [span(`${looking}${holding} of ${work.length} steps hold`, 'dim')],
  };
}
