import { Text } from 'ink';
import { memo } from 'react';
import { type Line, sameLine } from '../line.ts';
import { shown, styleOf, unstyled } from '../theme.ts';
import { useTheme } from './screen.tsx';

interface RowProps {
  readonly line: Line;
}

/** A row of the screen. One that stays the same is not drawn again. */
export const Row = memo(
  function Row({ line }: RowProps) {
    const theme = useTheme();
    // An empty row takes its place all the same, but a voice has nothing to say of it.
    if (line.length === 0) return theme.spoken ? null : <Text> </Text>;
    return (
      <Text wrap="truncate">
        {line.map(({ text, role }, at) => {
          const style = styleOf(role, theme);
          if (style === unstyled) return shown(text, theme);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a span is its place in the line.
            <Text key={at} {...style}>
              {shown(text, theme)}
            </Text>
          );
        })}
      </Text>
    );
  },
  (before, after) => sameLine(before.line, after.line),
);

/** Lines, one below the other. */
export function Rows({ lines }: { readonly lines: readonly Line[] }) {
  return lines.map((line, row) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its number.
    <Row key={row} line={line} />
  ));
}
