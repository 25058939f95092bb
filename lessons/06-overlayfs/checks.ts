import { readlinkSync } from 'node:fs';
import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { failedWith } from '../../src/errors.ts';
import { readWhole } from '../../src/host/files.ts';
import { lowerOf, type Mount } from '../../src/host/mounts.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { counted } from '../../src/text/words.ts';
import { check } from '../claims.ts';
import { nodeByTool } from '../facts/machine.ts';
import { busyboxSizes, overlay, seenInData, swapped, upper } from '../facts/overlay.ts';
import { trees } from '../facts/trees.ts';
import { lesson } from './lesson.ts';

function targetGone(outcome: Omit<Parameters<typeof fail>[0], 'targetGone'>): Outcome {
  return fail({ ...outcome, targetGone: true });
}

/** What the upperdir has at this path, where a later step of the lesson has written or deleted it. */
async function inUpper(observation: Observation, path: string): Promise<string> {
  return described((await observation.get(upper))?.entries, path);
}

function linkTo(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** A file as it reads through a mount. */
async function through(
  observation: Observation,
  ...parts: readonly string[]
): Promise<string | undefined> {
  try {
    return readWhole(observation.pathFromOutside(...parts))
      .toString()
      .trim();
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function described(entries: readonly LayerEntry[] | undefined, path: string): string {
  const entry = entries?.find((each) => each.path === path);
  if (entry === undefined) return 'missing';
  if (entry.kind === 'character') return `a character device ${entry.major},${entry.minor}`;
  return entry.kind === 'file' ? `"${entry.content?.toString().trim()}"` : `a ${entry.kind}`;
}

/** The two trees still hold what they held before anything was written. */
async function lowersUntouched(observation: Observation): Promise<Outcome> {
  const base = (await observation.need(trees.base)).entries;
  const delta = (await observation.need(trees.delta)).entries;
  const found = [
    described(delta, 'hello.txt'),
    described(base, 'hello.txt'),
    described(base, 'data/config.txt'),
  ];
  const wanted = ['"hello from delta"', '"hello from base"', '"base config"'];
  if (found.join() === wanted.join())
    return pass(`delta ${found[0]}, base ${found[1]}, ${found[2]}`);
  return fail({
    expected: wanted.join(', '),
    actual: found.join(', '),
    hint: 'Something changed build/ itself. Make the trees again (lesson 2), and write to overlay/merged.',
  });
}

/** The names of an overlay's directories, without what is above them. */
function stackOf(mount: Mount): { readonly lower: readonly string[]; readonly upper: string } {
  const last = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  return {
    lower: lowerOf(mount).map(last),
    upper: last(mount.options.get('upperdir') ?? 'none'),
  };
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
        const hint = 'In lowerdir, the topmost directory comes first: build/delta:build/base.';
        if (mount === undefined)
          return targetGone({ expected, actual: 'nothing is mounted there', hint });
        const { lower, upper: upperName } = stackOf(mount);
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
      says: 'hello.txt is the one of delta, and bin shows through from base',
      ephemeral: true,
      observe: async (observation) => {
        await observation.need(overlay);
        const hello = await through(observation, 'overlay', 'merged', 'hello.txt');
        const link =
          linkTo(observation.pathFromOutside('overlay', 'merged', 'bin', 'sh')) ?? 'missing';
        const isWritten =
          hello === 'changed' && (await inUpper(observation, 'hello.txt')) === '"changed"';
        if ((hello === 'hello from delta' || isWritten) && link === 'busybox') {
          const from = isWritten ? ', from the upperdir since you wrote it' : '';
          return pass(`hello.txt reads "${hello}"${from}; bin/sh is a link to ${link}`);
        }
        return fail({
          expected: 'hello.txt "hello from delta", bin/sh a link to busybox',
          actual: `hello.txt "${hello}", bin/sh ${link}`,
          hint: 'The order of lowerdir decides: topmost first. A hello.txt in the upperdir hides both.',
        });
      },
    }),
    check('marker', {
      claim: 'V1',
      says: 'data shows what the kernel makes of .wh.config.txt',
      ephemeral: true,
      observe: async (observation) => {
        const found = await observation.need(seenInData);
        if (found.split(', ').includes('config.txt')) return pass(`data holds ${found}`);
        if ((await inUpper(observation, 'data/config.txt')) === 'a character device 0,0') {
          return pass('data held config.txt until you deleted it');
        }
        return fail({
          expected: 'data/config.txt',
          actual: `data holds ${found}`,
          hint: 'Something below hides it in the form of the kernel: a device 0,0 named config.txt.',
        });
      },
    }),
  ],
  swap: [
    check('swapped', {
      claim: 'W3',
      says: 'an overlay is mounted at practice/swapped: base over delta',
      ephemeral: true,
      observe: async (observation) => {
        const mount = await observation.get(swapped);
        const expected = 'an overlay at practice/swapped, lowerdir base then delta, no upperdir';
        const hint =
          'Mount it at practice/swapped in the working directory, with base first in lowerdir.';
        if (mount === undefined)
          return targetGone({ expected, actual: 'nothing is mounted there', hint });
        const { lower, upper: upperName } = stackOf(mount);
        if (mount.type === 'overlay' && lower.join() === 'base,delta' && upperName === 'none') {
          return pass(`lowerdir ${lower.join(' then ')}, no upperdir`);
        }
        return fail({
          expected,
          actual: `type ${mount.type}, lowerdir ${lower.join(' then ')}, upperdir ${upperName}`,
          hint,
        });
      },
    }),
    check('view', {
      claim: 'W3',
      says: 'in it, base hides the hello.txt of delta',
      ephemeral: true,
      observe: async (observation) => {
        await observation.need(swapped);
        const hello = await through(observation, 'practice', 'swapped', 'hello.txt');
        const below = described((await observation.need(trees.delta)).entries, 'hello.txt');
        if (hello === 'hello from base') {
          return pass(`hello.txt reads "${hello}"; in delta it's still ${below}`);
        }
        return fail({
          expected: 'hello.txt "hello from base"',
          actual: `hello.txt "${hello}"`,
          hint: 'The leftmost directory in lowerdir is on top, and that should be build/base.',
        });
      },
    }),
  ],
  write: [
    check('upper', {
      claim: 'V1',
      says: 'both texts are in the upperdir',
      observe: async (observation) => {
        const entries = (await observation.need(upper)).entries;
        const found = [described(entries, 'new.txt'), described(entries, 'hello.txt')];
        const hint = 'Write to overlay/merged, while it is mounted.';
        if (found.join() !== '"a new file","changed"') {
          return fail({
            expected: 'new.txt "a new file", hello.txt "changed"',
            actual: `new.txt ${found[0]}, hello.txt ${found[1]}`,
            hint,
          });
        }
        const mount = await observation.get(overlay);
        if (mount !== undefined && stackOf(mount).upper === 'upper') {
          const seen = await Promise.all(
            ['new.txt', 'hello.txt'].map(
              async (name) => `"${await through(observation, 'overlay', 'merged', name)}"`,
            ),
          );
          if (seen.join() !== found.join()) {
            return fail({
              expected: `in overlay/merged: ${found.join(', ')}`,
              actual: `in overlay/merged: ${seen.join(', ')}`,
              hint,
            });
          }
        }
        return pass(`new.txt ${found[0]}, hello.txt ${found[1]}`);
      },
    }),
    check('copied', {
      claim: 'V1',
      says: 'the append to bin/busybox went to the upperdir',
      observe: async (observation) => {
        const sizes = await observation.need(busyboxSizes);
        const evidence = `${sizes.upper} bytes; in base ${sizes.base}`;
        if (sizes.upper > sizes.base) return pass(evidence);
        return fail({
          expected: `upper/bin/busybox, more than ${sizes.base} bytes`,
          actual: counted(sizes.upper, 'byte'),
          hint: 'Append to merged/bin/busybox with >>. With > the file is emptied, and nothing is copied.',
        });
      },
    }),
    check('lower', {
      claim: 'V1',
      says: 'base and delta are unchanged',
      observe: lowersUntouched,
    }),
  ],
  delete: [
    check('whiteout', {
      claim: 'V2',
      says: 'the upperdir records the deletion',
      observe: async (observation) => {
        const found = described((await observation.need(upper)).entries, 'data/config.txt');
        const path = observation.pathFromOutside('overlay', 'upper', 'data', 'config.txt');
        const theirs = await nodeByTool(observation, path);
        if (found === 'a character device 0,0' && theirs === found) {
          return pass(`${found}, confirmed by stat`);
        }
        return fail({
          expected: 'upper/data/config.txt, a character device 0,0',
          actual: found,
          hint: 'Delete merged/data/config.txt, while the overlay is mounted.',
        });
      },
    }),
    check('below', {
      claim: 'V2',
      says: 'base still has its config.txt',
      observe: async (observation) => {
        const found = described((await observation.need(trees.base)).entries, 'data/config.txt');
        if (found === '"base config"') return pass(`build/base/data/config.txt reads ${found}`);
        return fail({
          expected: '"base config"',
          actual: found,
          hint: 'It was deleted in build/base itself. Make it again (02-filesystems/base).',
        });
      },
    }),
  ],
  unmount: [
    check('gone', {
      claim: 'V1',
      says: 'nothing is mounted at overlay/merged and practice/swapped',
      settles: 'the unmounting to be over',
      observe: async (observation) => {
        await observation.need(upper);
        const left = [
          ['overlay/merged', await observation.get(overlay)] as const,
          ['practice/swapped', await observation.get(swapped)] as const,
        ].flatMap(([path, mount]) => (mount === undefined ? [] : [`${mount.type} at ${path}`]));
        if (left.length === 0) return pass('both directories are empty again');
        return fail({
          expected: 'no mount',
          actual: `still mounted: ${left.join(', ')}`,
          hint: 'If umount reports "target is busy", a shell has its working directory in there: leave it with cd.',
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
          hint: 'Mount it again and write through it: the first and third steps of this lesson.',
        });
      },
    }),
  ],
});

export const answers = defineAnswers(lesson, {
  mount: async (observation) => {
    const found = await observation.need(seenInData);
    const right = found.split(', ').includes('config.txt') ? 1 : 0;
    return { right, said: `In the mount, data holds ${found}.` };
  },
  write: async (observation) => {
    const sizes = await observation.need(busyboxSizes);
    const right = sizes.upper > sizes.base ? 2 : sizes.upper === 1 ? 0 : 1;
    return {
      right,
      said: `The busybox in upper/bin has ${sizes.upper} bytes, and the one in base ${sizes.base}.`,
    };
  },
  delete: async (observation) => {
    const entries = (await observation.need(upper)).entries;
    const names = entries.flatMap(({ path }) =>
      path.startsWith('data/') ? [path.slice('data/'.length)] : [],
    );
    const right = names.includes('config.txt') ? 0 : names.includes('.wh.config.txt') ? 1 : 2;
    const what = right === 0 ? `, ${described(entries, 'data/config.txt')}` : '';
    return { right, said: `Now upper/data holds ${names.join(', ') || 'nothing'}${what}.` };
  },
});
