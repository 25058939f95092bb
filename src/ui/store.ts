import type { Session } from '../engine/session.ts';
import type { State } from '../engine/transition.ts';
import type { Setting } from './now.ts';
import { firstView, type View } from './view.ts';

/** What the screens are drawn from, apart from the terminal itself. */
export interface Shown {
  readonly state: State | undefined;
  readonly setting: Setting | undefined;
  readonly view: View;
}

/** Lives outside React, so that it survives the terminal being handed over. */
export interface Store {
  readonly getSnapshot: () => Shown;
  readonly subscribe: (listener: () => void) => () => void;
  readonly change: (view: View) => void;
  /** From now on there is a tour to show. */
  readonly attach: (session: Session, setting: Setting, view: View) => void;
}

export function createStore(): Store {
  const listeners = new Set<() => void>();
  let shown: Shown = { state: undefined, setting: undefined, view: firstView };
  const set = (next: Shown) => {
    shown = next;
    for (const listener of listeners) listener();
  };
  return {
    getSnapshot: () => shown,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    change: (view) => set({ ...shown, view }),
    attach: (session, setting, view) => {
      set({ state: session.getSnapshot(), setting, view });
      session.subscribe(() => set({ ...shown, state: session.getSnapshot() }));
    },
  };
}
