import { Box } from 'ink';
import type { ReactNode } from 'react';
import type { Column } from '../frame.ts';
import { Rows } from './row.tsx';
import { useBorder } from './rule.tsx';
import { useTheme } from './screen.tsx';

/** What stands side by side between header and footer; it takes all the rows these leave. */
export function Columns({ children }: { readonly children: ReactNode }) {
  return (
    <Box flexGrow={1} flexShrink={0}>
      {children}
    </Box>
  );
}

/** What lies over the columns until it is closed. Ink would let them through, so it takes their place. */
export function Overlay({ children }: { readonly children: ReactNode }) {
  return <Columns>{children}</Columns>;
}

/** The part of a page that is in view. */
export function Page({ lines, width }: Column) {
  const room = width === undefined ? { flexGrow: 1 } : { width, flexShrink: 0 };
  return (
    <Box flexDirection="column" {...room}>
      <Rows lines={lines} />
    </Box>
  );
}

/** A line between two columns. */
export function Divider() {
  const { bar } = useTheme().symbols;
  return <Box marginX={1} flexShrink={0} {...useBorder('left', bar)} />;
}
