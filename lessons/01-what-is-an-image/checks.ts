import { fail, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import { sha256, short } from '../../src/oci/digest.ts';
import { check } from '../claims.ts';
import {
  blobsOf,
  changed,
  differing,
  hashAt,
  hashOfChanged,
  hashOfOriginal,
  mismatched,
  original,
  sharedBy,
  toyImages,
} from '../facts/address.ts';
import { agree, sumByTool } from '../facts/machine.ts';
import { lesson } from './lesson.ts';

/** How many of 64 hexadecimal digits two digests share, place by place. */
function sharedDigits(one: string, other: string): number {
  const [a, b] = [one.slice('sha256:'.length), other.slice('sha256:'.length)];
  return [...a].filter((digit, at) => digit === b[at]).length;
}

const brief = (hash: string) => `${hash.slice(0, 8)}…`;

export const checks = defineChecks(lesson, {
  address: [
    check('one-byte', {
      claim: 'I2',
      says: 'the files differ in one byte, and their hashes differ',
      observe: async (observation) => {
        const bytes = await observation.need(differing);
        const one = await observation.need(hashOfOriginal);
        const other = await observation.need(hashOfChanged);
        if (bytes === 1 && one !== other) return pass(`${one}… became ${other}…`);
        return fail({
          expected: 'two files that differ in one byte',
          actual: `${bytes} bytes differ, ${one}… and ${other}…`,
          hint: 'Change exactly one letter of address/changed.',
        });
      },
    }),
    check('two-witnesses', {
      claim: 'I2',
      says: 'the tour and sha256sum compute the same hash',
      observe: async (observation) => {
        const ours = sha256(await observation.need(original));
        const theirs = await sumByTool(observation, observation.path('address', 'original'));
        return agree(ours, theirs, 'sha256sum', `${short(ours)}…`);
      },
    }),
  ],
  graph: [
    check('followed', {
      claim: 'I1',
      says: 'each index leads to a manifest with two layers',
      observe: async (observation) => {
        const images = await observation.need(toyImages);
        for (const { name, manifest, layers } of images) {
          if (manifest === undefined || layers.length !== 2) {
            return fail({
              expected: `${name}: a manifest with two layers`,
              actual:
                manifest === undefined
                  ? `address/${name} names no manifest`
                  : `${brief(manifest)} names ${layers.length}`,
              hint: 'Run the step again: it makes all the files anew.',
            });
          }
        }
        for (const name of blobsOf(images)) {
          const found = await hashAt(observation, 'address', 'blobs', name);
          if (found === name) continue;
          return fail({
            expected: `a blob whose bytes hash to ${brief(name)}`,
            actual: found === undefined ? 'no such blob' : `its bytes hash to ${brief(found)}`,
            hint: 'The blob was changed after it got its name. Run the step again.',
          });
        }
        return pass(`${blobsOf(images).length} blobs match their names`);
      },
    }),
    check('shared', {
      claim: 'I1',
      says: 'both manifests list the same bottom layer',
      observe: async (observation) => {
        const images = await observation.need(toyImages);
        const [one, other] = images.map(({ layers: [bottom = ''] }) => bottom);
        if (one !== undefined && one === other) {
          return pass(brief(one));
        }
        return fail({
          expected: 'the same hash in the first line of both manifests',
          actual: `${images.map(({ name }, at) => `${name}: ${brief([one, other][at] ?? '')}`).join(', ')}`,
          hint: 'The bottom layer of both images is address/original. Run the step again.',
        });
      },
    }),
  ],
  tamper: [
    check('noticed', {
      claim: 'I2',
      says: 'the change is noticed',
      observe: async (observation) => {
        const names = blobsOf(await observation.need(toyImages));
        const bad = await mismatched(observation, 'tampered');
        const [layer] = sharedBy(await observation.need(toyImages));
        if (bad.length === 1 && bad[0] === layer && layer !== undefined) {
          const now = await hashAt(observation, 'address', 'tampered', layer);
          if (now !== undefined) return pass(`${brief(layer)} hashes to ${brief(now)}`);
        }
        return fail({
          expected: `one changed blob in address/tampered, ${brief(layer ?? '')}`,
          actual: `${bad.length} of ${names.length} blobs don't match their names`,
          hint: 'Run the step again: it copies the blobs, and changes the shared layer.',
        });
      },
    }),
  ],
});

export const answers = defineAnswers(lesson, {
  address: async (observation) => {
    const one = sha256(await observation.need(original));
    const other = sha256(await observation.need(changed));
    const shared = sharedDigits(one, other);
    const right = shared > 48 ? 0 : shared > 20 ? 1 : 2;
    return {
      right,
      said: `Here ${shared} of the 64 digits are the same, about as many as two random hashes share.`,
    };
  },
  graph: async (observation) => {
    const images = await observation.need(toyImages);
    const count = blobsOf(images).length;
    const [layer = ''] = sharedBy(images);
    return {
      right: [3, 5, 6].indexOf(count),
      said: `The blobs are two manifests, two top layers, and ${brief(layer)}, which both manifests list.`,
    };
  },
  tamper: async (observation) => {
    const all = blobsOf(await observation.need(toyImages)).length;
    const bad = await mismatched(observation, 'tampered');
    return {
      right: bad.length === 1 ? 0 : bad.length === all ? 2 : 1,
      said: `The bytes of ${bad.map(brief).join(', ')} don't match, and those of the other ${all - bad.length} blobs do.`,
    };
  },
});
