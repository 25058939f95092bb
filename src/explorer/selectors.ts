import { contentPlace, type EntryPlace, lowerPlace } from './contents.ts';
import { type ExplorerState, imageAt, imageWith, itemAt, type Page, pageOf } from './state.ts';

/** The first row of a window of that height which contains the cursor. */
export function inView(cursor: number, top: number, height: number, count: number): number {
  const last = Math.max(0, count - height);
  const near = Math.max(cursor - height + 1, Math.min(top, cursor));
  return Math.max(0, Math.min(near, last));
}

/** The image whose layers `t` lays out. */
export function stackImage(state: ExplorerState): string | undefined {
  const page = currentPage(state);
  const own = page !== undefined && 'image' in page ? page.image : undefined;
  const near = page !== undefined && 'path' in page ? imageWith(state, page.path) : undefined;
  const hasLayers = (path: string | undefined) => (imageAt(state, path)?.layers.length ?? 0) > 0;
  if (hasLayers(own)) return own;
  if (hasLayers(near)) return near;
  for (const path of state.survey.images.keys()) if (hasLayers(path)) return path;
  return undefined;
}

/** The subject of the keys: the row of the tree, or the page. */
export function currentPage(state: ExplorerState): Page | undefined {
  if (state.focus === 'page') return state.position.page;
  const row = state.rows[state.tree.cursor];
  return row && pageOf(state, row);
}

/** The file that can be shown and written out: the entry of the row or the page, hard links followed. */
export function filePlace(state: ExplorerState): EntryPlace | undefined {
  const page = currentPage(state);
  return page?.kind === 'entry' || page?.kind === 'file' ? contentPlace(state, page) : undefined;
}

/** Whether the file hides one in a lower layer. */
export function hidesFile(state: ExplorerState): boolean {
  const page = currentPage(state);
  const isEntry = page?.kind === 'entry' || page?.kind === 'file';
  return (
    isEntry && contentPlace(state, page) !== undefined && lowerPlace(state, page) !== undefined
  );
}

/** Whether there is a blob whose first bytes can be shown. */
export function hasBytes(state: ExplorerState): boolean {
  const page = currentPage(state);
  if (page === undefined || !('path' in page)) return false;
  return itemAt(state, page.path)?.size !== undefined;
}
