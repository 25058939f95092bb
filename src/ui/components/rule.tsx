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
  if (theme.spoken) return null;
  const end = rule.repeat(2);
  return (
    <Box>
      {left.length > 0 && <Row line={[span(`${end} `, 'dim'), ...left, span(' ', 'dim')]} />}
      <RuleLine />
      {right.length > 0 && <Row line={[span(' ', 'dim'), ...right, span(` ${end}`, 'dim')]} />}
    </Box>
  );
}

/** A rule that takes what the texts beside it leave of a row. */
export function RuleLine() {
  return <Box flexGrow={1} {...useBorder('top', useTheme().symbols.rule)} />;
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
