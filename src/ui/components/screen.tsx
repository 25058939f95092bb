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

const ThemeContext = createContext<Theme | undefined>(undefined);

/** The whole terminal but its last row, and the theme of all that is on it. */
export function Screen({ size, theme, children }: ScreenProps) {
  // A voice reads lines as long as they come, and no more of them than there are.
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
