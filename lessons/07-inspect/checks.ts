import { fail, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { elevated } from '../../src/host/privilege.ts';
import { sha256, short } from '../../src/oci/digest.ts';
import { check } from '../claims.ts';
import { task } from '../facts/container.ts';
import {
  chain,
  containerNames,
  inStore,
  ourBlobs,
  ourMounts,
  snapshotDirs,
  snapshotList,
  snapshotTrees,
  whiteoutOnDisk,
} from '../facts/containerd.ts';
import { brief, diffIds, digests } from '../facts/layers.ts';
import { agree, nodeByTool } from '../facts/machine.ts';
import { forBoth } from '../facts/trees.ts';
import { lesson } from './lesson.ts';

/** A file of a snapshot as \`cat\` reads it: the second witness. */
async function byCat(observation: Observation, directory: string, file: string): Promise<string> {
  const seen = (await observation.containerd()).seen(`${directory}/${file}`);
  return (
    await observation.tool(...elevated(observation.host.privilege, ['cat', '--', seen]))
  ).stdout.trim();
}

export const checks = defineChecks(lesson, {
  content: [
    check('listed', {
      claim: 'S1',
      says: 'all four of your digests are in the content store',
      observe: async (observation) => {
        const stored = await observation.need(inStore);
        const wanted = await Promise.all(
          ourBlobs.map(async ([name, fact]) => ({ name, digest: await observation.need(fact) })),
        );
        const missing = wanted.filter(({ digest }) => !stored.includes(digest));
        if (missing.length === 0) return pass(wanted.map(({ digest }) => short(digest)).join(', '));
        return fail({
          expected: 'base, delta, config and manifest',
          actual: `missing: ${missing.map(({ name }) => name).join(', ')}`,
          hint: 'Import again: lesson 5, step 2.',
        });
      },
    }),
    check('verbatim', {
      claim: 'S1',
      says: 'read back, each of them still has its hash',
      observe: async (observation) => {
        const containerd = await observation.containerd();
        const outcomes = await Promise.all(
          ourBlobs.map(async ([name, fact]) => {
            const digest = await observation.need(fact);
            const bytes = await containerd.blob(digest);
            return { name, digest, found: bytes === undefined ? 'missing' : sha256(bytes) };
          }),
        );
        const wrong = outcomes.find(({ digest, found }) => digest !== found);
        if (wrong === undefined)
          return pass('base, delta, config, manifest: equal to the last byte');
        return fail({
          expected: `${wrong.name} with the hash ${brief(wrong.digest)}`,
          actual: wrong.found,
          hint: 'Import again: containerd takes in what it does not have.',
        });
      },
    }),
  ],
  snapshots: [
    check('keys', {
      claim: 'S2',
      says: 'their keys are the chain IDs computed from your DiffIDs',
      observe: async (observation) => {
        const wanted = await observation.need(chain);
        const found = await observation.need(snapshotList);
        const missing = wanted.filter((key) => !found.some((each) => each.key === key));
        if (missing.length === 0) return pass(wanted.map(brief).join(' and '));
        return fail({
          expected: wanted.map(brief).join(' and '),
          actual: found.map(({ key }) => brief(key)).join(', ') || 'no snapshots',
          hint: 'Import again: lesson 5, step 2. If the layers changed since, pack them first.',
        });
      },
    }),
    check('by-hand', {
      claim: 'S2',
      says: 'sha256sum over both DiffIDs gives the same chain ID',
      observe: async (observation) => {
        const [base = '', top = ''] = await observation.need(chain);
        const line = `${base} ${await observation.need(diffIds.delta)}`;
        const { stdout } = await observation.tool(
          'bash',
          '-c',
          'printf %s "$1" | sha256sum',
          'bash',
          line,
        );
        return agree(top, `sha256:${stdout.split(' ')[0]}`, 'sha256sum', brief(top));
      },
    }),
    check('parents', {
      claim: 'S2',
      says: 'both are Committed, and the parent of delta is base',
      observe: async (observation) => {
        const [base = '', top = ''] = await observation.need(chain);
        const found = await observation.need(snapshotList);
        const lower = found.find(({ key }) => key === base);
        const higher = found.find(({ key }) => key === top);
        const kinds = [lower?.kind, higher?.kind];
        if (
          higher?.parent === base &&
          lower?.parent === undefined &&
          kinds.join() === 'Committed,Committed'
        ) {
          return pass(`${brief(top)} on ${brief(base)} on nothing`);
        }
        return fail({
          expected: `${brief(top)} with parent ${brief(base)}`,
          actual:
            higher === undefined
              ? 'no such snapshot'
              : `parent ${brief(higher.parent ?? 'sha256:none')}`,
          hint: 'Import again: the upper snapshot is made on top of the lower.',
        });
      },
    }),
  ],
  directories: [
    check('unpacked', {
      claim: 'S3',
      says: "each snapshot holds its own layer's hello.txt",
      observe: (observation) =>
        forBoth(async (name) => {
          const { entries } = await observation.need(snapshotTrees[name]);
          const ours = entries
            .find(({ path }) => path === 'hello.txt')
            ?.content?.toString()
            .trim();
          const theirs = await byCat(
            observation,
            await observation.need(snapshotDirs[name]),
            'hello.txt',
          );
          if (ours === `hello from ${name}` && ours === theirs)
            return pass(`${name}: "${ours}", and cat says so too`);
          return fail({
            expected: `${name}: "hello from ${name}"`,
            actual: `"${ours}", cat says "${theirs}"`,
            hint: 'Somebody wrote into a snapshot: containerd never does. Remove the image, import again.',
          });
        }),
    }),
    check('translated', {
      claim: 'S4',
      says: "the whiteout is there, in the kernel's own spelling",
      observe: async (observation) => {
        const ours = await observation.need(whiteoutOnDisk);
        const directory = await observation.need(snapshotDirs.delta);
        const path = (await observation.containerd()).seen(`${directory}/data/config.txt`);
        const theirs = await nodeByTool(observation, path, observation.host.privilege);
        if (ours === 'a character device 0,0' && theirs === ours) {
          return pass(`${ours}, and stat says so too`);
        }
        return fail({
          expected: 'a character device 0,0',
          actual: ours,
          hint: 'Without root containerd skips the device form of a whiteout, and says so only in its log.',
        });
      },
    }),
  ],
  'no-mounts': [
    check('none', {
      claim: 'S5',
      says: 'no mount mentions these snapshots',
      settles: 'the unmounting to be over',
      ephemeral: true,
      observe: async (observation) => {
        const found = await observation.need(ourMounts);
        if (found.length === 0) return pass('none of the mounts has them as a lowerdir');
        // What is mounted for a container can stay until its record is removed, also once it has ended.
        const containers = await (await observation.containerd()).containers();
        const isContainers =
          containers.some((name) => containerNames.includes(name)) ||
          (await observation.get(task)) !== undefined;
        return fail({
          expected: 'no overlay over these snapshots yet',
          actual: `mounted at ${found.map(({ target }) => target).join(', ')}`,
          hint: 'Something has mounted the image: ctr images mount, or a container.',
          ...(isContainers ? { targetGone: true, permanent: true } : {}),
        });
      },
    }),
  ],
});

export const answers = defineAnswers(lesson, {
  snapshots: async (observation) => {
    const top = (await observation.need(chain))[1] ?? '';
    const snapshots = await observation.need(snapshotList);
    const found = snapshots.find(
      ({ parent, kind }) => parent !== undefined && kind === 'Committed',
    );
    const right =
      found?.key === (await observation.need(diffIds.delta))
        ? 0
        : found?.key === (await observation.need(digests.delta))
          ? 1
          : 2;
    return { right, said: `it is called ${brief(found?.key ?? top)}` };
  },
  directories: async (observation) => {
    const { entries } = await observation.need(snapshotTrees.delta);
    const found = entries.map(({ path }) => path).filter((path) => path.startsWith('data/'));
    const right = found.includes('data/.wh.config.txt')
      ? 0
      : found.includes('data/config.txt')
        ? 1
        : 2;
    return { right, said: `it holds ${found.join(', ') || 'nothing'}` };
  },
});
