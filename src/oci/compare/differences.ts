import { clip } from '../../text/printable.ts';
import type { Cause } from './causes.ts';

/** Something in which two images differ. */
export interface Difference {
  /** A document or a layer of the image, `manifest` or `layer 0`; with `!…`, an entry of the layer. */
  readonly where: string;
  /** In a document a JSON pointer; of an entry or a layer, what it is called there. */
  readonly field: string;
  readonly a: string;
  readonly b: string;
  readonly cause: Cause;
}

/** A digest or size that is another because what it is of is another: not a reason, but where it shows. */
export type Consequence = Omit<Difference, 'cause'>;

/** How often a field differs in a document or layer beyond what is told in full. */
export interface More {
  readonly where: string;
  readonly field: string;
  readonly count: number;
}

/** Told in full of one kind in one document or layer, and of everything; hostile input has no end of them. */
const maxAlike = 5;
const maxKept = 1000;
const maxTextLength = 200;

/** What a comparison found. All are counted; of many alike the first are kept. */
export class Differences {
  readonly kept: Difference[] = [];
  readonly consequences: Consequence[] = [];
  /** What of `index.json` is another while the images it names are the same. */
  readonly notes: Difference[] = [];
  /** Also those not kept. */
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
    // Kinds are few but in documents, and of those few differ; beyond measure they only count.
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

  /** What is counted and not kept. */
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
