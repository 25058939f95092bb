import type { Key } from './keys.ts';
import { type Line, type Span, span, widthOf } from './line.ts';
import type { Symbols } from './symbols.ts';
import type { Theme } from './theme.ts';

/** A key as it is written on the screen. */
export function keyName(key: Key, symbols: Symbols): string {
  switch (key) {
    case 'enter':
    case 'up':
    case 'down':
    case 'left':
    case 'right':
      return symbols[key];
    case 'escape':
      return 'esc';
    case 'pageup':
      return 'PgUp';
    case 'pagedown':
      return 'PgDn';
    case 'ctrl-c':
      return 'Ctrl-C';
    case 'ctrl-z':
      return 'Ctrl-Z';
    case 'ctrl-]':
      return 'Ctrl-]';
    default:
      return key;
  }
}

/** What the key line needs of a binding, on screens whose situation is an `S`. */
export interface KeyLabel<S> {
  readonly keys: readonly [Key, ...Key[]];
  /** The text after the key. A key without a label works but isn't in the line. */
  readonly label?: string | ((now: S) => string | undefined);
  /** The keys that the line shows, where several bindings share an entry. */
  readonly shown?: (symbols: Symbols, now: S) => string;
  /** Stays in the key line at any width. */
  readonly always?: true;
}

/** The keys that work now, the most obvious first. Keys that don't fit are dropped from the end. */
export function keyLine<S>(
  bindings: readonly KeyLabel<S>[],
  now: S,
  theme: Theme,
  width: number,
): Line {
  const entries = bindings.flatMap(({ keys, label, shown, always }) => {
    const text = typeof label === 'function' ? label(now) : label;
    if (text === undefined) return [];
    const key = shown?.(theme.symbols, now) ?? keyName(keys[0], theme.symbols);
    return [{ key, text, always: always === true }];
  });
  const kept = [...entries];
  let gap = theme.spoken ? ', ' : '   ';
  const compose = (): Line =>
    kept.flatMap(({ key, text }, index): Span[] => {
      const main = index === 0 && entries[0]?.key === key;
      return [
        span(index === 0 ? '' : gap),
        span(key, main ? 'main' : 'title'),
        span(` ${text}`, main ? 'main' : 'dim'),
      ];
    });
  if (theme.spoken) return [span('Keys: '), ...compose()];
  if (widthOf(compose()) > width) gap = '  ';
  while (widthOf(compose()) > width) {
    const last = kept.findLastIndex(({ always }, index) => !always && index > 0);
    if (last === -1) break;
    kept.splice(last, 1);
  }
  return compose();
}
