import { Text } from 'ink';
import { memo } from 'react';
import { type Line, sameLine } from '../line.ts';
import { type Style, shown, styleOf, type Theme, unstyled } from '../theme.ts';
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
        {piecesOf(line, theme).map(({ text, style }, at) =>
          style === unstyled ? (
            text
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place in the line.
            <Text key={at} {...style}>
              {text}
            </Text>
          ),
        )}
      </Text>
    );
  },
  (before, after) => sameLine(before.line, after.line),
);

interface Piece {
  readonly style: Style;
  text: string;
}

/** Spans that look alike as one: less to lay out, and less to write. */
function piecesOf(line: Line, theme: Theme): Piece[] {
  const pieces: Piece[] = [];
  for (const { text, role } of line) {
    const style = styleOf(role, theme);
    const last = pieces.at(-1);
    if (last !== undefined && (last.style === style || isBlank(text, style, last.style))) {
      last.text += shown(text, theme);
    } else pieces.push({ style, text: shown(text, theme) });
  }
  return pieces;
}

/** Spaces look the same in any style but an underlined one. */
function isBlank(text: string, ...styles: Style[]): boolean {
  return text.trim() === '' && styles.every(({ underline }) => underline !== true);
}

/** Lines, one below the other. */
export function Rows({ lines }: { readonly lines: readonly Line[] }) {
  return lines.map((line, row) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its number.
    <Row key={row} line={line} />
  ));
}
