import type { Descriptor } from '../documents.ts';
import { asDescriptor } from '../verify/descriptor.ts';

/** An item of a document's list of descriptors. */
export interface ListedDescriptor {
  /** Its place in the list. */
  readonly at: number;
  readonly value: unknown;
  /** The descriptor, if it can be followed. */
  readonly descriptor: Descriptor | undefined;
}

/** An item of one list and its counterpart; one of them may be missing. */
export type ListedPair = readonly [
  a: ListedDescriptor | undefined,
  b: ListedDescriptor | undefined,
];

/** The items of a list of descriptors, numbered. */
export function listed(values: readonly unknown[]): ListedDescriptor[] {
  return values.map((value, at) => ({ at, value, descriptor: asDescriptor(value) }));
}

/** Pairs the manifests of two indexes by platform, and those with the same platform in order. */
export function pairByPlatform(
  a: readonly ListedDescriptor[],
  b: readonly ListedDescriptor[],
): ListedPair[] {
  if (a.length === 1 && b.length === 1) return [[a[0], b[0]]];
  const waiting = new Map<string, ListedDescriptor[]>();
  for (const item of b) {
    const alike = waiting.get(platformOf(item));
    if (alike === undefined) waiting.set(platformOf(item), [item]);
    else alike.push(item);
  }
  const pairs = a.map((item): ListedPair => [item, waiting.get(platformOf(item))?.shift()]);
  const left = [...waiting.values()].flat().sort((one, other) => one.at - other.at);
  return [...pairs, ...left.map((item): ListedPair => [undefined, item])];
}

function platformOf({ descriptor }: ListedDescriptor): string {
  const { os, architecture, variant } = descriptor?.platform ?? {};
  return JSON.stringify([os, architecture, variant]);
}

/** Pairs equal layers at the bottom and at the top, and the ones between them in order. */
export function pairLayers(
  a: readonly ListedDescriptor[],
  b: readonly ListedDescriptor[],
): ListedPair[] {
  const isSame = (one?: ListedDescriptor, other?: ListedDescriptor) =>
    one?.descriptor !== undefined && one.descriptor.digest === other?.descriptor?.digest;
  const shorter = Math.min(a.length, b.length);
  let bottom = 0;
  while (bottom < shorter && isSame(a[bottom], b[bottom])) bottom++;
  let top = 0;
  while (top < shorter - bottom && isSame(a.at(-1 - top), b.at(-1 - top))) top++;
  const between = Math.max(a.length, b.length) - bottom - top;
  const [restA, restB] = [a, b].map((list) => list.slice(bottom, list.length - top));
  return [
    ...a.slice(0, bottom).map((item, at): ListedPair => [item, b[at]]),
    ...Array.from({ length: between }, (_, at): ListedPair => [restA?.[at], restB?.[at]]),
    ...a.slice(a.length - top).map((item, at): ListedPair => [item, b[b.length - top + at]]),
  ];
}
