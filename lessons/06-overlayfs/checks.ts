import { readlinkSync } from 'node:fs';
import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { failedWith } from '../../src/errors.ts';
import { readWhole } from '../../src/host/files.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { check } from '../claims.ts';
import { nodeByTool } from '../facts/machine.ts';
import { lowerOf, overlay, seenInData, upper } from '../facts/overlay.ts';
import { trees } from '../facts/trees.ts';
import { lesson } from './lesson.ts';

function targetGone(outcome: Omit<Parameters<typeof fail>[0], 'targetGone'>): Outcome {
  return fail({ ...outcome, targetGone: true });
}

function linkTo(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

async function merged(observation: Observation, path: string): Promise<string | undefined> {
  await observation.need(overlay);
  try {
    return readWhole(observation.pathFromOutside('overlay', 'merged', path))
      .toString()
      .trim();
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function says(entries: readonly LayerEntry[] | undefined, path: string): string {
  const entry = entries?.find((each) => each.path === path);
  if (entry === undefined) return 'missing';
  if (entry.kind === 'character') return `a character device ${entry.major},${entry.minor}`;
  return entry.kind === 'file' ? `"${entry.content?.toString().trim()}"` : `a ${entry.kind}`;
}

/** The two trees still say what they said before anything was written. */
async function lowersUntouched(observation: Observation): Promise<Outcome> {
  const base = (await observation.need(trees.base)).entries;
  const delta = (await observation.need(trees.delta)).entries;
  const found = [says(delta, 'hello.txt'), says(base, 'hello.txt'), says(base, 'data/config.txt')];
  const wanted = ['"hello from delta"', '"hello from base"', '"base config"'];
  if (found.join() === wanted.join())
    return pass(`delta ${found[0]}, base ${found[1]}, ${found[2]}`);
  return fail({
    expected: wanted.join(', '),
    actual: found.join(', '),
    hint: 'Something wrote into build/ itself. Write through overlay/merged; then run lesson 2 again.',
  });
}

export const checks = defineChecks(lesson, {
  mount: [
    check('stacked', {
      claim: 'V1',
      says: 'an overlay is mounted: delta over base, and an upperdir',
      ephemeral: true,
      observe: async (observation) => {
        const mount = await observation.get(overlay);
        const expected = 'an overlay at overlay/merged, lowerdir delta then base';
        const hint = 'Run the step: it mounts one. The topmost directory comes first in lowerdir.';
        if (mount === undefined)
          return targetGone({ expected, actual: 'nothing is mounted there', hint });
        const lower = lowerOf(mount).map((path) => path.split('/').at(-1));
        const upperName = mount.options.get('upperdir')?.split('/').at(-1);
        if (lower.join() === 'delta,base' && upperName === 'upper') {
          return pass(`lowerdir ${lower.join(' then ')}, upperdir ${upperName}`);
        }
        return fail({
          expected,
          actual: `lowerdir ${lower.join(' then ')}, upperdir ${upperName}`,
          hint,
        });
      },
    }),
    check('topmost', {
      claim: 'V1',
      says: 'the topmost hello.txt wins, and bin shows through from base',
      ephemeral: true,
      observe: async (observation) => {
        const hello = await merged(observation, 'hello.txt');
        const link =
          linkTo(observation.pathFromOutside('overlay', 'merged', 'bin', 'sh')) ?? 'missing';
        if (hello === 'hello from delta' && link === 'busybox') {
          return pass(`hello.txt says "${hello}", bin/sh is a link to ${link}`);
        }
        return fail({
          expected: 'hello.txt "hello from delta", bin/sh a link to busybox',
          actual: `hello.txt "${hello}", bin/sh ${link}`,
          hint: 'Look at the order of lowerdir: topmost first.',
        });
      },
    }),
    check('marker', {
      claim: 'V1',
      says: 'data holds what the kernel makes of the .wh. name',
      ephemeral: true,
      observe: async (observation) => {
        const found = await observation.need(seenInData);
        if (found.split(', ').includes('config.txt')) return pass(`data holds ${found}`);
        return fail({
          expected: 'data/config.txt, in spite of the marker',
          actual: `data holds ${found}`,
          hint: 'Was it deleted through the mount already? Then mount it afresh: run the step again.',
        });
      },
    }),
  ],
  write: [
    check('upper', {
      claim: 'V1',
      says: 'both writes are in the upperdir',
      observe: async (observation) => {
        const entries = (await observation.need(upper)).entries;
        const found = [says(entries, 'new.txt'), says(entries, 'hello.txt')];
        if (found.join() === '"a new file","changed"') {
          return pass(`upper/new.txt ${found[0]}, upper/hello.txt ${found[1]}`);
        }
        return fail({
          expected: 'new.txt "a new file", hello.txt "changed"',
          actual: `new.txt ${found[0]}, hello.txt ${found[1]}`,
          hint: 'Write to the files in overlay/merged while it is mounted.',
        });
      },
    }),
    check('lower', {
      claim: 'V1',
      says: 'base and delta are as they were',
      observe: lowersUntouched,
    }),
  ],
  delete: [
    check('whiteout', {
      claim: 'V2',
      says: "upper/data/config.txt is a 0,0 device: the kernel's own whiteout",
      observe: async (observation) => {
        const found = says((await observation.need(upper)).entries, 'data/config.txt');
        const path = observation.pathFromOutside('overlay', 'upper', 'data', 'config.txt');
        const theirs = await nodeByTool(observation, path);
        if (found === 'a character device 0,0' && theirs === found) {
          return pass(`${found}, and stat says so too`);
        }
        return fail({
          expected: 'a character device 0,0 called config.txt',
          actual: found,
          hint: 'Delete merged/data/config.txt while the overlay is mounted.',
        });
      },
    }),
    check('below', {
      claim: 'V2',
      says: 'base still has its config.txt',
      observe: async (observation) => {
        const found = says((await observation.need(trees.base)).entries, 'data/config.txt');
        if (found === '"base config"') return pass(`build/base/data/config.txt says ${found}`);
        return fail({
          expected: '"base config"',
          actual: found,
          hint: 'It was deleted below the mount. Run 02-filesystems/base again.',
        });
      },
    }),
  ],
  unmount: [
    check('gone', {
      claim: 'V1',
      says: 'nothing is mounted at overlay/merged any more',
      settles: 'the unmounting to be over',
      observe: async (observation) => {
        await observation.need(upper);
        const mount = await observation.get(overlay);
        if (mount === undefined) return pass('the directory is there, and empty');
        return fail({
          expected: 'no mount',
          actual: `${mount.type} is mounted there`,
          hint: 'umount says "target is busy"? Then a shell stands in it: cd out.',
        });
      },
    }),
    check('kept', {
      claim: 'V1',
      says: 'what was written is still in the upperdir',
      observe: async (observation) => {
        const entries = (await observation.need(upper)).entries;
        const names = entries.map(({ path }) => path).filter((path) => path !== '.');
        if (names.includes('new.txt') && names.includes('hello.txt')) return pass(names.join(', '));
        return fail({
          expected: 'new.txt and hello.txt',
          actual: names.join(', ') || 'nothing',
          hint: 'Mount it and write through it again: steps 1 and 2 of this lesson.',
        });
      },
    }),
  ],
});

export const answers = defineAnswers(lesson, {
  mount: async (observation) => {
    const found = await observation.need(seenInData);
    const right = found.split(', ').includes('config.txt') ? 1 : 0;
    return { right, said: `in the mount, data holds ${found}` };
  },
});
