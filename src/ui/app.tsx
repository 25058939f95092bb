import { useInput } from 'ink';
import { useSyncExternalStore } from 'react';
import { Column, Columns, Overlay, Page } from './components/columns.tsx';
import { Footer, Pinned } from './components/footer.tsx';
import { Header } from './components/header.tsx';
import { Picture } from './components/picture.tsx';
import { Screen } from './components/screen.tsx';
import { isOverlay } from './keymap.ts';
import { type Key, keysIn } from './keys.ts';
import { layOut } from './screen-layout.ts';
import type { TourStore } from './store.ts';
import type { Theme } from './theme.ts';
import { useElapsed } from './use-elapsed.ts';
import { useShown } from './use-shown.ts';
import { useSize } from './use-size.ts';
import type { Size } from './view.ts';
import type { ViewModel } from './view-model.ts';

interface AppProps {
  readonly store: TourStore;
  readonly theme: Theme;
  /** What a key does depends on what is on the screen when it is pressed. */
  readonly onKey: (key: Key, size: Size) => void;
  readonly onShown: () => void;
}

/** The tour on a terminal: renders the store and handles keys. */
export function App({ store, theme, onKey, onShown }: AppProps) {
  const shown = useSyncExternalStore(store.subscribe, store.getSnapshot);
  const size = useSize();
  const running = useElapsed(shown.state?.phase === 'running' && !theme.spoken);
  useShown(onShown);
  useInput((input, key) => {
    for (const each of keysIn(input, key)) onKey(each, size);
  });
  return <TourScreen {...shown} size={size} theme={theme} runningMs={running} />;
}

/** The whole screen. `layOut` decides what is in its regions; this component places them. */
export function TourScreen(model: ViewModel) {
  const { width, header, columns, picture, pinned, footer, keyContext } = layOut(model);
  const [page, beside] = columns;
  const Body = isOverlay(keyContext.screen) ? Overlay : Columns;
  return (
    <Screen size={model.size} theme={model.theme}>
      <Header {...header} width={width} />
      <Body>
        {page && <Page {...page} />}
        {beside && (
          <Column>
            {picture?.at === 'beside' && (
              <Picture {...picture} width={width - (page?.width ?? 0)} />
            )}
            <Page {...beside} />
          </Column>
        )}
      </Body>
      {picture?.at === 'below' && <Picture {...picture} width={width} />}
      <Pinned lines={pinned} />
      <Footer {...footer} width={width} />
    </Screen>
  );
}
