/** A line of a diff: in both texts or only in one. */
interface DiffLine {
  readonly in: 'both' | 'lower' | 'upper';
  readonly text: string;
}

/** The most cells of the table that finds common lines; above that, everything in between counts as changed. */
const maxCells = 4_000_000;

/** The line diff of two texts: common lines in order, and between them the lines of each. */
export function diffLines(lower: readonly string[], upper: readonly string[]): DiffLine[] {
  const shorter = Math.min(lower.length, upper.length);
  let start = 0;
  while (start < shorter && lower[start] === upper[start]) start++;
  let end = 0;
  while (end < shorter - start && lower.at(-1 - end) === upper.at(-1 - end)) end++;
  const both = (text: string): DiffLine => ({ in: 'both', text });
  return [
    ...lower.slice(0, start).map(both),
    ...changed(lower.slice(start, lower.length - end), upper.slice(start, upper.length - end)),
    ...lower.slice(lower.length - end).map(both),
  ];
}

/** By the longest common subsequence. */
function changed(a: readonly string[], b: readonly string[]): DiffLine[] {
  const width = b.length + 1;
  const isShort = (a.length + 1) * width <= maxCells;
  const common = new Uint32Array(isShort ? (a.length + 1) * width : 0);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  if (isShort) {
    for (let i = a.length - 1; i >= 0; i--) {
      for (let j = b.length - 1; j >= 0; j--) {
        common[i * width + j] =
          a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
      }
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [lower, upper] = [a[i], b[j]];
    if (isShort && lower !== undefined && lower === upper) {
      lines.push({ in: 'both', text: lower });
      i++;
      j++;
    } else if (lower !== undefined && (upper === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ in: 'lower', text: lower });
      i++;
    } else if (upper !== undefined) {
      lines.push({ in: 'upper', text: upper });
      j++;
    }
  }
  return lines;
}
