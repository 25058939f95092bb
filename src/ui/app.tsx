import { useInput } from 'ink';
import { useSyncExternalStore } from 'react';
import { Column, Columns, Overlay, Page } from './components/columns.tsx';
import { Footer, Pinned } from './components/footer.tsx';
import { Header } from './components/header.tsx';
import { Picture } from './components/picture.tsx';
import { Screen } from './components/screen.tsx';
import { Shell, type ShellView, Split } from './components/shell.tsx';
import { isOverlay } from './keymap.ts';
import { type Key, keysIn } from './keys.ts';
import { layOut, type ScreenLayout } from './screen-layout.ts';
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
  /** What the learner's shell shows, when it's open. */
  readonly shell?: ShellView;
}

/** The tour on a terminal: renders the store and handles keys. */
export function App({ store, theme, onKey, onShown, shell }: AppProps) {
  const shown = useSyncExternalStore(store.subscribe, store.getSnapshot);
  const size = useSize();
  const running = useElapsed(shown.state?.phase === 'running' && !theme.spoken);
  useShown(onShown);
  useInput((input, key) => {
    for (const each of keysIn(input, key)) onKey(each, size);
  });
  return <TourScreen {...shown} size={size} theme={theme} runningMs={running} shell={shell} />;
}

interface TourScreenProps extends ViewModel {
  readonly shell?: ShellView | undefined;
}

/** The whole screen. `layOut` decides what is in its regions; this component places them. */
export function TourScreen({ shell, ...model }: TourScreenProps) {
  const { size, theme } = model;
  const layout = layOut(model);
  if (layout.shell === undefined) return <PageScreen {...layout} size={size} theme={theme} />;
  const { page } = layout.shell;
  return (
    <Split {...layout.shell} size={size} theme={theme}>
      {page && <PageScreen {...layout} size={page} theme={theme} />}
      <Shell {...layout.shell} view={shell} />
    </Split>
  );
}

/** All but the learner's shell. */
function PageScreen({ size, theme, ...layout }: ScreenLayout & Pick<ViewModel, 'size' | 'theme'>) {
  const { width, header, columns, picture, pinned, footer, keyContext } = layout;
  const [page, beside] = columns;
  const Body = isOverlay(keyContext.screen) ? Overlay : Columns;
  return (
    <Screen size={size} theme={theme}>
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
