import { useInput } from 'ink';
import { useSyncExternalStore } from 'react';
import type { Key } from '../ui/keys.ts';
import { Rows } from '../ui/rows.tsx';
import type { Theme } from '../ui/theme.ts';
import { useSize } from '../ui/use-size.ts';
import type { Size } from '../ui/view.ts';
import { explorerKeys, type Situation } from './keymap.ts';
import { layOut, openingLines } from './layout.ts';
import type { Store } from './store.ts';

interface ExplorerScreenProps {
  readonly store: Store;
  readonly name: string;
  readonly theme: Theme;
  readonly leave: Situation['leave'];
  /** What a key does depends on what is on the screen when it is pressed. */
  readonly onKey: (key: Key, size: Size) => void;
}

/** The whole screen. What is on it is decided in `layOut`; here it is only drawn. */
export function ExplorerScreen({ store, name, theme, leave, onKey }: ExplorerScreenProps) {
  const state = useSyncExternalStore(store.subscribe, store.getSnapshot);
  const size = useSize();
  useInput((input, key) => {
    for (const each of explorerKeys(input, key)) onKey(each, size);
  });
  const now = { name, size, theme, leave };
  const lines =
    state === undefined ? openingLines({ ...now, state }) : layOut({ ...now, state }).lines;
  return <Rows lines={lines} theme={theme} />;
}
