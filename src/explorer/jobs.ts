import type { LayerEntry } from '../oci/layer-entry.ts';
import { contentKey, contentPlace, lowerPlace } from './contents.ts';
import { headersOf } from './image/read-blob.ts';
import type { SurveyedImage } from './image/survey.ts';
import { combination, type ExplorerState, imageAt, itemAt, type Page, stackAt } from './state.ts';

/** Something to read or compute for the screen. */
export type Job =
  | { readonly type: 'head'; readonly path: string }
  | { readonly type: 'content'; readonly path: string; readonly entry: number }
  | { readonly type: 'verify'; readonly path: string; readonly digest: string }
  | { readonly type: 'read'; readonly path: string; readonly maxHeaders: number }
  | {
      readonly type: 'lay';
      readonly key: string;
      readonly layers: readonly (readonly LayerEntry[])[];
    };

/** Jobs in one lane run one after the other; different lanes don't wait for each other. */
export const lanes = ['head', 'blob', 'lay'] as const;
export type Lane = (typeof lanes)[number];

/** The memory limit for layers: the size of the headers of half a million entries. */
const maxHeaderBytes = 384 * 1024 * 1024;
/** The most rows to cache for layer combinations that aren't on the screen. */
export const maxStackedRows = 500_000;

/** The next job in a lane, if any: what is on the screen comes first. */
export function nextJob(state: ExplorerState, lane: Lane): Job | undefined {
  switch (lane) {
    case 'head':
      return nextHead(state);
    case 'blob':
      return nextBlob(state);
    case 'lay':
      return nextCombination(state);
  }
}

function nextHead(state: ExplorerState): Job | undefined {
  const { position, heads, survey } = state;
  const { page } = position;
  if (page.kind === 'file') return nextContent(state, page);
  if (page.kind !== 'bytes' || heads.has(page.path)) return undefined;
  if (survey.items.get(page.path)?.size === undefined) return undefined;
  return { type: 'head', path: page.path };
}

/** The file on the screen, and the lower one that it's compared with. */
function nextContent(state: ExplorerState, page: Extract<Page, { kind: 'file' }>): Job | undefined {
  const isCompared = page.view === 'difference';
  for (const place of [
    contentPlace(state, page),
    isCompared ? lowerPlace(state, page) : undefined,
  ]) {
    if (place === undefined || state.contents.has(contentKey(place))) continue;
    return { type: 'content', path: place.path, entry: place.entry };
  }
  return undefined;
}

/** The blob on the screen, then hashing all blobs, then reading all layers. */
function nextBlob(state: ExplorerState): Job | undefined {
  const { page } = state.position;
  const here = 'path' in page ? [page.path] : [];
  const stack = page.kind === 'stack' ? (imageAt(state, page.image)?.layers ?? []) : [];
  const { items } = state.survey;
  return (
    firstOf(here, (path) => verification(state, path) ?? reading(state, path)) ??
    firstOf(stack, (path) => reading(state, path)) ??
    firstOf(items.keys(), (path) => verification(state, path)) ??
    firstOf(items.keys(), (path) => reading(state, path))
  );
}

function firstOf(paths: Iterable<string>, job: (path: string) => Job | undefined) {
  for (const path of paths) {
    const found = job(path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function verification(state: ExplorerState, path: string): Job | undefined {
  const item = itemAt(state, path);
  if (item?.digest === undefined || item.size === undefined) return undefined;
  return state.marks.has(path) ? undefined : { type: 'verify', path, digest: item.digest };
}

function reading(state: ExplorerState, path: string): Job | undefined {
  const item = itemAt(state, path);
  if (item?.kind !== 'layer' || item.size === undefined || state.layers.has(path)) {
    return undefined;
  }
  let left = maxHeaderBytes;
  for (const each of state.layers.values()) {
    if (each.status === 'read') left -= headersOf(each.layer.entries);
  }
  return { type: 'read', path, maxHeaders: Math.max(0, left) };
}

/** The combination on the screen, then those that are one key away, so that they're ready. */
function nextCombination(state: ExplorerState): Job | undefined {
  const { page } = state.position;
  const image = page.kind === 'stack' ? imageAt(state, page.image) : undefined;
  if (image === undefined || !isRead(state, image)) return undefined;
  const { off } = stackAt(state, image.path);
  const key = combination(image, off);
  if (!state.layerStacks.has(key)) return { type: 'lay', key, layers: layersOn(state, image, off) };
  const room = maxStackedRows - (state.layerStacks.get(key)?.rows.length ?? 0);
  const entries = layersOn(state, image, new Set()).reduce((sum, each) => sum + each.length, 0);
  // Each neighbour may have as many rows as entries, and shouldn't evict another.
  if (entries * image.layers.length > room) return undefined;
  for (const layer of image.layers.keys()) {
    const near = toggled(off, layer);
    const nearKey = combination(image, near);
    if (!state.layerStacks.has(nearKey)) {
      return { type: 'lay', key: nearKey, layers: layersOn(state, image, near) };
    }
  }
  return undefined;
}

/** Whether everything readable in an image has been read. */
function isRead(state: ExplorerState, { layers }: SurveyedImage): boolean {
  return layers.every((path) => {
    const status = state.layers.get(path)?.status;
    return status === 'read' || status === 'bad' || itemAt(state, path)?.size === undefined;
  });
}

function layersOn(state: ExplorerState, { layers }: SurveyedImage, off: ReadonlySet<number>) {
  return layers.map((path, layer) => {
    const found = state.layers.get(path);
    return found?.status === 'read' && !off.has(layer) ? found.layer.entries : [];
  });
}

/** A copy of a set with one member added, or removed if it was in it. */
export function toggled<T>(set: ReadonlySet<T>, member: T): ReadonlySet<T> {
  const changed = new Set(set);
  if (!changed.delete(member)) changed.add(member);
  return changed;
}
