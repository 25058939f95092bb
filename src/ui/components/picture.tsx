import { Box } from 'ink';
import { noEnds, type PlacedPicture } from '../frame.ts';
import { span } from '../line.ts';
import { Rows } from './row.tsx';
import { Rule } from './rule.tsx';

/** The lesson's picture in a place of its own, which fills as facts become known. */
export function Picture({ at, lines, width }: PlacedPicture & { readonly width: number }) {
  return (
    <Box flexDirection="column" flexShrink={0} width={width}>
      {at === 'below' && <Rule left={[span('picture', 'dim')]} right={[]} />}
      <Rows lines={lines} />
      {at === 'beside' && <Rule {...noEnds} />}
    </Box>
  );
}
