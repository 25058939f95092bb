import { haveSameAttributes } from './attributes.ts';
import type { LayerEntry } from './layer-entry.ts';
import { isMarker, whiteoutOf } from './whiteout.ts';

/** A path of the merged tree: its entry, and the layer that the entry comes from. */
export interface MergedEntry {
  /** The layer's entry; for a hard link, the link itself. */
  readonly entry: LayerEntry;
  /**
   * The entry whose content and attributes are visible here: `entry` itself, or the file that a hard link
   * refers to. All names of one file have the same object.
   */
  readonly file: LayerEntry;
  /** Index of the layer, 0 at the bottom. */
  readonly layer: number;
  /** Lower layers that had this path, bottom first. */
  readonly hides: readonly number[];
  /** Whether the directory has no entry and exists only because something is in it. */
  readonly implied?: true;
}

/** Something in a lower layer that isn't visible in the result. */
export interface HiddenEntry {
  readonly path: string;
  readonly entry: LayerEntry;
  readonly layer: number;
  /** The layer that hides it. */
  readonly by: number;
  /**
   * `whiteout` and `opaque`: by a marker. `replaced`: by something else at the path or above it.
   * `duplicate`: by the same content and attributes again, which the upper layer could omit.
   */
  readonly how: 'whiteout' | 'opaque' | 'replaced' | 'duplicate';
  /** Bytes of content that are hidden with it: none if another name of the file is still visible. */
  readonly bytes: number;
}

/** An entry that can't be put into the tree, and why. */
export interface LayerConflict {
  readonly entry: LayerEntry;
  readonly layer: number;
  readonly why: string;
}

/** Something that the spec allows or advises against, and a runtime may refuse or read differently. */
export interface Remark {
  readonly entry: LayerEntry;
  readonly layer: number;
  /**
   * `hard-link-below`: a hard link to a file of a lower layer. `symlink-below`: a lower layer has a symlink
   * among its directories. `whiteout-late`: a whiteout after the layer's own entries at or below its path.
   * `whiteout-parent`: an entry below a path that the layer whites out without adding a directory there.
   */
  readonly what: 'hard-link-below' | 'symlink-below' | 'whiteout-late' | 'whiteout-parent';
  /** The lower file, the symlink, or the path that is whited out. */
  readonly path: string;
}

/** A node of the tree. It changes as directories get other attributes and children. */
interface Node {
  readonly path: string;
  readonly parent: Node | undefined;
  /** Only of directories. */
  readonly children: Map<string, Node> | undefined;
  entry: LayerEntry;
  file: LayerEntry;
  layer: number;
  hides: readonly number[];
  isImplied: boolean;
}

/** What to put at a path. */
type Occupant = Pick<Node, 'entry' | 'file' | 'layer' | 'isImplied'>;

/** The part of a path that exists, and the names beyond it. */
interface Lookup {
  readonly node: Node;
  readonly missing: readonly string[];
  /** The first symlink that was followed. */
  readonly through: Node | undefined;
}

/** The most steps along one path, including its symlinks: more names than fit into Linux's PATH_MAX. */
const maxSteps = 4096;
/** The most characters in the paths of directories without an entry: enough for millions of real ones. */
const maxImpliedCharacters = 64 * 1024 * 1024;
const noLayers: readonly number[] = [];
/** Entries between two yields. */
const entriesPerTurn = 1000;

/** The fields of an entry that a filesystem stores. */
const comparedFields = [
  'kind',
  'mode',
  'uid',
  'gid',
  'mtime',
  'size',
  'link',
  'digest',
  'major',
  'minor',
] as const;

/**
 * A filesystem to which layers are applied from the bottom. Long operations are generators that yield now
 * and then, so that the caller can do other things or stop.
 */
export class Tree {
  readonly hidden: Omit<HiddenEntry, 'bytes'>[] = [];
  readonly conflicts: LayerConflict[] = [];
  readonly remarks: Remark[] = [];
  readonly #root: Node = newRoot();
  /** The layers that had an entry at a path where there is none now. */
  readonly #gone = new Map<string, readonly number[]>();
  #impliedLength = 0;
  /** The entries of one directory mostly follow each other, so its symlink is reported once. */
  #lastThrough: Node | undefined;

  /** Applies one layer: first its whiteouts, then all its other entries. */
  *apply(entries: readonly LayerEntry[], layer: number): Generator<undefined> {
    const directories = new Set<string>();
    for (const { kind, path } of entries) if (kind === 'directory') directories.add(path);
    for (const entry of entries) this.#whiteOut(entry, layer, directories);
    this.remarks.push(...outOfOrder(entries, layer));
    for (const [at, entry] of entries.entries()) {
      if (at % entriesPerTurn === 0) yield;
      if (isMarker(entry.path)) continue;
      const why = this.#put(entry, layer);
      if (why !== undefined) this.conflicts.push({ entry, layer, why });
    }
  }

  /** Every path but the root, parents before children, names in code unit order. */
  *flatten(): Generator<undefined, Map<string, MergedEntry>> {
    const tree = new Map<string, MergedEntry>();
    const open = sortedChildren(this.#root);
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const { entry, file, layer, hides, isImplied } = node;
      tree.set(node.path, { entry, file, layer, hides, ...(isImplied ? { implied: true } : {}) });
      if (tree.size % entriesPerTurn === 0) yield;
      for (const child of sortedChildren(node)) open.push(child);
    }
    return tree;
  }

  #whiteOut(entry: LayerEntry, layer: number, ownDirectories: ReadonlySet<string>): void {
    const whiteout = whiteoutOf(entry.path);
    if (whiteout === undefined) return;
    const [names, last] = splitLast(whiteout.path);
    const isOpaque = whiteout.kind === 'opaque';
    const reached = this.#reach(isOpaque ? [...names, last] : names, ownDirectories);
    if (reached === undefined || reached.missing.length > 0) return;
    const { children } = reached.node;
    if (isOpaque) {
      for (const child of children?.values() ?? []) this.#hide(child, layer, 'opaque');
      children?.clear();
    } else {
      const child = children?.get(last);
      if (child !== undefined) this.#hide(child, layer, 'whiteout');
      children?.delete(last);
    }
  }

  /** Puts an entry into the tree. Returns the reason if that isn't possible. */
  #put(entry: LayerEntry, layer: number): string | undefined {
    if (entry.path === '.') {
      return entry.kind === 'directory' ? undefined : 'it is the root, which is a directory';
    }
    const [names, name] = splitLast(entry.path);
    if (name === '..') return 'it is the directory above the root';
    const linked = entry.kind === 'hardlink' ? this.#lookUp(entry.link ?? '') : undefined;
    if (entry.kind === 'hardlink' && (linked === undefined || linked.children !== undefined)) {
      return `it is a hard link to ${entry.link}, which is no file here`;
    }
    if (linked !== undefined && linked.layer < layer) {
      this.remarks.push({ entry, layer, what: 'hard-link-below', path: linked.path });
    }
    const parent = this.#directory(names, layer, entry);
    if (typeof parent === 'string') return parent;
    if (linked !== undefined && linked === parent.children?.get(name)) {
      return 'it is a hard link to itself';
    }
    this.#attach(parent, name, { entry, file: linked?.file ?? entry, layer, isImplied: false });
    return undefined;
  }

  #attach(parent: Node, name: string, occupant: Occupant): Node {
    const { entry, file, layer, isImplied } = occupant;
    const existing = parent.children?.get(name);
    const isDirectory = entry.kind === 'directory';
    if (existing?.children !== undefined && isDirectory) {
      const hides = layersUntil(existing, layer);
      return Object.assign(existing, { entry, file, layer, hides, isImplied });
    }
    if (existing !== undefined) {
      this.#hide(existing, layer, isSame(existing.entry, entry) ? 'duplicate' : 'replaced');
    }
    const path = childPath(parent, name);
    const hides = existing === undefined ? this.#gone.get(path) : layersUntil(existing, layer);
    const children = isDirectory ? new Map<string, Node>() : undefined;
    const node = {
      path,
      parent,
      children,
      entry,
      file,
      layer,
      hides: hides ?? noLayers,
      isImplied,
    };
    parent.children?.set(name, node);
    return node;
  }

  /** The directory at a path, created if it's missing. */
  #directory(names: readonly string[], layer: number, of: LayerEntry): Node | string {
    const reached = this.#reach(names);
    if (reached === undefined) return 'the symlinks on its path do not end';
    const { through } = reached;
    if (through !== undefined && through.layer < layer && through !== this.#lastThrough) {
      this.#lastThrough = through;
      this.remarks.push({ entry: of, layer, what: 'symlink-below', path: through.path });
    }
    let { node } = reached;
    for (const name of reached.missing) {
      const entry = impliedDirectory(childPath(node, name));
      this.#impliedLength += entry.path.length;
      if (this.#impliedLength > maxImpliedCharacters)
        return 'there are too many directories above entries';
      node = this.#attach(node, name, { entry, file: entry, layer, isImplied: true });
    }
    return node;
  }

  /** The node at a path; a symlink at its end isn't followed. */
  #lookUp(path: string): Node | undefined {
    const [names, name] = splitLast(path);
    const reached = this.#reach(names);
    if (reached === undefined || reached.missing.length > 0) return undefined;
    return reached.node.children?.get(name);
  }

  /**
   * Follows a path to a directory, through symlinks but never out of the root.
   *
   * @param unfollowed paths at which a symlink is about to be replaced by a directory
   * @returns `undefined` if there are too many symlinks
   */
  #reach(names: readonly string[], unfollowed?: ReadonlySet<string>): Lookup | undefined {
    const ahead = [...names].reverse();
    const missing: string[] = [];
    let node = this.#root;
    let through: Node | undefined;
    let steps = 0;
    for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
      steps++;
      if (steps > maxSteps) return undefined;
      if (name === '' || name === '.') continue;
      if (name === '..') {
        if (missing.pop() === undefined) node = node.parent ?? node;
        continue;
      }
      const child = missing.length === 0 ? node.children?.get(name) : undefined;
      if (child?.file.kind === 'symlink' && !unfollowed?.has(child.path)) {
        const link = child.file.link ?? '';
        through ??= child;
        if (link.length > maxSteps) return undefined;
        if (link.startsWith('/')) node = this.#root;
        ahead.push(...link.split('/').reverse());
      } else if (child?.children !== undefined) node = child;
      else missing.push(name);
    }
    return { node, missing, through };
  }

  #hide(top: Node, by: number, how: HiddenEntry['how']): void {
    const open = [top];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const { path, entry, layer } = node;
      this.#gone.set(path, layersUntil(node, by));
      if (layer < by && !node.isImplied) this.hidden.push({ path, entry, layer, by, how });
      for (const child of node.children?.values() ?? []) open.push(child);
    }
  }
}

/** Whiteouts that come after other entries of the layer at or below their path. */
function* outOfOrder(entries: readonly LayerEntry[], layer: number): Generator<Remark> {
  const whiteouts = new Map<string, number>();
  for (const [at, { path }] of entries.entries()) {
    const whiteout = whiteoutOf(path);
    if (whiteout?.kind === 'hide') whiteouts.set(whiteout.path, at);
  }
  if (whiteouts.size === 0) return;
  const told = new Set<string>();
  const directories = new Set<string>();
  for (const [at, entry] of entries.entries()) {
    if (isMarker(entry.path)) continue;
    if (entry.kind === 'directory') directories.add(entry.path);
    for (const path of pathsTo(entry.path)) {
      const marker = whiteouts.get(path);
      if (marker === undefined || told.has(path)) continue;
      const isLate = marker > at;
      if (!isLate && (path === entry.path || directories.has(path))) continue;
      told.add(path);
      const what = isLate ? 'whiteout-late' : 'whiteout-parent';
      yield { entry: isLate ? (entries[marker] ?? entry) : entry, layer, what, path };
    }
  }
}

/** A path and all directories above it. */
function* pathsTo(path: string): Generator<string> {
  yield path;
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    yield path.slice(0, at);
  }
}

function newRoot(): Node {
  const entry = impliedDirectory('.');
  const children = new Map<string, Node>();
  const place = { path: '.', parent: undefined, children };
  return { ...place, entry, file: entry, layer: 0, hides: [], isImplied: true };
}

/** The lower layers that have an entry at a node. */
function layersUntil({ hides, layer, isImplied }: Node, upper: number): readonly number[] {
  return isImplied || layer >= upper ? hides : [...hides, layer];
}

function impliedDirectory(path: string): LayerEntry {
  return { name: path, path, kind: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
}

function childPath(parent: Node, name: string): string {
  return parent.parent === undefined ? name : `${parent.path}/${name}`;
}

function splitLast(path: string): [directories: string[], last: string] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  return [names.slice(0, -1), names.at(-1) ?? '.'];
}

/** In reverse, for a stack that is popped. */
function sortedChildren(node: Node): Node[] {
  const children = [...(node.children ?? [])].sort(([a], [b]) => (a < b ? 1 : -1));
  return children.map(([, child]) => child);
}

/** Whether putting `upper` over `lower` changes nothing. */
function isSame(lower: LayerEntry, upper: LayerEntry): boolean {
  const hasContent = lower.kind === 'file' || lower.kind === 'hardlink';
  const isKnown = !hasContent || lower.digest !== undefined;
  return (
    isKnown &&
    comparedFields.every((key) => lower[key] === upper[key]) &&
    haveSameAttributes(lower.xattrs, upper.xattrs)
  );
}
