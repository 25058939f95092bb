import type { LayerEntry } from './layer-entry.ts';

const whiteoutPrefix = '.wh.';
const opaqueName = '.wh..wh..opq';
const aufsPrefix = '.wh..wh.';

/** What a whiteout entry does to the layers below: hide one path, or all children of a directory. */
interface Whiteout {
  readonly kind: 'hide' | 'opaque';
  /** The path that disappears, or the directory whose lower children do (`.` for the root). */
  readonly path: string;
}

/**
 * Reads a whiteout out of an entry's path.
 *
 * @param path a cleaned path (no leading `./` or `/`)
 * @returns `undefined` for all other entries, and for invalid whiteouts: of nothing, `.` and `..`
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

/** The form of a whiteout: overlayfs's device 0,0, or the spec's empty regular file. */
export type WhiteoutForm = 'device' | 'file';

/** The form of a whiteout entry that hides one path; `undefined` for other entries and unknown forms. */
export function whiteoutFormOf(entry: LayerEntry): WhiteoutForm | undefined {
  if (whiteoutOf(entry.path)?.kind !== 'hide') return undefined;
  if (entry.kind === 'file') return entry.size === 0 ? 'file' : undefined;
  return isWhiteoutDevice(entry) ? 'device' : undefined;
}

/** Whether it's the device 0,0 by which overlayfs hides a path: in an upperdir, the path that it has itself. */
export function isWhiteoutDevice({ kind, major, minor }: Device): boolean {
  return kind === 'character' && major === 0 && minor === 0;
}

type Device = Pick<LayerEntry, 'kind' | 'major' | 'minor'>;

/**
 * Whether an entry is a marker, valid or not, which never appears in a filesystem. AUFS's own files in
 * the root of a layer count as markers, too.
 *
 * @param path a cleaned path
 */
export function isMarker(path: string): boolean {
  return (
    path.slice(path.lastIndexOf('/') + 1).startsWith(whiteoutPrefix) || path.startsWith(aufsPrefix)
  );
}

/**
 * Whether an entry is in a directory with a marker's name. The spec doesn't mention this; runtimes
 * unpack it there.
 */
export function isBelowMarker(path: string): boolean {
  return path
    .split('/')
    .slice(0, -1)
    .some((name) => name.startsWith(whiteoutPrefix));
}
