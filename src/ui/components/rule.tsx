import { Box } from 'ink';
import { useMemo } from 'react';
import type { Ends } from '../frame.ts';
import { span } from '../line.ts';
import { styleOf } from '../theme.ts';
import { Row } from './row.tsx';
import { useTheme } from './screen.tsx';

/** A line across the screen with texts in it. Screen readers don't get it. */
export function Rule({ left, right }: Ends) {
  const theme = useTheme();
  const { rule } = theme.symbols;
  const border = useBorder('top', rule);
  if (theme.spoken) return null;
  const end = rule.repeat(2);
  return (
    <Box>
      {left.length > 0 && <Row line={[span(`${end} `, 'dim'), ...left, span(' ', 'dim')]} />}
      <Box flexGrow={1} {...border} />
      {right.length > 0 && <Row line={[span(' ', 'dim'), ...right, span(` ${end}`, 'dim')]} />}
    </Box>
  );
}

const sides = {
  borderTop: false,
  borderBottom: false,
  borderLeft: false,
  borderRight: false,
};
const noSigns = {
  topLeft: '',
  top: '',
  topRight: '',
  left: '',
  right: '',
  bottomLeft: '',
  bottom: '',
  bottomRight: '',
};

/**
 * A border on one side of a `<Box>`. The style object is kept between renders: if it's a new one, Ink
 * 6.8 applies only that change and forgets which sides have no border.
 */
export function useBorder(side: 'top' | 'left', sign: string) {
  const theme = useTheme();
  const borderStyle = useMemo(() => ({ ...noSigns, [side]: sign }), [side, sign]);
  const drawn = side === 'top' ? { borderTop: true } : { borderLeft: true };
  return {
    ...sides,
    ...drawn,
    borderStyle,
    borderDimColor: styleOf('dim', theme).dimColor === true,
  };
}
