import { Box, Text } from 'ink';
import { memo } from 'react';
import type { Line } from './line.ts';
import { paint, type Theme } from './theme.ts';

/** Lines as Ink draws them: a row each, and one that stays the same is not drawn again. */
export function Rows({ lines, theme }: { readonly lines: readonly Line[]; readonly theme: Theme }) {
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its number.
        <Row key={row} text={paint(line, theme)} />
      ))}
    </Box>
  );
}

/** A row of the screen; an empty one still takes its place. */
const Row = memo(function Row({ text }: { readonly text: string }) {
  return <Text wrap="truncate">{text === '' ? ' ' : text}</Text>;
});
