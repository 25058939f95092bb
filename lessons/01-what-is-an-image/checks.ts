import { fail, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import { sha256, short } from '../../src/oci/digest.ts';
import { check } from '../claims.ts';
import { changed, differing, hashOfChanged, hashOfOriginal, original } from '../facts/address.ts';
import { agree, sumByTool } from '../facts/machine.ts';
import { lesson } from './lesson.ts';

/** How many of 64 hexadecimal digits two digests share, place by place. */
function sharedDigits(one: string, other: string): number {
  const [a, b] = [one.slice('sha256:'.length), other.slice('sha256:'.length)];
  return [...a].filter((digit, at) => digit === b[at]).length;
}

const name = /^[0-9a-f]{64}$/;

export const checks = defineChecks(lesson, {
  address: [
    check('one-byte', {
      claim: 'I2',
      says: 'one byte differs between the files, and their digests tell',
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
      says: 'our own hash and sha256sum agree',
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
      says: 'from the index, each name leads to bytes with that hash',
      observe: async (observation) => {
        let document = await observation.file('address', 'index');
        const seen: string[] = [];
        for (const kind of ['manifest', 'layer']) {
          const [word, target = ''] = (document ?? '').toString().trim().split(' ');
          if (word !== kind || !name.test(target)) {
            return fail({
              expected: `a line "${kind} HASH"`,
              actual: document === undefined ? 'no such file' : document.toString().trim(),
              hint: 'Run the step again: it makes the three files anew.',
            });
          }
          document = await observation.file('address', 'blobs', target);
          const found = document === undefined ? 'nothing' : sha256(document).slice(7);
          if (found !== target) {
            return fail({
              expected: `bytes that hash to ${target.slice(0, 8)}…`,
              actual:
                found === 'nothing' ? 'no such blob' : `its bytes hash to ${found.slice(0, 8)}…`,
              hint: 'A blob was changed after it was named. Its name is what noticed.',
            });
          }
          seen.push(`${kind} ${target.slice(0, 8)}…`);
        }
        return pass(`index to ${seen.join(' to ')}`);
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
    return { right, said: `${shared} of 64 digits are the same, about what chance gives` };
  },
});
