import { clip } from '../../text/printable.ts';
import type { Cause } from './causes.ts';

/** A difference between two images. */
export interface Difference {
  /** A document or a layer of the image, `manifest` or `layer 0`; with `!…`, an entry of the layer. */
  readonly where: string;
  /** A JSON pointer in a document; the name of the field for an entry or a layer. */
  readonly field: string;
  readonly a: string;
  readonly b: string;
  readonly cause: Cause;
}

/** A digest or size that differs only because the content it describes differs. */
export type Consequence = Omit<Difference, 'cause'>;

/** How many more differences of a field there are in a document or layer than are listed. */
export interface More {
  readonly where: string;
  readonly field: string;
  readonly count: number;
}

/** How many are listed per kind in one document or layer, and in all: limits for hostile input. */
const maxAlike = 5;
const maxKept = 1000;
const maxTextLength = 200;

/** The differences that a comparison found. All are counted; of many alike only the first are kept. */
export class Differences {
  readonly kept: Difference[] = [];
  readonly consequences: Consequence[] = [];
  /** Differences of `index.json` that don't affect the images it names. */
  readonly notes: Difference[] = [];
  /** Including those not kept. */
  count = 0;
  readonly #alike = new Map<string, { where: string; field: string; seen: number; kept: number }>();

  /**
   * @param part the document or layer
   * @param difference its `where`, if left out, is the part
   * @param kind what it is counted under, if not its field
   */
  add(
    part: string,
    difference: Omit<Difference, 'where'> & { readonly where?: string },
    kind = difference.field,
  ): void {
    this.count++;
    const key = `${part} ${kind}`;
    const alike = this.#alike.get(key) ?? { where: part, field: kind, seen: 0, kept: 0 };
    // Only documents have many kinds, and few of them differ. Beyond the limit they're only counted.
    if (this.#alike.size < maxKept) this.#alike.set(key, alike);
    alike.seen++;
    if (alike.kept >= maxAlike || this.kept.length >= maxKept) return;
    alike.kept++;
    this.kept.push(clipped({ ...difference, where: difference.where ?? part }));
  }

  follow(consequence: Consequence): void {
    if (this.consequences.length < maxKept) this.consequences.push(clipped(consequence));
  }

  note(difference: Difference): void {
    if (this.notes.length < maxKept) this.notes.push(clipped(difference));
  }

  /** The differences that are counted but not kept. */
  get more(): More[] {
    return [...this.#alike.values()]
      .filter(({ seen, kept }) => seen > kept)
      .map(({ where, field, seen, kept }) => ({ where, field, count: seen - kept }));
  }
}

function clipped<T extends Consequence>(difference: T): T {
  const { where, field, a, b } = difference;
  const texts = {
    where: clip(where, maxTextLength),
    field: clip(field, maxTextLength),
    a: clip(a, maxTextLength),
    b: clip(b, maxTextLength),
  };
  return { ...texts, ...difference, ...texts };
}
