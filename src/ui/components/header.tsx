import { Box } from 'ink';
import { type Ends, noEnds } from '../frame.ts';
import { span } from '../line.ts';
import { Row } from './row.tsx';
import { Rule } from './rule.tsx';
import { useTheme } from './screen.tsx';

interface HeaderProps extends Ends {
  readonly width: number;
}

/** The current lesson and step, and the progress. */
export function Header({ left, right, width }: HeaderProps) {
  const { spoken } = useTheme();
  if (spoken) return <Row line={right.length === 0 ? left : [...left, span(', '), ...right]} />;
  return (
    <Box flexDirection="column" flexShrink={0} width={width}>
      <Box justifyContent="space-between">
        <Row line={left} />
        <Row line={right} />
      </Box>
      <Rule {...noEnds} />
    </Box>
  );
}
