import type { State } from './state.ts';

/** Lives outside React, so that it survives the terminal being handed over. */
export interface Store {
  /** Undefined until the layout was looked through. */
  readonly getSnapshot: () => State | undefined;
  readonly subscribe: (listener: () => void) => () => void;
  readonly set: (state: State) => void;
}

export function createStore(): Store {
  const listeners = new Set<() => void>();
  let current: State | undefined;
  return {
    getSnapshot: () => current,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set: (state) => {
      if (state === current) return;
      current = state;
      for (const listener of listeners) listener();
    },
  };
}
