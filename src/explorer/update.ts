import type { Key } from '../ui/keys.ts';
import { toggled } from './jobs.ts';
import type { ExplorerAction } from './keymap.ts';
import type { ExplorerLayout } from './layout.ts';
import type { PageView } from './page-view.ts';
import { withStack } from './receive.ts';
import { found } from './search.ts';
import { currentPage, inView, stackImage } from './selectors.ts';
import {
  type ExplorerState,
  imageAt,
  noSearch,
  type Page,
  pageOf,
  positionOn,
  stackAt,
} from './state.ts';
import { parentRow, reveal, treeRows } from './tree-rows.ts';
import { viewOf } from './view-of.ts';

/** An effect that the controller performs. */
export type ExplorerEffect = 'quit' | 'interrupt' | 'suspend' | 'again' | 'write out';

export interface ExplorerUpdate {
  readonly state: ExplorerState;
  readonly effect?: ExplorerEffect;
}

/** The columns by which one key shifts long rows. */
const columnsPerShift = 16;

/** The next state and effects after an action, as a pure function. */
export function update(
  before: ExplorerState,
  action: ExplorerAction,
  layout: ExplorerLayout,
): ExplorerUpdate {
  const state = before.note === undefined ? before : { ...before, note: undefined };
  switch (action) {
    case 'quit':
    case 'interrupt':
    case 'suspend':
    case 'again':
    case 'write out':
      return { state, effect: action };
    case 'up':
      return { state: moved(state, layout, -1) };
    case 'down':
      return { state: moved(state, layout, 1) };
    case 'page up':
      return { state: moved(state, layout, -pageSize(state, layout)) };
    case 'page down':
      return { state: moved(state, layout, pageSize(state, layout)) };
    case 'top':
      return { state: moved(state, layout, Number.NEGATIVE_INFINITY) };
    case 'bottom':
      return { state: moved(state, layout, Number.POSITIVE_INFINITY) };
    case 'open':
      return { state: openedRow(state, layout) };
    case 'unfold':
      return { state: state.focus === 'tree' ? unfoldedRow(state, layout) : foldToggled(state) };
    case 'fold':
      return { state: state.focus === 'tree' ? foldedRow(state, layout) : foldToggled(state) };
    case 'follow':
      return { state: followedRow(state, layout) };
    case 'back':
      return { state: wentBack(state) };
    case 'other side':
      return { state: { ...state, focus: state.focus === 'tree' ? 'page' : 'tree' } };
    case 'switch':
      return { state: switched(state, layout.keyContext.layer?.number) };
    case 'bytes':
      return { state: bytesOf(state, layout) };
    case 'difference':
      return { state: differenceOf(state, layout) };
    case 'stack':
      return { state: stackOf(state, layout) };
    case 'shift left':
      return { state: shifted(state, -columnsPerShift) };
    case 'shift right':
      return { state: shifted(state, columnsPerShift) };
    case 'search':
      return { state: { ...state, search: { text: '', typing: true, before: state } } };
    case 'find next':
      return { state: sought(state, layout, 1, false) };
    case 'find previous':
      return { state: sought(state, layout, -1, false) };
    case 'help':
      return { state: gone(state, { kind: 'help' }, layout) };
    default:
      return { state: switched(state, Number(action.slice('layer '.length))) };
  }
}

/** A key while the text of a search is being typed. */
export function updateSearch(
  state: ExplorerState,
  key: Key,
  layout: ExplorerLayout,
): ExplorerUpdate {
  const { search } = state;
  switch (key) {
    case 'ctrl-c':
      return { state, effect: 'interrupt' };
    case 'ctrl-z':
      return { state, effect: 'suspend' };
    case 'enter':
      return { state: { ...state, search: { ...search, typing: false, before: undefined } } };
    case 'escape':
      return { state: { ...asBefore(state), search: noSearch } };
    case 'backspace':
      if (search.text === '') return { state: { ...state, search: noSearch, note: undefined } };
      return { state: retyped(state, [...search.text].slice(0, -1).join(''), layout) };
    default: {
      const character = key === 'space' ? ' ' : key;
      if ([...character].length > 1) return { state };
      return { state: retyped(state, search.text + character, layout) };
    }
  }
}

/** The position at which the search began, with the results of jobs since. */
function asBefore(state: ExplorerState): ExplorerState {
  const back = { ...state, ...state.search.before, note: undefined };
  return shown({ ...back, rows: treeRows(back) });
}

/** Each letter searches again from the start position. */
function retyped(state: ExplorerState, text: string, layout: ExplorerLayout): ExplorerState {
  const start = { ...asBefore(state), search: { ...state.search, text } };
  return text === '' ? start : sought(start, layout, 1, true);
}

function sought(
  state: ExplorerState,
  layout: ExplorerLayout,
  way: 1 | -1,
  fresh: boolean,
): ExplorerState {
  const next = found(state, layout.view, way, { fresh });
  if (next === undefined) {
    const { page } = state.position;
    const isLate = page.kind === 'stack' && stackAt(state, page.image).shown === undefined;
    const why = isLate ? 'The layers are not merged yet.' : `'${state.search.text}' is not here.`;
    return { ...state, note: why };
  }
  return state.focus === 'tree' && next !== state ? previewed(next) : next;
}

function pageSize(state: ExplorerState, { treeHeight, pageHeight }: ExplorerLayout): number {
  return Math.max(1, (state.focus === 'tree' ? treeHeight : pageHeight) - 1);
}

function moved(
  state: ExplorerState,
  { view, treeHeight, pageHeight, position, treeTop }: ExplorerLayout,
  by: number,
) {
  if (state.focus === 'tree') {
    const cursor = clamp(state.tree.cursor + by, state.rows.length);
    const top = inView(cursor, treeTop, treeHeight, state.rows.length);
    return previewed({ ...state, tree: { cursor, top } });
  }
  const cursor = clamp(position.cursor + by, view.count);
  const { upper, count } = view;
  const top = inView(cursor - upper, position.top, pageHeight, count - upper);
  return { ...state, position: { ...state.position, cursor, top } };
}

function clamp(at: number, count: number): number {
  return Math.max(0, Math.min(at, count - 1));
}

/** The page of the row the cursor of the tree is on, without going there. */
function previewed(state: ExplorerState): ExplorerState {
  const row = state.rows[state.tree.cursor];
  const page = row && pageOf(state, row);
  if (page === undefined || same(page, state.position.page)) return state;
  return shown({ ...state, position: positionOn(page), history: [] });
}

/** A stack has to be computed when its page is opened. */
function shown(state: ExplorerState): ExplorerState {
  const { page } = state.position;
  return page.kind === 'stack' ? withStack(state, page.image, stackAt(state, page.image)) : state;
}

function same(one: Page, other: Page): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Goes to a page; `back` comes back. */
function gone(state: ExplorerState, page: Page, layout: ExplorerLayout): ExplorerState {
  if (same(page, state.position.page)) return { ...state, focus: 'page' };
  const history = [...state.history, { position: state.position, focus: state.focus }];
  const next = shown({ ...state, position: positionOn(page), focus: 'page', history });
  const { start } = viewOn(page, next, layout);
  return { ...next, position: { ...next.position, cursor: start } };
}

function viewOn(page: Page, state: ExplorerState, { theme, pageWidth }: ExplorerLayout): PageView {
  return viewOf(page, { state, theme, width: pageWidth });
}

/** Goes to a page, and the tree goes along. */
function wentTo(state: ExplorerState, page: Page, layout: ExplorerLayout): ExplorerState {
  const next = gone(state, page, layout);
  if (page.kind !== 'thing') return next;
  const { open, rows, at } = reveal(next, page.path, page.image);
  if (at === -1) return next;
  const top = inView(at, layout.treeTop, layout.treeHeight, rows.length);
  return { ...next, open, rows, tree: { cursor: at, top } };
}

function openedRow(state: ExplorerState, layout: ExplorerLayout): ExplorerState {
  const row = state.rows[state.tree.cursor];
  const page = row && pageOf(state, row);
  if (page === undefined) return state;
  const position = same(page, state.position.page) ? state.position : positionOn(page);
  const { start } = viewOn(page, { ...state, position }, layout);
  return shown({
    ...state,
    focus: 'page',
    position: position.cursor === 0 ? { ...position, cursor: start } : position,
  });
}

function followedRow(state: ExplorerState, layout: ExplorerLayout): ExplorerState {
  const page = layout.view.target(layout.position.cursor);
  return page === undefined ? state : wentTo(state, page, layout);
}

function wentBack(state: ExplorerState): ExplorerState {
  const last = state.history.at(-1);
  if (last === undefined) return { ...state, focus: 'tree' };
  const back = {
    ...state,
    position: last.position,
    focus: last.focus,
    history: state.history.slice(0, -1),
  };
  const { page } = last.position;
  if (page.kind !== 'thing') return back;
  const { open, rows, at } = reveal(back, page.path, page.image);
  return at === -1 ? back : { ...back, open, rows, tree: { ...back.tree, cursor: at } };
}

function unfoldedRow(state: ExplorerState, layout: ExplorerLayout): ExplorerState {
  const row = state.rows[state.tree.cursor];
  if (row === undefined) return state;
  // What is unfolded already is entered.
  if (row.branch === 'open') {
    return row.what.is === 'loose' ? withOpen(state, row.id) : moved(state, layout, 1);
  }
  return withOpen(state, row.id);
}

function foldedRow(state: ExplorerState, layout: ExplorerLayout): ExplorerState {
  const { cursor } = state.tree;
  const row = state.rows[cursor];
  if (row?.branch === 'open') return withOpen(state, row.id);
  return moved(state, layout, parentRow(state.rows, cursor) - cursor);
}

function withOpen(state: ExplorerState, id: string): ExplorerState {
  const open = toggled(state.open, id);
  return { ...state, open, rows: treeRows({ ...state, open }) };
}

function foldToggled(state: ExplorerState): ExplorerState {
  const { page, cursor } = state.position;
  const image = page.kind === 'stack' ? imageAt(state, page.image) : undefined;
  if (image === undefined) return state;
  const stack = stackAt(state, image.path);
  const tree = stack.shown === undefined ? undefined : state.layerStacks.get(stack.shown);
  const row = tree?.rows[stack.seen[cursor - image.layers.length] ?? -1];
  if (row === undefined) return state;
  return withStack(state, image.path, { ...stack, toggled: toggled(stack.toggled, row.path) });
}

function switched(state: ExplorerState, layer: number | undefined): ExplorerState {
  const { page } = state.position;
  if (page.kind !== 'stack' || layer === undefined) return state;
  const stack = stackAt(state, page.image);
  return withStack(state, page.image, { ...stack, off: toggled(stack.off, layer) });
}

function bytesOf(state: ExplorerState, layout: ExplorerLayout): ExplorerState {
  const page = currentPage(state);
  if (page?.kind === 'file') return viewed(state, page, 'hex', layout);
  if (page === undefined || !('path' in page) || page.kind === 'bytes') return wentBack(state);
  return gone(state, { kind: 'bytes', path: page.path, image: page.image }, layout);
}

function differenceOf(state: ExplorerState, layout: ExplorerLayout): ExplorerState {
  const page = currentPage(state);
  if (page?.kind === 'file') return viewed(state, page, 'difference', layout);
  if (page?.kind !== 'entry') return state;
  return gone(state, { ...page, kind: 'file', view: 'difference' }, layout);
}

/** A file seen in another way, and with the same key as it was. */
function viewed(
  state: ExplorerState,
  { kind, path, image, entry, view }: Extract<Page, { kind: 'file' }>,
  wanted: 'hex' | 'difference',
  { theme, width }: ExplorerLayout,
): ExplorerState {
  const plain = { kind, path, image, entry };
  const page = view === wanted ? plain : { ...plain, view: wanted };
  const { start } = viewOf(page, { state, theme, width });
  return { ...state, position: { ...positionOn(page), cursor: start } };
}

function stackOf(state: ExplorerState, layout: ExplorerLayout): ExplorerState {
  const image = stackImage(state);
  return image === undefined ? state : gone(state, { kind: 'stack', image }, layout);
}

function shifted(state: ExplorerState, by: number): ExplorerState {
  return {
    ...state,
    position: { ...state.position, shift: Math.max(0, state.position.shift + by) },
  };
}
