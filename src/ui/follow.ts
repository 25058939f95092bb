import { catchUpTo, repairOf } from '../engine/errand.ts';
import { factsOf, termsIn } from '../engine/glossary.ts';
import { keyOf } from '../engine/lesson.ts';
import { type Event, positionOf, type State } from '../engine/transition.ts';
import { readOn } from './document.ts';
import type { Intent } from './keymap.ts';
import type { Layout } from './layout.ts';
import { isOpen, type Now } from './now.ts';
import { chosenDoor, chosenPlace } from './standing.ts';
import type { Rung, View } from './view.ts';

/** Actions outside the screens: leaving, or handing the terminal to another program for a while. */
export type Outside =
  | 'quit'
  | 'interrupt'
  | 'suspend'
  | 'shell'
  | 'visit'
  | 'explore'
  | 'install'
  | 'unlock';

/** The result of an intent: a new view, an event for the session, an action outside the screens. */
export interface Turn {
  readonly view: View;
  readonly event?: Event;
  readonly outside?: Outside;
}

/** Resets the position on the page when another page is about to be shown. */
const fresh = { scroll: undefined, read: undefined, remark: undefined } as const;

/** The result of an intent, as a pure function. */
export function follow(intent: Intent, now: Now, layout: Layout): Turn {
  const { view } = now;
  switch (intent) {
    case 'run':
      return { view: { ...view, ...fresh, acted: true }, event: { type: 'run' } };
    case 'check':
      return { view: { ...view, ...fresh, acted: true }, event: { type: 'recheck' } };
    case 'next':
      return { view: { ...view, ...fresh, acted: false, hint: 0 }, event: { type: 'next' } };
    case 'back':
      return { view: { ...view, ...fresh, acted: false, hint: 0 }, event: { type: 'back' } };
    case 'cancel':
      return { view, event: { type: 'cancel' } };
    case 'answer 1':
    case 'answer 2':
    case 'answer 3':
    case 'answer 4':
      return { view, event: { type: 'answer', choice: Number(intent.slice(-1)) - 1 } };
    case 'quit':
    case 'interrupt':
    case 'suspend':
    case 'shell':
    case 'visit':
    case 'explore':
    case 'install':
    case 'unlock':
      return { view, outside: intent };
    case 'dismiss':
      return dismissed(now);
    case 'hint':
      return { view: { ...view, hint: nextRung[view.hint] } };
    case 'hide hint':
      return { view: { ...view, hint: 0 } };
    case 'contents':
      return {
        view: { ...view, screen: 'contents', cursor: cursorAt(now), stepCursor: undefined },
        event: { type: 'survey' },
      };
    case 'help':
    case 'picture':
    case 'output':
      return { view: { ...view, screen: intent } };
    case 'glossary':
      return glossaryOpened(now);
    case 'close':
      return { view: { ...view, screen: 'step' } };
    case 'open':
      return opened(now);
    case 'choose up':
    case 'choose down':
      return {
        view: { ...view, ...chosen(now, intent === 'choose up' ? -1 : 1), scroll: undefined },
      };
    case 'into steps':
      return { view: { ...view, stepCursor: 0, scroll: undefined } };
    case 'out of steps':
      return { view: { ...view, stepCursor: undefined, scroll: undefined } };
    case 'repair':
    case 'catch up':
    case 'carry on':
      return performed(intent, now);
    default:
      return { view: scrolled(view, scrollTarget(intent, layout), layout) };
  }
}

/** The next level of hint; after the last one, the hint is hidden again. */
const nextRung: Readonly<Record<Rung, Rung>> = { 0: 1, 1: 2, 2: 3, 3: 0 };

type Scroll = Extract<
  Intent,
  'read on' | 'line up' | 'line down' | 'page up' | 'page down' | 'top' | 'bottom'
>;

function scrollTarget(intent: Scroll, { document, window, height }: Layout): number {
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

function scrolled(view: View, target: number, { page, document, height }: Layout): View {
  const last = Math.max(0, document.lines.length - height);
  const top = Math.min(last, Math.max(0, target));
  return { ...view, scroll: { page, top }, read: top === last ? page : view.read };
}

function cursorAt({ state }: Now): number {
  return state === undefined ? 0 : state.lessons.indexOf(positionOf(state).lesson);
}

function chosen({ state, view }: Now, by: number): Partial<View> {
  const lessons = state?.lessons ?? [];
  const within = (count: number, at: number) => Math.min(count - 1, Math.max(0, at + by));
  if (view.stepCursor === undefined) return { cursor: within(lessons.length, view.cursor) };
  const steps = lessons[view.cursor]?.steps.length ?? 1;
  return { stepCursor: within(steps, view.stepCursor) };
}

function opened(now: Now): Turn {
  const door = isOpen(now) ? chosenDoor(now.state, now.view) : undefined;
  if (door === undefined) return { view: now.view };
  return {
    view: { ...now.view, ...fresh, screen: 'step', acted: false, hint: 0 },
    event: { type: 'open', key: keyOf(door), look: true },
  };
}

/** Opens the glossary and reads its facts, which no other page needs. */
function glossaryOpened(now: Now): Turn {
  if (!isOpen(now)) return { view: now.view };
  const facts = factsOf(termsIn(now.state.at, now.setting.glossary));
  return { view: { ...now.view, screen: 'glossary' }, event: { type: 'define', facts } };
}

/** Starts or resumes an errand. */
function performed(intent: 'repair' | 'catch up' | 'carry on', now: Now): Turn {
  const { state, view } = now;
  const errand = state && errandOf(intent, state, view);
  if (errand === undefined) return { view };
  return {
    view: { ...view, ...fresh, screen: 'step', acted: false, hint: 0, locked: false },
    event: { type: 'perform', errand },
  };
}

function errandOf(intent: 'repair' | 'catch up' | 'carry on', state: State, view: View) {
  if (intent === 'repair') return repairOf(state);
  if (intent === 'carry on') return state.errand?.errand;
  const goal = chosenPlace(state, view);
  return goal && catchUpTo(state, keyOf(goal));
}

/** Goes back to the step without a password. */
function dismissed(now: Now): Turn {
  const view = { ...now.view, ...fresh, acted: false, locked: false };
  if (now.state?.problem === undefined) return { view };
  return { view, event: { type: 'open', key: keyOf(now.state.at), look: true } };
}
