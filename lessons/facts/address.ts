import { lessonFact } from '../../src/engine/fact.ts';
import { sha256, short } from '../../src/oci/digest.ts';

export const original = lessonFact(
  'address/original',
  '01-what-is-an-image/address',
  (observation) => observation.file('address', 'original'),
);

export const changed = lessonFact('address/changed', '01-what-is-an-image/address', (observation) =>
  observation.file('address', 'changed'),
);

export const differing = lessonFact(
  'how many bytes differ',
  '01-what-is-an-image/address',
  async (observation) => {
    const one = await observation.need(original);
    const other = await observation.need(changed);
    const longest = Math.max(one.length, other.length);
    return Array.from({ length: longest }, (_, at) => at).filter((at) => one[at] !== other[at])
      .length;
  },
);

export const hashOfOriginal = lessonFact(
  'the hash of original',
  '01-what-is-an-image/address',
  async (observation) => short(sha256(await observation.need(original))),
);

export const hashOfChanged = lessonFact(
  'the hash of changed',
  '01-what-is-an-image/address',
  async (observation) => short(sha256(await observation.need(changed))),
);
