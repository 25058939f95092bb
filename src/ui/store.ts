import type { Session } from '../engine/session.ts';
import type { State } from '../engine/transition.ts';
import { createExternalStore, type ExternalStore } from './external-store.ts';
import type { Setting } from './now.ts';
import { firstView, type View } from './view.ts';

/** What the screens are drawn from, except for the terminal's size and theme. */
export interface Shown {
  readonly state: State | undefined;
  readonly setting: Setting | undefined;
  readonly view: View;
}

export interface Store extends Pick<ExternalStore<Shown>, 'getSnapshot' | 'subscribe'> {
  readonly change: (view: View) => void;
  /** Attaches the open session, so that the tour is shown. */
  readonly attach: (session: Session, setting: Setting, view: View) => void;
}

export function createStore(): Store {
  const first: Shown = { state: undefined, setting: undefined, view: firstView };
  const { getSnapshot, subscribe, set } = createExternalStore(first);
  return {
    getSnapshot,
    subscribe,
    change: (view) => set({ ...getSnapshot(), view }),
    attach: (session, setting, view) => {
      set({ state: session.getSnapshot(), setting, view });
      session.subscribe(() => set({ ...getSnapshot(), state: session.getSnapshot() }));
    },
  };
}
