import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineChecks } from '../../src/engine/define.ts';
import type { Look } from '../../src/engine/look.ts';
import type { Left } from '../../src/host/inventory.ts';
import { ownership } from '../../src/host/workspace.ts';
import { check } from '../claims.ts';
import { everything } from '../facts/left.ts';
import { lesson } from './lesson.ts';

/** What is of containerd, and what of the machine. */
const ofContainerd: ReadonlySet<Left['kind']> = new Set([
  'task',
  'container',
  'image',
  'snapshot',
  'content',
  'lease',
  'namespace',
]);

async function nothingLeft(
  look: Look,
  kinds: (kind: Left['kind']) => boolean,
  hint: string,
): Promise<Outcome> {
  const left = (await look.need(everything)).filter(({ kind }) => kinds(kind));
  if (left.length === 0) return pass('nothing found');
  return fail({
    expected: 'nothing',
    actual: left.map(({ kind, name }) => `${kind} ${name}`).join(', '),
    hint,
  });
}

export const checks = defineChecks(lesson, {
  containerd: [
    check('empty', {
      claim: 'C1',
      says: 'no task, container, image, snapshot, blob, lease or namespace of ours',
      look: (look) =>
        nothingLeft(
          look,
          (kind) => ofContainerd.has(kind),
          'Run it again; if something stays, another program has put it into this namespace.',
        ),
    }),
  ],
  machine: [
    check('nothing', {
      claim: 'C1',
      says: 'no mount, process, control group or file of ours is left',
      look: (look) =>
        nothingLeft(
          look,
          () => true,
          'A mount in the way? A shell standing in the directory? Leave it, and run this again.',
        ),
    }),
    check('directory', {
      claim: 'C1',
      says: 'the working directory does not exist',
      look: async ({ host: { workspace } }) => {
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
