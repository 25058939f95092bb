import { Box } from 'ink';
import { createContext, type ReactNode, useContext } from 'react';
import { heightIn, margin } from '../frame.ts';
import type { Theme } from '../theme.ts';
import type { Size } from '../view.ts';

interface ScreenProps {
  readonly size: Size;
  readonly theme: Theme;
  readonly children: ReactNode;
}

export const ThemeContext = createContext<Theme | undefined>(undefined);

/** The whole terminal except its last row; provides the theme to its children. */
export function Screen({ size, theme, children }: ScreenProps) {
  // A screen reader reads lines of any length, and no empty rows below them.
  const place = theme.spoken
    ? {}
    : { width: size.columns, height: heightIn(size), paddingX: margin };
  return (
    <ThemeContext value={theme}>
      <Box flexDirection="column" {...place}>
        {children}
      </Box>
    </ThemeContext>
  );
}

export function useTheme(): Theme {
  const theme = useContext(ThemeContext);
  if (theme === undefined) throw new Error('no <Screen> around it');
  return theme;
}
