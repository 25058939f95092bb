import { short } from '../../oci/digest.ts';
import { sizeText } from '../../text/size.ts';
import { type Line, type Span, span, spread, truncate } from '../../ui/line.ts';
import type { LayerStack, StackRow } from '../image/layer-stack.ts';
import type { PathRow } from '../image/path-tree.ts';
import { exactly, linkText, percent, printableLabel } from '../labels.ts';
import { type Drawing, type PageView, pageView } from '../page-view.ts';
import { isFolded } from '../receive.ts';
import {
  combination,
  type ExplorerState,
  imageAt,
  isPacked,
  itemAt,
  namesOf,
  type Page,
  stackAt,
} from '../state.ts';

/** The layers of an image, stacked, the top one first, and what is seen through them. */
export function stackView(page: Extract<Page, { kind: 'stack' }>, drawing: Drawing): PageView {
  const { state } = drawing;
  const image = imageAt(state, page.image);
  if (image === undefined) return pageView({ instead: [span('Not there any more.', 'dim')] });
  const { layers } = image;
  const stack = stackAt(state, image.path);
  const tree = stack.shown === undefined ? undefined : state.layerStacks.get(stack.shown);
  const names = namesOf(state, image);
  const layerOf = (at: number) => layers.length - 1 - at;
  const rowAt = (at: number) => tree?.rows[stack.seen[at - layers.length] ?? -1];
  const isLate = stack.shown !== combination(image, stack.off);
  return pageView({
    head: [[span('layers, stacked', 'title')]],
    upper: layers.length,
    middle: spread(
      [span('merged', 'title')],
      [span(isLate ? waitText(state, layers) : countText(tree), 'dim')],
      drawing.width,
    ),
    count: layers.length + stack.seen.length,
    line: (at) =>
      at < layers.length
        ? layerRow(layerOf(at), layers[layerOf(at)] ?? '', stack.off, names, drawing)
        : laidRow(
            rowAt(at),
            tree,
            (row) => tree !== undefined && isFolded(stack, tree, row.path),
            drawing,
          ),
    text: (at) => (at < layers.length ? `layer ${layerOf(at)}` : (rowAt(at)?.path ?? '')),
    target: (at) =>
      at < layers.length
        ? { kind: 'thing', path: layers[layerOf(at)] ?? '', image: image.path }
        : entryPage(state, image.path, layers, rowAt(at)),
    instead: [],
  });
}

function waitText(state: ExplorerState, layers: readonly string[]): string {
  const busy = layers.find((path) => state.layers.get(path)?.status === 'reading');
  const found = busy === undefined ? undefined : state.layers.get(busy);
  if (found?.status === 'reading') {
    return `reading layer ${layers.indexOf(busy ?? '')}, ${percent(found.part)}`;
  }
  return 'merging';
}

function countText(tree: LayerStack | undefined): string {
  if (tree === undefined) return '';
  const paths = `${exactly(tree.here)} ${tree.here === 1 ? 'path' : 'paths'}`;
  return tree.gone === 0 ? paths : `${paths}, ${exactly(tree.gone)} deleted`;
}

function layerRow(
  layer: number,
  path: string,
  off: ReadonlySet<number>,
  names: ReturnType<typeof namesOf>,
  { state, width }: Drawing,
): Line {
  const isOn = !off.has(layer);
  const found = state.layers.get(path);
  const item = itemAt(state, path);
  const about =
    found?.status === 'read'
      ? `${exactly(found.layer.entries.length)} ${found.layer.entries.length === 1 ? 'entry' : 'entries'}, ${sizeText(found.layer.size)}`
      : found?.status === 'bad'
        ? `cannot be read: ${printableLabel(found.why)}`
        : item?.size === undefined
          ? 'not there'
          : 'not read yet';
  const diffId = names[layer]?.diffId;
  const left: Span[] = [
    span(isOn ? '[x]' : '[ ]', isOn ? 'main' : 'dim'),
    span(` ${layer}`, isOn ? 'title' : 'dim'),
    ...(isPacked(path)
      ? [
          span('  Digest ', 'dim'),
          span(item?.digest === undefined ? '?' : short(item.digest), isOn ? 'live' : 'dim'),
          span('  DiffID ', 'dim'),
          span(diffId === undefined ? '?' : short(diffId), isOn ? 'live' : 'dim'),
        ]
      : [span(`  ${path}`, isOn ? 'live' : 'dim')]),
  ];
  const role = found?.status === 'bad' || item?.size === undefined ? 'fail' : 'dim';
  return spread(left, truncate([span(about, role)], Math.max(10, width - 40)), width);
}

function laidRow(
  row: PathRow<StackRow> | undefined,
  tree: LayerStack | undefined,
  folded: (row: PathRow<StackRow>) => boolean,
  { theme, width }: Drawing,
): Line {
  if (row === undefined || tree === undefined) return [];
  const { symbols } = theme;
  const indent = ' '.repeat(2 * Math.min(row.depth, 20));
  const isFull = row.end > row.depth && tree.rows[row.end - 1] !== row;
  const { item } = row;
  const entry = item.is === 'here' ? item.merged.entry : item.hidden.entry;
  const isDirectory = entry.kind === 'directory';
  const fold = isDirectory && isFull && folded(row) ? ` ${symbols.ellipsis}` : '';
  const name = `${printableLabel(row.name)}${isDirectory ? '/' : ''}`;
  const fate = item.is === 'here' ? hereText(item) : goneText(item);
  const sign = item.is === 'gone' ? '✂ ' : covers(item) ? '● ' : '  ';
  const left: Span[] = [
    span(indent),
    span(sign, item.is === 'gone' || covers(item) ? 'warn' : 'dim'),
    span(name, item.is === 'gone' ? 'dim' : 'text'),
    span(`${printableLabel(linkText(entry))}${fold}`, 'dim'),
  ];
  const right = span(fate, item.is === 'gone' || covers(item) ? 'warn' : 'dim');
  return spread(left, [right], width);
}

/** Whether something of a lower layer is not seen for it; a directory lets its lower ones through. */
function covers({ merged }: Extract<StackRow, { is: 'here' }>): boolean {
  return merged.hides.length > 0 && merged.entry.kind !== 'directory';
}

function hereText({ merged, same }: Extract<StackRow, { is: 'here' }>): string {
  const { layer, hides, entry, implied } = merged;
  if (implied) return 'no entry of its own';
  const from = `from ${layer}`;
  if (hides.length === 0) return from;
  const below = list(hides);
  if (entry.kind === 'directory') return `${from}, and in ${below}`;
  return same ? `${from}, hides the same in ${below}` : `${from}, hides ${below}`;
}

function goneText({ hidden }: Extract<StackRow, { is: 'gone' }>): string {
  const { layer, by, how } = hidden;
  switch (how) {
    case 'whiteout':
      return `${layer}, whited out by ${by}`;
    case 'opaque':
      return `${layer}, behind opaque of ${by}`;
    default:
      return `${layer}, replaced by ${by}`;
  }
}

function list(layers: readonly number[]): string {
  return layers.length > 4 ? `${layers.length} layers` : layers.join(', ');
}

function entryPage(
  state: ExplorerState,
  image: string,
  layers: readonly string[],
  row: PathRow<StackRow> | undefined,
): Page | undefined {
  if (row === undefined) return undefined;
  const { item } = row;
  const layer = item.is === 'here' ? item.merged.layer : item.hidden.layer;
  const wanted = item.is === 'here' ? item.merged.entry : item.hidden.entry;
  const path = layers[layer];
  const found = path === undefined ? undefined : state.layers.get(path);
  const entry = found?.status === 'read' ? found.layer.entries.indexOf(wanted) : -1;
  return path === undefined || entry === -1 ? undefined : { kind: 'entry', path, image, entry };
}
