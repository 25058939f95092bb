import { describeKind, type LayerEntry } from '../layer-entry.ts';
import {
  areLinkedOtherwise,
  compareEntries,
  type FieldDifference,
  type SeenEntry,
} from './entry-fields.ts';

/** An entry that waits for its counterpart, and its place among all of its layer. */
interface WaitingEntry {
  readonly seen: SeenEntry;
  readonly at: number;
}

/** A path in both layers, and its position in each. */
interface Pair {
  readonly path: string;
  readonly a: number;
  readonly b: number;
}

type Side = 'a' | 'b';
type Tell = (difference: FieldDifference, path?: string) => void;

/** The most entries that may wait on one side: layers of the same tree differ little in order. */
const maxWaiting = 100_000;
/** The most positions to remember, to tell in the end whether the order differs. */
const maxPairs = 500_000;

/**
 * Pairs the entries of two layers by path while both are read. Entries in the same order are compared at
 * once; only those out of order are kept in memory.
 */
export class EntryPairs {
  readonly #tell: Tell;
  readonly #waiting: Record<Side, Map<string, WaitingEntry[]>> = { a: new Map(), b: new Map() };
  readonly #count: Record<Side, number> = { a: 0, b: 0 };
  readonly #isWaiting: Record<Side, number> = { a: 0, b: 0 };
  /** Pairs whose hard links have to be followed to compare their content. */
  readonly linked: (readonly [a: LayerEntry, b: LayerEntry])[] = [];
  /** Pairs from the first position at which the layers have different paths. */
  readonly #pairs: Pair[] = [];

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** @returns whether there's room for more */
  see(side: Side, seen: SeenEntry): boolean {
    const other = side === 'a' ? 'b' : 'a';
    const mine: WaitingEntry = { seen, at: this.#count[side]++ };
    const { path } = seen.entry;
    const theirs = this.#take(other, path);
    if (theirs === undefined) {
      const alike = this.#waiting[side].get(path);
      if (alike === undefined) this.#waiting[side].set(path, [mine]);
      else alike.push(mine);
      return ++this.#isWaiting[side] <= maxWaiting;
    }
    const [a, b] = side === 'a' ? [mine, theirs] : [theirs, mine];
    for (const difference of compareEntries(a.seen, b.seen))
      this.#tell(difference, seen.entry.name);
    if (areLinkedOtherwise(a.seen, b.seen) && this.linked.length < maxWaiting) {
      this.linked.push([a.seen.entry, b.seen.entry]);
    }
    const inStep = a.at === b.at && this.#isWaiting.a + this.#isWaiting.b === 0;
    const isFirst = this.#pairs.length === 0;
    if (!(inStep && isFirst) && this.#pairs.length < maxPairs) {
      this.#pairs.push({ path: seen.entry.name, a: a.at, b: b.at });
    }
    return true;
  }

  /** Reports paths that only one layer has, and whether the order of the others differs. */
  end(): void {
    for (const side of ['a', 'b'] as const) {
      for (const alike of this.#waiting[side].values()) {
        for (const { seen } of alike) this.#tellOnly(side, seen);
      }
    }
    if (this.#pairs.length === maxPairs) return;
    const byB = this.#pairs.toSorted((one, other) => one.b - other.b);
    const byA = this.#pairs.toSorted((one, other) => one.a - other.a);
    const index = byA.findIndex((pair, place) => pair !== byB[place]);
    const [first, second] = [byA[index]?.path, byB[index]?.path];
    if (first === undefined || second === undefined) return;
    this.#tell({
      field: 'order',
      a: `${first} before ${second}`,
      b: `${second} before ${first}`,
      cause: 'order',
    });
  }

  #take(side: Side, path: string): WaitingEntry | undefined {
    const alike = this.#waiting[side].get(path);
    const first = alike?.shift();
    if (alike?.length === 0) this.#waiting[side].delete(path);
    if (first !== undefined) this.#isWaiting[side]--;
    return first;
  }

  #tellOnly(side: Side, { entry }: SeenEntry): void {
    const there = describeKind(entry);
    const [a, b] = side === 'a' ? [there, 'absent'] : ['absent', there];
    this.#tell({ field: 'entry', a, b, cause: 'entries' }, entry.name);
  }
}
