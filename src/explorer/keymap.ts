import { actionIn, bindingsNow, type KeyBinding, keyIn } from '../ui/bindings.ts';
import { type Key, keysIn } from '../ui/keys.ts';
import type { Theme } from '../ui/theme.ts';
import type { Focus, Page, TreeRow } from './state.ts';

/** What a key asks for. */
export type ExplorerAction =
  | 'up'
  | 'down'
  | 'page up'
  | 'page down'
  | 'top'
  | 'bottom'
  | 'open'
  | 'unfold'
  | 'fold'
  | 'follow'
  | 'back'
  | 'other side'
  | 'switch'
  | 'bytes'
  | 'difference'
  | 'write out'
  | 'stack'
  | 'shift left'
  | 'shift right'
  | 'search'
  | 'find next'
  | 'find previous'
  | 'again'
  | 'help'
  | 'quit'
  | 'interrupt'
  | 'suspend'
  | `layer ${number}`;

/** What decides which keys are active. */
export interface ExplorerKeyContext {
  readonly focus: Focus;
  /** Both sides are on the screen. */
  readonly wide: boolean;
  readonly page: Page['kind'];
  /** The row of the tree, if the tree has the focus. */
  readonly row: TreeRow['what']['is'] | undefined;
  readonly branch: TreeRow['branch'];
  /** What Enter does on a page, if anything. */
  readonly target: string | undefined;
  /** In a stack: the layer the cursor is on, and whether it is on. */
  readonly layer: { readonly number: number; readonly on: boolean } | undefined;
  /** In a stack: on a directory with something in it. */
  readonly folder: 'open' | 'closed' | undefined;
  /** So many layers can be switched. */
  readonly layers: number;
  /** There is a blob whose first bytes could be shown. */
  readonly bytes: boolean;
  /** There is a file whose content can be shown, and written out. */
  readonly file: boolean;
  /** A lower layer has the file too. */
  readonly lower: boolean;
  /** There are layers to stack. */
  readonly stack: boolean;
  readonly searched: boolean;
  /** Where one goes when one leaves: out, or back to the tour. */
  readonly leave: 'quit' | 'back to the tour';
}

export type ExplorerBinding = KeyBinding<ExplorerAction, ExplorerKeyContext>;

const inTree = ({ focus }: ExplorerKeyContext) => focus === 'tree';
const onPage = ({ focus }: ExplorerKeyContext) => focus === 'page';
const inStack = (now: ExplorerKeyContext) => onPage(now) && now.page === 'stack';

const digit = (number: number): ExplorerBinding => ({
  keys: [`${number}`],
  action: `layer ${number}`,
  when: (now) => inStack(now) && now.layers > number,
  ...(number === 0
    ? {
        help: 'in the layers: switch one on or off from anywhere, by its number',
        listed: ['0', '…', '9'],
      }
    : {}),
});

/**
 * All keys of the explorer. The first binding that applies counts. The key line has the same order and
 * drops bindings from its end if there's no room.
 */
export const keymap: readonly ExplorerBinding[] = [
  // The main action.
  {
    keys: ['enter'],
    action: 'open',
    when: (now) => inTree(now) && now.row !== 'loose',
    label: ({ row }) =>
      row === 'stack' ? 'lay them out' : row === 'entry' ? 'look at it' : 'open',
    help: 'open, or follow the digest on this row to what it names',
  },
  {
    keys: ['enter', 'space'],
    action: 'unfold',
    when: ({ row, focus }) => focus === 'tree' && row === 'loose',
    label: 'unfold',
  },
  {
    keys: ['space'],
    action: 'switch',
    when: (now) => inStack(now) && now.layer !== undefined,
    label: ({ layer }) => `switch layer ${layer?.number} ${layer?.on ? 'off' : 'on'}`,
    help: 'in the layers: switch this one off, and on again',
  },
  {
    keys: ['enter'],
    action: 'follow',
    when: (now) => onPage(now) && now.target !== undefined,
    label: ({ target }) => target,
  },
  {
    keys: ['escape', 'backspace', 'b'],
    action: 'back',
    when: onPage,
    label: 'back',
    help: 'back to where you came from',
    always: true,
  },

  // Moving about.
  {
    keys: ['right', 'l'],
    action: 'unfold',
    when: (now) =>
      (inTree(now) && now.branch !== undefined) || (inStack(now) && now.folder === 'closed'),
    label: ({ branch, folder }) =>
      branch === 'closed' || folder === 'closed' ? 'unfold' : undefined,
    help: 'unfold what is below, and fold it away',
    listed: ['right', 'left'],
  },
  {
    keys: ['left', 'h'],
    action: 'fold',
    when: (now) => inTree(now) || (inStack(now) && now.folder === 'open'),
    label: ({ branch, folder }) => (branch === 'open' || folder === 'open' ? 'fold' : undefined),
  },
  {
    keys: ['space'],
    action: 'unfold',
    when: (now) => inTree(now) && now.branch !== undefined,
  },
  {
    keys: ['space'],
    action: 'page down',
    when: (now) => onPage(now) && now.page !== 'stack',
  },
  {
    keys: ['right', 'l'],
    action: 'shift right',
    when: onPage,
    help: 'on a page: the rest of long rows, and back',
    listed: ['right', 'left'],
  },
  { keys: ['left', 'h'], action: 'shift left', when: onPage },
  { keys: ['up', 'k'], action: 'up', help: 'a row up, a row down', listed: ['up', 'down'] },
  { keys: ['down', 'j'], action: 'down' },
  {
    keys: ['pagedown', 'ctrl-f'],
    action: 'page down',
    help: 'a screen down, a screen up',
    listed: ['pagedown', 'pageup'],
  },
  { keys: ['pageup', 'ctrl-b'], action: 'page up' },
  { keys: ['g', 'home'], action: 'top', help: 'to the first row, to the last', listed: ['g', 'G'] },
  { keys: ['G', 'end'], action: 'bottom' },
  {
    keys: ['tab'],
    action: 'other side',
    label: ({ wide, focus }) => (wide ? (focus === 'tree' ? 'page' : 'tree') : undefined),
    help: 'between the tree and the page',
  },

  // Looking closer.
  {
    keys: ['t'],
    action: 'stack',
    when: (now) => now.stack && !inStack(now),
    label: 'layers merged',
    help: 'the layers as transparencies: the merged tree, and who hides whom',
  },
  {
    keys: ['x'],
    action: 'bytes',
    when: ({ bytes }) => bytes,
    label: ({ page, focus }) => (focus === 'page' && page === 'bytes' ? undefined : 'bytes'),
    help: 'the first bytes of a blob, with the fields of its gzip header named; of a file, hexadecimal or text',
  },
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(digit),
  { keys: ['/'], action: 'search', label: 'search', help: 'search on this side of the screen' },
  {
    keys: ['n'],
    action: 'find next',
    when: ({ searched }) => searched,
    label: 'next',
    help: 'the next place that was searched for, the one before',
    listed: ['n', 'N'],
  },
  { keys: ['N'], action: 'find previous', when: ({ searched }) => searched },
  {
    keys: ['d'],
    action: 'difference',
    when: ({ lower }) => lower,
    label: 'difference',
    help: 'a file against the one that it hides in a lower layer',
  },
  {
    keys: ['o'],
    action: 'write out',
    when: ({ file }) => file,
    label: 'write out',
    help: 'write a file of a layer into the directory you started in',
  },
  { keys: ['r'], action: 'again', help: 'look again: read and hash everything once more' },

  // Everywhere.
  { keys: ['?'], action: 'back', when: (now) => onPage(now) && now.page === 'help' },
  {
    keys: ['?'],
    action: 'help',
    label: 'help',
    help: 'help: every key, and what it does',
    always: true,
  },
  {
    keys: ['q'],
    action: 'quit',
    label: ({ leave }) => leave,
    help: 'quit, or back to the tour if you came from there',
    always: true,
  },
  { keys: ['ctrl-c'], action: 'interrupt', help: 'quit at once' },
  { keys: ['ctrl-z'], action: 'suspend', help: 'put it to sleep; fg wakes it up' },
];

/** The active bindings, each key once. */
export function keysNow(now: ExplorerKeyContext): ExplorerBinding[] {
  return bindingsNow(keymap, now);
}

/** The action of a key now, if it has one. */
export function actionOf(key: Key, now: ExplorerKeyContext): ExplorerAction | undefined {
  return actionIn(keysNow(now), key);
}

/** The key for something, as a sentence names it. */
export function keyFor(action: ExplorerAction, { symbols }: Pick<Theme, 'symbols'>): string {
  return keyIn(keymap, action, symbols);
}

/** The action of a key before the first screen: only leaving. */
export function actionWhileLoading(key: Key): 'quit' | 'interrupt' | undefined {
  if (key === 'escape') return 'quit';
  const action = actionIn(keymap, key);
  return action === 'quit' || action === 'interrupt' ? action : undefined;
}

/** The keys in one piece of input; here, Tab is a key too. */
export function explorerKeys(input: string, key: Parameters<typeof keysIn>[1]): Key[] {
  return key.tab ? ['tab'] : keysIn(input, key);
}
