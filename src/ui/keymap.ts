import type { Phase } from '../engine/update.ts';
import { actionIn, bindingsNow, type KeyBinding, keyIn } from './bindings.ts';
import type { Key } from './keys.ts';
import { type Symbols, spokenSymbols } from './symbols.ts';
import type { Theme } from './theme.ts';
import type { ChosenScreen, HintLevel } from './view.ts';

export type ScreenName = ChosenScreen | 'small' | 'privilege' | 'batch' | 'end';

/** What a key does. */
export type Action =
  | 'run'
  | 'next'
  | 'back'
  | 'check'
  | 'cancel'
  | 'shell'
  | 'to shell'
  | 'visit'
  | 'explore'
  | 'lab'
  | 'install'
  | 'unlock'
  | 'dismiss'
  | 'read on'
  | 'hint'
  | 'hide hint'
  | 'solution'
  | 'contents'
  | 'help'
  | 'picture'
  | 'output'
  | 'glossary'
  | 'quiz'
  | 'next question'
  | 'close'
  | 'open'
  | 'choose up'
  | 'choose down'
  | 'into steps'
  | 'out of steps'
  | 'repair'
  | 'catch up'
  | 'carry on'
  | 'choose first'
  | 'choose last'
  | 'search'
  | 'find next'
  | 'find previous'
  | 'end search'
  | 'open hit'
  | 'copy'
  | 'line up'
  | 'line down'
  | 'page up'
  | 'page down'
  | 'top'
  | 'bottom'
  | 'quit'
  | 'interrupt'
  | 'suspend'
  | `answer ${1 | 2 | 3 | 4}`
  | `choose ${1 | 2 | 3 | 4}`;

/** What decides which keys work now. */
export interface KeyContext {
  readonly screen: ScreenName;
  readonly phase: Phase;
  /** There are lines below that haven't been on the screen yet. */
  readonly unread: boolean;
  readonly above: boolean;
  readonly below: boolean;
  /** How many choices the question on the screen has, while it can be answered. */
  readonly choices: number;
  /** The quiz can be opened from here: for the first time, or again. */
  readonly quiz: 'new' | 'known' | undefined;
  /** The quiz shows an answer, and something comes after it. */
  readonly answered: boolean;
  /** There is a step before this one. */
  readonly before: boolean;
  /** The step is the learner's to do, and its solution isn't shown yet. */
  readonly task: boolean;
  /** All checks of the step pass already. */
  readonly holds: boolean;
  /** The label of the step's visit, if it has one. */
  readonly visit: string | undefined;
  readonly picture: boolean;
  /** Something has been searched for on this page. */
  readonly searched: boolean;
  /** There is a list of hits, and one is chosen in it. */
  readonly hit: boolean;
  /** There is a script to copy: the step's or, in a hint, the one that mends it. */
  readonly script: boolean;
  /** Some of the output is not shown on the step's page. */
  readonly cut: boolean;
  /** A prerequisite is missing, and could be installed. */
  readonly missing: boolean;
  /** The lab is offered here. */
  readonly lab: boolean;
  /** Something couldn't be checked without sudo's password. */
  readonly locked: boolean;
  readonly hint: HintLevel;
  /** There is a glossary. */
  readonly terms: boolean;
  /** The lesson's number or the step that the contents would open, if it may be opened. */
  readonly entryStep: string | undefined;
  /** A step of the chosen lesson is chosen. */
  readonly amongSteps: boolean;
  /** The number of the lesson from which something has to be repaired. */
  readonly drifted: string | undefined;
  /** A step before the one chosen in the contents doesn't hold. */
  readonly behind: boolean;
  /** The learner's shell is open beside the page. */
  readonly shell: boolean;
  /** The goal of a batch that has stopped on this step. */
  readonly stopped: string | undefined;
}

export interface Binding extends KeyBinding<Action, KeyContext> {
  readonly on?: readonly ScreenName[];
}

const idle = ({ phase }: KeyContext) =>
  phase === 'ready' || phase === 'passed' || phase === 'failed';
const step: readonly ScreenName[] = ['step'];
const overlays: readonly ScreenName[] = [
  'contents',
  'help',
  'picture',
  'output',
  'glossary',
  'quiz',
  'hits',
];
/** Whether a screen covers the step until it is closed. */
export const isOverlay = (screen: ScreenName) => overlays.includes(screen);

/** Screens on which something is chosen from a list. */
const lists: readonly ScreenName[] = ['contents', 'hits'];
const isListed = ({ screen, hit }: KeyContext) => screen === 'contents' || hit;

const pages: readonly ScreenName[] = [
  'step',
  'help',
  'picture',
  'output',
  'glossary',
  'quiz',
  'hits',
  'end',
  'privilege',
];

const hintLabels: Readonly<Record<HintLevel, string>> = {
  0: 'hint',
  1: 'hint 2 of 3',
  2: 'hint 3 of 3',
  3: 'hide hint',
};

const answer = (number: 1 | 2 | 3 | 4): Binding => ({
  keys: [`${number}`],
  action: `answer ${number}`,
  on: step,
  when: ({ choices }) => choices >= number,
  ...(number === 1
    ? {
        label: 'predict',
        shown: (_: Symbols, { choices }: KeyContext) => `1-${choices}`,
        help: 'predict what will happen; nothing depends on it',
        listed: ['1', '2', '3', '4'],
      }
    : {}),
});

const choice = (number: 1 | 2 | 3 | 4): Binding => ({
  keys: [`${number}`],
  action: `choose ${number}`,
  on: ['quiz'],
  when: ({ choices }) => choices >= number,
  ...(number === 1
    ? { label: 'answer', shown: (_: Symbols, { choices }: KeyContext) => `1-${choices}` }
    : {}),
});

/**
 * Every key of the tour. The first binding that applies wins. The key line has the same order and
 * drops keys from its end when there is no room.
 */
export const keymap: readonly Binding[] = [
  // The obvious next action.
  {
    keys: ['enter'],
    action: 'read on',
    on: [...step, 'quiz'],
    when: (now) => (now.screen === 'quiz' || idle(now)) && now.unread,
    label: 'read on',
    help: 'the obvious next thing: read on, run the script, go on',
  },
  {
    keys: ['s'],
    action: 'shell',
    on: step,
    when: (now) => idle(now) && now.task && !now.holds && !now.shell,
    label: 'own shell',
  },
  {
    keys: ['ctrl-]'],
    action: 'to shell',
    when: (now) => now.shell && now.task && !now.holds,
    label: 'your shell',
  },
  {
    keys: ['enter'],
    action: 'check',
    on: step,
    when: (now) => idle(now) && now.task,
    label: ({ holds }) => (holds ? 'done already' : 'check'),
  },
  {
    keys: ['enter'],
    action: 'run',
    on: step,
    when: ({ phase }) => phase === 'ready',
    label: 'run it',
  },
  choice(1),
  choice(2),
  choice(3),
  choice(4),
  {
    keys: ['enter'],
    action: 'next question',
    on: ['quiz'],
    when: ({ answered }) => answered,
    label: 'go on',
  },
  {
    keys: ['enter'],
    action: 'quiz',
    on: step,
    when: ({ phase, quiz }) => phase === 'passed' && quiz === 'new',
    label: 'the questions',
  },
  {
    keys: ['enter'],
    action: 'next',
    on: step,
    when: ({ phase }) => phase === 'passed',
    label: 'go on',
  },
  {
    keys: ['enter'],
    action: 'run',
    on: step,
    when: ({ phase }) => phase === 'failed',
    label: 'run it again',
  },
  {
    keys: ['enter'],
    action: 'open',
    on: ['contents'],
    when: ({ entryStep }) => entryStep !== undefined,
    label: ({ entryStep }) => `open ${entryStep}`,
  },
  {
    keys: ['enter'],
    action: 'open hit',
    on: ['hits'],
    when: ({ hit }) => hit,
    label: 'go there',
  },
  {
    keys: ['up', 'k'],
    action: 'choose up',
    on: lists,
    when: isListed,
    label: 'choose',
    shown: ({ up, down }) => (up.length === 1 ? `${up}${down}` : `${up}/${down}`),
  },
  { keys: ['down', 'j'], action: 'choose down', on: lists, when: isListed },
  { keys: ['home', 'g'], action: 'choose first', on: lists, when: isListed },
  { keys: ['end', 'G'], action: 'choose last', on: lists, when: isListed },
  {
    keys: ['f'],
    action: 'repair',
    on: ['step', 'contents'],
    when: (now) => (now.screen === 'contents' || idle(now)) && now.drifted !== undefined,
    label: ({ drifted }) => `repair ${drifted}`,
    help: 'where something changed since you did it: run what is missing, and nothing else',
    rare: true,
  },
  {
    keys: ['u'],
    action: 'catch up',
    on: ['contents'],
    when: ({ behind }) => behind,
    label: 'catch me up to here',
    help: 'in the contents: perform and check everything before the chosen lesson or step',
    rare: true,
  },
  {
    keys: ['right', 'l'],
    action: 'into steps',
    on: ['contents'],
    when: ({ amongSteps }) => !amongSteps,
    label: 'steps',
    help: 'in the contents: choose among the steps of a lesson, and back',
    rare: true,
    listed: ['right', 'left'],
  },
  {
    keys: ['x'],
    action: 'quiz',
    on: ['contents'],
    when: ({ quiz }) => quiz !== undefined,
    label: 'questions',
  },
  {
    keys: ['left', 'escape', 'b'],
    action: 'out of steps',
    on: ['contents'],
    when: ({ amongSteps }) => amongSteps,
    label: 'lessons',
  },
  {
    keys: ['enter'],
    action: 'close',
    on: ['opening'],
    when: ({ phase }) => phase !== 'observing',
    label: 'begin',
  },
  {
    keys: ['enter'],
    action: 'unlock',
    on: ['privilege'],
    label: 'give sudo the password',
  },
  {
    keys: ['escape', 'n'],
    action: 'dismiss',
    on: ['privilege'],
    label: 'not now',
  },
  {
    keys: ['enter'],
    action: 'read on',
    on: ['end'],
    when: ({ unread }) => unread,
    label: 'read on',
  },
  { keys: ['enter'], action: 'quit', on: ['end'], label: 'leave' },
  { keys: ['escape'], action: 'end search', on: pages, when: ({ searched }) => searched },
  {
    keys: ['n'],
    action: 'find next',
    on: pages,
    when: ({ searched }) => searched,
    label: 'next',
  },
  // Enter doesn't leave a question that waits for its answer.
  {
    keys: ['escape'],
    action: 'close',
    on: ['quiz'],
    when: ({ choices }) => choices > 0,
    label: 'later',
  },
  { keys: ['escape', 'enter', 'b', 'left'], action: 'close', on: ['hits'], label: 'back' },
  {
    keys: ['enter', 'escape'],
    action: 'close',
    on: overlays,
    when: ({ screen, choices }) => screen !== 'quiz' || choices === 0,
    label: 'back to the step',
  },
  {
    keys: ['escape', 'ctrl-c'],
    action: 'cancel',
    on: step,
    when: ({ phase }) => phase === 'running',
    label: 'cancel',
    help: 'cancel a running script, and everything it started',
    rare: true,
  },
  {
    keys: ['escape', 'ctrl-c'],
    action: 'cancel',
    on: ['batch'],
    label: 'stop here',
  },
  {
    keys: ['u'],
    action: 'carry on',
    on: step,
    when: (now) => idle(now) && now.stopped !== undefined && !now.locked,
    label: ({ stopped }) => stopped,
  },
  { keys: ['escape'], action: 'hide hint', on: step, when: ({ hint }) => hint > 0 },

  // Other actions on a step.
  answer(1),
  answer(2),
  answer(3),
  answer(4),
  {
    keys: ['i'],
    action: 'install',
    on: step,
    when: (now) => idle(now) && now.missing,
    label: 'install',
    help: 'in lesson 0: see what installs a missing tool, and run it',
    rare: true,
  },
  {
    keys: ['u'],
    action: 'unlock',
    on: step,
    when: (now) => idle(now) && now.locked,
    label: 'sudo password',
    help: 'give sudo its password, where the tour needs it to see more',
    rare: true,
  },
  {
    keys: ['x'],
    action: 'quiz',
    on: step,
    when: ({ quiz, phase }) => quiz !== undefined && phase === 'passed',
    label: ({ quiz }) => (quiz === 'known' ? 'questions' : undefined),
    help: 'at the end of lesson 9, and in the contents: questions about the whole tour',
    rare: true,
  },
  {
    keys: ['v'],
    action: 'visit',
    on: step,
    when: ({ phase, visit }) => phase === 'passed' && visit !== undefined,
    label: ({ visit }) => visit,
    help: 'where a step offers it: step inside, with your own keyboard',
    rare: true,
  },
  {
    keys: ['r'],
    action: 'run',
    on: step,
    when: (now) => idle(now) && !now.task,
    label: ({ phase, unread }) =>
      phase === 'passed' || (phase === 'failed' && unread) ? 'run again' : undefined,
    help: 'run the script, without reading on; and again if you like',
  },
  {
    keys: ['d'],
    action: 'check',
    on: step,
    when: idle,
    label: ({ phase, holds, task }) =>
      task ? undefined : phase === 'failed' ? 'check' : holds ? 'done already' : undefined,
    help: 'check what is there now, without running anything',
  },
  {
    keys: ['ctrl-]'],
    action: 'to shell',
    when: ({ shell }) => shell,
    label: 'your shell',
    help: 'while your shell is beside the page: type in it; the same key comes back to the page',
  },
  { keys: ['s'], action: 'to shell', on: step, when: ({ shell }) => shell },
  {
    keys: ['s'],
    action: 'shell',
    on: step,
    when: idle,
    label: 'own shell',
    help: 'a shell of your own, beside the page if there is room; exit comes back',
  },
  {
    keys: ['o'],
    action: 'output',
    on: step,
    when: ({ cut }) => cut,
    label: 'all output',
    help: 'all of the output, where the page shows only some',
  },
  {
    keys: ['h'],
    action: 'solution',
    on: step,
    when: (now) => idle(now) && now.task && now.hint === 2,
    label: 'solution',
  },
  {
    keys: ['h'],
    action: 'hint',
    on: step,
    when: (now) => idle(now) && now.phase !== 'passed',
    label: ({ hint }) => hintLabels[hint],
    help: 'a hint: what was observed; again, where to look; again, the command',
  },
  {
    keys: ['p'],
    action: 'picture',
    on: step,
    when: ({ picture }) => picture,
    label: 'picture',
    help: "the lesson's picture, with what is known by now",
  },
  {
    keys: ['e'],
    action: 'explore',
    on: ['step', 'end', 'contents', 'help', 'picture', 'output'],
    when: (now) => now.screen !== 'step' || idle(now),
    label: ({ screen }) => (screen === 'help' ? undefined : 'explore'),
    help: 'explore the image as far as it is built: its digests, its layers',
  },
  {
    keys: ['L'],
    action: 'lab',
    on: step,
    when: (now) => idle(now) && now.lab,
    label: 'lab',
    help: 'after lessons 5 and 8, and in the contents: images that are broken on purpose',
  },
  {
    keys: ['y'],
    action: 'copy',
    on: step,
    when: (now) => idle(now) && now.script,
    label: 'copy',
    help: 'copy the script, or the command of a hint, to the clipboard',
  },
  {
    keys: ['b', 'left'],
    action: 'back',
    on: step,
    when: (now) => idle(now) && now.before,
    label: 'back',
    help: 'back to the step before; looking changes nothing',
  },
  {
    keys: ['right'],
    action: 'next',
    on: step,
    when: ({ phase }) => phase === 'passed',
    help: 'on to the next step, once this one has passed',
  },
  { keys: ['b', 'left'], action: 'close', on: overlays },

  {
    keys: ['L'],
    action: 'lab',
    on: ['contents'],
    when: ({ lab }) => lab,
    label: 'lab',
    always: true,
  },

  // The glossary, and back.
  { keys: ['w'], action: 'close', on: ['glossary'] },
  { keys: ['p'], action: 'close', on: ['picture'] },
  { keys: ['o'], action: 'close', on: ['output'] },
  {
    keys: ['w'],
    action: 'glossary',
    on: step,
    when: (now) => idle(now) && now.terms,
    label: 'glossary',
    help: 'glossary: the terms this page uses, each with your own as the example',
  },

  // Reading.
  {
    keys: ['space', 'pagedown'],
    action: 'page down',
    on: [...pages, 'contents'],
    when: ({ below }) => below,
    help: 'a page down, a page up',
    listed: ['space', 'pagedown', 'pageup'],
  },
  { keys: ['pageup'], action: 'page up', on: [...pages, 'contents'], when: ({ above }) => above },
  {
    keys: ['down', 'j'],
    action: 'line down',
    on: pages,
    when: ({ below }) => below,
    help: 'a line down, a line up',
    listed: ['down', 'up', 'j', 'k'],
  },
  { keys: ['up', 'k'], action: 'line up', on: pages, when: ({ above }) => above },
  {
    keys: ['home', 'g'],
    action: 'top',
    on: pages,
    when: ({ above }) => above,
    help: 'to the top of the page, to its end',
    listed: ['g', 'G', 'home', 'end'],
  },
  { keys: ['end', 'G'], action: 'bottom', on: pages, when: ({ below }) => below },
  {
    keys: ['/'],
    action: 'search',
    on: [...pages, 'contents'],
    label: ({ screen }) => (screen === 'contents' ? 'search' : undefined),
    help: 'search: this page, then the whole tour, its glossary, what scripts printed; the next place, the one before',
    listed: ['/', 'n', 'N'],
  },
  { keys: ['N'], action: 'find previous', on: pages, when: ({ searched }) => searched },

  // Everywhere.
  { keys: ['c'], action: 'close', on: ['contents'] },
  {
    keys: ['c'],
    action: 'contents',
    on: ['step', 'end', 'help', 'picture', 'output', 'glossary'],
    label: 'contents',
    help: 'contents: every lesson, and what holds on this machine now',
  },
  { keys: ['?'], action: 'close', on: ['help'] },
  {
    keys: ['?'],
    action: 'help',
    on: ['step', 'end', 'contents', 'picture', 'output', 'glossary', 'privilege', 'batch'],
    label: 'help',
    help: 'help: every key, and what it does',
    always: true,
  },
  { keys: ['q'], action: 'close', on: ['help', 'picture', 'output', 'glossary', 'quiz', 'hits'] },
  {
    keys: ['q'],
    action: 'quit',
    label: 'quit',
    help: 'quit; the next start opens where this machine says you are',
    always: true,
  },
  {
    keys: ['ctrl-c'],
    action: 'interrupt',
    help: 'quit at once; a running script is only cancelled',
    rare: true,
  },
  { keys: ['ctrl-z'], action: 'suspend', help: 'suspend the tour; fg brings it back', rare: true },
];

/** The bindings that apply now, each key once. */
export function keysNow(now: KeyContext): Binding[] {
  const here = keymap.filter(({ on }) => on?.includes(now.screen) !== false);
  return bindingsNow(here, now);
}

/** The action of a key now, if it has one. */
export function actionOf(key: Key, now: KeyContext): Action | undefined {
  return actionIn(keysNow(now), key);
}

/** The key for an action, as a sentence on the screen names it. */
export function keyFor(action: Action, { symbols }: Pick<Theme, 'symbols'>): string {
  return keyIn(keymap, action, symbols);
}

/** The key for an action, as a sentence names it outside of the screens. */
export function keyInTour(action: Action): string {
  return `${keyIn(keymap, action, spokenSymbols)} in the tour`;
}
