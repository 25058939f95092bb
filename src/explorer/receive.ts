import type { Content } from './contents.ts';
import { firstFrom, unfolded } from './image/path-tree.ts';
import type { ReadLayer, Verdict } from './image/read-blob.ts';
import type { Survey } from './image/survey.ts';
import type { Transparency } from './image/transparencies.ts';
import { type Job, MAX_LAID } from './jobs.ts';
import {
  combination,
  imageAt,
  noSearch,
  pageOf,
  type Spot,
  type StackState,
  type State,
  spotOn,
  stackAt,
} from './state.ts';
import { openAtFirst, treeRows } from './tree-rows.ts';

/** What comes of jobs. */
export type Event =
  | { readonly type: 'started'; readonly job: Job }
  | { readonly type: 'progress'; readonly job: Job; readonly part: number }
  | { readonly type: 'verified'; readonly path: string; readonly verdict: Verdict }
  | { readonly type: 'read'; readonly path: string; readonly found: ReadLayer | string }
  | { readonly type: 'head'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly type: 'content'; readonly key: string; readonly content: Content }
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'laid'; readonly key: string; readonly found: Transparency };

/** Files kept besides the one that was read last. */
const MAX_CONTENTS = 7;
/** A tree of more paths than this is folded at first. */
const SMALL = 500;

/** The explorer on what a survey found, before anything was hashed or read. */
export function opened(name: string, survey: Survey, look = 0): State {
  const open = openAtFirst({ survey });
  const layers: State['layers'] = new Map();
  const rows = treeRows({ survey, open, layers });
  const index = rows.findIndex(({ id }) => id === 'index.json');
  const isThere = survey.things.get('index.json')?.size !== undefined;
  const loose = rows.findIndex(({ id }) => id.startsWith('loose|'));
  const cursor = Math.max(0, isThere || loose === -1 ? index : loose);
  const row = rows[cursor];
  const page = row && pageOf({ layers }, row);
  return {
    name,
    look,
    survey,
    marks: new Map(),
    layers,
    heads: new Map(),
    contents: new Map(),
    open,
    rows,
    tree: { cursor, top: 0 },
    focus: 'tree',
    spot: spotOn(page ?? { kind: 'help' }),
    history: [],
    stacks: new Map(),
    laid: new Map(),
    search: noSearch,
    note: undefined,
  };
}

/** Looks at the same layout again: what was hashed and read before does not count any more. */
export function lookedAgain(state: State, survey: Survey): State {
  const fresh = opened(state.name, survey, state.look + 1);
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
    spot: page === undefined ? fresh.spot : spotOn(page),
    note: 'Looked again.',
  };
}

/** What a piece of news makes of the state. */
export function receive(state: State, event: Event): State {
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
      const kept = [...state.contents].slice(-MAX_CONTENTS);
      return { ...state, contents: new Map(kept).set(event.key, event.content) };
    }
    case 'note':
      return { ...state, note: event.text };
    case 'read':
      return layerRead(state, event.path, event.found);
    case 'laid':
      return laidDown(state, event.key, event.found);
  }
}

function progressed(state: State, job: Job, part: number): State {
  if (job.type === 'verify') {
    return { ...state, marks: new Map(state.marks).set(job.path, { status: 'busy', part }) };
  }
  if (job.type !== 'read') return state;
  return { ...state, layers: new Map(state.layers).set(job.path, { status: 'reading', part }) };
}

function layerRead(state: State, path: string, found: ReadLayer | string): State {
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

function laidDown(state: State, key: string, found: Transparency): State {
  const laid = new Map(state.laid);
  laid.delete(key);
  laid.set(key, found);
  let sum = [...laid.values()].reduce((all, { rows }) => all + rows.length, 0);
  for (const [old, { rows }] of laid) {
    if (sum <= MAX_LAID) break;
    const isShown = [...state.stacks.values()].some(({ shown }) => shown === old);
    if (old === key || isShown) continue;
    laid.delete(old);
    sum -= rows.length;
  }
  const next = { ...state, laid };
  const { page } = state.spot;
  return page.kind === 'stack' ? withStack(next, page.image, stackAt(next, page.image)) : next;
}

/** Whether a directory of a stack is folded away. */
export function isFolded({ toggled }: StackState, tree: Transparency, path: string): boolean {
  return tree.rows.length > SMALL !== toggled.has(path);
}

/**
 * Shows a stack of layers as it is now, or as it was as long as the combination is still being laid.
 * Who was on a path stays on it, or comes to the next one.
 */
export function withStack(state: State, path: string, wanted: StackState): State {
  const image = imageAt(state, path);
  if (image === undefined) return state;
  const key = combination(image, wanted.off);
  const before = stackAt(state, path);
  const shown = state.laid.has(key) ? key : before.shown;
  const tree = shown === undefined ? undefined : state.laid.get(shown);
  const folded = { ...wanted, shown };
  const seen =
    tree === undefined ? [] : unfolded(tree.rows, (row) => isFolded(folded, tree, row.path));
  const stacks = new Map(state.stacks).set(path, { ...folded, seen });
  const { spot } = state;
  const isHere = spot.page.kind === 'stack' && spot.page.image === path;
  const next = { ...state, stacks };
  return isHere ? { ...next, spot: stayedOn(state, next, spot, image.layers.length) } : next;
}

function stayedOn(before: State, after: State, spot: Spot, layers: number): Spot {
  if (spot.page.kind !== 'stack' || spot.cursor < layers) return spot;
  const was = stackAt(before, spot.page.image);
  const row = rowsOf(before, was)[was.seen[spot.cursor - layers] ?? -1];
  if (row === undefined) return { ...spot, cursor: layers };
  const is = stackAt(after, spot.page.image);
  const rows = rowsOf(after, is);
  const pathAt = (at: number) => rows[is.seen[at] ?? -1]?.path ?? '';
  const from = firstFrom(is.seen.length, pathAt, row.path);
  const cursor = Math.max(0, Math.min(from, is.seen.length - 1));
  return { ...spot, cursor: layers + cursor };
}

function rowsOf({ laid }: State, { shown }: StackState): Transparency['rows'] {
  return (shown === undefined ? undefined : laid.get(shown)?.rows) ?? [];
}
