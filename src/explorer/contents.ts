import { cleanPath } from '../oci/layer-entry.ts';
import { type ExplorerState, imageAt } from './state.ts';

/** One entry of a layer. */
export interface EntryPlace {
  readonly path: string;
  readonly image: string | undefined;
  readonly entry: number;
}

/** The most bytes of a file that are shown; all of it can be written out. */
export const maxContentBytes = 1024 * 1024;

export function contentKey({ path, entry }: EntryPlace): string {
  return `${entry} ${path}`;
}

/** The entry with the content: the entry itself, or the target of its hard link, in this layer or below. */
export function contentPlace(state: ExplorerState, place: EntryPlace): EntryPlace | undefined {
  let at: EntryPlace | undefined = place;
  for (let steps = 0; at !== undefined && steps < 100; steps++) {
    const entry = entryAt(state, at);
    if (entry?.kind === 'file') return at;
    if (entry?.kind !== 'hardlink') return undefined;
    const link = cleanPath(entry.link ?? '');
    at = link === entry.path ? undefined : (within(state, at, link) ?? below(state, at, link));
  }
  return undefined;
}

/** The file at the same path in the next lower layer that has one. */
export function lowerPlace(state: ExplorerState, place: EntryPlace): EntryPlace | undefined {
  const path = entryAt(state, place)?.path;
  const lower = path === undefined ? undefined : below(state, place, path);
  return lower && contentPlace(state, lower);
}

export function entryAt(state: ExplorerState, { path, entry }: EntryPlace) {
  const found = state.layers.get(path);
  return found?.status === 'read' ? found.layer.entries[entry] : undefined;
}

function within(state: ExplorerState, place: EntryPlace, wanted: string): EntryPlace | undefined {
  const found = state.layers.get(place.path);
  const entries = found?.status === 'read' ? found.layer.entries : [];
  const entry = entries.findLastIndex(({ path }) => path === wanted);
  return entry === -1 ? undefined : { ...place, entry };
}

function below(state: ExplorerState, place: EntryPlace, wanted: string): EntryPlace | undefined {
  const layers = imageAt(state, place.image)?.layers ?? [];
  for (const path of layers.slice(0, Math.max(0, layers.indexOf(place.path))).reverse()) {
    const found = within(state, { ...place, path }, wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}
