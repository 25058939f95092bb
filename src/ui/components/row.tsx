import { Text } from 'ink';
import { memo } from 'react';
import { type Line, type Style, sameLine } from '../line.ts';
import { shown, styleOf, type Theme, unstyled } from '../theme.ts';
import { useTheme } from './screen.tsx';

interface RowProps {
  readonly line: Line;
}

/** A row of the screen, memoised. */
export const Row = memo(
  function Row({ line }: RowProps) {
    const theme = useTheme();
    // An empty row still takes up a row, except for a screen reader.
    if (line.length === 0) return theme.spoken ? null : <Text> </Text>;
    return (
      <Text wrap="truncate">
        {piecesOf(line, theme).map(({ text, style, link }, at) => {
          const whole = link === undefined ? text : asLink(text, link);
          return style === unstyled ? (
            whole
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: a piece is identified by its place in the line.
            <Text key={at} {...style}>
              {whole}
            </Text>
          );
        })}
      </Text>
    );
  },
  (before, after) => sameLine(before.line, after.line),
);

interface Piece {
  readonly style: Style;
  readonly link: string | undefined;
  text: string;
}

/** Joins adjacent spans of one style: that's less to lay out and to write. */
function piecesOf(line: Line, theme: Theme): Piece[] {
  const pieces: Piece[] = [];
  for (const { text, role, style = styleOf(role, theme), ...more } of line) {
    const link = theme.links ? more.link : undefined;
    const last = pieces.at(-1);
    if (
      last?.link === link &&
      last !== undefined &&
      (last.style === style || isBlank(text, style, last.style))
    ) {
      last.text += shown(text, theme);
    } else pieces.push({ style, link, text: shown(text, theme) });
  }
  return pieces;
}

/**
 * A text with a link (OSC 8). Ink knows BEL as its end, and counts no columns for it.
 * @see https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
 */
function asLink(text: string, link: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these would end the sequence.
  const target = link.replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
  return `\u001b]8;;${target}\u0007${text}\u001b]8;;\u0007`;
}

/** Whether a text is only spaces, which look the same in any style that has no line or background. */
function isBlank(text: string, ...styles: Style[]): boolean {
  return text.trim() === '' && styles.every((style) => !showsSpaces(style));
}

function showsSpaces({ underline, strikethrough, inverse, backgroundColor }: Style): boolean {
  return Boolean(underline || strikethrough || inverse || backgroundColor);
}

/** Lines below each other. */
export function Rows({ lines }: { readonly lines: readonly Line[] }) {
  return lines.map((line, row) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a row is identified by its number.
    <Row key={row} line={line} />
  ));
}
