/**
 * The number of edits between two words: letters inserted, deleted or replaced, or two adjacent letters
 * swapped (optimal string alignment).
 */
function distance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row += 1) {
    const [before = [], twoBefore = []] = [rows[row - 1], rows[row - 2]];
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        Math.min(
          (before[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (before[column - 1] ?? 0) + (same ? 0 : 1),
          row > 1 && column > 1 && swapped
            ? (twoBefore[column - 2] ?? 0) + 1
            : Number.POSITIVE_INFINITY,
        ),
      );
    }
    rows.push(current);
  }
  return rows.at(-1)?.at(-1) ?? 0;
}

/** The word that was probably meant: one that begins with what was typed, or is an edit or two away. */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const longer = words.filter((word) => typed.length > 1 && word.startsWith(typed));
  if (longer.length === 1) return longer[0];
  const tolerated = typed.length < 5 ? 1 : 2;
  return words
    .map((word) => ({ word, edits: distance(typed, word) }))
    .filter(({ edits }) => edits <= tolerated)
    .sort((a, b) => a.edits - b.edits)[0]?.word;
}
