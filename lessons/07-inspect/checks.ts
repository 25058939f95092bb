import { fail, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import type { Look } from '../../src/engine/look.ts';
import { elevated } from '../../src/host/privilege.ts';
import { sha256, short } from '../../src/oci/digest.ts';
import { check } from '../claims.ts';
import { task } from '../facts/container.ts';
import {
  chain,
  inStore,
  ourBlobs,
  ourMounts,
  snapshotDirs,
  snapshotList,
  snapshotTrees,
  whiteoutOnDisk,
} from '../facts/containerd.ts';
import { brief, diffIds, digests } from '../facts/layers.ts';
import { agree } from '../facts/machine.ts';
import { forBoth } from '../facts/trees.ts';
import { lesson } from './lesson.ts';

/** A file of a snapshot as \`cat\` reads it: the second witness. */
async function byCat(look: Look, directory: string, file: string): Promise<string> {
  const seen = (await look.containerd()).seen(`${directory}/${file}`);
  return (await look.tool(...elevated(look.host.privilege, ['cat', '--', seen]))).stdout.trim();
}

export const checks = defineChecks(lesson, {
  content: [
    check('listed', {
      claim: 'S1',
      says: 'all four of your digests are in the content store',
      look: async (look) => {
        const stored = await look.need(inStore);
        const wanted = await Promise.all(
          ourBlobs.map(async ([name, fact]) => ({ name, digest: await look.need(fact) })),
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
      look: async (look) => {
        const containerd = await look.containerd();
        const outcomes = await Promise.all(
          ourBlobs.map(async ([name, fact]) => {
            const digest = await look.need(fact);
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
      look: async (look) => {
        const wanted = await look.need(chain);
        const found = await look.need(snapshotList);
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
      look: async (look) => {
        const [base = '', top = ''] = await look.need(chain);
        const line = `${base} ${await look.need(diffIds.delta)}`;
        const { stdout } = await look.tool(
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
      look: async (look) => {
        const [base = '', top = ''] = await look.need(chain);
        const found = await look.need(snapshotList);
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
      look: (look) =>
        forBoth(async (name) => {
          const { entries } = await look.need(snapshotTrees[name]);
          const ours = entries
            .find(({ path }) => path === 'hello.txt')
            ?.content?.toString()
            .trim();
          const theirs = await byCat(look, await look.need(snapshotDirs[name]), 'hello.txt');
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
      look: async (look) => {
        const ours = await look.need(whiteoutOnDisk);
        const directory = await look.need(snapshotDirs.delta);
        const path = (await look.containerd()).seen(`${directory}/data/config.txt`);
        const argv = elevated(look.host.privilege, ['stat', '-c', '%F %t,%T', '--', path]);
        const theirs = (await look.tool(...argv)).stdout.trim();
        if (ours === 'a character device 0,0' && theirs === 'character special file 0,0') {
          return pass(`${ours}; stat says: ${theirs}`);
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
      passing: true,
      look: async (look) => {
        const found = await look.need(ourMounts);
        if (found.length === 0) return pass('none of the mounts has them as a lowerdir');
        const running = (await look.get(task)) !== undefined;
        return fail({
          expected: 'no overlay over these snapshots yet',
          actual: `mounted at ${found.map(({ target }) => target).join(', ')}`,
          hint: 'Something has mounted the image: ctr images mount, or a container.',
          ...(running ? { over: true } : {}),
        });
      },
    }),
  ],
});

export const answers = defineAnswers(lesson, {
  snapshots: async (look) => {
    const top = (await look.need(chain))[1] ?? '';
    const snapshots = await look.need(snapshotList);
    const found = snapshots.find(
      ({ parent, kind }) => parent !== undefined && kind === 'Committed',
    );
    const right =
      found?.key === (await look.need(diffIds.delta))
        ? 0
        : found?.key === (await look.need(digests.delta))
          ? 1
          : 2;
    return { right, said: `it is called ${brief(found?.key ?? top)}` };
  },
  directories: async (look) => {
    const { entries } = await look.need(snapshotTrees.delta);
    const found = entries.map(({ path }) => path).filter((path) => path.startsWith('data/'));
    const right = found.includes('data/.wh.config.txt')
      ? 0
      : found.includes('data/config.txt')
        ? 1
        : 2;
    return { right, said: `it holds ${found.join(', ') || 'nothing'}` };
  },
});
