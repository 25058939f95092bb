import { keyOf, type Lesson } from '../../engine/lesson.ts';
import { type Standing, standingOf, workOf } from '../../engine/transition.ts';
import { beside, type Document, type Section, stack } from '../document.ts';
import { blank, indented, type Line, line, type Span, span, truncate, widthOf } from '../line.ts';
import { listWidth, twoColumns } from '../measure.ts';
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

/** Where every lesson stands, by what the machine says, and the steps of the chosen one. */
export function contentsDocument(now: NowOpen, width: number): Document {
  const room = Math.min(width, listWidth);
  const { lessons } = now.state;
  const rows = lessons.map((lesson, index) => row(now, lesson, index === now.view.cursor, room));
  const chosen = lessons[now.view.cursor];
  const list: Section = { lines: rows, focus: { from: now.view.cursor, to: now.view.cursor + 1 } };
  const about = chosen === undefined ? [] : aboutLesson(now, chosen, Math.min(width, 76));
  if (width < twoColumns) return stack([list, ...about]);
  return beside(stack([list]), stack(about), room, 4);
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
  if (lesson.undoes === true) return span('takes everything away again', 'dim');
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
  const { state, theme } = now;
  const door = doorOf(state, lesson);
  const steps = lesson.steps.map((step): Line => {
    const place = { lesson, step };
    const opens = door !== undefined && keyOf(door) === keyOf(place);
    const sign = signOf(standingOf(state, place), theme);
    const room = width - 9 - widthOf([sign]);
    return [
      span(theme.spoken ? '' : '       '),
      sign,
      span(' '),
      ...truncate([span(step.title, opens ? 'title' : 'dim')], room),
    ];
  });
  const early =
    door === undefined
      ? [line(span('       It opens once the lessons before it hold.', 'dim'))]
      : [];
  const about = indented(prose(lesson.intro, new Map(), theme, width - 9), theme.spoken ? 0 : 7);
  const facts = lesson.intro.some((part) => typeof part !== 'string');
  return [{ lines: [...steps, ...early] }, { lines: facts ? [] : [...about, blank] }];
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
