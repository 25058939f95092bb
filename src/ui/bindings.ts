import { keyName, type Labelled } from './key-line.ts';
import { eachKeyOnce, type Key } from './keys.ts';
import type { Symbols } from './symbols.ts';

/**
 * What keys ask for, on screens that are described by an `S`. A keymap is a list of these, and the only
 * place that knows a key: the key line, the help, the README and every sentence take it from there.
 */
export interface Binding<Intent extends string, S> extends Labelled<S> {
  readonly intent: Intent;
  readonly when?: (now: S) => boolean;
  /** In the help, where what a key does stands in full. */
  readonly help?: string;
  /** The keys as the help lists them, where several bindings share an entry. */
  readonly listed?: readonly Key[];
}

type AnyBinding<Intent extends string = string> = Binding<Intent, never>;

/** The bindings that do something now, each key once: the first that has it. */
export function bindingsNow<S, B extends Binding<string, S>>(keymap: readonly B[], now: S): B[] {
  return eachKeyOnce(keymap.filter(({ when }) => when?.(now) !== false));
}

/** What a key asks for, if anything. */
export function intentIn<Intent extends string>(
  bindings: readonly AnyBinding<Intent>[],
  key: Key,
): Intent | undefined {
  return bindings.find(({ keys }) => keys.includes(key))?.intent;
}

/** The key that asks for something, as a sentence names it: where there are several, the one the help has. */
export function keyIn<Intent extends string>(
  keymap: readonly AnyBinding<Intent>[],
  intent: NoInfer<Intent>,
  symbols: Symbols,
): string {
  const all = keymap.filter((each) => each.intent === intent);
  const binding = all.find(({ help }) => help !== undefined) ?? all[0];
  if (binding === undefined) throw new Error(`no key asks for '${intent}'`);
  const [key] = binding.keys;
  // The key line is short of room; a sentence is not.
  return key === 'escape' ? 'Escape' : keyName(key, symbols);
}

/** Keys, and what they do in full, in the order of the keymap. */
export function helpOf(
  keymap: readonly AnyBinding[],
  symbols: Symbols,
): { readonly keys: string[]; readonly help: string }[] {
  return keymap.flatMap(({ keys, help, listed = keys }) =>
    help === undefined ? [] : [{ keys: listed.map((key) => keyName(key, symbols)), help }],
  );
}
