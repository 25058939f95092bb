import { catchUpTo, firstDrifted } from '../engine/errand.ts';
import { keyOf } from '../engine/lesson.ts';
import { isOnErrand, standingOf } from '../engine/transition.ts';
import { columnsOf } from '../text/measure.ts';
import { type Document, type Section, stack, type Window, windowOf } from './document.ts';
import { keyLine } from './key-line.ts';
import { type Binding, keysNow, type ScreenName, type Situation } from './keymap.ts';
import { blank, type Line, span, spread, truncate } from './line.ts';
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
import type { Symbols } from './symbols.ts';
import type { Theme } from './theme.ts';

/** A frame, and what it takes to know what a key means on it. */
export interface Layout {
  /** What is scrolled: the same page keeps its place, another begins at its own beginning. */
  readonly page: string;
  readonly document: Document;
  readonly window: Window;
  /** Lines of the window. */
  readonly height: number;
  readonly situation: Situation;
  readonly keys: readonly Binding[];
  /** What is drawn, at most `rows - 1` lines of at most `columns - 1`. */
  readonly lines: readonly Line[];
}

/** The steps whose failures a package manager may mend. */
const aboutTools = new Set(['00-prerequisites/tools', '00-prerequisites/busybox']);

interface Titles {
  readonly left: Line;
  readonly right: Line;
}

const own: Titles = { left: [span('handroll-tour', 'dim')], right: [] };

/** Title, rule, page, rule, keys: what is not the page. */
const furniture = 4;
const margin = 1;
/** However much is pinned below it, so much of the page stays in view. */
const leftToPage = 4;
/** Two columns, and the gap between them: beyond that the eye has too far to go. */
const widest = 180;
/** A voice reads sentences, not lines. */
const spokenWidth = 10_000;

/** The whole screen, as a pure function of what there is to show. */
export function layOut(now: Now): Layout {
  const screen = screenOf(now);
  const width = now.theme.spoken
    ? spokenWidth
    : Math.max(1, Math.min(now.size.columns - 2 * margin, widest));
  const room = now.theme.spoken
    ? undefined
    : Math.max(0, now.size.rows - 1 - furniture - leftToPage);
  const pinned = pinnedTo(now, screen, width).slice(0, room);
  const height = now.theme.spoken
    ? Number.MAX_SAFE_INTEGER
    : Math.max(1, now.size.rows - 1 - furniture - pinned.length);
  const document = documentOf(now, screen, width, height);
  const page = pageOf(now, screen);
  const scrolled = now.view.scroll?.page === page ? now.view.scroll.top : undefined;
  const window = windowOf(document, height, scrolled);
  const situation = situationOf(now, screen, { page, window, width, height });
  const keys = keysNow(situation);
  const frame = { titles: titlesOf(now, screen), window, pinned, height, width };
  const lastLine = keyLine(keys, situation, now.theme, width);
  return {
    page,
    document,
    window,
    height,
    situation,
    keys,
    lines: now.theme.spoken
      ? spokenFrame(frame, isBusy(situation) ? [] : lastLine)
      : drawnFrame(frame, lastLine, { ...now, ...situation }),
  };
}

/** What stays in view wherever the page is: what a hand-over came to, and the hint. */
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

function titlesOf(now: Now, screen: ScreenName): Titles {
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

/** A page changes its name when it turns into something else, not with every line of output. */
function pageOf(now: Now, screen: ScreenName): string {
  if (!isOpen(now) || ['contents', 'help', 'errand'].includes(screen)) return screen;
  const { phase, at } = now.state;
  const part =
    phase === 'running' || phase === 'checking'
      ? 'during'
      : isUnderway(now)
        ? phase
        : // What turns green by itself leaves the page as it is.
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

/** What can be done with what is chosen in the contents. */
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

/** On a step only where it has drifted itself; in the contents wherever it is. */
function driftedFrom({ state }: NowOpen, screen: ScreenName): string | undefined {
  if (screen !== 'contents' && standingOf(state, state.at) !== 'drifted') return undefined;
  const first = firstDrifted(state);
  return first && numberOf(first.lesson);
}

interface Frame {
  readonly titles: Titles;
  readonly window: Window;
  readonly pinned: readonly Line[];
  readonly height: number;
  readonly width: number;
}

function drawnFrame(frame: Frame, keys: Line, now: Now & Situation): Line[] {
  const { titles, window, pinned, height, width } = frame;
  const { symbols } = now.theme;
  const more = moreText(window, now.theme, now.screen === 'step' && now.unread);
  const body = Array.from({ length: height }, (_, at) => window.lines[at] ?? blank);
  return [
    spread(titles.left, titles.right, width),
    [span(symbols.rule.repeat(width), 'dim')],
    ...body,
    ...pinned,
    lowerRule(constantsOf(now), more, width, symbols),
    keys,
  ].map((each) =>
    each.length === 0 ? each : truncate([span(' '.repeat(margin)), ...each], now.size.columns - 1),
  );
}

/** What the scripts call by these names all through the tour. */
function constantsOf({ setting, screen }: Now & Situation): string[] {
  if (setting === undefined || screen !== 'step') return [];
  return [`WORKDIR=${setting.workdir}`, `CTR_NAMESPACE=${setting.namespace}`];
}

/** The rule above the keys: at its left what stays, as far as it fits; at its right what is below. */
function lowerRule(constants: string[], more: string, width: number, { rule }: Symbols): Line {
  const set = (text: string) => (text === '' ? '' : `${rule.repeat(2)} ${text} `);
  const right = more === '' ? '' : ` ${more} ${rule.repeat(2)}`;
  const room = width - columnsOf(right) - 2;
  const left = [constants.join('  '), constants[0] ?? '', '']
    .map(set)
    .find((text) => columnsOf(text) <= room);
  const rest = width - columnsOf(left ?? '') - columnsOf(right);
  return [span(`${left ?? ''}${rule.repeat(Math.max(0, rest))}${right}`, 'dim')];
}

/** What is not in the window, and how to get there. */
function moreText({ above, below }: Window, { symbols, ascii }: Theme, enter: boolean): string {
  const { up, down } = symbols;
  const keys = `${enter ? `${symbols.enter} or ` : ''}space`;
  const parts = [
    ...(above > 0 ? [ascii ? `${above} above` : `${up} ${above}`] : []),
    ...(below > 0 ? [`${ascii ? '' : `${down} `}${below} more: ${keys}`] : []),
  ];
  return parts.join('  ');
}

function isBusy({ screen, phase }: Situation): boolean {
  return screen === 'step' && (phase === 'looking' || phase === 'running' || phase === 'checking');
}

/** Nothing drawn, nothing repeated at a fixed place: what a voice can read from top to bottom. */
function spokenFrame({ titles, window, pinned }: Frame, keys: Line): Line[] {
  const title = [...titles.left, ...(titles.right.length > 0 ? [span(', '), ...titles.right] : [])];
  return [title, ...window.lines, ...pinned, keys].filter((each) => each.length > 0);
}
