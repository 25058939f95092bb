import { useInput } from 'ink';
import { useSyncExternalStore } from 'react';
import { Columns, Divider, Page } from '../ui/components/columns.tsx';
import { Footer } from '../ui/components/footer.tsx';
import { Header } from '../ui/components/header.tsx';
import { Screen } from '../ui/components/screen.tsx';
import type { ExternalStore } from '../ui/external-store.ts';
import type { Key } from '../ui/keys.ts';
import { useShown } from '../ui/use-shown.ts';
import { useSize } from '../ui/use-size.ts';
import type { Size } from '../ui/view.ts';
import { explorerKeys } from './keymap.ts';
import { type ExplorerViewModel, frameOf } from './layout.ts';
import type { ExplorerState } from './state.ts';

interface ExplorerAppProps extends Pick<ExplorerViewModel, 'name' | 'theme' | 'targets' | 'leave'> {
  readonly store: ExternalStore<ExplorerState | undefined>;
  /** Handles a key, whose meaning depends on what is on the screen at that moment. */
  readonly onKey: (key: Key, size: Size) => void;
  readonly onShown: () => void;
}

/** The explorer on a terminal: redraws when its state changes, and reads keys. */
export function ExplorerApp({
  store,
  name,
  theme,
  targets,
  leave,
  onKey,
  onShown,
}: ExplorerAppProps) {
  const state = useSyncExternalStore(store.subscribe, store.getSnapshot);
  const size = useSize();
  useShown(onShown);
  useInput((input, key) => {
    for (const each of explorerKeys(input, key)) onKey(each, size);
  });
  return <ExplorerScreen {...{ state, name, size, theme, targets, leave }} />;
}

/** The whole screen: the image's tree, and the page of the selected row. */
export function ExplorerScreen(model: ExplorerViewModel) {
  const { width, header, columns, footer } = frameOf(model);
  const [first, second] = columns;
  return (
    <Screen size={model.size} theme={model.theme}>
      {header && <Header {...header} width={width} />}
      <Columns>
        {first && <Page {...first} />}
        {second && <Divider />}
        {second && <Page {...second} />}
      </Columns>
      {footer && <Footer {...footer} width={width} />}
    </Screen>
  );
}
