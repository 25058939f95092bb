import { above } from './image/path-tree.ts';
import type { ExplorerState, TreeRow } from './state.ts';
import { imageWith, itemAt } from './state.ts';

type Known = Pick<ExplorerState, 'survey' | 'open' | 'layers'>;

/** Manifests that are unfolded when the layout is opened; more would bury the rest. */
const unfoldedAtFirst = 3;
const unreferencedId = 'loose';

/** The visible rows of the tree, in order. Folded ones aren't created. */
export function treeRows(known: Known): TreeRow[] {
  const rows: TreeRow[] = [];
  const { survey } = known;
  // Layers that no manifest lists yet.
  for (const image of survey.images.keys()) {
    if (survey.items.has(image)) continue;
    const what = { is: 'stack', image } as const;
    rows.push({ id: `${image}|stack`, depth: 0, branch: undefined, what });
  }
  for (const path of survey.roots) addItem(known, rows, { path, label: path, id: path, depth: 0 });
  if (survey.loose.length > 0) {
    rows.push({
      id: unreferencedId,
      depth: 0,
      branch: branchOf(known, unreferencedId),
      what: { is: 'loose' },
    });
    if (known.open.has(unreferencedId)) {
      for (const path of survey.loose) {
        const kind = itemAt(known, path)?.kind ?? 'other';
        const label = kind === 'other' ? 'blob' : kind;
        addItem(known, rows, { path, label, id: `${unreferencedId}|${path}`, depth: 1 });
      }
    }
  }
  return rows;
}

interface TreeItem {
  readonly path: string;
  readonly label: string;
  readonly id: string;
  readonly depth: number;
  readonly note?: string | undefined;
  readonly image?: string | undefined;
}

function addItem(known: Known, rows: TreeRow[], at: TreeItem): void {
  const { path, label, id, depth, note } = at;
  const item = itemAt(known, path);
  const image = item?.kind === 'manifest' ? path : (at.image ?? imageWith(known, path));
  const layer = known.layers.get(path);
  const entries = layer?.status === 'read' ? layer.layer.rows : [];
  const isBranch = (item?.parts.length ?? 0) > 0 || entries.length > 0;
  const branch = isBranch ? branchOf(known, id) : undefined;
  rows.push({ id, depth, branch, what: { is: 'thing', path, label, note, image } });
  if (branch !== 'open') return;
  let stacked = false;
  for (const [at, part] of (item?.parts ?? []).entries()) {
    if (!stacked && image !== undefined && itemAt(known, part.path)?.kind === 'layer') {
      stacked = true;
      const what = { is: 'stack', image } as const;
      rows.push({ id: `${id}|stack`, depth: depth + 1, branch: undefined, what });
    }
    const below = { ...part, id: `${id}|${at}`, depth: depth + 1, image };
    addItem(known, rows, below);
  }
  for (let row = 0; row < entries.length; ) {
    const entry = entries[row];
    if (entry === undefined) break;
    const entryId = `${id}!${entry.path}`;
    const hasMore = entry.end > row + 1;
    const below = hasMore ? branchOf(known, entryId) : undefined;
    const what = { is: 'entry', path, image, row } as const;
    rows.push({ id: entryId, depth: depth + 1 + entry.depth, branch: below, what });
    row = below === 'closed' ? entry.end : row + 1;
  }
}

function branchOf({ open }: Known, id: string): 'open' | 'closed' {
  return open.has(id) ? 'open' : 'closed';
}

/** The rows unfolded at first: the path to the layers of the first images. */
export function openAtFirst({ survey }: Pick<ExplorerState, 'survey'>): Set<string> {
  const open = new Set(['index.json']);
  const index = survey.items.get('index.json');
  for (let at = 0; at < Math.min(unfoldedAtFirst, index?.parts.length ?? 0); at++) {
    open.add(`index.json|${at}`);
  }
  if (index === undefined || index.parts.length === 0 || survey.loose.length <= unfoldedAtFirst) {
    open.add(unreferencedId);
    for (const path of survey.loose.slice(0, unfoldedAtFirst))
      open.add(`${unreferencedId}|${path}`);
    // Layers stay folded, since their entries would fill the tree.
    for (const path of survey.loose) {
      if (itemAt({ survey }, path)?.kind === 'layer') open.delete(`${unreferencedId}|${path}`);
    }
  }
  return open;
}

/** The row a row stands under. */
export function parentRow(rows: readonly TreeRow[], at: number): number {
  const depth = rows[at]?.depth ?? 0;
  for (let index = at - 1; index >= 0; index--) {
    if ((rows[index]?.depth ?? 0) < depth) return index;
  }
  return at;
}

/** The row of an item, unfolding what is above it, if there is a way to it. */
export function reveal(
  state: ExplorerState,
  path: string,
  image: string | undefined,
): Pick<ExplorerState, 'open' | 'rows'> & { readonly at: number } {
  const isIt = ({ what }: TreeRow) =>
    what.is === 'thing' && what.path === path && (image === undefined || what.image === image);
  const at = state.rows.findIndex(isIt);
  if (at !== -1) return { open: state.open, rows: state.rows, at };
  const way = wayTo(state, path, image) ?? wayTo(state, path, undefined);
  const open = new Set([...state.open, ...(way ?? [])]);
  const rows = treeRows({ ...state, open });
  const found = rows.findIndex(isIt);
  const any = rows.findIndex(({ what }) => what.is === 'thing' && what.path === path);
  return { open, rows, at: found === -1 ? any : found };
}

/** The ids to be unfolded on the way from a root; each document is passed once, so it ends. */
function wayTo(
  state: ExplorerState,
  path: string,
  image: string | undefined,
): string[] | undefined {
  const seen = new Set<string>();
  const { roots, loose } = state.survey;
  const queue = [
    ...roots.map((root) => ({ path: root, id: root, way: [] as string[] })),
    ...loose.map((each) => ({
      path: each,
      id: `${unreferencedId}|${each}`,
      way: [unreferencedId],
    })),
  ];
  for (const { path: here, id, way } of queue) {
    const isIn = image === undefined || way.length === 0 || seen.has(image) || here === image;
    if (here === path && isIn) return way;
    if (seen.has(here)) continue;
    seen.add(here);
    for (const [at, part] of (itemAt(state, here)?.parts ?? []).entries()) {
      queue.push({ path: part.path, id: `${id}|${at}`, way: [...way, id] });
    }
  }
  return undefined;
}

/** The ids to be unfolded so that an entry of a layer is seen. */
export function wayToEntry(state: ExplorerState, layerRow: TreeRow, row: number): string[] {
  const { what } = layerRow;
  const found = what.is === 'thing' ? state.layers.get(what.path) : undefined;
  if (found?.status !== 'read') return [];
  const { rows } = found.layer;
  return [layerRow.id, ...above(rows, row).map((at) => `${layerRow.id}!${rows[at]?.path}`)];
}
