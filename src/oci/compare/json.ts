import { pointerToken } from '../json-violations.ts';
import { isObject } from '../verify/shape.ts';

/** A difference between two JSON values; a missing value is `undefined`. */
export interface JsonDifference {
  /** A JSON pointer (RFC 6901); empty for the whole. */
  readonly pointer: string;
  readonly a: unknown;
  readonly b: unknown;
}

/**
 * Finds where two JSON values differ, in the order of the first. Works for any depth of nesting and any
 * length of arrays and objects.
 *
 * @returns whether the members that two objects share are in the same order
 */
export function compareJson(
  a: unknown,
  b: unknown,
  onDifference: (difference: JsonDifference) => void,
): { sameOrder: boolean } {
  let sameOrder = true;
  const open: Iterator<JsonDifference>[] = [[{ pointer: '', a, b }].values()];
  for (let innermost = open.at(-1); innermost !== undefined; innermost = open.at(-1)) {
    const { done, value: pair } = innermost.next();
    if (done) open.pop();
    else if (Array.isArray(pair.a) && Array.isArray(pair.b)) {
      open.push(itemPairs(pair.pointer, pair.a, pair.b));
    } else if (isObject(pair.a) && isObject(pair.b)) {
      sameOrder &&= haveSameOrder(pair.a, pair.b);
      open.push(memberPairs(pair.pointer, pair.a, pair.b));
    } else if (pair.a !== pair.b) onDifference(pair);
  }
  return { sameOrder };
}

function* itemPairs(
  pointer: string,
  a: readonly unknown[],
  b: readonly unknown[],
): Generator<JsonDifference> {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    yield { pointer: `${pointer}/${index}`, a: a[index], b: b[index] };
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

function* memberPairs(pointer: string, a: JsonObject, b: JsonObject): Generator<JsonDifference> {
  const below = (key: string) => `${pointer}/${pointerToken(key)}`;
  for (const [key, value] of Object.entries(a)) {
    yield { pointer: below(key), a: value, b: Object.hasOwn(b, key) ? b[key] : undefined };
  }
  for (const [key, value] of Object.entries(b)) {
    if (!Object.hasOwn(a, key)) yield { pointer: below(key), a: undefined, b: value };
  }
}

function haveSameOrder(a: JsonObject, b: JsonObject): boolean {
  const commonB = Object.keys(b).filter((key) => Object.hasOwn(a, key));
  const commonA = Object.keys(a).filter((key) => Object.hasOwn(b, key));
  return commonA.every((key, index) => key === commonB[index]);
}
