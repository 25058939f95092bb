import { above } from './image/path-tree.ts';
import { pageName } from './labels.ts';
import type { PageView } from './page-view.ts';
import { isFolded, withStack } from './receive.ts';
import { type ExplorerState, imageAt, stackAt, type TreeRow } from './state.ts';
import { treeRows, wayToEntry } from './tree-rows.ts';

/** The direction of a search. */
type Way = 1 | -1;

/**
 * Goes to the next match, also inside folded rows, wrapping around at the end. Case matters only if the
 * text has capitals.
 *
 * @param from the row to start from; it's included only while the text is being typed
 * @returns `undefined` if there's no match
 */
export function found(
  state: ExplorerState,
  view: PageView,
  way: Way,
  { fresh }: { fresh: boolean },
): ExplorerState | undefined {
  const { text } = state.search;
  if (text === '') return state;
  const exact = text !== text.toLowerCase();
  const has = (candidate: string) => (exact ? candidate : candidate.toLowerCase()).includes(text);
  if (state.focus === 'tree') return foundInTree(state, way, fresh, has);
  if (state.position.page.kind === 'stack') {
    return foundInStack(state, state.position.page.image, way, fresh, has);
  }
  const at = around(view.count, state.position.cursor, way, fresh, (row) => has(view.text(row)));
  return at === undefined ? undefined : { ...state, position: { ...state.position, cursor: at } };
}

/** The first index that fits, from one on, all the way round. */
function around(
  count: number,
  from: number,
  way: Way,
  fresh: boolean,
  fits: (at: number) => boolean,
): number | undefined {
  for (let step = fresh ? 0 : 1; step <= count; step++) {
    const at = (((from + way * step) % count) + count) % count;
    if (fits(at)) return at;
  }
  return undefined;
}

function foundInStack(
  state: ExplorerState,
  path: string,
  way: Way,
  fresh: boolean,
  has: (text: string) => boolean,
): ExplorerState | undefined {
  const image = imageAt(state, path);
  const stack = stackAt(state, path);
  const tree = stack.shown === undefined ? undefined : state.layerStacks.get(stack.shown);
  if (image === undefined || tree === undefined) return undefined;
  const layers = image.layers.length;
  const { rows } = tree;
  // From above the tree it begins with the tree.
  const isAbove = state.position.cursor < layers;
  const from = isAbove ? 0 : (stack.seen[state.position.cursor - layers] ?? 0);
  const at = around(rows.length, from, way, fresh || isAbove, (row) => has(rows[row]?.path ?? ''));
  if (at === undefined) return undefined;
  const toggled = new Set(stack.toggled);
  for (const index of above(rows, at)) {
    const folder = rows[index]?.path ?? '';
    if (!isFolded(stack, tree, folder)) continue;
    if (!toggled.delete(folder)) toggled.add(folder);
  }
  const next = withStack(state, path, { ...stack, toggled });
  const cursor = layers + stackAt(next, path).seen.indexOf(at);
  return { ...next, position: { ...next.position, cursor } };
}

/** Searches the rows of the tree and the folded entries of layers between them. */
function foundInTree(
  state: ExplorerState,
  way: Way,
  fresh: boolean,
  has: (text: string) => boolean,
): ExplorerState | undefined {
  const { rows, tree } = state;
  const count = rows.length;
  for (let step = 0; step <= count; step++) {
    const at = (((tree.cursor + way * step) % count) + count) % count;
    const row = rows[at];
    if (row === undefined) continue;
    const isHere = (step > 0 || fresh) && has(rowText(state, row));
    // Upwards, what a row has folded away comes before the row, except where the search begins.
    if (way === 1 && isHere) return at === -1 ? undefined : onRow(state, rows, at);
    const inside = way === -1 && step === 0 ? undefined : folded(state, row, way, has);
    if (inside !== undefined) return inside;
    if (way === -1 && isHere) return onRow(state, rows, at);
  }
  return undefined;
}

function onRow(state: ExplorerState, rows: readonly TreeRow[], at: number): ExplorerState {
  return { ...state, rows, tree: { ...state.tree, cursor: at } };
}

function folded(
  state: ExplorerState,
  row: TreeRow,
  way: Way,
  has: (text: string) => boolean,
): ExplorerState | undefined {
  const { what } = row;
  if (row.branch !== 'closed' || (what.is !== 'thing' && what.is !== 'entry')) return undefined;
  const layer = state.layers.get(what.path);
  if (layer?.status !== 'read') return undefined;
  const { rows } = layer.layer;
  const from = what.is === 'thing' ? 0 : what.row + 1;
  const to = what.is === 'thing' ? rows.length : (rows[what.row]?.end ?? from);
  for (let step = 0; step < to - from; step++) {
    const at = way === 1 ? from + step : to - 1 - step;
    if (has(rows[at]?.path ?? '')) return entryRevealed(state, row, at);
  }
  return undefined;
}

function entryRevealed(state: ExplorerState, row: TreeRow, at: number): ExplorerState {
  const { what, id } = row;
  const layerId = what.is === 'entry' ? id.slice(0, id.indexOf('!')) : id;
  const layerRow = state.rows.find((each) => each.id === layerId) ?? row;
  const open = new Set([...state.open, ...wayToEntry(state, layerRow, at)]);
  const rows = treeRows({ ...state, open });
  const start = rows.findIndex((each) => each.id === layerId);
  const cursor = rows.findIndex(
    (each, index) => index > start && each.what.is === 'entry' && each.what.row === at,
  );
  return { ...state, open, rows, tree: { ...state.tree, cursor: Math.max(0, cursor) } };
}

/** What a row of the tree is searched by. */
function rowText(state: ExplorerState, { what }: TreeRow): string {
  switch (what.is) {
    case 'thing':
      return `${what.label} ${what.note ?? ''} ${what.path.replace(/^blobs\/([^/]*)\//, '$1:')}`;
    case 'entry': {
      const layer = state.layers.get(what.path);
      return layer?.status === 'read' ? (layer.layer.rows[what.row]?.path ?? '') : '';
    }
    case 'stack':
      return pageName(state, { kind: 'stack', image: what.image });
    case 'loose':
      return 'not referenced';
  }
}
