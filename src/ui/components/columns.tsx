import { Box } from 'ink';
import type { ReactNode } from 'react';
import type { Column as ColumnLines } from '../frame.ts';
import { Rows } from './row.tsx';
import { useBorder } from './rule.tsx';
import { useTheme } from './screen.tsx';

/** The columns between header and footer; they take all rows that these leave. */
export function Columns({ children }: { readonly children: ReactNode }) {
  return (
    <Box flexGrow={1} flexShrink={0}>
      {children}
    </Box>
  );
}

/** Replaces the columns until it is closed: Ink can't draw it over them, they would show through. */
export function Overlay({ children }: { readonly children: ReactNode }) {
  return <Columns>{children}</Columns>;
}

/** What is in one column, from top to bottom. */
export function Column({ children }: { readonly children: ReactNode }) {
  return (
    <Box flexDirection="column" flexGrow={1}>
      {children}
    </Box>
  );
}

/** The visible part of a page. */
export function Page({ lines, width }: ColumnLines) {
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
