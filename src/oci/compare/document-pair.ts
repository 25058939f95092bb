import { isConfigType, isIndexType, isManifestType } from '../documents.ts';
import { compressionOfType, isLayerType } from '../verify/layer-blob.ts';
import { show } from '../verify/violations.ts';
import type { Cause } from './causes.ts';
import type { Differences } from './differences.ts';
import { compareJson, type JsonDifference } from './json.ts';
import { type ListedDescriptor, type ListedPair, listed } from './pairing.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** What a member means for a difference: its usual cause, or that it's only a consequence. */
export type Judge = (pointer: string, a: unknown, b: unknown) => Cause | 'follows';

/** Members of a descriptor that depend on the bytes of its content. */
const contentMembers: readonly string[] = ['/digest', '/size', '/data'];

/** Two documents of one kind, one from each image. */
export class DocumentPair {
  readonly #differences: Differences;
  readonly #where: string;
  readonly #a: JsonObject;
  readonly #b: JsonObject;
  /** The document's bytes aren't part of an image, so its differences are only notes. */
  readonly #isAround: boolean;
  #told = 0;
  #hasSameOrder = true;

  constructor(
    differences: Differences,
    where: string,
    [a, b]: readonly [JsonObject, JsonObject],
    { isAround = false }: { isAround?: boolean } = {},
  ) {
    this.#differences = differences;
    this.#where = where;
    this.#a = a;
    this.#b = b;
    this.#isAround = isAround;
  }

  /** Compares all members, except the items of a list that {@link pairs} compares. */
  compare(judge: Judge, list?: string): void {
    const [a, b] = this.#isList(list)
      ? [this.#a, this.#b].map((document) => ({ ...document, [list]: [] }))
      : [this.#a, this.#b];
    const { sameOrder } = compareJson(a, b, (each) => this.#tell(each, judge));
    this.#hasSameOrder &&= sameOrder;
  }

  /** Pairs the items of a list of descriptors, and compares each descriptor with its counterpart. */
  pairs(
    list: string,
    pair: (a: readonly ListedDescriptor[], b: readonly ListedDescriptor[]) => ListedPair[],
    cause: Cause,
  ): ListedPair[] {
    const [inA, inB] = [this.#a[list], this.#b[list]];
    if (!Array.isArray(inA) || !Array.isArray(inB)) return [];
    const pairs = pair(listed(inA), listed(inB));
    for (const [a, b] of pairs) {
      const pointer = `/${list}/${a?.at ?? b?.at}`;
      if (a !== undefined && b !== undefined) {
        this.#compareItems(pointer, a, b);
      } else this.differ(pointer, describe(a), describe(b), cause);
    }
    const moved = pairs.find(([a, b], index) => {
      const before = pairs[index - 1]?.[1];
      return a && b && before && before.at > b.at;
    });
    if (moved !== undefined) {
      const field = `/${list}`;
      this.#told++;
      const b = `another: ${describe(moved[1])} comes earlier`;
      this.#add({ where: this.#where, field, a: 'one order', b, cause: 'value' });
    }
    return pairs;
  }

  /** Reports how documents with equal values differ in their bytes. */
  compareBytes(a: number | undefined, b: number | undefined): void {
    if (this.#told > 0) return;
    const how = this.#hasSameOrder ? 'whitespace' : 'order of members';
    const says = (bytes: number | undefined) => `${bytes} bytes`;
    const same = a === b ? `${says(b)}, others` : says(b);
    this.#add({ where: this.#where, field: how, a: says(a), b: same, cause: 'notation' });
  }

  /** Adds a difference. */
  differ(field: string, a: string, b: string, cause: Cause): void {
    this.#told++;
    this.#differences.add(this.#where, { field, a, b, cause }, 'values');
  }

  #isList(list: string | undefined): list is string {
    return list !== undefined && [this.#a, this.#b].every((each) => Array.isArray(each[list]));
  }

  #compareItems(pointer: string, a: ListedDescriptor, b: ListedDescriptor): void {
    const isOther = a.descriptor?.digest !== b.descriptor?.digest;
    const { sameOrder } = compareJson(a.value, b.value, (each) =>
      this.#tell({ ...each, pointer: `${pointer}${each.pointer}` }, () =>
        isOther && contentMembers.includes(each.pointer) ? 'follows' : 'value',
      ),
    );
    this.#hasSameOrder &&= sameOrder;
  }

  #tell({ pointer, a, b }: JsonDifference, judge: Judge): void {
    const [where, field] = [this.#where, pointer === '' ? '/' : pointer];
    const judged = judge(pointer, a, b);
    const cause = judged === 'follows' ? judged : (causeOf(pointer, a, b) ?? judged);
    this.#told++;
    const difference = { where, field, a: show(a), b: show(b) };
    if (cause === 'follows') this.#differences.follow(difference);
    else this.#add({ ...difference, cause });
  }

  #add(difference: { where: string; field: string; a: string; b: string; cause: Cause }): void {
    if (this.#isAround) this.#differences.note(difference);
    else this.#differences.add(this.#where, difference, 'values');
  }
}

/** The cause that two values suggest, in whatever member they are. */
function causeOf(pointer: string, a: unknown, b: unknown): Cause | undefined {
  if (typeof a !== 'string' || typeof b !== 'string') return undefined;
  if (/\/mediaType$/.test(pointer) && isSameKind(a, b)) return 'media-type';
  if (/\/layers\/\d+\/mediaType$/.test(pointer)) return 'compression';
  return isSameInstant(a, b) ? 'time-zone' : undefined;
}

/** Whether two media types are OCI's and Docker's for the same content, with the same compression. */
function isSameKind(a: string, b: string): boolean {
  if (isLayerType(a) && isLayerType(b)) return compressionOfType(a) === compressionOfType(b);
  return [isIndexType, isManifestType, isConfigType].some((is) => is(a) && is(b));
}

const dateTimePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

function isSameInstant(a: string, b: string): boolean {
  if (!dateTimePattern.test(a) || !dateTimePattern.test(b)) return false;
  // A Date has only milliseconds.
  const fraction = (text: string) => (/\.(\d+)/.exec(text)?.[1] ?? '').replace(/0+$/, '');
  return Date.parse(a) === Date.parse(b) && fraction(a) === fraction(b);
}

function describe(item: ListedDescriptor | undefined): string {
  if (item === undefined) return 'absent';
  const { descriptor } = item;
  if (descriptor === undefined) return show(item.value);
  const { platform, digest } = descriptor;
  return platform === undefined ? digest : `${platform.os}/${platform.architecture} ${digest}`;
}
