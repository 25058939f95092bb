import { useInput } from 'ink';
import { useSyncExternalStore } from 'react';
import { type Key, keysIn } from './keys.ts';
import { layOut } from './layout.ts';
import { Rows } from './rows.tsx';
import type { Store } from './store.ts';
import type { Theme } from './theme.ts';
import { useElapsed } from './use-elapsed.ts';
import { useShown } from './use-shown.ts';
import { useSize } from './use-size.ts';
import type { Size } from './view.ts';

interface AppProps {
  readonly store: Store;
  readonly theme: Theme;
  /** What a key does depends on what is on the screen when it is pressed. */
  readonly onKey: (key: Key, size: Size) => void;
  readonly onShown: () => void;
}

/** The whole screen. What is on it is decided in `layOut`; here it is only drawn. */
export function App({ store, theme, onKey, onShown }: AppProps) {
  const shown = useSyncExternalStore(store.subscribe, store.getSnapshot);
  const size = useSize();
  const running = useElapsed(shown.state?.phase === 'running' && !theme.spoken);
  useShown(onShown);
  useInput((input, key) => {
    for (const each of keysIn(input, key)) onKey(each, size);
  });
  const { lines } = layOut({ ...shown, size, theme, running });
  return <Rows lines={lines} theme={theme} />;
}
