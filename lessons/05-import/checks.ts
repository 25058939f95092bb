import { fail, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { check } from '../claims.ts';
import {
  chain,
  containerdFiles,
  importedName,
  inStore,
  othersUntouched,
  ourBlobs,
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
    return 'This image was imported before you changed something. Pack the layout and import it again.';
  }
  if (count > 0) {
    return 'The name comes from the annotation in index.json, which should be handroll:latest.';
  }
  // A private containerd in memory may have ended and forgotten the image.
  return `Import it. If you have, and ctr reported no error, the name in index.json doesn't start with the --base-name, or -n was missing. containerd's files are ${await observation.need(containerdFiles)}.`;
}

export const checks = defineChecks(lesson, {
  pack: [
    check('envelope', {
      claim: 'M1',
      says: 'the tar contains the layout as it is now, byte for byte',
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
          actual: wrong.length > 0 ? 'missing, or with other bytes' : names(more),
          hint: 'Pack the content of the directory: tar -C "$OCI_DIR" -cf … . with the dot at the end.',
        });
      },
    }),
  ],
  import: [
    check('imported', {
      claim: 'M1',
      says: 'containerd has the image',
      observe: async (observation) => {
        const images = await (await observation.containerd()).images();
        const wanted = await observation.need(manifestDigest);
        const found = images.get(importedName);
        if (found === wanted) return pass(`${importedName} points to ${brief(wanted)}`);
        const others = [...images.keys()].join(', ');
        return fail({
          expected: `${importedName}, ${brief(wanted)}`,
          actual:
            found === undefined
              ? `no image ${importedName}${others === '' ? '' : `, only ${others}`}`
              : `it points to ${brief(found)}`,
          hint: await importHint(observation, found, images.size),
        });
      },
    }),
    check('target', {
      claim: 'M1',
      says: 'its manifest is yours, byte for byte',
      observe: async (observation) => {
        const wanted = await observation.need(manifestDigest);
        const stored = await (await observation.containerd()).blob(wanted);
        const mine = await observation.file('oci', 'blobs', 'sha256', wanted.slice(7));
        if (stored !== undefined && mine !== undefined && stored.equals(mine)) {
          return pass(`${stored.length} bytes, the same in oci/blobs`);
        }
        return fail({
          expected: `the ${mine?.length ?? 0} bytes of your manifest`,
          actual: stored === undefined ? "containerd doesn't have it" : 'other bytes',
          hint: "Import again: containerd stores the blobs that it doesn't have.",
        });
      },
    }),
    check('committed', {
      claim: 'M3',
      says: 'both layers are unpacked into read-only snapshots',
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
          hint: "Import again: containerd unpacks the layers that aren't unpacked.",
        });
      },
    }),
  ],
  tag: [
    check('both', {
      claim: 'M2',
      says: 'both names point to the same manifest',
      observe: async (observation) => {
        const images = await (await observation.containerd()).images();
        const wanted = await observation.need(manifestDigest);
        const wrong = [importedName, taggedName].filter((name) => images.get(name) !== wanted);
        if (wrong.length === 0) return pass(`${importedName} and ${taggedName}: ${brief(wanted)}`);
        return fail({
          expected: `${wrong.join(' and ')}: ${brief(wanted)}`,
          actual: wrong
            .map((name) => (images.has(name) ? brief(images.get(name) ?? '') : 'no such image'))
            .join(', '),
          hint: 'The existing name comes first, then the new one. "not found" means that they were in the wrong order, or that `-n "$CTR_NAMESPACE"` was missing.',
        });
      },
    }),
    check('others', {
      claim: 'P4',
      says: "the other namespaces haven't changed",
      observe: othersUntouched,
    }),
  ],
});

export const answers = defineAnswers(lesson, {
  import: async (observation) => {
    const names = await (await observation.containerd()).images();
    const right = names.has(importedName) ? 1 : names.has(taggedName) ? 0 : 2;
    const all = [...names.keys()];
    const told = all.length === 1 ? 'no other name' : all.join(' and ') || 'no name';
    return { right, said: `The list has ${told}.` };
  },
  tag: async (observation) => {
    const images = await (await observation.containerd()).images();
    const [short, long] = [images.get(importedName), images.get(taggedName)];
    const stored = await observation.need(inStore);
    const ours = await Promise.all(ourBlobs.map(([, fact]) => observation.need(fact)));
    const held = stored.filter((digest) => ours.includes(digest)).length;
    const which = long !== undefined && long === short ? brief(long) : 'different manifests';
    return {
      right: long === short ? 0 : 1,
      said: `Both names point to ${which}, and the store holds your ${held} blobs, each once.`,
    };
  },
});
