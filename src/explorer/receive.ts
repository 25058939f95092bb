import type { LayerStack } from './image/layer-stack.ts';
import { firstFrom, unfolded } from './image/path-tree.ts';
import type { ReadLayer, Verdict } from './image/read-blob.ts';
import type { Survey } from './image/survey.ts';
import { type Job, maxStackedRows } from './jobs.ts';
import {
  type Content,
  combination,
  type ExplorerState,
  imageAt,
  noSearch,
  type PagePosition,
  pageOf,
  positionOn,
  type StackState,
  stackAt,
} from './state.ts';
import { openAtFirst, treeRows } from './tree-rows.ts';

/** The results of jobs. */
export type ExplorerEvent =
  | { readonly type: 'started'; readonly job: Job }
  | { readonly type: 'progress'; readonly job: Job; readonly part: number }
  | { readonly type: 'verified'; readonly path: string; readonly verdict: Verdict }
  | { readonly type: 'read'; readonly path: string; readonly found: ReadLayer | string }
  | { readonly type: 'head'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly type: 'content'; readonly key: string; readonly content: Content }
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'laid'; readonly key: string; readonly found: LayerStack };

/** The most files to keep in addition to the last one. */
const maxContents = 7;
/** Larger trees are folded at first. */
const maxRowsUnfolded = 500;

/** The first state after a survey, before anything has been hashed or read. */
export function opened(name: string, survey: Survey, generation = 0): ExplorerState {
  const open = openAtFirst({ survey });
  const layers: ExplorerState['layers'] = new Map();
  const rows = treeRows({ survey, open, layers });
  const index = rows.findIndex(({ id }) => id === 'index.json');
  const isThere = survey.items.get('index.json')?.size !== undefined;
  const loose = rows.findIndex(({ id }) => id.startsWith('loose|'));
  const cursor = Math.max(0, isThere || loose === -1 ? index : loose);
  const row = rows[cursor];
  const page = row && pageOf({ layers }, row);
  return {
    name,
    generation,
    survey,
    marks: new Map(),
    layers,
    heads: new Map(),
    contents: new Map(),
    open,
    rows,
    tree: { cursor, top: 0 },
    focus: 'tree',
    position: positionOn(page ?? { kind: 'help' }),
    history: [],
    stacks: new Map(),
    layerStacks: new Map(),
    search: noSearch,
    note: undefined,
  };
}

/** The state after a reload of the same layout, without the earlier results. */
export function reloaded(state: ExplorerState, survey: Survey): ExplorerState {
  const fresh = opened(state.name, survey, state.generation + 1);
  const open = new Set([...fresh.open, ...state.open]);
  const rows = treeRows({ ...fresh, open });
  const id = state.rows[state.tree.cursor]?.id;
  const cursor = Math.max(
    0,
    rows.findIndex((row) => row.id === id),
  );
  const row = rows[cursor];
  const page = row && pageOf(fresh, row);
  return {
    ...fresh,
    open,
    rows,
    tree: { cursor, top: state.tree.top },
    position: page === undefined ? fresh.position : positionOn(page),
    note: 'Looked again.',
  };
}

/** The next state after a job's result. */
export function receive(state: ExplorerState, event: ExplorerEvent): ExplorerState {
  switch (event.type) {
    case 'started':
      return progressed(state, event.job, 0);
    case 'progress':
      return progressed(state, event.job, event.part);
    case 'verified':
      return { ...state, marks: new Map(state.marks).set(event.path, event.verdict) };
    case 'head':
      return { ...state, heads: new Map(state.heads).set(event.path, event.bytes) };
    case 'content': {
      const kept = [...state.contents].slice(-maxContents);
      return { ...state, contents: new Map(kept).set(event.key, event.content) };
    }
    case 'note':
      return { ...state, note: event.text };
    case 'read':
      return layerRead(state, event.path, event.found);
    case 'laid':
      return withLayerStack(state, event.key, event.found);
  }
}

function progressed(state: ExplorerState, job: Job, part: number): ExplorerState {
  if (job.type === 'verify') {
    return { ...state, marks: new Map(state.marks).set(job.path, { status: 'busy', part }) };
  }
  if (job.type !== 'read') return state;
  return { ...state, layers: new Map(state.layers).set(job.path, { status: 'reading', part }) };
}

function layerRead(state: ExplorerState, path: string, found: ReadLayer | string): ExplorerState {
  const layers = new Map(state.layers).set(
    path,
    typeof found === 'string' ? { status: 'bad', why: found } : { status: 'read', layer: found },
  );
  const rows = treeRows({ ...state, layers });
  // Rows of entries may have come in between.
  const id = state.rows[state.tree.cursor]?.id;
  const at = rows.findIndex((row) => row.id === id);
  return { ...state, layers, rows, tree: { ...state.tree, cursor: Math.max(0, at) } };
}

function withLayerStack(state: ExplorerState, key: string, found: LayerStack): ExplorerState {
  const layerStacks = new Map(state.layerStacks);
  layerStacks.delete(key);
  layerStacks.set(key, found);
  let sum = [...layerStacks.values()].reduce((all, { rows }) => all + rows.length, 0);
  for (const [old, { rows }] of layerStacks) {
    if (sum <= maxStackedRows) break;
    const isShown = [...state.stacks.values()].some(({ shown }) => shown === old);
    if (old === key || isShown) continue;
    layerStacks.delete(old);
    sum -= rows.length;
  }
  const next = { ...state, layerStacks };
  const { page } = state.position;
  return page.kind === 'stack' ? withStack(next, page.image, stackAt(next, page.image)) : next;
}

/** Whether a directory of a stack is folded. */
export function isFolded({ toggled }: StackState, tree: LayerStack, path: string): boolean {
  return tree.rows.length > maxRowsUnfolded !== toggled.has(path);
}

/**
 * Shows the current combination of layers, or the previous one while it's being computed. The cursor
 * stays on its path, or moves to the next one.
 */
export function withStack(state: ExplorerState, path: string, wanted: StackState): ExplorerState {
  const image = imageAt(state, path);
  if (image === undefined) return state;
  const key = combination(image, wanted.off);
  const before = stackAt(state, path);
  const shown = state.layerStacks.has(key) ? key : before.shown;
  const tree = shown === undefined ? undefined : state.layerStacks.get(shown);
  const folded = { ...wanted, shown };
  const seen =
    tree === undefined ? [] : unfolded(tree.rows, (row) => isFolded(folded, tree, row.path));
  const stacks = new Map(state.stacks).set(path, { ...folded, seen });
  const { position } = state;
  const isHere = position.page.kind === 'stack' && position.page.image === path;
  const next = { ...state, stacks };
  return isHere
    ? { ...next, position: stayedOn(state, next, position, image.layers.length) }
    : next;
}

function stayedOn(
  before: ExplorerState,
  after: ExplorerState,
  position: PagePosition,
  layers: number,
): PagePosition {
  if (position.page.kind !== 'stack' || position.cursor < layers) return position;
  const was = stackAt(before, position.page.image);
  const row = rowsOf(before, was)[was.seen[position.cursor - layers] ?? -1];
  if (row === undefined) return { ...position, cursor: layers };
  const is = stackAt(after, position.page.image);
  const rows = rowsOf(after, is);
  const pathAt = (at: number) => rows[is.seen[at] ?? -1]?.path ?? '';
  const from = firstFrom(is.seen.length, pathAt, row.path);
  const cursor = Math.max(0, Math.min(from, is.seen.length - 1));
  return { ...position, cursor: layers + cursor };
}

function rowsOf({ layerStacks }: ExplorerState, { shown }: StackState): LayerStack['rows'] {
  return (shown === undefined ? undefined : layerStacks.get(shown)?.rows) ?? [];
}
