import { seenHere } from '../../src/engine/fact.ts';
import { sha256, short } from '../../src/oci/digest.ts';

export const original = seenHere('address/original', '01-what-is-an-image/address', (look) =>
  look.file('address', 'original'),
);

export const changed = seenHere('address/changed', '01-what-is-an-image/address', (look) =>
  look.file('address', 'changed'),
);

export const differing = seenHere(
  'how many bytes differ',
  '01-what-is-an-image/address',
  async (look) => {
    const one = await look.need(original);
    const other = await look.need(changed);
    const longest = Math.max(one.length, other.length);
    return Array.from({ length: longest }, (_, at) => at).filter((at) => one[at] !== other[at])
      .length;
  },
);

export const hashOfOriginal = seenHere(
  'the hash of original',
  '01-what-is-an-image/address',
  async (look) => short(sha256(await look.need(original))),
);

export const hashOfChanged = seenHere(
  'the hash of changed',
  '01-what-is-an-image/address',
  async (look) => short(sha256(await look.need(changed))),
);
