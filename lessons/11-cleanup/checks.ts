import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineChecks } from '../../src/engine/define.ts';
import type { Observation } from '../../src/engine/observation.ts';
import type { Leftover } from '../../src/host/inventory.ts';
import { ownership } from '../../src/host/ownership.ts';
import { check } from '../claims.ts';
import { everything, inContainerd } from '../facts/leftovers.ts';
import { lesson } from './lesson.ts';

/** Stays until something removes it; everything else disappears a moment later. */
const staying: ReadonlySet<Leftover['kind']> = new Set([
  'container',
  'image',
  'lease',
  'mount',
  'directory',
]);

async function nothingLeft(
  observation: Observation,
  kinds: (kind: Leftover['kind']) => boolean,
  hint: string,
): Promise<Outcome> {
  const left = (await observation.need(everything)).filter(({ kind }) => kinds(kind));
  if (left.length === 0) return pass('nothing found');
  return fail({
    expected: 'nothing',
    actual: left.map(({ kind, name }) => `${kind} ${name}`).join(', '),
    hint,
    ...(left.some(({ kind }) => staying.has(kind)) ? { permanent: true } : {}),
  });
}

export const checks = defineChecks(lesson, {
  containerd: [
    check('empty', {
      claim: 'C1',
      says: 'no task, container, image, snapshot, blob, lease or namespace is left',
      settles: 'containerd to collect its garbage',
      observe: (observation) =>
        nothingLeft(
          observation,
          (kind) => inContainerd.has(kind),
          'Run it again. If something is still there, another program put it into this namespace.',
        ),
    }),
  ],
  machine: [
    check('nothing', {
      claim: 'C1',
      says: 'no mount, process, control group or file of the tour is left',
      settles: 'processes to end',
      observe: (observation) =>
        nothingLeft(
          observation,
          () => true,
          'Is something mounted in the directory, or is a shell in it? Leave it there with cd, then run this again.',
        ),
    }),
    check('directory', {
      claim: 'C1',
      says: 'the working directory is gone',
      observe: async ({ host: { workspace } }) => {
        const state = ownership(workspace);
        if (state === 'absent') return pass(`${workspace.dir} is gone`);
        return fail({
          expected: `no ${workspace.dir}`,
          actual:
            state === 'ours' ? 'it is still there' : "it is there, without the tour's marker file",
          hint:
            state === 'ours'
              ? 'Run it again.'
              : 'The tour only deletes directories with its marker. If this one is yours, remove it.',
        });
      },
    }),
  ],
});
