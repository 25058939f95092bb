import type { LayerEntry } from '../../src/oci/layer.ts';
import { isWhiteoutDevice } from '../../src/oci/whiteout.ts';
import { columnsOf } from '../../src/text/measure.ts';
import { counted } from '../../src/text/words.ts';

/** What was written to an upperdir: its files, and what its whiteouts delete. */
export function writtenIn(entries: readonly LayerEntry[]): string[] {
  return entries
    .filter(({ kind }) => kind !== 'directory')
    .map((entry) => (isWhiteoutDevice(entry) ? `${entry.path} deleted` : entry.path));
}

/** The names if a picture has room for them, or else their number. */
export function fitting(columns: number): (names: readonly string[]) => string {
  return (names) => {
    if (names.length === 0) return 'nothing';
    const all = names.join(', ');
    return columnsOf(all) <= columns ? all : counted(names.length, 'file');
  };
}
