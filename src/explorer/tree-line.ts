import { short } from '../oci/digest.ts';
import { sizeText } from '../text/size.ts';
import { type Line, padded, type Span, span, spread, truncate, widthOf } from '../ui/line.ts';
import type { Theme } from '../ui/theme.ts';
import { linkText, markSpan, percent, printableLabel, whiteoutText } from './labels.ts';
import {
  diffIdAt,
  type ExplorerState,
  imageAt,
  itemAt,
  type Names,
  namesOf,
  type TreeRow,
} from './state.ts';

/** From this width on, a row has room for all names of a layer. */
const allNamesFromWidth = 66;
const nameWidth = 10;
const sizeWidth = 9;

interface Drawing {
  readonly state: ExplorerState;
  readonly theme: Theme;
  readonly width: number;
}

/** The columns' names. Directories that aren't packed yet have only a size. */
export function treeHeading({ state, theme, width }: Drawing): Line {
  const mark = ' '.repeat(theme.symbols.pass.length + 1);
  const isNamed = [...state.survey.items.values()].some(({ digest }) => digest !== undefined);
  const all = width >= allNamesFromWidth ? ['Digest', 'DiffID', 'ChainID'] : ['Digest'];
  const names = isNamed ? all : [];
  const columns = names.map((name) => name.padEnd(nameWidth)).join('');
  return spread([], [span(`${mark}${columns}${'size'.padStart(sizeWidth - 1)}`, 'dim')], width);
}

/** Draws rows of the tree. Names are worked out once for all rows of a frame. */
export function createTreeLine(drawing: Drawing): (row: TreeRow) => Line {
  const { state, width } = drawing;
  const known = new Map<string, Names[]>();
  const names = (image: string | undefined, path: string): Names | undefined => {
    const owner = imageAt(state, image);
    if (owner === undefined) return undefined;
    const all = known.get(owner.path) ?? namesOf(state, owner);
    known.set(owner.path, all);
    return all[owner.layers.indexOf(path)];
  };
  return (row) => {
    const { what } = row;
    // Not an arrow: that is the cursor.
    const sign = row.branch === undefined ? '  ' : row.branch === 'open' ? '- ' : '+ ';
    const start = [span(' '.repeat(2 * Math.min(row.depth, 20))), span(sign, 'dim')];
    switch (what.is) {
      case 'thing':
        return itemLine(drawing, start, what, names(what.image, what.path));
      case 'stack':
        return truncate(
          [...start, span('layers, merged'), span('  what a container sees', 'dim')],
          width,
        );
      case 'loose':
        return truncate(
          [...start, span('not referenced'), span('  nothing leads here', 'dim')],
          width,
        );
      case 'entry':
        return entryLine(drawing, start, what);
    }
  };
}

function itemLine(
  { state, theme, width }: Drawing,
  start: readonly Span[],
  { path, label, note }: Extract<TreeRow['what'], { is: 'thing' }>,
  names: Names | undefined,
): Line {
  const item = itemAt(state, path);
  const diffId = diffIdAt(state, path);
  const isThere = item?.size !== undefined;
  const sign = markSpan(state, path, theme);
  const said = note === undefined ? '' : `  ${printableLabel(note)}`;
  const left = [
    ...start,
    span(printableLabel(label), isThere ? 'text' : 'dim'),
    span(said, 'dim'),
    ...(item?.digest === undefined && item?.damage !== undefined
      ? [span(`  ${printableLabel(item.damage)}`, isThere ? 'warn' : 'dim')]
      : []),
  ];
  if (item?.digest === undefined && !isThere) return truncate(left, width);
  const digest = item?.digest === undefined ? '' : short(item.digest);
  const cells: Span[] = [
    sign,
    span(` ${digest.padEnd(nameWidth)}`, isThere ? 'live' : 'fail'),
    ...(width >= allNamesFromWidth
      ? [
          span((diffId === undefined ? '' : short(diffId)).padEnd(nameWidth), diffRole(names)),
          span((names?.chainId === undefined ? '' : short(names.chainId)).padEnd(nameWidth), 'dim'),
        ]
      : []),
    span(sizeCell(state, path).padStart(sizeWidth - 1), isThere ? 'dim' : 'fail'),
  ];
  const room = width - widthOf(cells) - 1;
  return [...padded(truncate(left, room), room + 1), ...cells];
}

function diffRole(names: Names | undefined) {
  const isWrong = names?.said !== undefined && names.said !== names.diffId;
  return isWrong ? ('fail' as const) : ('live' as const);
}

/** How large it is, or how far one is with it. */
function sizeCell(state: ExplorerState, path: string): string {
  const item = itemAt(state, path);
  if (item?.size === undefined) return item?.damage === 'not there' ? 'not there' : 'no file';
  const mark = state.marks.get(path);
  if (mark?.status === 'busy' && mark.part > 0) return percent(mark.part);
  const layer = state.layers.get(path);
  if (layer?.status === 'reading' && layer.part > 0) return percent(layer.part);
  return layer?.status === 'bad' ? 'damaged' : sizeText(item.size);
}

function entryLine(
  { state, width }: Drawing,
  start: readonly Span[],
  what: Extract<TreeRow['what'], { is: 'entry' }>,
): Line {
  const found = state.layers.get(what.path);
  const row = found?.status === 'read' ? found.layer.rows[what.row] : undefined;
  const entry = found?.status === 'read' ? found.layer.entries[row?.item ?? -1] : undefined;
  if (row === undefined || entry === undefined) return [];
  const marker = whiteoutText(entry);
  const slash = entry.kind === 'directory' ? '/' : '';
  const left = [
    ...start,
    span(`${printableLabel(row.name)}${slash}`, marker === undefined ? 'text' : 'warn'),
    span(printableLabel(linkText(entry)), 'dim'),
  ];
  if (marker !== undefined)
    return truncate([...left, span(`  ✂ ${printableLabel(marker)}`, 'warn')], width);
  const size = entry.kind === 'file' ? sizeText(entry.size) : '';
  return spread(left, size === '' ? [] : [span(size, 'dim')], width);
}
