import { Box } from 'ink';
import type { Footing } from '../frame.ts';
import type { Line } from '../line.ts';
import { Row, Rows } from './row.tsx';
import { Rule, RuleLine } from './rule.tsx';
import { useTheme } from './screen.tsx';

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

/** The keys that work now, and how much of the page is out of view; a rule fills the row. */
export function Footer({ rule, keys, right, width }: FooterProps) {
  const { spoken } = useTheme();
  if (spoken) return <Row line={keys} />;
  return (
    <Box flexDirection="column" flexShrink={0}>
      {rule && (
        <Box width={width} flexDirection="column">
          <Rule {...rule} />
        </Box>
      )}
      <Box {...(right && { width })}>
        <Row line={keys} />
        {right && (
          <>
            <Box width={1} flexShrink={0} />
            <RuleLine />
            {right.length > 0 && (
              <Box marginLeft={1} flexShrink={0}>
                <Row line={right} />
              </Box>
            )}
          </>
        )}
      </Box>
    </Box>
  );
}
