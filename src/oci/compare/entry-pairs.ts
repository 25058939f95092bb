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

/** A path that both layers have, and its place in each. */
interface Pair {
  readonly path: string;
  readonly a: number;
  readonly b: number;
}

type Side = 'a' | 'b';
type Tell = (difference: FieldDifference, path?: string) => void;

/** Entries that may wait on one side. Layers of one tree differ in order here and there, not altogether. */
const maxWaiting = 100_000;
/** Places that are remembered, to tell in the end whether the order is another. */
const maxPairs = 500_000;

/**
 * Pairs the entries of two layers that are read side by side, by path. Entries that come in the same
 * order are done with at once; only those that do not are kept in mind.
 */
export class EntryPairs {
  readonly #tell: Tell;
  readonly #waiting: Record<Side, Map<string, WaitingEntry[]>> = { a: new Map(), b: new Map() };
  readonly #count: Record<Side, number> = { a: 0, b: 0 };
  readonly #isWaiting: Record<Side, number> = { a: 0, b: 0 };
  /** Pairs of which hard links have to be followed, to tell whether the content is another. */
  readonly linked: (readonly [a: LayerEntry, b: LayerEntry])[] = [];
  /** From the first place on at which the layers have different paths. */
  readonly #pairs: Pair[] = [];

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** @returns whether more can be taken in */
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

  /** Tells what is in one layer only, and whether the others come in another order. */
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
