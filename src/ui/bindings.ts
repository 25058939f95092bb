import { type KeyLabel, keyName } from './key-line.ts';
import { eachKeyOnce, type Key } from './keys.ts';
import type { Symbols } from './symbols.ts';

/**
 * Maps keys to an intent, on screens whose situation is an `S`. A keymap is a list of these and the only
 * place that knows a key: the key line, the help, the README and every sentence take it from there.
 */
export interface Binding<Intent extends string, S> extends KeyLabel<S> {
  readonly action: Intent;
  readonly when?: (now: S) => boolean;
  /** The full description for the help. */
  readonly help?: string;
  /** Needed only now and then, so it's at the end of the help. */
  readonly rare?: true;
  /** The keys that the help lists, where several bindings share an entry. */
  readonly listed?: readonly Key[];
}

type AnyBinding<Intent extends string = string> = Binding<Intent, never>;

/** The bindings that apply now. If several have the same key, the first wins. */
export function bindingsNow<S, B extends Binding<string, S>>(keymap: readonly B[], now: S): B[] {
  return eachKeyOnce(keymap.filter(({ when }) => when?.(now) !== false));
}

/** The intent of a key, if it has one. */
export function actionIn<Intent extends string>(
  bindings: readonly AnyBinding<Intent>[],
  key: Key,
): Intent | undefined {
  return bindings.find(({ keys }) => keys.includes(key))?.action;
}

/** The key for an intent, as a sentence names it; of several, the one in the help. */
export function keyIn<Intent extends string>(
  keymap: readonly AnyBinding<Intent>[],
  intent: NoInfer<Intent>,
  symbols: Symbols,
): string {
  const all = keymap.filter((each) => each.action === intent);
  const binding = all.find(({ help }) => help !== undefined) ?? all[0];
  if (binding === undefined) throw new Error(`no key asks for '${intent}'`);
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
