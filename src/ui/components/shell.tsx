import { Box } from 'ink';
import { type ReactNode, useSyncExternalStore } from 'react';
import type { ExternalStore } from '../external-store.ts';
import { heightIn } from '../frame.ts';
import { type Line, span, spread, truncate } from '../line.ts';
import type { PaneView } from '../pane/panes.ts';
import type { PanePlace } from '../pane/place.ts';
import type { ShellLayout } from '../screen-layout.ts';
import type { Theme } from '../theme.ts';
import type { Size } from '../view.ts';
import { Row, Rows } from './row.tsx';
import { Rule, useBorder } from './rule.tsx';
import { ThemeContext, useTheme } from './screen.tsx';

/** What the learner's shell shows. */
export type ShellView = Pick<ExternalStore<PaneView | undefined>, 'getSnapshot' | 'subscribe'>;

interface SplitProps extends PanePlace {
  readonly size: Size;
  readonly theme: Theme;
  readonly children: ReactNode;
}

/** The terminal, divided into the page and the learner's shell. */
export function Split({ at, size, theme, children }: SplitProps) {
  return (
    <ThemeContext value={theme}>
      <Box
        width={size.columns}
        height={heightIn(size)}
        flexDirection={at === 'beside' ? 'row' : 'column'}
      >
        {children}
      </Box>
    </ThemeContext>
  );
}

interface ShellProps extends ShellLayout {
  readonly view: ShellView | undefined;
}

const closed: ShellView = { getSnapshot: () => undefined, subscribe: () => () => {} };

/** The learner's shell. It's drawn anew without the page when its program writes something. */
export function Shell({ at, page, columns, rows, focused, keys, view = closed }: ShellProps) {
  const shown = useSyncExternalStore(view.subscribe, view.getSnapshot);
  const lines = (shown?.screen?.lines ?? []).slice(0, rows);
  const back = shown?.screen?.back ?? 0;
  const name = span(shown?.name ?? '', focused ? 'main' : 'dim');
  const scrolled = back > 0 ? [span(`${back} lines back`, 'warn')] : [];
  if (at === 'alone' && page !== undefined) return null;
  if (at === 'below') {
    return (
      <Box flexDirection="column" flexShrink={0} width={columns}>
        <Rule left={[name]} right={[...scrolled, span(back > 0 ? '   ' : ''), ...keys]} />
        <Terminal lines={lines} rows={rows} />
      </Box>
    );
  }
  const told: Line = spread([name, span('   '), ...keys], scrolled, columns - 1);
  return (
    <Box flexShrink={0}>
      {/* A new one for each: Ink forgets a border's sides when its style changes. */}
      {at === 'beside' && <Divider key={String(focused)} focused={focused} rows={rows + 1} />}
      <Box flexDirection="column" width={columns}>
        <Terminal lines={lines} rows={rows} />
        <Row line={truncate(told, columns)} />
      </Box>
    </Box>
  );
}

function Terminal({ lines, rows }: { readonly lines: readonly Line[]; readonly rows: number }) {
  return (
    <Box flexDirection="column" height={rows}>
      <Rows lines={lines} />
    </Box>
  );
}

/** The line between page and shell; it's heavy while the shell has the keys. */
function Divider({ focused, rows }: { readonly focused: boolean; readonly rows: number }) {
  const { bar, heavyBar } = useTheme().symbols;
  const border = useBorder('left', focused ? heavyBar : bar);
  return <Box {...border} borderDimColor={!focused} height={rows} marginRight={1} flexShrink={0} />;
}
