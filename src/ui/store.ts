import type { Session } from '../engine/session.ts';
import type { State } from '../engine/update.ts';
import { createExternalStore, type ExternalStore } from './external-store.ts';
import { firstView, type View } from './view.ts';
import type { TourContext } from './view-model.ts';

/** What the screens are drawn from, except for the terminal's size and theme. */
export interface StoreSnapshot {
  readonly state: State | undefined;
  readonly context: TourContext | undefined;
  readonly view: View;
}

export interface TourStore extends Pick<ExternalStore<StoreSnapshot>, 'getSnapshot' | 'subscribe'> {
  readonly change: (view: View) => void;
  /** Attaches the open session, so that the tour is shown. */
  readonly attach: (session: Session, context: TourContext, view: View) => void;
}

export function createStore(): TourStore {
  const first: StoreSnapshot = { state: undefined, context: undefined, view: firstView };
  const { getSnapshot, subscribe, set } = createExternalStore(first);
  return {
    getSnapshot,
    subscribe,
    change: (view) => set({ ...getSnapshot(), view }),
    attach: (session, context, view) => {
      set({ state: session.getSnapshot(), context, view });
      session.subscribe(() => set({ ...getSnapshot(), state: session.getSnapshot() }));
    },
  };
}
