import { Box } from 'ink';
import type { Footing } from '../frame.ts';
import type { Line } from '../line.ts';
import { Row, Rows } from './row.tsx';
import { Rule } from './rule.tsx';

/** Lines that stay in view when the page scrolls. */
export function Pinned({ lines }: { readonly lines: readonly Line[] }) {
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Rows lines={lines} />
    </Box>
  );
}

interface FooterProps extends Footing {
  readonly width: number;
}

/** How much of the page is out of view, and the keys that work now. */
export function Footer({ rule, keys, width }: FooterProps) {
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Box width={width} flexDirection="column">
        <Rule {...rule} />
      </Box>
      <Row line={keys} />
    </Box>
  );
}
