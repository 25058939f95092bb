import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineChecks } from '../../src/engine/define.ts';
import type { Observation } from '../../src/engine/observation.ts';
import type { Leftover } from '../../src/host/inventory.ts';
import { ownership } from '../../src/host/ownership.ts';
import { check } from '../claims.ts';
import { everything } from '../facts/leftovers.ts';
import { lesson } from './lesson.ts';

/** What is of containerd, and what of the machine. */
const ofContainerd: ReadonlySet<Leftover['kind']> = new Set([
  'task',
  'container',
  'image',
  'snapshot',
  'content',
  'lease',
  'namespace',
]);

/** What is there until it is removed. The rest goes with it, a moment later. */
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
      says: 'no task, container, image, snapshot, blob, lease or namespace of ours',
      settles: 'containerd to collect its garbage',
      observe: (observation) =>
        nothingLeft(
          observation,
          (kind) => ofContainerd.has(kind),
          'Run it again; if something stays, another program has put it into this namespace.',
        ),
    }),
  ],
  machine: [
    check('nothing', {
      claim: 'C1',
      says: 'no mount, process, control group or file of ours is left',
      settles: 'processes to end',
      observe: (observation) =>
        nothingLeft(
          observation,
          () => true,
          'A mount in the way? A shell standing in the directory? Leave it, and run this again.',
        ),
    }),
    check('directory', {
      claim: 'C1',
      says: 'the working directory does not exist',
      observe: async ({ host: { workspace } }) => {
        const state = ownership(workspace);
        if (state === 'absent') return pass(`${workspace.dir} is gone`);
        return fail({
          expected: `no ${workspace.dir}`,
          actual:
            state === 'ours' ? 'it is still there' : 'it is there, without the mark of the tour',
          hint:
            state === 'ours'
              ? 'Run it again.'
              : 'It is not ours to delete. If it is yours, remove it.',
        });
      },
    }),
  ],
});
