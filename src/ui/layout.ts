import { catchUpTo, firstDrifted } from '../engine/errand.ts';
import { keyOf } from '../engine/lesson.ts';
import { isOnErrand, standingOf } from '../engine/transition.ts';
import { columnsOf } from '../text/measure.ts';
import { type Document, type Section, stack, type Window, windowOf } from './document.ts';
import {
  apart,
  type Column,
  cut,
  type Ends,
  type Frame,
  furniture,
  heightIn,
  margin,
  widthIn,
} from './frame.ts';
import { keyLine } from './key-line.ts';
import { type Binding, keyFor, keysNow, type ScreenName, type Situation } from './keymap.ts';
import { blank, type Line, span, truncate } from './line.ts';
import { isOpen, type Now, type NowOpen } from './now.ts';
import { outputLines } from './output-lines.ts';
import { lessonPicture } from './picture.ts';
import { prose } from './prose.ts';
import { contentsDocument, contentsTitle } from './screens/contents.ts';
import { endDocument } from './screens/end.ts';
import { errandDocument, errandNote, errandTitle, wayOn } from './screens/errand.ts';
import { glossaryDocument } from './screens/glossary.ts';
import { helpDocument } from './screens/help.ts';
import { openingDocument } from './screens/opening.ts';
import { privilegeDocument } from './screens/privilege.ts';
import { isTooSmall, smallDocument } from './screens/small.ts';
import { remarkLines, stepDocument, stepTitle } from './screens/step.ts';
import { hintLines } from './screens/step-hint.ts';
import { liveLine } from './screens/step-live.ts';
import { isCut, outputOf } from './screens/step-output.ts';
import { isUnderway } from './screens/step-page.ts';
import { chosenDoor, chosenPlace, numberOf } from './standing.ts';
import type { Theme } from './theme.ts';

/** A frame, and what decides the meaning of keys on it. */
export interface Layout extends Required<Frame> {
  /** The name of the page: the scroll position is kept only while it stays the same. */
  readonly page: string;
  readonly document: Document;
  readonly window: Window;
  /** The number of lines in the window. */
  readonly height: number;
  readonly situation: Situation;
  readonly keys: readonly Binding[];
}

/** The steps that a package manager may be able to mend. */
const aboutTools = new Set(['00-prerequisites/tools', '00-prerequisites/busybox']);

const own: Ends = { left: [span('handroll-tour', 'dim')], right: [] };

/** Lines of the page that stay in view, however much is pinned below it. */
const leftToPage = 4;
/** Two columns and the gap between them: more is too wide to read. */
const widest = 180;

/** Lays out the whole screen, as a pure function. */
export function layOut(now: Now): Layout {
  const { size, theme } = now;
  const screen = screenOf(now);
  const width = widthIn(size, theme, widest);
  const rows = theme.spoken ? Number.MAX_SAFE_INTEGER : heightIn(size) - furniture;
  const pinned = pinnedTo(now, screen, width).slice(0, Math.max(0, rows - leftToPage));
  const height = Math.max(1, rows - pinned.length);
  const document = documentOf(now, screen, width, height);
  const page = pageOf(now, screen);
  const scrolled = now.view.scroll?.page === page ? now.view.scroll.top : undefined;
  const window = windowOf(document, height, scrolled);
  const situation = situationOf(now, screen, { page, window, width, height });
  const keys = keysNow(situation);
  // A screen reader needn't repeat the few keys that work while the tour is busy.
  const quiet = theme.spoken && isBusy(situation);
  const room = theme.spoken ? width : size.columns - 2 * margin;
  return {
    page,
    document,
    window,
    height,
    situation,
    keys,
    width,
    header: apart(titlesOf(now, screen), Math.min(width, room)),
    columns: columnsIn(window, room),
    pinned: cut(pinned, room),
    footer: {
      rule: ruleOf(now, situation, window, width),
      keys: quiet ? blank : truncate(keyLine(keys, situation, theme, width), room),
    },
  };
}

/** The columns of the window. */
function columnsIn({ lines, beside }: Window, room: number): Column[] {
  if (beside === undefined) return [{ lines: cut(lines, room) }];
  return [
    { lines: cut(lines, beside.at - 1), width: beside.at },
    { lines: cut(beside.lines, room - beside.at) },
  ];
}

/** The lines that stay in view when the page scrolls: the result of a hand-over, and the hint. */
function pinnedTo(now: Now, screen: ScreenName, width: number): Line[] {
  if (!isOpen(now)) return [];
  if (screen === 'step') {
    return [
      ...errandNote(now, width),
      ...remarkLines(now, width),
      ...hintLines(now, width),
      ...liveLine(now, width),
    ];
  }
  return screen === 'privilege' ? remarkLines(now, width) : [];
}

function screenOf(now: Now): ScreenName {
  const { view, size, theme } = now;
  if (!theme.spoken && isTooSmall(size)) return 'small';
  if (!isOpen(now)) return 'opening';
  if (view.screen !== 'step') return view.screen;
  if (view.locked || now.state.problem?.password === true) return 'privilege';
  if (isOnErrand(now.state)) return 'errand';
  return now.state.finished ? 'end' : 'step';
}

function documentOf(now: Now, screen: ScreenName, width: number, height: number): Document {
  if (screen === 'small') return smallDocument(now.size, width);
  if (screen === 'help') return helpDocument(now, width);
  if (!isOpen(now)) return openingDocument(now.theme, width);
  switch (screen) {
    case 'contents':
      return contentsDocument(now, width);
    case 'privilege':
      return privilegeDocument(now, width);
    case 'picture':
      return stack(pictureSections(now, width));
    case 'output':
      return stack([{ lines: outputLines(outputOf(now), now.theme, width) }]);
    case 'errand':
      return errandDocument(now, width, height);
    case 'glossary':
      return glossaryDocument(now, width);
    case 'end':
      return endDocument(now, width);
    default:
      return stepDocument(now, width, height);
  }
}

function pictureSections({ state, theme }: NowOpen, width: number): Section[] {
  const { lesson } = state.at;
  return [
    { lines: lessonPicture(lesson, state.facts, theme, width) },
    { lines: prose(lesson.intro, state.facts, theme, width) },
  ];
}

function titlesOf(now: Now, screen: ScreenName): Ends {
  if (!isOpen(now) || screen === 'small') return own;
  switch (screen) {
    case 'contents':
      return contentsTitle(now);
    case 'step':
    case 'picture':
      return stepTitle(now);
    case 'errand':
      return errandTitle(now);
    case 'output':
      return { ...stepTitle(now), right: [span('all of the output', 'dim')] };
    case 'glossary':
      return { ...stepTitle(now), right: [span('the terms of this page', 'dim')] };
    case 'help':
      return { ...own, right: [span('keys', 'dim')] };
    default:
      return own;
  }
}

/** Names the page. The name changes when the page's subject does, not with every line of output. */
function pageOf(now: Now, screen: ScreenName): string {
  if (!isOpen(now) || ['contents', 'help', 'errand'].includes(screen)) return screen;
  const { phase, at } = now.state;
  const part =
    phase === 'running' || phase === 'checking'
      ? 'during'
      : isUnderway(now)
        ? phase
        : // A background re-check leaves the page as it is.
          'before';
  return `${screen} ${keyOf(at)} ${part}`;
}

function situationOf(
  now: Now,
  screen: ScreenName,
  seen: { page: string; window: Window; width: number; height: number },
): Situation {
  const { window, page, width, height } = seen;
  const above = window.above > 0;
  const below = window.below > 0;
  const known = now.state?.phase === 'passed' && now.state.read.has(keyOf(now.state.at));
  const unread = below && now.view.read !== page && !(known && !now.view.acted);
  const nothing = {
    choices: 0,
    before: false,
    holds: false,
    visit: undefined,
    picture: false,
    cut: false,
    missing: false,
    locked: false,
    terms: false,
    door: undefined,
    amongSteps: false,
    drifted: undefined,
    behind: false,
    stopped: undefined,
  };
  const common = { screen, unread, above, below, hint: now.view.hint };
  if (!isOpen(now)) return { ...nothing, ...common, phase: 'looking' };
  const { state, setting } = now;
  const { lesson, step } = state.at;
  const results = state.results.get(keyOf(state.at)) ?? [];
  const asks = state.phase === 'ready' || state.phase === 'failed';
  return {
    ...common,
    phase: state.phase,
    choices: asks ? (step.predict?.choices.length ?? 0) : 0,
    before: state.lessons[0] !== lesson || lesson.steps[0] !== step,
    holds:
      state.phase === 'ready' &&
      results.length > 0 &&
      results.every((result) => result?.status === 'pass'),
    visit: step.visit?.label,
    terms: setting.glossary.length > 0,
    picture: lesson.picture !== undefined,
    cut: isCut(now, width, height),
    missing: aboutTools.has(keyOf(state.at)) && results.some((result) => result?.status === 'fail'),
    locked: setting.privilege === 'sudo' && results.some((result) => result?.status === 'blocked'),
    ...choiceIn(now),
    drifted: driftedFrom(now, screen),
    stopped: wayOn(state),
  };
}

/** Which actions are possible for the choice in the contents. */
function choiceIn({ state, view }: NowOpen): Pick<Situation, 'door' | 'amongSteps' | 'behind'> {
  if (view.screen !== 'contents') return { door: undefined, amongSteps: false, behind: false };
  const door = chosenDoor(state, view);
  const place = chosenPlace(state, view);
  const amongSteps = view.stepCursor !== undefined;
  return {
    door: door && (amongSteps ? `step ${(view.stepCursor ?? 0) + 1}` : numberOf(door.lesson)),
    amongSteps,
    behind: state.surveyed && place !== undefined && catchUpTo(state, keyOf(place)) !== undefined,
  };
}

/** The lesson to repair from: on a step only if that has drifted itself, in the contents always. */
function driftedFrom({ state }: NowOpen, screen: ScreenName): string | undefined {
  if (screen !== 'contents' && standingOf(state, state.at) !== 'drifted') return undefined;
  const first = firstDrifted(state);
  return first && numberOf(first.lesson);
}

/** The variables that keep their values all through the tour. */
function constantsOf({ setting }: Now, screen: ScreenName): string[] {
  if (setting === undefined || screen !== 'step') return [];
  return [`WORKDIR=${setting.workdir}`, `CTR_NAMESPACE=${setting.namespace}`];
}

/** The rule above the keys: at its left the constants, as far as they fit; at its right what is below. */
function ruleOf(now: Now, { screen, unread }: Situation, window: Window, width: number): Ends {
  const told = moreText(window, now.theme, screen === 'step' && unread);
  const more = columnsOf(told) + 4 <= width ? told : '';
  const constants = constantsOf(now, screen);
  // A text in the rule has a space on either side, and two columns of rule after it.
  const room = width - (more === '' ? 0 : columnsOf(more) + 4) - 6;
  const left = [constants.join('  '), constants[0] ?? ''].find((text) => columnsOf(text) <= room);
  return { left: dimmed(left ?? ''), right: dimmed(more) };
}

function dimmed(text: string): Line {
  return text === '' ? [] : [span(text, 'dim')];
}

/** How many lines are out of view, and the keys that scroll to them. */
function moreText({ above, below }: Window, theme: Theme, enter: boolean): string {
  const { symbols, ascii } = theme;
  const { up, down } = symbols;
  const reading = enter ? `${keyFor('read on', theme)} or ` : '';
  const keys = `${reading}${keyFor('page down', theme)}`;
  const parts = [
    ...(above > 0 ? [ascii ? `${above} above` : `${up} ${above}`] : []),
    ...(below > 0 ? [`${ascii ? '' : `${down} `}${below} more: ${keys}`] : []),
  ];
  return parts.join('  ');
}

function isBusy({ screen, phase }: Situation): boolean {
  return screen === 'step' && (phase === 'looking' || phase === 'running' || phase === 'checking');
}
