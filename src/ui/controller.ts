import type { Event } from '../engine/update.ts';
import { actionOf } from './keymap.ts';
import type { Key } from './keys.ts';
import { layOut } from './screen-layout.ts';
import type { TourStore } from './store.ts';
import type { Theme } from './theme.ts';
import { searching, type TerminalEffect, updateView } from './update-view.ts';
import type { Size } from './view.ts';

export interface TourControllerOptions {
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
  return (key, size) => {
    const model = { ...store.getSnapshot(), size, theme, runningMs: 0 };
    const layout = layOut(model);
    const { search } = layout;
    if (search?.typing === true && !key.startsWith('ctrl-')) {
      return store.change(searching(model.view, search, key, layout));
    }
    const action = actionOf(key, layout.keyContext);
    if (action === undefined) return;
    const update = updateView(action, model, layout);
    const view = { ...update.view, news: undefined };
    if (update.view !== model.view || model.view.news !== undefined) store.change(view);
    if (update.event !== undefined) dispatch(update.event);
    if (update.effect !== undefined) perform(update.effect);
  };
}
