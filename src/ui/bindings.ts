import { type KeyLabel, keyName } from './key-line.ts';
import { eachKeyOnce, type Key } from './keys.ts';
import type { Symbols } from './symbols.ts';

/**
 * Maps keys to actions, on screens whose situation is an `S`. A keymap is a list of these and the only
 * place that knows a key: the key line, the help, the README and every sentence take it from there.
 */
export interface KeyBinding<A extends string, S> extends KeyLabel<S> {
  readonly action: A;
  readonly when?: (now: S) => boolean;
  /** The full description for the help. */
  readonly help?: string;
  /** Needed only now and then, so it's at the end of the help. */
  readonly rare?: true;
  /** The keys that the help lists, where several bindings share an entry. */
  readonly listed?: readonly Key[];
}

type AnyBinding<A extends string = string> = KeyBinding<A, never>;

/** The bindings that apply now. If several have the same key, the first wins. */
export function bindingsNow<S, B extends KeyBinding<string, S>>(keymap: readonly B[], now: S): B[] {
  return eachKeyOnce(keymap.filter(({ when }) => when?.(now) !== false));
}

/** The action of a key, if it has one. */
export function actionIn<A extends string>(
  bindings: readonly AnyBinding<A>[],
  key: Key,
): A | undefined {
  return bindings.find(({ keys }) => keys.includes(key))?.action;
}

/** The key for an action, as a sentence names it; of several, the one in the help. */
export function keyIn<A extends string>(
  keymap: readonly AnyBinding<A>[],
  action: NoInfer<A>,
  symbols: Symbols,
): string {
  const all = keymap.filter((each) => each.action === action);
  const binding = all.find(({ help }) => help !== undefined) ?? all[0];
  if (binding === undefined) throw new Error(`no key asks for '${action}'`);
  const [key] = binding.keys;
  // The key line has to use short names; a sentence doesn't.
  return key === 'escape' ? 'Escape' : keyName(key, symbols);
}

/** The keys and their descriptions, in the order of the keymap, but for the rare ones. */
export function helpOf(
  keymap: readonly AnyBinding[],
  symbols: Symbols,
): { readonly keys: string[]; readonly help: string }[] {
  const rare = keymap.filter((each) => each.rare);
  return [...keymap.filter((each) => !each.rare), ...rare].flatMap(
    ({ keys, help, listed = keys }) =>
      help === undefined ? [] : [{ keys: listed.map((key) => keyName(key, symbols)), help }],
  );
}
