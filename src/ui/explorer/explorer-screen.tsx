import { Box, Text, useInput } from 'ink';
import { memo, useSyncExternalStore } from 'react';
import type { Key } from '../keys.ts';
import { paint, type Theme } from '../theme.ts';
import { useSize } from '../use-size.ts';
import type { Size } from '../view.ts';
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
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its number.
        <Row key={row} text={paint(line, theme)} />
      ))}
    </Box>
  );
}

/** A row of the screen; an empty one still takes its place. */
const Row = memo(function Row({ text }: { readonly text: string }) {
  return <Text wrap="truncate">{text === '' ? ' ' : text}</Text>;
});
