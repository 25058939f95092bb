import type { LayerEntry } from './layer-entry.ts';

const whiteoutPrefix = '.wh.';
const opaqueName = '.wh..wh..opq';
const aufsPrefix = '.wh..wh.';

/** What a whiteout entry does to the layers below: hide one path, or all children of a directory. */
export interface Whiteout {
  readonly kind: 'hide' | 'opaque';
  /** The path that disappears, or the directory whose lower children do (`.` for the root). */
  readonly path: string;
}

/**
 * Reads a whiteout out of an entry's path.
 *
 * @param path a cleaned path (no leading `./` or `/`)
 * @returns `undefined` for all other entries, also for invalid whiteouts: of nothing, `.` and `..`
 * @see OCI image spec, layer.md "Whiteouts", "Opaque Whiteout"
 */
export function whiteoutOf(path: string): Whiteout | undefined {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  if (!name.startsWith(whiteoutPrefix)) return undefined;
  const directory = slash === -1 ? '' : path.slice(0, slash);
  if (name === opaqueName) return { kind: 'opaque', path: directory === '' ? '.' : directory };
  const hidden = name.slice(whiteoutPrefix.length);
  if (hidden === '' || hidden === '.' || hidden === '..') return undefined;
  return { kind: 'hide', path: directory === '' ? hidden : `${directory}/${hidden}` };
}

/** What a whiteout is made as: a device 0,0, as overlayfs has it, or the empty regular file of the spec. */
export type WhiteoutForm = 'device' | 'file';

/** The form of an entry that hides one path; `undefined` if it is no such whiteout, or of no known form. */
export function whiteoutFormOf(entry: LayerEntry): WhiteoutForm | undefined {
  if (whiteoutOf(entry.path)?.kind !== 'hide') return undefined;
  if (entry.kind === 'file') return entry.size === 0 ? 'file' : undefined;
  return entry.kind === 'character' && entry.major === 0 && entry.minor === 0
    ? 'device'
    : undefined;
}

/**
 * Whether an entry is a marker, valid or not, and so never appears in a filesystem. What AUFS left about
 * itself in the root of a layer is taken for one too.
 *
 * @param path a cleaned path
 */
export function isMarker(path: string): boolean {
  return (
    path.slice(path.lastIndexOf('/') + 1).startsWith(whiteoutPrefix) || path.startsWith(aufsPrefix)
  );
}

/**
 * Whether an entry lies in a directory whose name only a marker may have. The spec has no such thing;
 * runtimes put it where it says.
 */
export function isBelowMarker(path: string): boolean {
  return path
    .split('/')
    .slice(0, -1)
    .some((name) => name.startsWith(whiteoutPrefix));
}
