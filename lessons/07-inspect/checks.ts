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
  practiceChainId,
  snapshotDirs,
  snapshotList,
  snapshotTrees,
  thirdChainId,
  topChainId,
  whiteoutOnDisk,
} from '../facts/containerd.ts';
import { brief, diffIds, digests } from '../facts/layers.ts';
import { manifestDigest } from '../facts/layout.ts';
import { agree, nodeByTool } from '../facts/machine.ts';
import { forBoth } from '../facts/trees.ts';
import { lesson } from './lesson.ts';

/** A file of a snapshot as `cat` reads it. */
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
      says: 'your four digests are in the content store',
      observe: async (observation) => {
        const stored = await observation.need(inStore);
        const wanted = await Promise.all(
          ourBlobs.map(async ([name, fact]) => ({ name, digest: await observation.need(fact) })),
        );
        const missing = wanted.filter(({ digest }) => !stored.includes(digest));
        if (missing.length === 0) return pass(wanted.map(({ digest }) => short(digest)).join(' '));
        return fail({
          expected: 'base, delta, config and manifest',
          actual: `missing: ${missing.map(({ name }) => name).join(', ')}`,
          hint: 'Import the image again (05-import/import).',
        });
      },
    }),
    check('verbatim', {
      claim: 'S1',
      says: 'read back, each blob still has its hash',
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
        if (wrong === undefined) return pass('all four, hashed again');
        return fail({
          expected: `${wrong.name} with the hash ${brief(wrong.digest)}`,
          actual: wrong.found,
          hint: "Import again: containerd stores the blobs that it doesn't have.",
        });
      },
    }),
  ],
  snapshots: [
    check('keys', {
      claim: 'S2',
      says: 'the keys are those that the tour computes',
      observe: async (observation) => {
        const wanted = await observation.need(chain);
        const found = await observation.need(snapshotList);
        const missing = wanted.filter((key) => !found.some((each) => each.key === key));
        if (missing.length === 0) return pass(wanted.map(brief).join(' and '));
        return fail({
          expected: wanted.map(brief).join(' and '),
          actual: found.map(({ key }) => brief(key)).join(', ') || 'no snapshots',
          hint: 'Import the image again (05-import/import). If the layers changed since, pack the layout first.',
        });
      },
    }),
    check('by-hand', {
      claim: 'S2',
      says: 'the upper key, computed with sha256sum, is the same',
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
      says: 'both are Committed, and base is the parent',
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
          return pass(`${brief(top)} on ${brief(base)}`);
        }
        return fail({
          expected: `${brief(top)} with parent ${brief(base)}`,
          actual:
            higher === undefined
              ? 'no such snapshot'
              : `parent ${brief(higher.parent ?? 'sha256:none')}`,
          hint: 'Import again: containerd makes the upper snapshot on top of the lower one.',
        });
      },
    }),
  ],
  chain: [
    check('third', {
      claim: 'S2',
      says: 'practice/chain-id has the chain ID of base, delta and delta',
      observe: async (observation) => {
        const wanted = await observation.need(thirdChainId);
        const written = await observation.need(practiceChainId);
        if (written.digest === wanted) {
          return pass(`${brief(wanted)}, on ${brief(await observation.need(topChainId))}`);
        }
        return fail({
          expected: 'sha256 of "chain ID of the layer below, space, DiffID of delta"',
          actual: written.digest === undefined ? written.text : brief(written.digest),
          hint: 'The layer below is your upper snapshot: its key comes first, then a space, then the DiffID of delta.',
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
          if (ours === `hello from ${name}` && ours === theirs) return pass(`"${ours}"`);
          return fail({
            expected: `${name}: "hello from ${name}"`,
            actual: `"${ours}"; cat prints "${theirs}"`,
            hint: 'Something changed a committed snapshot, which containerd never does. Remove the image, and import it again.',
          });
        }),
    }),
    check('translated', {
      claim: 'S4',
      says: "delta's snapshot records the deletion",
      observe: async (observation) => {
        const ours = await observation.need(whiteoutOnDisk);
        const directory = await observation.need(snapshotDirs.delta);
        const path = (await observation.containerd()).seen(`${directory}/data/config.txt`);
        const theirs = await nodeByTool(observation, path, observation.host.privilege);
        if (ours === 'a character device 0,0' && theirs === ours) {
          return pass(ours);
        }
        return fail({
          expected: 'a character device 0,0',
          actual: ours,
          hint: 'Without root, containerd ignores a whiteout that is a device in the tar, and only logs that.',
        });
      },
    }),
    check('none', {
      claim: 'S5',
      says: 'no overlay with these snapshots is mounted',
      settles: 'the unmounting to be over',
      ephemeral: true,
      observe: async (observation) => {
        const found = await observation.need(ourMounts);
        if (found.length === 0) return pass('no mount has them as a lowerdir');
        // A container's mount can stay after its process has ended, until the container is removed.
        const containers = await (await observation.containerd()).containers();
        const isContainers =
          containers.some((name) => containerNames.includes(name)) ||
          (await observation.get(task)) !== undefined;
        return fail({
          expected: 'no overlay of these snapshots yet',
          actual: `mounted at ${found.map(({ target }) => target).join(', ')}`,
          hint: 'The image is mounted, by `ctr images mount` or by a container. Unmount it, or remove the container.',
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
    const known = [
      await observation.need(diffIds.delta),
      await observation.need(digests.delta),
      await observation.need(manifestDigest),
    ];
    const key = found?.key ?? top;
    const right = known.indexOf(key);
    return { right: right < 0 ? 3 : right, said: `The upper snapshot's key is ${brief(key)}.` };
  },
  directories: async (observation) => {
    const { entries } = await observation.need(snapshotTrees.delta);
    const found = entries.flatMap(({ path }) =>
      path.startsWith('data/') ? [path.slice('data/'.length)] : [],
    );
    const right = found.includes('.wh.config.txt') ? 0 : found.includes('config.txt') ? 2 : 1;
    const more =
      found.length > 1 ? `In data there are ${found.join(', ')}.` : 'Nothing else is in data.';
    return { right, said: found.length === 0 ? 'No path begins with data/.' : more };
  },
});
