import { stripVTControlCharacters } from 'node:util';
import { renderToString } from 'ink';
import type { ReactElement } from 'react';
import type { Ends, Frame } from '../../src/ui/frame.ts';
import { type Line, padded, span } from '../../src/ui/line.ts';
import type { Theme } from '../../src/ui/theme.ts';
import type { Size } from '../../src/ui/view.ts';

/** Wider than anything a voice is given to read. */
const unbroken = 10_000;

/** The lines of a frame as they stand below one another, before Ink gets them. */
export function linesIn({ header, columns, picture, pinned, footer }: Frame): Line[] {
  const [first, second] = columns;
  const drawn = picture === undefined ? [] : picture.lines;
  const above = picture?.at === 'beside' ? [...drawn, []] : [];
  const below = picture?.at === 'below' ? [[], ...drawn] : [];
  const body = (first?.lines ?? []).map((left, at) => {
    const right = [...above, ...(second?.lines ?? [])][at] ?? [];
    return right.length === 0 ? left : [...padded(left, first?.width ?? 0), ...right];
  });
  const row = ({ left, right }: Ends) => [
    ...left,
    ...(right.length > 0 ? [span(' ')] : []),
    ...right,
  ];
  const top = header === undefined ? [] : [row(header), []];
  const rule = footer?.rule === undefined ? [] : [row(footer.rule)];
  const keys = footer && row({ left: footer.keys, right: footer.right ?? [] });
  const bottom = keys === undefined ? [] : [...rule, keys];
  return [...top, ...body, ...below, ...pinned, ...bottom].map((line) =>
    line.length === 0 ? line : [span(' '), ...line],
  );
}

/** What Ink makes of a screen, row by row, without colours. */
export function rowsOf(screen: ReactElement<{ size: Size; theme: Theme }>): string[] {
  const { size, theme } = screen.props;
  const columns = theme.spoken ? unbroken : size.columns;
  return stripVTControlCharacters(renderToString(screen, { columns })).split('\n');
}
