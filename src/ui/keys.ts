import type { Key as InkKey } from 'ink';

/** A key as the keymap names it: a character, or one of the names below. */
export type Key = string;

/** More characters than this at once weren't typed, but pasted by mistake. */
const typedAtOnce = 16;

const named: Readonly<Record<string, Key>> = {
  '\r': 'enter',
  '\n': 'enter',
  ' ': 'space',
  '\u0003': 'ctrl-c',
  '\u001a': 'ctrl-z',
  '\u001b': 'escape',
  '\u001d': 'ctrl-]',
};

const flags = [
  ['return', 'enter'],
  ['escape', 'escape'],
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
] as const;

/**
 * The keys in one chunk of input. Keys that are pressed quickly, or while the program is busy, arrive
 * together; Enter pressed twice then still means one step.
 */
export function keysIn(input: string, key: InkKey): Key[] {
  const flag = flags.find(([name]) => key[name]);
  if (flag !== undefined) return [flag[1]];
  if (key.backspace || key.delete) return ['backspace'];
  if (key.ctrl) return [`ctrl-${input}`];
  if (input.length > typedAtOnce) return [];
  const keys = [...input].flatMap((character) => named[character] ?? printed(character));
  return keys.filter((each, at) => each !== 'enter' || keys[at - 1] !== 'enter');
}

function printed(character: string): Key[] {
  return character < ' ' || character === '\u007f' ? [] : [character];
}

/** Keeps each key only in the first binding that has it, and drops bindings that have no key left. */
export function eachKeyOnce<B extends { readonly keys: readonly [Key, ...Key[]] }>(
  bindings: readonly B[],
): B[] {
  const taken = new Set<Key>();
  return bindings.flatMap((binding) => {
    const [first, ...more] = binding.keys.filter((key) => !taken.has(key));
    if (first === undefined) return [];
    for (const key of binding.keys) taken.add(key);
    return [{ ...binding, keys: [first, ...more] as const }];
  });
}
