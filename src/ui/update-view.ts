import { catchUpTo, repairOf } from '../engine/batch.ts';
import { factsOf, termsIn } from '../engine/glossary.ts';
import { keyOf } from '../engine/lesson.ts';
import { type Event, positionOf, type State } from '../engine/update.ts';
import { essentialIn, readOn } from './document.ts';
import type { Action } from './keymap.ts';
import type { Key } from './keys.ts';
import type { ScreenLayout } from './screen-layout.ts';
import { nextMatch, typed } from './search.ts';
import { chosenEntryStep, chosenPlace } from './step-status.ts';
import type { HintLevel, Search, View } from './view.ts';
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

/** The result of an intent: a new view, an event for the session, an action outside the screens. */
export interface ViewUpdate {
  readonly view: View;
  readonly event?: Event;
  readonly effect?: TerminalEffect;
}

/** Resets the position on the page when another page is about to be shown. */
const pageLeft = {
  scroll: undefined,
  readToEnd: undefined,
  search: undefined,
  remark: undefined,
} as const;

/** The result of an intent, as a pure function. */
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
      return { view: { ...view, ...pageLeft, screen: 'quiz' }, event: { type: 'open quiz' } };
    case 'next question':
      return { view: { ...view, ...pageLeft }, event: { type: 'next question' } };
    case 'choose 1':
    case 'choose 2':
    case 'choose 3':
    case 'choose 4':
      return {
        view: { ...view, ...pageLeft },
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
    case 'dismiss':
      return dismissed(model);
    case 'hint':
      return { view: { ...view, hintLevel: nextHintLevel[view.hintLevel] } };
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
      return { view: { ...view, screen: 'step' } };
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

/** The next level of hint; after the last one, the hint is hidden again. */
const nextHintLevel: Readonly<Record<HintLevel, HintLevel>> = { 0: 1, 1: 2, 2: 3, 3: 0 };

type Scroll = Extract<
  Action,
  'read on' | 'line up' | 'line down' | 'page up' | 'page down' | 'top' | 'bottom'
>;

function scrollTarget(intent: Scroll, { document, window, height }: ScreenLayout): number {
  const page = Math.max(1, height - 1);
  switch (intent) {
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
  const read = top + height >= essentialIn(document);
  return { ...view, scroll: { page, top }, readToEnd: read ? page : view.readToEnd };
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

/** The view after a key, while the text of a search is typed: it shows the first match at once. */
export function searching(view: View, search: Search, key: Key, layout: ScreenLayout): View {
  const next = typed(search, key);
  if (next === undefined) return { ...scrolled(view, search.from, layout), search: undefined };
  const at = nextMatch(layout.document, next.text, search.from - 1, 1);
  return { ...scrolled(view, at ?? search.from, layout), search: next };
}

function cursorAt({ state }: ViewModel): number {
  return state === undefined ? 0 : state.lessons.indexOf(positionOf(state).lesson);
}

function chosen({ state, view }: ViewModel, by: number): Partial<View> {
  const lessons = state?.lessons ?? [];
  const within = (count: number, at: number) => Math.min(count - 1, Math.max(0, at + by));
  if (view.stepCursor === undefined) return { cursor: within(lessons.length, view.cursor) };
  const steps = lessons[view.cursor]?.steps.length ?? 1;
  return { stepCursor: within(steps, view.stepCursor) };
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
function batchStarted(intent: 'repair' | 'catch up' | 'carry on', model: ViewModel): ViewUpdate {
  const { state, view } = model;
  const batch = state && batchFor(intent, state, view);
  if (batch === undefined) return { view };
  return {
    view: { ...view, ...pageLeft, screen: 'step', acted: false, hintLevel: 0, locked: false },
    event: { type: 'perform', batch },
  };
}

function batchFor(intent: 'repair' | 'catch up' | 'carry on', state: State, view: View) {
  if (intent === 'repair') return repairOf(state);
  if (intent === 'carry on') return state.batchRun?.batch;
  const goal = chosenPlace(state, view);
  return goal && catchUpTo(state, keyOf(goal));
}

/** Goes back to the step without a password. */
function dismissed(model: ViewModel): ViewUpdate {
  const view = { ...model.view, ...pageLeft, acted: false, locked: false };
  if (model.state?.error === undefined) return { view };
  return { view, event: { type: 'open', key: keyOf(model.state.at), observe: true } };
}
