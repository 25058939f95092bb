import { keyOf, type Lesson, type Place } from '../../engine/lesson.ts';
import { type Standing, standingOf, workOf } from '../../engine/transition.ts';
import { proseWidth } from '../../text/measure.ts';
import { beside, type Document, type Section, stack } from '../document.ts';
import { blank, indented, type Line, line, type Span, span, truncate } from '../line.ts';
import { columnGap, listWidth, twoColumns } from '../measure.ts';
import type { NowOpen } from '../now.ts';
import { prose } from '../prose.ts';
import {
  doorOf,
  firstTrouble,
  type LessonStanding,
  lessonStanding,
  numberOf,
} from '../standing.ts';
import type { Theme } from '../theme.ts';
import { wrap } from '../wrap.ts';

/** The status of every lesson on this machine, and of each step of the chosen one. */
export function contentsDocument(now: NowOpen, width: number): Document {
  const { state, view } = now;
  const room = Math.min(width, listWidth);
  const amongLessons = view.stepCursor === undefined;
  const rows = state.lessons.map((lesson, index) =>
    row(now, lesson, amongLessons && index === view.cursor, room),
  );
  const chosen = state.lessons[view.cursor];
  const focus = { from: view.cursor, to: view.cursor + 1 };
  const list: Section = { lines: rows, focus: amongLessons ? focus : undefined };
  const wide = width >= twoColumns;
  const besideIt = Math.min(width - listWidth - columnGap, listWidth);
  const about = chosen === undefined ? [] : aboutLesson(now, chosen, wide ? besideIt : room);
  if (!wide) return stack([list, ...about]);
  return beside(stack([list]), stack(about), room, columnGap);
}

function row(now: NowOpen, lesson: Lesson, chosen: boolean, width: number): Line {
  const { theme, state } = now;
  const standing = lessonStanding(state, lesson);
  const early = doorOf(state, lesson) === undefined;
  const here = span(chosen ? theme.symbols.here : blankFor(theme.symbols.here, theme), 'main');
  const title = lesson.title.padEnd(theme.spoken ? 0 : 30);
  const role = chosen ? 'title' : early ? 'dim' : 'text';
  const note = noteOf(now, lesson, standing);
  return truncate(
    [
      here,
      span(' '),
      signOf(standing.standing, theme),
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

function signOf(standing: LessonStanding['standing'], { symbols }: Theme): Span {
  switch (standing) {
    case 'holds':
      return span(symbols.pass, 'pass');
    case 'in part':
      return span(symbols.part);
    case 'drifted':
    case 'cannot be seen':
      return span(symbols.warn, 'warn');
    case 'not yet':
      return span(symbols.none, 'dim');
  }
}

function noteOf(now: NowOpen, lesson: Lesson, standing: LessonStanding): Span | undefined {
  const { open, holding } = standing;
  if (lesson.undoes === true) return span('removes everything again', 'dim');
  const trouble = open === undefined ? undefined : firstTrouble(now.state, open);
  switch (standing.standing) {
    case 'drifted':
      return span(`drifted: ${trouble?.found ?? open?.step.title}`, 'warn');
    case 'cannot be seen':
      return span(`cannot be seen: ${trouble?.found ?? open?.step.title}`, 'warn');
    case 'in part':
      return span(`${holding} of ${lesson.steps.length}: ${open?.step.title}`, 'dim');
    default:
      return undefined;
  }
}

function aboutLesson(now: NowOpen, lesson: Lesson, width: number): Section[] {
  const { state, theme, view } = now;
  const door = doorOf(state, lesson);
  const rows = lesson.steps.map((step, index) => stepRows(now, { lesson, step }, index, width));
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
function stepRows(now: NowOpen, place: Place, index: number, width: number): Line[] {
  const { state, theme, view } = now;
  const chosen = index === view.stepCursor;
  const door = doorOf(state, place.lesson);
  const opens = view.stepCursor === undefined && door !== undefined && keyOf(door) === keyOf(place);
  const here = chosen ? theme.symbols.here : blankFor(theme.symbols.here, theme);
  const standing = standingOf(state, place);
  const why = standing === 'drifted' || standing === 'cannot be seen' ? standing : undefined;
  const trouble = why && firstTrouble(state, place);
  const note = trouble === undefined ? '' : `  ${why}: ${trouble.found}`;
  const row = [
    span(theme.spoken ? '' : '     '),
    span(here, 'main'),
    span(' '),
    signOf(standing, theme),
    span(' '),
    span(place.step.title, chosen || opens ? 'title' : 'dim'),
  ];
  if (!chosen || trouble === undefined) return [truncate([...row, span(note, 'warn')], width)];
  const full = `${why}. Not so: ${trouble.says}. Found: ${trouble.found}`;
  const told = wrap([span(full, 'warn')], Math.min(width, proseWidth) - 9);
  return [truncate(row, width), ...indented(told, theme.spoken ? 0 : 9)];
}

export function contentsTitle({ state, theme }: NowOpen): { left: Line; right: Line } {
  const work = workOf(state.lessons);
  const holds = (standing: Standing) => standing === 'holds';
  const holding = work.filter((place) => holds(standingOf(state, place))).length;
  const looking = state.surveyed ? '' : `looking${theme.symbols.ellipsis}  `;
  return {
    left: [span('handroll-tour', 'dim')],
    right: [span(`${looking}${holding} of ${work.length} steps hold`, 'dim')],
  };
}
