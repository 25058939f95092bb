import { fail, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import { elevated } from '../../src/host/privilege.ts';
import type { Digest } from '../../src/oci/digest.ts';
import type { Manifest } from '../../src/oci/documents.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { hiddenBytes, merge } from '../../src/oci/merge.ts';
import { check } from '../claims.ts';
import { secondImage, shortened, snapshotDirs, snapshotList } from '../facts/containerd.ts';
import { brief, diffIds, digests, duplicates, tars, withDuplicate } from '../facts/layers.ts';
import { manifest } from '../facts/layout.ts';
import { sizeByTool } from '../facts/machine.ts';
import {
  addedBlobs,
  bothStacks,
  secondChain,
  secondConfig,
  secondLayers,
  secondManifest,
  secondManifestDigest,
  secondViolations,
} from '../facts/second.ts';
import { lesson } from './lesson.ts';

/** The merged tree as text: path, kind, owner, mode, content. */
function view(layers: readonly (readonly LayerEntry[])[]): string[] {
  return [...merge(layers)].map(([path, { entry }]) =>
    [path, entry.kind, entry.mode.toString(8), entry.link ?? entry.digest ?? ''].join(' ').trim(),
  );
}

export const checks = defineChecks(lesson, {
  duplicate: [
    check('same-view', {
      claim: 'D1',
      says: 'the trees with both deltas were compared',
      observe: async (observation) => {
        const base = (await observation.need(tars.base)).entries;
        const without = view([base, (await observation.need(tars.delta)).entries]);
        const padded = view([base, (await observation.need(withDuplicate)).entries]);
        const differs = padded.filter((line) => !without.includes(line));
        if (differs.length === 0 && padded.length === without.length) {
          return pass(`${padded.length} paths, all of them the same`);
        }
        return fail({
          expected: 'the same merged tree',
          actual: differs.map((line) => line.slice(0, 60)).join(', ') || 'paths are missing',
          hint: 'Something other than the copy of busybox differs. Run the step again: it makes the duplicate from build/delta.',
        });
      },
    }),
    check('counted', {
      claim: 'D1',
      says: 'one file of the delta is already in the base, byte for byte',
      observe: async (observation) => {
        const found = await observation.need(duplicates);
        const paths = found.map(({ path }) => path);
        const { duplicated } = hiddenBytes(found);
        const size = await sizeByTool(
          observation,
          observation.path('build', 'base', 'bin', 'busybox'),
        );
        if (paths.join() === 'bin/busybox' && String(duplicated) === size) {
          return pass(`${duplicated} bytes`);
        }
        return fail({
          expected: `bin/busybox in both layers, ${size} bytes`,
          actual: `${paths.join(', ') || 'no file'} in both, ${duplicated} bytes`,
          hint: 'A duplicate has the same path, bytes, mode, owner and timestamp. With any other, it is a change.',
        });
      },
    }),
  ],
  sibling: [
    check('valid', {
      claim: 'W2',
      says: 'the layout of the second image is valid, and every digest in it is right',
      observe: async (observation) => {
        const violations = await observation.need(secondViolations);
        const [first] = violations.kept;
        if (first === undefined) {
          const digest = await observation.need(secondManifestDigest);
          return pass(`manifest ${brief(digest)}, no violations`);
        }
        return fail({
          expected: `${first.path}: ${first.expected}`,
          actual: first.actual,
          hint: 'Each document names the one before it by hash, so they are written in order: config, manifest, index.json. Run the step again to write all of them.',
        });
      },
    }),
    check('same-base', {
      claim: 'W2',
      says: "layer 0 is the first image's base, and layer 1 is another",
      observe: async (observation) => {
        const told = (digest: Digest | undefined, diffId: string | undefined) =>
          `layer 0 with digest ${brief(digest ?? 'sha256:none')} and DiffID ${brief(diffId ?? 'sha256:none')}`;
        const [base, diffId] = [
          await observation.need(digests.base),
          await observation.need(diffIds.base),
        ];
        const { layers = [] } = await observation.need(secondManifest);
        const { rootfs } = await observation.need(secondConfig);
        const ids = rootfs?.diff_ids ?? [];
        const expected = told(base, diffId);
        const found = told(layers[0]?.digest, ids[0]);
        const isOther = layers[1]?.digest !== (await observation.need(digests.delta));
        if (found === expected && layers.length === 2 && isOther) return pass(found);
        return fail({
          expected: `two layers: ${expected}, and one other than delta`,
          actual: `${layers.length} layers: ${found}${isOther ? '' : ', and delta'}`,
          hint: "Leave the first image's descriptor and DiffID of layer 0 as they are, and replace those of layer 1.",
        });
      },
    }),
  ],
  shared: [
    check('imported', {
      claim: 'W2',
      says: 'containerd has the second image under its name',
      observe: async (observation) => {
        const wanted = await observation.need(secondManifestDigest);
        const found = (await (await observation.containerd()).images()).get(secondImage);
        if (found === wanted) return pass(brief(wanted));
        return fail({
          expected: `${secondImage}, pointing to ${brief(wanted)}`,
          actual: found === undefined ? 'no image of that name' : `it points to ${brief(found)}`,
          hint: 'Import practice/second/handroll2.tar.',
        });
      },
    }),
    check('blobs', {
      claim: 'W2',
      says: 'every blob of the second image is in the content store',
      observe: async (observation) => {
        const containerd = await observation.containerd();
        const added = await observation.need(addedBlobs);
        const base = await observation.need(secondLayers.base);
        const stored = await containerd.content();
        const missing = [base, ...added.map(({ digest }) => digest)].filter(
          (digest) => !stored.includes(digest),
        );
        const bytes = added.reduce((sum, { size }) => sum + size, 0);
        const isFirsts = base === (await observation.need(digests.base));
        if (missing.length === 0 && added.length === 3 && isFirsts) {
          const size = (await observation.need(manifest)).value.layers?.[0]?.size;
          return pass(`${bytes} bytes; base ${size}`);
        }
        return fail({
          expected: `three new blobs, and the base ${brief(await observation.need(digests.base))}`,
          actual:
            missing.length === 0
              ? `${added.length} new blobs, and the base ${brief(base)}`
              : `not in the content store: ${missing.map(brief).join(', ')}`,
          hint: 'Import practice/second/handroll2.tar again: containerd stores what it lacks.',
        });
      },
    }),
    check('base-once', {
      claim: 'W2',
      says: 'the base is on disk once, under both images',
      observe: async (observation) => {
        const containerd = await observation.containerd();
        const chain = await observation.need(secondChain);
        const { first, second } = await observation.need(bothStacks);
        const inodeIn = async (directory = '') => {
          const path = containerd.seen(`${directory}/bin/busybox`);
          const argv = elevated(observation.host.privilege, ['stat', '-c', '%d %i', path]);
          return (await observation.tool(...argv)).stdout.trim().split(' ').at(-1) ?? '';
        };
        const inodes = [await inodeIn(first[0]), await inodeIn(second[0])];
        const top = (await observation.need(snapshotList)).find(({ key }) => key === chain.at(-1));
        const expected = await observation.need(snapshotDirs.base);
        const isShared = first[0] === expected && second[0] === expected;
        if (isShared && inodes[0] === inodes[1] && top?.parent === chain[0]) {
          return pass(
            `${shortened(expected)}, under ${first.slice(1).map(shortened).join()} and ${second.slice(1).map(shortened).join()}`,
          );
        }
        return fail({
          expected: `${shortened(expected)} at the bottom of both`,
          actual: `${first.map(shortened).join(', ')} and ${second.map(shortened).join(', ')}`,
          hint: "The DiffID of layer 0 in the second config isn't the first's. Build the second image again, and import it.",
        });
      },
    }),
  ],
});

export const answers = defineAnswers(lesson, {
  duplicate: async (observation) => {
    const base = (await observation.need(tars.base)).entries;
    const without = view([base, (await observation.need(tars.delta)).entries]);
    const padded = view([base, (await observation.need(withDuplicate)).entries]);
    const same = without.join('\n') === padded.join('\n');
    const [before, after] = [
      await sizeByTool(observation, observation.path('delta-layer.tar')),
      await sizeByTool(observation, observation.path('duplicate', 'delta-layer.tar')),
    ];
    return {
      right: !same ? 2 : before === after ? 1 : 0,
      said: `The tar went from ${before} to ${after} bytes, and the ${padded.length} merged paths are ${same ? 'the same' : 'not the same'}.`,
    };
  },
  sibling: async (observation) => {
    const one = (await observation.need(manifest)).value;
    const other = await observation.need(secondManifest);
    const digest = (all: Partial<Manifest>) => [
      all.config?.digest,
      ...(all.layers ?? []).map((layer) => layer.digest),
    ];
    const [config, base] = digest(one).map((each, index) => each === digest(other)[index]);
    const told = (isSame = false) => (isSame ? 'the same' : 'different');
    return {
      right: config === true ? 0 : base === true ? 2 : 1,
      said: `The digests of the config are ${told(config)}, and those of layer 0 are ${told(base)}.`,
    };
  },
  shared: async (observation) => {
    const stored = await (await observation.containerd()).content();
    const added = (await observation.need(addedBlobs)).filter(({ digest }) =>
      stored.includes(digest),
    );
    return {
      right: added.length <= 1 ? 0 : added.length === 3 ? 1 : 2,
      said: `New are ${added.map(({ digest }) => brief(digest)).join(', ')}: manifest, config and layer.`,
    };
  },
});
