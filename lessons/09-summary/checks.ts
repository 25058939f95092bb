import { type Check, fail, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { merge } from '../../src/oci/merge.ts';
import { check } from '../claims.ts';
import { upperdir } from '../facts/container.ts';
import { chain, importedName, snapshotTrees } from '../facts/containerd.ts';
import { brief, diffIds, digests, tars } from '../facts/layers.ts';
import {
  config,
  configDigest,
  index,
  manifest,
  manifestDigest,
  storedBlobs,
} from '../facts/layout.ts';
import { layerNames, trees } from '../facts/trees.ts';
import { lesson } from './lesson.ts';

/** One link of the chain: two things that must agree. */
function link<const Id extends string>(
  id: Id,
  says: string,
  ends: (
    observation: Observation,
  ) => Promise<{ from: string; to: string; evidence: string; again: string }>,
): Check<Id> {
  return check(id, {
    claim: 'Z1',
    says,
    observe: async (observation) => {
      const { from, to, evidence, again } = await ends(observation);
      if (from === to) return pass(evidence);
      return fail({
        expected: from,
        actual: to,
        hint: `This has changed since. Mend it from ${again} on.`,
      });
    },
  });
}

/** A list of entries as one line, to be compared. */
function summary(
  entries: readonly { path: string; kind: string; link?: string; digest?: string }[],
) {
  return entries
    .map(({ path, kind, link: target, digest }) =>
      `${path} ${kind} ${target ?? digest?.slice(7, 15) ?? ''}`.trim(),
    )
    .sort()
    .join(', ');
}

export const checks = defineChecks(lesson, {
  chain: [
    link('tars-config', "the tars' hashes are the config's DiffIDs", async (observation) => {
      const from = [await observation.need(diffIds.base), await observation.need(diffIds.delta)];
      return {
        from: from.join(' '),
        to: (await observation.need(config)).value.rootfs?.diff_ids?.join(' ') ?? 'none',
        evidence: from.map(brief).join(' '),
        again: '04-layout/config',
      };
    }),
    link('blobs-manifest', "the blobs' hashes are the manifest's digests", async (observation) => {
      const from = [
        await observation.need(configDigest),
        await observation.need(digests.base),
        await observation.need(digests.delta),
      ];
      const { value } = await observation.need(manifest);
      const to = [value.config?.digest, ...(value.layers ?? []).map(({ digest }) => digest)];
      return {
        from: from.join(' '),
        to: to.join(' '),
        evidence: from.map(brief).join(' '),
        again: '04-layout/manifest',
      };
    }),
    link(
      'manifest-index',
      'the hash of the manifest is the digest in index.json',
      async (observation) => {
        const from = await observation.need(manifestDigest);
        const to = (await observation.need(index)).manifests?.[0]?.digest ?? 'none';
        return { from, to, evidence: brief(from), again: '04-layout/index' };
      },
    ),
    link(
      'layout-store',
      'containerd has that manifest, and all four blobs',
      async (observation) => {
        const containerd = await observation.containerd();
        const wanted = [
          await observation.need(manifestDigest),
          await observation.need(configDigest),
          await observation.need(digests.base),
          await observation.need(digests.delta),
        ];
        const target = (await containerd.images()).get(importedName) ?? 'no image';
        const stored = await containerd.content();
        const missing = wanted.filter((digest) => !stored.includes(digest));
        return {
          from: `${wanted[0]}, nothing missing`,
          to: `${target}, ${missing.length === 0 ? 'nothing missing' : `missing ${missing.map(brief).join(' ')}`}`,
          evidence: `${brief(target)}, four of four`,
          again: '05-import/import',
        };
      },
    ),
    check('process', {
      claim: 'Z1',
      says: 'a process had this image as its root',
      observe: async (observation) => {
        const seen = observation.progress.witnessed('08-run/mountinfo/overlay');
        const subject = await observation.need(manifestDigest);
        if (seen?.subject === subject) return pass(`${seen.evidence}, at ${seen.at.slice(11, 19)}`);
        const own = await observation.get(upperdir);
        return fail({
          expected: `a container from ${brief(subject)}, seen from inside`,
          actual:
            seen === undefined ? 'none was seen yet' : 'a container from another image was seen',
          hint:
            own === undefined
              ? 'Do lesson 8 with this image: its container has ended, and only the tour saw it.'
              : 'One is running: do the mountinfo step of lesson 8.',
        });
      },
    }),
  ],
  sheets: [
    link('trees-tars', 'the tars have the entries of your trees', async (observation) => {
      const both = (all: readonly string[]) => all.join('; ');
      const ofTrees = await Promise.all(
        layerNames.map(async (name) => summary((await observation.need(trees[name])).entries)),
      );
      const ofTars = await Promise.all(
        layerNames.map(async (name) => summary((await observation.need(tars[name])).entries)),
      );
      const count =
        (await observation.need(tars.base)).entries.length +
        (await observation.need(tars.delta)).entries.length;
      return {
        from: both(ofTrees),
        to: both(ofTars),
        evidence: `${count} entries in both`,
        again: '03-layers/tar',
      };
    }),
    link(
      'store-snapshots',
      'the merged snapshots have the entries of the merged tars',
      async (observation) => {
        await observation.need(chain);
        const ofTars = [
          (await observation.need(tars.base)).entries,
          (await observation.need(tars.delta)).entries,
        ];
        const onDisk = [
          (await observation.need(snapshotTrees.base)).entries,
          // On disk the whiteout is a device with the plain name; the archive has a prefix.
          (await observation.need(snapshotTrees.delta)).entries.map((entry) =>
            entry.kind === 'character' ? { ...entry, path: 'data/.wh.config.txt' } : entry,
          ),
        ];
        const view = (layers: typeof ofTars) =>
          summary([...merge(layers).values()].map(({ entry }) => entry));
        return {
          from: view(ofTars),
          to: view(onDisk),
          evidence: `${merge(ofTars).size} paths in both`,
          again: '05-import/import',
        };
      },
    ),
  ],
});

export const answers = defineAnswers(lesson, {
  chain: async (observation) => {
    const { value } = await observation.need(manifest);
    const named = [value.config?.digest, ...(value.layers ?? []).map(({ digest }) => digest)];
    const stored = (await observation.need(storedBlobs)).filter(({ digest }) =>
      named.includes(digest),
    );
    return {
      right: 2,
      said: `It names ${named.length} blobs, and ${stored.length} of ${named.length} files have exactly those hashes.`,
    };
  },
  sheets: async (observation) => {
    const { created } = (await observation.need(config)).value;
    return typeof created === 'string'
      ? {
          right: 1,
          said: `Your config has a creation time, ${created}, so every build has its own digest.`,
        }
      : {
          right: 0,
          said: `Your tars have a fixed time and owner, and your config no creation time: she gets ${brief(await observation.need(manifestDigest))}.`,
        };
  },
});
