import type { Event } from '../engine/transition.ts';
import { follow, type Outside } from './follow.ts';
import { intentOf } from './keymap.ts';
import type { Key } from './keys.ts';
import { layOut } from './layout.ts';
import type { Store } from './store.ts';
import type { Theme } from './theme.ts';
import type { Size } from './view.ts';

export interface ControllerOptions {
  readonly store: Store;
  readonly theme: Theme;
  readonly dispatch: (event: Event) => void;
  readonly outside: (what: Outside) => void;
}

/** Handles keys according to the screen on which they are pressed. */
export function createController(options: ControllerOptions): (key: Key, size: Size) => void {
  const { store, theme, dispatch, outside } = options;
  return (key, size) => {
    const now = { ...store.getSnapshot(), size, theme, running: 0 };
    const layout = layOut(now);
    const intent = intentOf(key, layout.situation);
    if (intent === undefined) return;
    const turn = follow(intent, now, layout);
    if (turn.view !== now.view) store.change(turn.view);
    if (turn.event !== undefined) dispatch(turn.event);
    if (turn.outside !== undefined) outside(turn.outside);
  };
}
