import { actionIn, bindingsNow, type KeyBinding, keyIn } from '../bindings.ts';
import type { Key } from '../keys.ts';
import type { Symbols } from '../symbols.ts';
import type { Theme } from '../theme.ts';

export type LabAction =
  | 'open'
  | 'back'
  | 'skip'
  | 'shell'
  | 'check'
  | 'hint'
  | 'copy'
  | 'debrief'
  | 'reset'
  | 'help'
  | 'line up'
  | 'line down'
  | 'page up'
  | 'page down'
  | 'top'
  | 'bottom'
  | 'quit'
  | 'interrupt'
  | 'suspend'
  | `answer ${1 | 2 | 3 | 4}`;

/** What decides which keys work now. */
export interface LabKeyContext {
  readonly screen: 'list' | 'case' | 'help';
  /** The chosen case can be had on this machine. */
  readonly available: boolean;
  /** The case is ready, and not being prepared. */
  readonly ready: boolean;
  /** A prediction is asked for, further down. */
  readonly unread: boolean;
  /** How many choices there are, while a prediction is asked for and in view. */
  readonly choices: number;
  /** The number of the next hint, if there is one. */
  readonly nextHint: string | undefined;
  /** There is a command to copy. */
  readonly command: boolean;
  readonly mended: boolean;
  readonly solved: boolean;
  readonly debrief: boolean;
  readonly confirming: boolean;
  readonly above: boolean;
  readonly below: boolean;
  readonly leave: 'quit' | 'back to the tour';
}

type Binding = KeyBinding<LabAction, LabKeyContext>;

const onCase = ({ screen, ready }: LabKeyContext) => screen === 'case' && ready;
const onList = ({ screen }: LabKeyContext) => screen === 'list';

const answer = (number: 1 | 2 | 3 | 4): Binding => ({
  keys: [`${number}`],
  action: `answer ${number}`,
  when: (now) => onCase(now) && now.choices >= number,
  ...(number === 1
    ? {
        label: 'predict',
        shown: (_: Symbols, { choices }: LabKeyContext) => `1-${choices}`,
        help: 'predict what the command of the ticket prints; nothing depends on it',
        listed: ['1', '2', '3', '4'],
      }
    : {}),
});

/** All keys of the lab. The first binding that applies counts, and the key line has the same order. */
export const labKeymap: readonly Binding[] = [
  {
    keys: ['enter'],
    action: 'open',
    when: (now) => onList(now) && now.available,
    label: 'open',
    help: 'open the case; in a case, the obvious next thing',
  },
  {
    keys: ['enter'],
    action: 'page down',
    when: (now) => onCase(now) && now.unread,
    label: 'read on',
  },
  answer(1),
  answer(2),
  answer(3),
  answer(4),
  {
    keys: ['enter'],
    action: 'skip',
    when: (now) => onCase(now) && now.choices > 0,
    label: 'just show it',
  },
  {
    keys: ['enter', 'd'],
    action: 'debrief',
    when: (now) => onCase(now) && now.solved && now.mended && !now.debrief,
    label: 'what it was',
  },
  {
    keys: ['s', 'enter'],
    action: 'shell',
    when: (now) => onCase(now) && !now.debrief,
    label: 'own shell',
    help: 'a shell of your own in the sandbox; exit comes back',
  },
  {
    keys: ['c'],
    action: 'check',
    when: onCase,
    label: 'check',
    help: 'check again; the checks also run when something changes',
  },
  {
    keys: ['h'],
    action: 'hint',
    when: (now) => onCase(now) && now.nextHint !== undefined,
    label: ({ nextHint }) => nextHint,
    help: 'the next hint; the last one has the command',
  },
  {
    keys: ['d'],
    action: 'debrief',
    when: (now) => onCase(now) && now.solved,
    label: ({ debrief }) => (debrief ? 'the ticket' : 'what it was'),
    help: "once it's mended: what it was, how to find it fast, and how it happens",
  },
  {
    keys: ['R'],
    action: 'reset',
    when: onCase,
    label: ({ confirming }) => (confirming ? 'reset it now' : 'reset'),
    help: 'break it again, from whatever state it is in; asks once',
  },
  {
    keys: ['y'],
    action: 'copy',
    when: (now) => onCase(now) && now.command,
    label: 'copy',
    help: "copy the last hint's command, or the ticket's",
  },
  {
    keys: ['up', 'k'],
    action: 'line up',
    when: onList,
    label: 'choose',
    shown: ({ up, down }) => (up.length === 1 ? `${up}${down}` : `${up}/${down}`),
    help: 'choose a case; in a case, a line up and a line down',
    listed: ['up', 'down'],
  },
  { keys: ['up', 'k'], action: 'line up' },
  { keys: ['down', 'j'], action: 'line down' },
  {
    keys: ['space', 'pagedown', 'ctrl-f'],
    action: 'page down',
    when: ({ below }) => below,
    label: 'page down',
    help: 'a page down, a page up',
    listed: ['space', 'pageup'],
  },
  { keys: ['pageup', 'ctrl-b'], action: 'page up', when: ({ above }) => above },
  { keys: ['g', 'home'], action: 'top' },
  { keys: ['G', 'end'], action: 'bottom' },
  {
    keys: ['escape', 'b', 'left', 'backspace'],
    action: 'back',
    when: ({ screen }) => screen !== 'list',
    label: ({ screen, confirming }) =>
      screen === 'help' ? 'back' : confirming ? "don't reset" : 'all cases',
    help: 'back to the list of cases; the sandbox stays as it is',
    always: true,
  },
  { keys: ['?'], action: 'back', when: ({ screen }) => screen === 'help' },
  { keys: ['?'], action: 'help', label: 'keys', help: 'every key, and what it does' },
  {
    keys: ['q'],
    action: 'quit',
    label: ({ leave }) => leave,
    help: 'quit, or back to the tour if you came from there',
    always: true,
  },
  {
    keys: ['escape'],
    action: 'quit',
    when: (now) => onList(now) && now.leave === 'back to the tour',
  },
  { keys: ['ctrl-c'], action: 'interrupt', help: 'quit at once' },
  { keys: ['ctrl-z'], action: 'suspend', help: 'put it to sleep; fg wakes it up' },
];

export function labKeysNow(now: LabKeyContext): Binding[] {
  return bindingsNow(labKeymap, now);
}

export function labActionOf(key: Key, now: LabKeyContext): LabAction | undefined {
  return actionIn(labKeysNow(now), key);
}

/** The key for something, as a sentence names it. */
export function labKeyFor(action: LabAction, { symbols }: Pick<Theme, 'symbols'>): string {
  return keyIn(labKeymap, action, symbols);
}
