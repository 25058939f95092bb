import type { Event } from '../engine/update.ts';
import { type Action, actionOf } from './keymap.ts';
import type { Key } from './keys.ts';
import { layOut } from './screen-layout.ts';
import type { StoreSnapshot, TourStore } from './store.ts';
import type { Theme } from './theme.ts';
import { searching, type TerminalEffect, updateView } from './update-view.ts';
import type { Size } from './view.ts';

interface TourControllerOptions {
  readonly store: TourStore;
  readonly theme: Theme;
  readonly dispatch: (event: Event) => void;
  readonly perform: (what: TerminalEffect) => void;
}

/** Handles keys according to the screen on which they are pressed. */
export function createTourController(
  options: TourControllerOptions,
): (key: Key, size: Size) => void {
  const { store, theme, dispatch, perform } = options;
  /** The last key that meant nothing because the tour was looking at the machine. */
  let early: { key: Key; size: Size } | undefined;

  // It counts once the look is over, unless it would do more than show something.
  store.subscribe(() => {
    if (early === undefined || isLooking(store.getSnapshot())) return;
    const { key, size } = early;
    early = undefined;
    const model = { ...store.getSnapshot(), size, theme, runningMs: 0 };
    const action = actionOf(key, layOut(model).keyContext);
    if (action !== undefined && !unseen.has(action)) press(key, size);
  });

  function press(key: Key, size: Size): void {
    early = undefined;
    const model = { ...store.getSnapshot(), size, theme, runningMs: 0 };
    const layout = layOut(model);
    const { search } = layout;
    if (search?.typing === true && !key.startsWith('ctrl-')) {
      store.change(searching(model.view, search, key, layout));
      return;
    }
    const action = actionOf(key, layout.keyContext);
    if (action === undefined) {
      if (isLooking(model)) early = { key, size };
      return;
    }
    const update = updateView(action, model, layout);
    const view = { ...update.view, news: undefined };
    if (update.view !== model.view || model.view.news !== undefined) store.change(view);
    if (update.event !== undefined) dispatch(update.event);
    if (update.effect !== undefined) perform(update.effect);
  }
  return press;
}

/** What is done only by a key that was pressed when the screen offered it. */
const unseen: ReadonlySet<Action> = new Set<Action>([
  'run',
  'next',
  'read on',
  'open',
  'unlock',
  'install',
  'carry on',
]);

/** Whether keys are missing because the machine is being looked at. */
function isLooking({ state, view }: StoreSnapshot): boolean {
  if (state === undefined) return true;
  return view.screen === 'contents' ? !state.surveyed : state.phase === 'observing';
}
