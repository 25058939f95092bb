/** A row of a tree of paths. */
export interface PathRow<T> {
  readonly path: string;
  /** The path relative to the parent row. */
  readonly name: string;
  /** The depth: the number of its ancestors among the rows. */
  readonly depth: number;
  /** The index of the row after all its descendants. */
  readonly end: number;
  readonly item: T;
}

interface Branch<T> {
  readonly path: string;
  readonly items: T[];
  children: Map<string, Branch<T>> | undefined;
}

/** Deeper than this, the rest of a path is one name: a hostile one has millions of parts. */
const maxDepth = 256;
/** Steps between two yields. */
const stepsPerTurn = 1000;

/**
 * Sorts things with paths as a tree: parents before children, names in code unit order. Directories
 * without an entry get no row; the rows of their contents include their names.
 *
 * Yields now and then, so that the caller can do other things or stop.
 */
export function* pathTree<T>(
  items: Iterable<readonly [path: string, item: T]>,
): Generator<undefined, PathRow<T>[]> {
  const root: Branch<T> = { path: '', items: [], children: undefined };
  let steps = 0;
  for (const [path, item] of items) {
    branchAt(root, path).items.push(item);
    if (++steps % stepsPerTurn === 0) yield;
  }
  const rows: { path: string; name: string; depth: number; end: number; item: T }[] = [];
  const open: { branch: Branch<T>; depth: number; from: number; closes?: number }[] = [];
  const visit = ({ children }: Branch<T>, depth: number, from: number) => {
    if (children === undefined) return;
    const sorted = [...children].sort(([a], [b]) => (a < b ? 1 : -1));
    for (const [, branch] of sorted) open.push({ branch, depth, from });
  };
  visit(root, 0, 0);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { branch, depth, from, closes } = next;
    if (closes !== undefined) {
      const row = rows[closes];
      if (row !== undefined) row.end = rows.length;
      continue;
    }
    const { path } = branch;
    for (const item of branch.items) {
      rows.push({ path, name: path.slice(from), depth, end: rows.length + 1, item });
    }
    const isRow = branch.items.length > 0;
    if (branch.children !== undefined) {
      if (isRow) open.push({ branch, depth, from, closes: rows.length - 1 });
      visit(branch, isRow ? depth + 1 : depth, isRow ? path.length + 1 : from);
    }
    if (++steps % stepsPerTurn === 0) yield;
  }
  return rows;
}

function branchAt<T>(root: Branch<T>, path: string): Branch<T> {
  let branch = root;
  let from = 0;
  for (let depth = 0; from <= path.length; depth++) {
    const slash = depth < maxDepth ? path.indexOf('/', from) : -1;
    const end = slash === -1 ? path.length : slash;
    const name = path.slice(from, end);
    branch.children ??= new Map();
    let child = branch.children.get(name);
    if (child === undefined) {
      child = { path: path.slice(0, end), items: [], children: undefined };
      branch.children.set(name, child);
    }
    branch = child;
    from = end + 1;
  }
  return branch;
}

/** The indexes of the rows that are visible when some are folded. */
export function unfolded<T>(
  rows: readonly PathRow<T>[],
  isFolded: (row: PathRow<T>) => boolean,
): number[] {
  const seen: number[] = [];
  for (let at = 0; at < rows.length; ) {
    const row = rows[at];
    if (row === undefined) break;
    seen.push(at);
    at = row.end > at + 1 && isFolded(row) ? row.end : at + 1;
  }
  return seen;
}

/** The indexes of a row's ancestors, outermost first. */
export function above<T>(rows: readonly PathRow<T>[], at: number): number[] {
  const found: number[] = [];
  let depth = rows[at]?.depth ?? 0;
  for (let index = at - 1; index >= 0 && depth > 0; index--) {
    const row = rows[index];
    if (row !== undefined && row.depth < depth && row.end > at) {
      found.unshift(index);
      depth = row.depth;
    }
  }
  return found;
}

/** The index of the first row with a path. */
export function rowOf<T>(rows: readonly PathRow<T>[], path: string): number | undefined {
  const at = firstFrom(rows.length, (index) => rows[index]?.path ?? '', path);
  return rows[at]?.path === path ? at : undefined;
}

/**
 * The index at which a path is, or would be, among paths sorted as a tree.
 *
 * @param pathAt the path at an index below `count`
 */
export function firstFrom(count: number, pathAt: (at: number) => string, path: string): number {
  // A slash sorts before all other characters of a name.
  const order = (each: string) => each.replaceAll('/', '\0');
  const wanted = order(path);
  let [from, to] = [0, count];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (order(pathAt(middle)) < wanted) from = middle + 1;
    else to = middle;
  }
  return from;
}
