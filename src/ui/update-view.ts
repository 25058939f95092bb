import { catchUpTo, repairOf } from '../engine/batch.ts';
import { factsOf, termsIn } from '../engine/glossary.ts';
import { keyOf } from '../engine/lesson.ts';
import type { Event, State } from '../engine/update.ts';
import { essentialIn, readOn } from './document.ts';
import type { Action } from './keymap.ts';
import type { Key } from './keys.ts';
import { pageOf, pageWhenOpened, type ScreenLayout } from './screen-layout.ts';
import { chosenHit, hitsOf } from './screens/hits.ts';
import { isFoundOn, nextMatch, typed } from './search.ts';
import { chosenEntryStep, chosenPlace, isReachable } from './step-status.ts';
import { firstView, type HintLevel, type Search, type View } from './view.ts';
import { hasTour, type ViewModel } from './view-model.ts';

/** Actions outside the screens: leaving, or handing the terminal to another program for a while. */
export type TerminalEffect =
  | 'quit'
  | 'interrupt'
  | 'suspend'
  | 'copy'
  | 'shell'
  | 'visit'
  | 'explore'
  | 'lab'
  | 'install'
  | 'unlock';

/** The result of an action: a new view, an event for the session, an effect outside of the screens. */
interface ViewUpdate {
  readonly view: View;
  readonly event?: Event;
  readonly effect?: TerminalEffect;
}

/** Resets the position on the page when another page is about to be shown. */
const pageLeft = {
  scroll: undefined,
  readToEnd: firstView.readToEnd,
  search: undefined,
  remark: undefined,
} as const;

/** The same for a page of the quiz; the step's page, to which the learner comes back, has been read. */
const quizTurned = { scroll: undefined, search: undefined, remark: undefined } as const;

/** The result of an action, as a pure function. */
export function updateView(action: Action, model: ViewModel, layout: ScreenLayout): ViewUpdate {
  const { view } = model;
  switch (action) {
    case 'run':
      return { view: { ...view, ...pageLeft, acted: true }, event: { type: 'run' } };
    case 'check':
      return { view: { ...view, ...pageLeft, acted: true }, event: { type: 'check' } };
    case 'next':
      return {
        view: { ...view, ...pageLeft, acted: false, hintLevel: 0 },
        event: { type: 'next' },
      };
    case 'back':
      return {
        view: { ...view, ...pageLeft, acted: false, hintLevel: 0 },
        event: { type: 'back' },
      };
    case 'cancel':
      return { view, event: { type: 'cancel' } };
    case 'answer 1':
    case 'answer 2':
    case 'answer 3':
    case 'answer 4':
      return { view, event: { type: 'answer', choice: Number(action.slice(-1)) - 1 } };
    case 'quiz':
      return { view: { ...view, ...quizTurned, screen: 'quiz' }, event: { type: 'open quiz' } };
    case 'next question':
      return { view: { ...view, ...quizTurned }, event: { type: 'next question' } };
    case 'choose 1':
    case 'choose 2':
    case 'choose 3':
    case 'choose 4':
      return {
        view: { ...view, ...quizTurned },
        event: { type: 'answer quiz', position: Number(action.slice(-1)) - 1 },
      };
    case 'quit':
    case 'interrupt':
    case 'suspend':
    case 'copy':
    case 'shell':
    case 'visit':
    case 'explore':
    case 'lab':
    case 'install':
    case 'unlock':
      return { view, effect: action };
    case 'to shell':
      return { view: { ...view, shell: view.shell && { focused: true } } };
    case 'dismiss':
      return dismissed(model);
    case 'hint':
      return { view: { ...seen(view, layout), hintLevel: nextHintLevel[view.hintLevel] } };
    case 'hide hint':
      return { view: { ...view, hintLevel: 0 } };
    case 'solution':
      return {
        view: { ...view, ...pageLeft, acted: false, hintLevel: 0 },
        event: { type: 'show solution' },
      };
    case 'contents':
      return {
        view: { ...view, screen: 'contents', cursor: cursorAt(model), stepCursor: undefined },
        event: { type: 'survey' },
      };
    case 'help':
    case 'picture':
    case 'output':
      return { view: { ...view, screen: action } };
    case 'glossary':
      return glossaryOpened(model);
    case 'close':
      return { view: closed(view) };
    case 'open':
      return opened(model);
    case 'choose up':
    case 'choose down':
      return {
        view: { ...view, ...chosen(model, action === 'choose up' ? -1 : 1), scroll: undefined },
      };
    case 'choose first':
    case 'choose last': {
      const far = action === 'choose first' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      return { view: { ...view, ...chosen(model, far), scroll: undefined } };
    }
    case 'search': {
      const { page, window } = layout;
      return { view: { ...view, search: { page, text: '', typing: true, from: window.top } } };
    }
    case 'end search':
      return { view: { ...view, search: undefined } };
    case 'open hit':
      return hitOpened(model);
    case 'find next':
    case 'find previous':
      return { view: found(view, layout, action === 'find next' ? 1 : -1) };
    case 'into steps':
      return { view: { ...view, stepCursor: 0, scroll: undefined } };
    case 'out of steps':
      return { view: { ...view, stepCursor: undefined, scroll: undefined } };
    case 'repair':
    case 'catch up':
    case 'carry on':
      return batchStarted(action, model);
    default:
      return { view: scrolled(view, scrollTarget(action, layout), layout) };
  }
}

function read(view: View, page: string): View {
  return { ...view, readToEnd: new Set([...view.readToEnd, page]) };
}

/** Remembers that a page has been read before a hint covers its end. */
function seen(view: View, { keyContext, page }: ScreenLayout): View {
  return keyContext.unread ? view : read(view, page);
}

/** The next level of hint; after the last one, the hint is hidden again. */
const nextHintLevel: Readonly<Record<HintLevel, HintLevel>> = { 0: 1, 1: 2, 2: 3, 3: 0 };

type Scroll = Extract<
  Action,
  'read on' | 'line up' | 'line down' | 'page up' | 'page down' | 'top' | 'bottom'
>;

function scrollTarget(action: Scroll, { document, window, height }: ScreenLayout): number {
  const page = Math.max(1, height - 1);
  switch (action) {
    case 'read on':
      return readOn(document, height, window.top);
    case 'line up':
      return window.top - 1;
    case 'line down':
      return window.top + 1;
    case 'page up':
      return window.top - page;
    case 'page down':
      return window.top + page;
    case 'top':
      return 0;
    case 'bottom':
      return document.lines.length;
  }
}

function scrolled(view: View, target: number, { page, document, height }: ScreenLayout): View {
  const last = Math.max(0, document.lines.length - height);
  const top = Math.min(last, Math.max(0, target));
  const there = { ...view, scroll: { page, top } };
  return top + height >= essentialIn(document) ? read(there, page) : there;
}

/** Scrolls to the next match. If all matches are in view already, nothing moves. */
function found(view: View, layout: ScreenLayout, by: 1 | -1): View {
  const { document, window, height } = layout;
  const text = view.search?.text ?? '';
  const last = Math.max(0, document.lines.length - height);
  // At the end of the page the window can't begin at a match.
  const from = by === 1 && window.top === last ? document.lines.length : window.top;
  const at = nextMatch(document, text, from, by);
  return at === undefined ? view : scrolled(view, at, layout);
}

/**
 * The view after a key, while the text of a search is typed. The page shows the first match at once; if it
 * has none, Enter lists those of the whole tour.
 */
export function searching(view: View, search: Search, key: Key, layout: ScreenLayout): View {
  const next = typed(search, key);
  if (view.screen === 'hits') return searchingAnew(view, next);
  const here = isFoundOn(view.screen, layout.document, search.text);
  if (search.text !== '' && (key === 'down' || (key === 'enter' && !here))) {
    const { screen: from } = view;
    const hits = { text: search.text, from, chosen: 0, reading: false };
    return { ...view, ...pageLeft, screen: 'hits', hits };
  }
  // The contents scroll with what is chosen there.
  if (view.screen === 'contents') return { ...view, search: next };
  if (next === undefined) return { ...scrolled(view, search.from, layout), search: undefined };
  const at = nextMatch(layout.document, next.text, search.from - 1, 1);
  return { ...scrolled(view, at ?? search.from, layout), search: next };
}

/** The list of hits while something else is searched for. */
function searchingAnew(view: View, next: Search | undefined): View {
  if (next === undefined || view.hits === undefined) return { ...view, search: undefined };
  const hits = { ...view.hits, text: next.text, chosen: 0, reading: false };
  return { ...view, hits, search: next.typing ? next : undefined };
}

/** Opens the chosen hit: its page begins at the match. A step that can't be opened yet is shown in the contents. */
function hitOpened(model: ViewModel): ViewUpdate {
  const { view } = model;
  const hit = hasTour(model) ? chosenHit(model) : undefined;
  if (!hasTour(model) || view.hits === undefined || hit === undefined) return { view };
  if (hit.kind === 'term' || hit.kind === 'problem') {
    const reading = { ...view, ...pageLeft, hits: { ...view.hits, reading: true } };
    if (hit.kind === 'problem') return { view: reading };
    return { view: reading, event: { type: 'define', facts: factsOf([hit.term]) } };
  }
  const { place } = hit;
  const { state } = model;
  const left = { ...view, ...pageLeft, hits: undefined };
  if (!isReachable(state, place)) {
    const cursor = state.lessons.indexOf(place.lesson);
    const stepCursor = place.lesson.steps.indexOf(place.step);
    return { view: { ...left, screen: 'contents', cursor, stepCursor }, event: { type: 'survey' } };
  }
  const screen = hit.kind;
  const isHere = keyOf(place) === keyOf(state.at);
  const page = isHere ? pageOf(model, screen) : pageWhenOpened(screen, place);
  const search: Search = { page, text: view.hits.text, typing: false, from: 0, seek: true };
  if (isHere) return { view: { ...left, screen, search } };
  return {
    view: { ...left, screen, search, acted: false, hintLevel: 0 },
    event: { type: 'open', key: keyOf(place), observe: true },
  };
}

function closed(view: View): View {
  const { screen, hits } = view;
  if (screen !== 'hits' || hits === undefined) return { ...view, screen: 'step' };
  if (hits.reading) return { ...view, ...pageLeft, hits: { ...hits, reading: false } };
  return { ...view, ...pageLeft, screen: hits.from, hits: undefined };
}

function cursorAt({ state }: ViewModel): number {
  return state === undefined ? 0 : state.lessons.indexOf(state.at.lesson);
}

function chosen(model: ViewModel, by: number): Partial<View> {
  const { state, view } = model;
  if (view.screen === 'hits') return hitChosen(model, by);
  const lessons = state?.lessons ?? [];
  const within = (count: number, at: number) => Math.min(count - 1, Math.max(0, at + by));
  if (view.stepCursor === undefined) return { cursor: within(lessons.length, view.cursor) };
  const steps = lessons[view.cursor]?.steps.length ?? 1;
  return { stepCursor: within(steps, view.stepCursor) };
}

function hitChosen(model: ViewModel, by: number): Partial<View> {
  const { hits } = model.view;
  if (!hasTour(model) || hits === undefined) return {};
  const last = hitsOf(model).length - 1;
  return { hits: { ...hits, chosen: Math.max(0, Math.min(last, hits.chosen + by)) } };
}

function opened(model: ViewModel): ViewUpdate {
  const door = hasTour(model) ? chosenEntryStep(model.state, model.view) : undefined;
  if (door === undefined) return { view: model.view };
  return {
    view: { ...model.view, ...pageLeft, screen: 'step', acted: false, hintLevel: 0 },
    event: { type: 'open', key: keyOf(door), observe: true },
  };
}

/** Opens the glossary and reads its facts, which no other page needs. */
function glossaryOpened(model: ViewModel): ViewUpdate {
  if (!hasTour(model)) return { view: model.view };
  const facts = factsOf(termsIn(model.state.at, model.context.glossary));
  return { view: { ...model.view, screen: 'glossary' }, event: { type: 'define', facts } };
}

/** Starts or resumes a batch. */
function batchStarted(action: 'repair' | 'catch up' | 'carry on', model: ViewModel): ViewUpdate {
  const { state, view } = model;
  const batch = state && batchFor(action, state, view);
  if (batch === undefined) return { view };
  return {
    view: { ...view, ...pageLeft, screen: 'step', acted: false, hintLevel: 0, locked: false },
    event: { type: 'perform', batch },
  };
}

function batchFor(action: 'repair' | 'catch up' | 'carry on', state: State, view: View) {
  if (action === 'repair') return repairOf(state);
  if (action === 'carry on') return state.batchRun?.batch;
  const goal = chosenPlace(state, view);
  return goal && catchUpTo(state, keyOf(goal));
}

/** Goes back to the step without a password. */
function dismissed(model: ViewModel): ViewUpdate {
  const view = { ...model.view, ...pageLeft, acted: false, locked: false };
  if (model.state?.error === undefined) return { view };
  return { view, event: { type: 'open', key: keyOf(model.state.at), observe: true } };
}
