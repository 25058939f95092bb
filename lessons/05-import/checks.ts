import { fail, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { check } from '../claims.ts';
import {
  chain,
  containerdFiles,
  importedName,
  othersUntouched,
  snapshotList,
  taggedName,
} from '../facts/containerd.ts';
import { brief, digests } from '../facts/layers.ts';
import { configDigest, imageTar, layoutFiles, manifestDigest } from '../facts/layout.ts';
import { lesson } from './lesson.ts';

async function importHint(
  observation: Observation,
  found: string | undefined,
  count: number,
): Promise<string> {
  if (found !== undefined) {
    return 'That is an image from before you changed something. Pack and import again.';
  }
  if (count > 0) {
    return 'The name comes from the annotation in index.json. Is it handroll:latest there?';
  }
  // They may have been somewhere that forgets.
  return `Import it. What containerd holds lies ${await observation.need(containerdFiles)}.`;
}

export const checks = defineChecks(lesson, {
  pack: [
    check('envelope', {
      claim: 'M1',
      says: 'the tar holds the layout as it is, byte for byte',
      observe: async (observation) => {
        const { entries } = await observation.need(imageTar);
        const files = new Map(
          entries.flatMap(({ path, kind, digest }) =>
            kind === 'directory' ? [] : [[path, digest]],
          ),
        );
        const layout = await observation.need(layoutFiles);
        const blobs = [
          await observation.need(digests.base),
          await observation.need(digests.delta),
          await observation.need(configDigest),
          await observation.need(manifestDigest),
        ];
        const wanted = new Map([
          ...['oci-layout', 'index.json'].map((path) => [path, layout.get(path)] as const),
          ...layout,
          ...blobs.map((digest) => [`blobs/sha256/${digest.slice(7)}`, digest] as const),
        ]);
        const wrong = [...wanted].flatMap(([path, digest]) =>
          digest !== undefined && files.get(path) === digest ? [] : [path],
        );
        const more = [...files.keys()].filter((path) => !wanted.has(path));
        if (wrong.length === 0 && more.length === 0) {
          return pass('oci-layout, index.json and four blobs');
        }
        const names = (paths: readonly string[]) =>
          paths.map((path) => path.slice(0, 21)).join(', ');
        return fail({
          expected: wrong.length > 0 ? `${names(wrong)} as in oci` : 'nothing that is not in oci',
          actual: wrong.length > 0 ? 'missing, or other bytes' : names(more),
          hint: 'Pack the directory itself: tar -C "$OCI_DIR" -cf … . with the dot at the end.',
        });
      },
    }),
  ],
  import: [
    check('imported', {
      claim: 'M1',
      says: 'the image is there under its name, and points at your manifest',
      observe: async (observation) => {
        const images = await (await observation.containerd()).images();
        const wanted = await observation.need(manifestDigest);
        const found = images.get(importedName);
        if (found === wanted) return pass(`${importedName} is ${brief(wanted)}`);
        const others = [...images.keys()].join(', ');
        return fail({
          expected: `${importedName}, ${brief(wanted)}`,
          actual:
            found === undefined
              ? `no image of that name${others === '' ? '' : `, only ${others}`}`
              : `it points at ${brief(found)}`,
          hint: await importHint(observation, found, images.size),
        });
      },
    }),
    check('target', {
      claim: 'M1',
      says: 'ctr shows the bytes of that manifest, and they are yours',
      observe: async (observation) => {
        const wanted = await observation.need(manifestDigest);
        const stored = await (await observation.containerd()).blob(wanted);
        const mine = await observation.file('oci', 'blobs', 'sha256', wanted.slice(7));
        if (stored !== undefined && mine !== undefined && stored.equals(mine)) {
          return pass(`${stored.length} bytes, the same in oci/blobs and in containerd`);
        }
        return fail({
          expected: `the ${mine?.length ?? 0} bytes of your manifest`,
          actual: stored === undefined ? 'containerd does not have them' : 'other bytes',
          hint: 'Import again: the content store has lost the manifest.',
        });
      },
    }),
  ],
  tag: [
    check('both', {
      claim: 'M2',
      says: 'both names point at the one manifest',
      observe: async (observation) => {
        const images = await (await observation.containerd()).images();
        const wanted = await observation.need(manifestDigest);
        const wrong = [importedName, taggedName].filter((name) => images.get(name) !== wanted);
        if (wrong.length === 0) return pass(`${importedName} and ${taggedName}: ${brief(wanted)}`);
        return fail({
          expected: `${wrong.join(' and ')}: ${brief(wanted)}`,
          actual: wrong.map((name) => brief(images.get(name) ?? 'sha256:missing')).join(', '),
          hint: 'Tag it again; --force moves a name that exists.',
        });
      },
    }),
  ],
  unpacked: [
    check('committed', {
      claim: 'M3',
      says: 'there are two committed snapshots for your two layers',
      observe: async (observation) => {
        const wanted = await observation.need(chain);
        const found = await observation.need(snapshotList);
        const there = wanted.filter((key) =>
          found.some((each) => each.key === key && each.kind === 'Committed'),
        );
        if (there.length === 2) return pass(there.map(brief).join(' and '));
        return fail({
          expected: `${wanted.map(brief).join(' and ')}, Committed`,
          actual: found.map(({ key, kind }) => `${brief(key)} ${kind}`).join(', ') || 'none',
          hint: 'Import again: containerd unpacks what is not unpacked.',
        });
      },
    }),
    check('others', {
      claim: 'P4',
      says: 'the other namespaces are as they were',
      observe: othersUntouched,
    }),
  ],
});

export const answers = defineAnswers(lesson, {
  import: async (observation) => {
    const names = await (await observation.containerd()).images();
    const right = names.has(importedName) ? 1 : names.has(taggedName) ? 0 : 2;
    return { right, said: `containerd lists ${[...names.keys()].join(' and ')}` };
  },
});
