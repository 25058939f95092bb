import { catchUpTo, firstDrifted } from '../engine/batch.ts';
import { keyOf, type Place as StepPlace } from '../engine/lesson.ts';
import { quizLesson } from '../engine/quiz.ts';
import { isSolutionHidden } from '../engine/task.ts';
import { isBatchRunning, stepStatus } from '../engine/update.ts';
import { columnsOf } from '../text/measure.ts';
import { counted } from '../text/words.ts';
import { recognised } from './digests.ts';
import {
  type Document,
  essentialIn,
  type Section,
  stack,
  type Window,
  windowOf,
} from './document.ts';
import {
  type Column,
  cut,
  type Ends,
  type Footing,
  type Frame,
  fitEnds,
  furniture,
  heightIn,
  heightOf,
  margin,
  type PlacedPicture,
  widthIn,
} from './frame.ts';
import { hitsFor } from './hits.ts';
import { jsonColored } from './json-lines.ts';
import { type KeyLabel, keyLine, keyName } from './key-line.ts';
import { type Binding, type KeyContext, keyFor, keysNow, type ScreenName } from './keymap.ts';
import type { Key } from './keys.ts';
import { blank, type Line, span, truncate, widthOf } from './line.ts';
import { type LinkTargets, linked } from './links.ts';
import { twoColumns } from './measure.ts';
import { outputLines } from './output-lines.ts';
import { type PanePlace, placePane } from './pane/place.ts';
import { lessonPicture } from './picture.ts';
import { prose } from './prose.ts';
import { batchDocument, batchNote, batchTitle, continueLabel } from './screens/batch.ts';
import { contentsDocument, contentsTitle } from './screens/contents.ts';
import { endDocument } from './screens/end.ts';
import { glossaryDocument } from './screens/glossary.ts';
import { helpDocument } from './screens/help.ts';
import { hitsDocument, hitsTitle, isAnyHit } from './screens/hits.ts';
import { isLabOffered } from './screens/lab-invitation.ts';
import { openingDocument } from './screens/opening.ts';
import { privilegeDocument } from './screens/privilege.ts';
import {
  isQuizNew,
  quizChoices,
  quizDocument,
  quizPage,
  quizPageName,
  quizTitle,
} from './screens/quiz.ts';
import { isTooSmall, smallDocument } from './screens/small.ts';
import { remarkLines, stepDocument, stepTitle } from './screens/step.ts';
import { pinnedChecks } from './screens/step-checks.ts';
import { isAsked } from './screens/step-happening.ts';
import { copyText, hintLines } from './screens/step-hint.ts';
import { liveLine } from './screens/step-live.ts';
import { happeningWidth, isCut, outputOf } from './screens/step-output.ts';
import { isUnderway } from './screens/step-page.ts';
import { isFoundOn, marked, nextMatch } from './search.ts';
import { chosenEntryStep, chosenPlace, isCleanedUp, numberOf } from './step-status.ts';
import type { Theme } from './theme.ts';
import type { Search, Size } from './view.ts';
import { hasTour, type TourViewModel, type ViewModel } from './view-model.ts';

/** A frame, and what decides the meaning of keys on it. */
export interface ScreenLayout extends Frame {
  readonly header: Ends;
  readonly footer: Footing;
  /** The name of the page: the scroll position is kept only while it stays the same. */
  readonly page: string;
  readonly document: Document;
  readonly window: Window;
  /** The number of lines in the window. */
  readonly height: number;
  readonly keyContext: KeyContext;
  readonly keys: readonly Binding[];
  /** What is searched for on this page. */
  readonly search: Search | undefined;
  /** Where the learner's shell is, if it's open, and the keys that are told below it. */
  readonly shell: ShellLayout | undefined;
}

/** The learner's shell on the screen. */
export interface ShellLayout extends PanePlace {
  readonly focused: boolean;
  readonly keys: Line;
}

const defaultTitles: Ends = { left: [span('handroll-tour', 'dim')], right: [] };

/** Lines of the page that stay in view, however much is pinned below it. */
const minPageRows = 4;
/** From this size on, the lesson's picture has a place of its own. */
const roomForPicture: Size = { columns: 110, rows: 30 };
/** Two columns and the gap between them: more is too wide to read. */
const maxColumns = 180;

/** Lays out the whole screen, as a pure function. */
export function layOut(whole: ViewModel): ScreenLayout {
  const { theme } = whole;
  const screen = screenOf(whole);
  const shell = shellOn(whole);
  // Beside a shell, a page is laid out as on a smaller terminal.
  const size = shell?.page ?? whole.size;
  const model = { ...whole, size };
  const width = widthIn(size, theme, maxColumns);
  const rows = theme.spoken ? Number.MAX_SAFE_INTEGER : heightIn(size) - furniture;
  const pinned = pinnedTo(model, screen, width).slice(0, Math.max(0, rows - minPageRows));
  const picture = pictureInSight(model, screen, width);
  const below = picture?.at === 'below' ? heightOf(picture) : 0;
  const height = Math.max(1, rows - pinned.length - below);
  const unhinted = Math.min(rows - below, height + hintOn(model, screen, width).length);
  const document = documentOf(model, screen, { width, height, unhinted, picture });
  const page = pageOf(model, screen);
  const search = model.view.search?.page === page ? model.view.search : undefined;
  const scrolled = model.view.scroll?.page === page ? model.view.scroll.top : undefined;
  const sought = search?.seek === true ? nextMatch(document, search.text, -1, 1) : undefined;
  const window = windowOf(document, height, scrolled ?? sought);
  const keyContext = keyContextOf(model, screen, {
    page,
    window,
    essential: essentialIn(document),
    width,
    height,
    pictured: picture !== undefined,
    searched: search?.typing === false,
  });
  const keys = keysNow(keyContext);
  // A screen reader needn't repeat the few keys that work while the tour is busy.
  const own = model.state?.digests ?? new Map();
  const { highlight } = model.context ?? {};
  const wanted = search?.text ?? (screen === 'hits' ? model.view.hits?.text : undefined) ?? '';
  const targets = targetsOf(model);
  const dressed = (lines: readonly Line[]) =>
    linked(marked(recognised(jsonColored(lines, highlight), own), wanted), targets);
  const quiet = theme.spoken && isBusy(keyContext);
  const room = theme.spoken ? width : size.columns - 2 * margin;
  return {
    page,
    document,
    window,
    height,
    keyContext,
    keys,
    width,
    header: fitEnds(titlesOf(model, screen, width), Math.min(width, room)),
    columns: columnsIn(window, room).map((each) => ({
      ...each,
      lines: dressed(each.lines),
    })),
    picture: picture && { ...picture, lines: recognised(picture.lines, own) },
    pinned: linked(recognised(cut(pinned, room), own), targets),
    footer: quiet
      ? { keys: blank }
      : search?.typing
        ? { keys: searchLine(model, search, document), right: [] }
        : shell?.focused
          ? footerOf([backToPage], keyContext, window, theme, Math.min(width, room))
          : footerOf(keys, keyContext, window, theme, Math.min(width, room)),
    search,
    shell,
  };
}

/** Where links lead: nowhere in the working directory once that is deleted. */
function targetsOf(model: ViewModel): LinkTargets {
  if (!hasTour(model) || isCleanedUp(model.state)) return { dir: '' };
  return { dir: model.context.workdir, hostname: model.context.hostname };
}

/** While the shell has the keys, all of them but one are for it. */
const backToPage = { keys: ['ctrl-]'], label: 'to the page' } as const;

function shellOn({ view, size, theme }: ViewModel): ShellLayout | undefined {
  if (view.shell === undefined) return undefined;
  const { focused } = view.shell;
  const turn = keyFor('to shell', theme);
  const told: [string, string][] = focused
    ? [
        ['exit', 'closes it'],
        ['Shift-PgUp', 'scrolls back'],
      ]
    : [[turn, 'types here']];
  const keys = told.flatMap(([key, text], at) => [
    span(`${at > 0 ? '   ' : ''}${key}`, focused ? 'title' : 'dim'),
    span(` ${text}`, 'dim'),
  ]);
  return { ...placePane(size, focused), focused, keys };
}

function columnsIn({ lines, beside }: Window, room: number): Column[] {
  if (beside === undefined) return [{ lines: cut(lines, room) }];
  return [
    { lines: cut(lines, beside.at - 1), width: beside.at },
    { lines: cut(beside.lines, room - beside.at) },
  ];
}

/** The lines that stay in view when the page scrolls: the result of a hand-over, and the hint. */
function pinnedTo(model: ViewModel, screen: ScreenName, width: number): Line[] {
  if (!hasTour(model)) return [];
  if (screen === 'step') {
    const checks = pinnedChecks(model, width);
    return [
      ...batchNote(model, width),
      ...remarkLines(model, width),
      ...hintOn(model, screen, width),
      ...(checks.length > 0 ? [ruleAcross(model.theme, width)] : []),
      ...checks,
      ...liveLine(model, width),
    ];
  }
  return screen === 'privilege' ? remarkLines(model, width) : [];
}

/** The hint, and a rule that sets it apart from the page, which goes on below it. */
function hintOn(model: ViewModel, screen: ScreenName, width: number): Line[] {
  if (!hasTour(model) || screen !== 'step') return [];
  const hint = hintLines(model, width);
  const ruled = hint.length > 0 && !model.theme.spoken;
  return ruled ? [ruleAcross(model.theme, width), ...hint] : hint;
}

function ruleAcross({ symbols }: Theme, width: number): Line {
  return [span(symbols.rule.repeat(width), 'dim')];
}

function screenOf(model: ViewModel): ScreenName {
  const { view, size, theme } = model;
  if (!theme.spoken && isTooSmall(size)) return 'small';
  if (!hasTour(model)) return 'opening';
  if (view.screen !== 'step') return view.screen;
  if (view.locked || model.state.error?.password === true) return 'privilege';
  if (isBatchRunning(model.state)) return 'batch';
  return model.state.finished ? 'end' : 'step';
}

/** The picture of the lesson, where the terminal has room for it beside or below the page. */
function pictureInSight(
  model: ViewModel,
  screen: ScreenName,
  width: number,
): PlacedPicture | undefined {
  const { size, theme } = model;
  const roomy = size.columns >= roomForPicture.columns && size.rows >= roomForPicture.rows;
  if (!hasTour(model) || screen !== 'step' || theme.spoken || !roomy) return undefined;
  const lines = lessonPicture(model.state.at.lesson, model.state.facts, theme, width);
  if (lines.length === 0 || lines.length > size.rows / 3) return undefined;
  const across = Math.max(...lines.map(widthOf));
  const at = width >= twoColumns && across <= happeningWidth(width) ? 'beside' : 'below';
  return { at, lines: cut(lines, width) };
}

interface PageArea {
  readonly width: number;
  readonly height: number;
  /** The height without a hint. */
  readonly unhinted: number;
  readonly picture: PlacedPicture | undefined;
}

function documentOf(model: ViewModel, screen: ScreenName, area: PageArea): Document {
  const { width, height, unhinted, picture } = area;
  if (screen === 'small') return smallDocument(model.size, width);
  if (screen === 'help') return helpDocument(model, width);
  if (!hasTour(model)) return openingDocument(model.theme, width, false);
  switch (screen) {
    case 'opening':
      return openingDocument(model.theme, width, true);
    case 'contents':
      return contentsDocument(model, width);
    case 'privilege':
      return privilegeDocument(model, width);
    case 'picture':
      return stack(pictureSections(model, width));
    case 'output':
      return stack([{ lines: outputLines(outputOf(model), model.theme, width) }]);
    case 'batch':
      return batchDocument(model, width, height);
    case 'glossary':
      return glossaryDocument(model, width);
    case 'quiz':
      return quizDocument(model, width);
    case 'hits':
      return hitsDocument(model, width);
    case 'end':
      return endDocument(model, width, height);
    default:
      return stepDocument(model, width, height, unhinted, picture);
  }
}

function pictureSections({ state, theme }: TourViewModel, width: number): Section[] {
  const { lesson } = state.at;
  return [
    { lines: lessonPicture(lesson, state.facts, theme, width) },
    { lines: prose(lesson.intro, state.facts, theme, width) },
  ];
}

function titlesOf(model: ViewModel, screen: ScreenName, width: number): Ends {
  if (!hasTour(model) || screen === 'small') return defaultTitles;
  switch (screen) {
    case 'contents':
      return contentsTitle(model);
    case 'step':
    case 'picture':
      return stepTitle(model, width);
    case 'batch':
      return batchTitle(model);
    case 'output':
      return { ...stepTitle(model, width), right: [span('all of the output', 'dim')] };
    case 'quiz':
      return quizTitle(model);
    case 'hits':
      return hitsTitle(model);
    case 'glossary':
      return { ...stepTitle(model, width), right: [span('the terms of this page', 'dim')] };
    case 'help':
      return { ...defaultTitles, right: [span('keys', 'dim')] };
    default:
      return defaultTitles;
  }
}

/** Names the page. The name changes when the page's subject does, not with every line of output. */
export function pageOf(model: ViewModel, screen: ScreenName): string {
  if (!hasTour(model) || ['opening', 'contents', 'help', 'batch'].includes(screen)) return screen;
  if (screen === 'quiz') return quizPageName(model.state);
  if (screen === 'hits') return model.view.hits?.reading ? 'hit' : 'hits';
  const { phase, at } = model.state;
  const part =
    phase === 'running' || phase === 'checking'
      ? 'during'
      : isUnderway(model)
        ? phase
        : // A background re-check leaves the page as it is.
          'before';
  return pageNamed(screen, at, part);
}

/** The name of a page of a step that has just been opened. */
export function pageWhenOpened(screen: ScreenName, place: StepPlace): string {
  return pageNamed(screen, place, 'before');
}

function pageNamed(screen: ScreenName, place: StepPlace, part: string): string {
  return `${screen} ${keyOf(place)} ${part}`;
}

function keyContextOf(
  model: ViewModel,
  screen: ScreenName,
  seen: {
    page: string;
    window: Window;
    width: number;
    height: number;
    essential: number;
    pictured: boolean;
    searched: boolean;
  },
): KeyContext {
  const { window, page, width, height, essential } = seen;
  const above = window.above > 0;
  const below = window.below > 0;
  const missed = window.top + height < essential;
  const known =
    screen === 'step' &&
    model.state?.phase === 'passed' &&
    model.state.completed.has(keyOf(model.state.at));
  const unread = missed && !model.view.readToEnd.has(page) && !(known && !model.view.acted);
  const nothing = {
    choices: 0,
    quiz: undefined,
    answered: false,
    before: false,
    task: false,
    holds: false,
    visit: undefined,
    picture: false,
    script: false,
    cut: false,
    missing: false,
    lab: false,
    locked: false,
    terms: false,
    entryStep: undefined,
    amongSteps: false,
    drifted: undefined,
    behind: false,
    stopped: undefined,
  };
  const { searched } = seen;
  const { hits, hintLevel: hint, shell } = model.view;
  const hit = screen === 'hits' && hits?.reading === false && hasTour(model) && isAnyHit(model);
  const common = { screen, unread, above, below, searched, hit, hint, shell: shell !== undefined };
  if (!hasTour(model)) return { ...nothing, ...common, phase: 'observing' };
  const { state, context } = model;
  const { lesson, step } = state.at;
  const results = state.results.get(keyOf(state.at)) ?? [];
  return {
    ...common,
    phase: state.phase,
    choices: choicesOn(model, screen),
    quiz: quizFrom(model, screen),
    answered: screen === 'quiz' && quizPage(state) === 'answer',
    before: state.lessons[0] !== lesson || lesson.steps[0] !== step,
    task: isSolutionHidden(state),
    holds:
      state.phase === 'ready' &&
      results.length > 0 &&
      results.every((result) => result?.status === 'pass'),
    visit: step.visit?.label,
    terms: context.glossary.length > 0,
    picture: lesson.picture !== undefined && !seen.pictured,
    cut: isCut(model, width, height),
    script: copyText(model).trim() !== '',
    missing: step.checks.some(
      ({ installable }, index) => installable === true && results[index]?.status === 'fail',
    ),
    lab: isLabOffered(model, screen),
    locked: context.privilege === 'sudo' && results.some((result) => result?.status === 'blocked'),
    ...choiceIn(model),
    drifted: driftedFrom(model, screen),
    stopped: continueLabel(state),
  };
}

/** How many choices can be made now: in the step's question, or in the quiz. */
function choicesOn({ state }: TourViewModel, screen: ScreenName): number {
  if (screen === 'quiz') return quizChoices(state);
  const { predict } = state.at.step;
  return screen === 'step' && isAsked(state) ? (predict?.choices.length ?? 0) : 0;
}

/** Whether the quiz opens from here: at the end of its lesson, and where that is chosen in the contents. */
function quizFrom({ state, view }: TourViewModel, screen: ScreenName): KeyContext['quiz'] {
  const lesson = quizLesson(state.lessons);
  if (lesson === undefined) return undefined;
  const here =
    screen === 'contents'
      ? state.lessons[view.cursor] === lesson && chosenEntryStep(state, view) !== undefined
      : state.at.lesson === lesson && lesson.steps.at(-1) === state.at.step;
  if (!here) return undefined;
  return isQuizNew(state) ? 'new' : 'known';
}

/** Which actions are possible for the choice in the contents. */
function choiceIn({
  state,
  view,
}: TourViewModel): Pick<KeyContext, 'entryStep' | 'amongSteps' | 'behind'> {
  if (view.screen !== 'contents') return { entryStep: undefined, amongSteps: false, behind: false };
  const door = chosenEntryStep(state, view);
  const place = chosenPlace(state, view);
  const amongSteps = view.stepCursor !== undefined;
  return {
    entryStep: door && (amongSteps ? `step ${(view.stepCursor ?? 0) + 1}` : numberOf(door.lesson)),
    amongSteps,
    behind: state.surveyed && place !== undefined && catchUpTo(state, keyOf(place)) !== undefined,
  };
}

/** The lesson to repair from: on a step only if that has drifted itself, in the contents always. */
function driftedFrom({ state }: TourViewModel, screen: ScreenName): string | undefined {
  if (isCleanedUp(state)) return undefined;
  if (screen !== 'contents' && stepStatus(state, state.at) !== 'drifted') return undefined;
  const first = firstDrifted(state);
  return first && numberOf(first.lesson);
}

/** What is typed after the search key, where it was found, and the keys that go there. */
function searchLine(model: ViewModel, { text }: Search, document: Document): Line {
  const { theme, view } = model;
  const { symbols, ascii } = theme;
  const inTour = hasTour(model) ? hitsFor(text, model.state, model.context).length : 0;
  const here = isFoundOn(view.screen, document, text);
  const all = `${counted(inTour, 'place')} in the tour`;
  const key = (name: Key, label: string) => [
    span(`   ${keyName(name, symbols)} `, 'title'),
    span(label, 'dim'),
  ];
  const isNowhere = text !== '' && !here && view.screen !== 'contents' && view.screen !== 'hits';
  return [
    span(`${keyFor('search', theme)}${text}`, 'main'),
    span(ascii ? '_' : '▏', 'main'),
    ...(isNowhere ? [span('   not on this page', 'warn')] : []),
    ...(here || inTour === 0 ? key('enter', 'stay there') : key('enter', all)),
    ...(here && inTour > 0 ? key('down', all) : []),
    ...key('escape', 'back'),
  ];
}

/** The keys, and at their right what is out of view. */
function footerOf(
  keys: readonly KeyLabel<KeyContext>[],
  keyContext: KeyContext,
  window: Window,
  theme: Theme,
  width: number,
): Footing {
  const whole = keyLine(keys, keyContext, theme, Number.POSITIVE_INFINITY);
  if (theme.spoken) return { keys: whole };
  const unread = ['step', 'quiz', 'end'].includes(keyContext.screen) && keyContext.unread;
  const more = (named: boolean) => moreText(window, theme, unread, named);
  const [long, short] = [more(true), more(false)];
  const told = widthOf(whole) + columnsOf(long) + 4 <= width ? long : short;
  const right = truncate(told === '' ? [] : [span(told, 'dim')], width - 2);
  const room = width - (right.length > 0 ? widthOf(right) + 2 : 0);
  return { keys: truncate(keyLine(keys, keyContext, theme, room), room), right };
}

/**
 * How many lines are out of view.
 * @param named whether to name the keys that scroll to them
 */
function moreText({ above, below }: Window, theme: Theme, enter: boolean, named: boolean): string {
  const { symbols, ascii } = theme;
  const { up, down } = symbols;
  const reading = enter ? `${keyFor('read on', theme)} or ` : '';
  const keys = named ? ` more: ${reading}${keyFor('page down', theme)}` : ascii ? ' more' : '';
  const parts = [
    ...(above > 0 ? [ascii ? `${above} above` : `${up} ${above}`] : []),
    ...(below > 0 ? [`${ascii ? '' : `${down} `}${below}${keys}`] : []),
  ];
  return parts.join('  ');
}

function isBusy({ screen, phase }: KeyContext): boolean {
  return (
    screen === 'step' && (phase === 'observing' || phase === 'running' || phase === 'checking')
  );
}
