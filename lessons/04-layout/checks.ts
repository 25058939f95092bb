import { gzipSync } from 'node:zlib';
import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { inspectProgram } from '../../src/host/preflight/tools.ts';
import { type Digest, sha256 } from '../../src/oci/digest.ts';
import { type Descriptor, mediaTypes, parseJson } from '../../src/oci/documents.ts';
import { check } from '../claims.ts';
import { importedName } from '../facts/containerd.ts';
import { blobs, brief, diffIds, digests } from '../facts/layers.ts';
import {
  config,
  configDigest,
  configSize,
  index,
  isLayerDigest,
  knownDigests,
  layoutViolations,
  manifest,
  manifestDigest,
  manifestSize,
  type NamedDigest,
  reachable,
  refName,
  type StoredBlob,
  type StoredDocument,
  storedBlobs,
} from '../facts/layout.ts';
import { architecture, sumByTool } from '../facts/machine.ts';
import { layerNames } from '../facts/trees.ts';
import { lesson } from './lesson.ts';

/** What the digest in a document is, in words. */
async function recognise(observation: Observation, digest: unknown): Promise<string> {
  const known = (await knownDigests(observation)).get(digest);
  if (known !== undefined) return known;
  if (digest === undefined) return 'missing';
  const isStored = (await observation.need(storedBlobs)).some((each) => each.digest === digest);
  return isStored ? 'another blob of this layout' : 'not in this layout';
}

/** A field of a descriptor that doesn't fit the bytes it should describe. */
interface WrongField {
  readonly field: 'mediaType' | 'digest' | 'size';
  readonly expected: string;
  readonly actual: string;
}

/** Compares a descriptor with the bytes it should describe. */
function describes(
  descriptor: Partial<Descriptor> | undefined,
  wanted: { mediaType: string; digest: Digest; size: number },
): WrongField[] {
  return (['digest', 'size', 'mediaType'] as const).flatMap((field) => {
    const found = descriptor?.[field];
    if (found === wanted[field]) return [];
    const actual = `${field} ${JSON.stringify(found) ?? 'missing'}`;
    return [{ field, expected: `${field} ${JSON.stringify(wanted[field])}`, actual }];
  });
}

const fieldHints: Readonly<Record<WrongField['field'], string>> = {
  digest: 'A digest is `sha256:` and the hash of the stored file.',
  size: 'The size is that of the stored file: `stat -c %s FILE`. An import never compares it, a pull does.',
  mediaType: 'Readers compare media types letter by letter.',
};

/** Fails by the first field that is wrong. */
function failBy(label: string, [first, ...more]: readonly WrongField[]): Outcome {
  return fail({
    expected: `${label}: ${first?.expected}`,
    actual: [first, ...more].map((each) => each?.actual).join(', '),
    hint: fieldHints[first?.field ?? 'digest'],
  });
}

/** Passes if a document is stored under its own hash. */
function storedUnderItsHash({ name, digest }: StoredBlob, what: string): Outcome {
  if (`sha256:${name}` === digest) return pass(brief(digest));
  return fail({
    expected: `a file named ${digest.slice('sha256:'.length)}`,
    actual: `a file named ${name}`,
    hint: `Hash the file that is stored, not the text that it was made from: sha256sum <FILE. Then rename ${what}.`,
  });
}

/** The rule a document breaks first, or that all of it holds. */
function allOf(
  evidence: string,
  hint: string,
  rules: readonly (readonly [holds: boolean, expected: string, actual: string])[],
): Outcome {
  const broken = rules.find(([holds]) => !holds);
  return broken === undefined
    ? pass(evidence)
    : fail({ expected: broken[1], actual: broken[2], hint });
}

/** Everything that index.json leads to. */
async function reachableBlobs(observation: Observation): Promise<readonly NamedDigest[]> {
  return reachable(await observation.need(index), await observation.need(storedBlobs));
}

export const checks = defineChecks(lesson, {
  layers: [
    check('version', {
      claim: 'O1',
      says: 'oci-layout contains imageLayoutVersion 1.0.0',
      observe: async (observation) => {
        const bytes = await observation.file('oci', 'oci-layout');
        const parsed = bytes && parseJson(bytes);
        const expected = '{"imageLayoutVersion": "1.0.0"}';
        const hint = 'containerd refuses any other version: "unsupported OCI version".';
        if (parsed === undefined) return fail({ expected, actual: 'no such file', hint });
        if (!parsed.ok) return fail({ expected, actual: `not JSON: ${parsed.why}`, hint });
        const value = parsed.value as { imageLayoutVersion?: unknown } | null;
        return allOf('1.0.0', hint, [
          [value?.imageLayoutVersion === '1.0.0', expected, JSON.stringify(value)],
        ]);
      },
    }),
    check('present', {
      claim: 'O2',
      says: 'both layers are stored under the hash of their bytes',
      observe: async (observation) => {
        const stored = await observation.need(storedBlobs);
        const isDocument = ({ json }: StoredBlob) => json !== undefined;
        const wrong = stored.find(
          (blob) => !isDocument(blob) && `sha256:${blob.name}` !== blob.digest,
        );
        if (wrong !== undefined) {
          return fail({
            expected: `a file name that is the hash of its bytes, ${brief(wrong.digest)}`,
            actual: `a file named ${wrong.name.slice(0, 20)}`,
            hint: `Its bytes are ${await recognise(observation, wrong.digest)}. Name it by that hash.`,
          });
        }
        const pathOf = (digest: Digest) =>
          observation.path('oci', 'blobs', 'sha256', digest.slice(7));
        const paths = [
          pathOf(await observation.need(digests.base)),
          pathOf(await observation.need(digests.delta)),
        ];
        for (const name of layerNames) {
          const wanted = await observation.need(digests[name]);
          const path = pathOf(wanted);
          if (!stored.some(({ digest }) => digest === wanted)) {
            return fail({
              expected: `${name}-layer.tar.gz as ${brief(wanted)}`,
              actual: `${stored.length} blobs, none of them with that hash`,
              hint: 'Copy the compressed file, base-layer.tar.gz or delta-layer.tar.gz.',
            });
          }
          const theirs = await sumByTool(observation, path, paths);
          if (theirs !== wanted) {
            return fail({
              expected: wanted,
              actual: theirs,
              hint: 'sha256sum and the tour compute different hashes of this file.',
            });
          }
        }
        const [base, delta] = [
          await observation.need(digests.base),
          await observation.need(digests.delta),
        ];
        return pass(`${brief(base)} and ${brief(delta)}, confirmed by sha256sum`);
      },
    }),
  ],
  config: [
    check('named', {
      claim: 'O2',
      says: 'it is stored under the hash of its bytes',
      observe: async (observation) =>
        storedUnderItsHash((await observation.need(config)).blob, 'the config'),
    }),
    check('diff-ids', {
      claim: 'O3',
      says: 'it lists the DiffIDs of both layers, base first',
      observe: async (observation) => {
        const { value } = await observation.need(config);
        const wanted = [
          await observation.need(diffIds.base),
          await observation.need(diffIds.delta),
        ];
        const found = value.rootfs?.diff_ids ?? [];
        if (found.join() === wanted.join()) return pass(wanted.map(brief).join(' then '));
        const names = await Promise.all(found.map((each) => recognise(observation, each)));
        const swapped = [...found].reverse().join() === wanted.join();
        const digestThere = names.some(isLayerDigest);
        return fail({
          expected: 'the DiffID of base, then the DiffID of delta',
          actual: names.length === 0 ? 'no diff_ids' : names.join(', then '),
          hint: swapped
            ? 'The order is wrong: the lowest layer comes first.'
            : digestThere
              ? 'The config needs the hash *before* compression: containerd compares it with the hash of the tar stream while it unpacks.'
              : 'DiffIDs are the hashes of the two .tar files. Write the config again if you packed them anew.',
        });
      },
    }),
    check('platform', {
      claim: 'O3',
      says: 'os is linux; architecture matches busybox and this machine',
      observe: async (observation) => {
        const { value } = await observation.need(config);
        const machine = await observation.need(architecture);
        const elf = inspectProgram(
          observation.path('build', 'base', 'bin', 'busybox'),
        )?.architecture;
        return allOf(
          `linux/${machine}`,
          'Nothing compares this with the program, but tools choose an image by it.',
          [
            [value.os === 'linux', 'os linux', `os ${value.os}`],
            [
              value.architecture === machine,
              `architecture ${machine}`,
              `architecture ${value.architecture}`,
            ],
            [elf === machine, `busybox for ${machine}`, `busybox for ${elf}`],
          ],
        );
      },
    }),
    check('command', {
      claim: 'O3',
      says: 'rootfs.type is layers, and Cmd is ["/bin/sh"]',
      observe: async (observation) => {
        const { value } = await observation.need(config);
        const command = JSON.stringify(value.config?.Cmd) ?? 'missing';
        const type = JSON.stringify(value.rootfs?.type) ?? 'missing';
        return allOf(
          'Cmd ["/bin/sh"], type layers',
          'Cmd is a list of words, not one string: `["/bin/sh"]`.',
          [
            [type === '"layers"', 'rootfs.type "layers"', `rootfs.type ${type}`],
            [command === '["/bin/sh"]', 'Cmd ["/bin/sh"]', `Cmd ${command}`],
          ],
        );
      },
    }),
  ],
  manifest: [
    check('named', {
      claim: 'O2',
      says: 'it is stored under the hash of its bytes',
      observe: async (observation) =>
        storedUnderItsHash((await observation.need(manifest)).blob, 'the manifest'),
    }),
    check('config', {
      claim: 'O4',
      says: 'its descriptor of the config is right',
      observe: async (observation) => {
        const { value } = await observation.need(manifest);
        const digest = await observation.need(configDigest);
        const size = await observation.need(configSize);
        const wrong = describes(value.config, { mediaType: mediaTypes.config, digest, size });
        if (wrong.length === 0) return pass(`${brief(digest)}, ${size} bytes`);
        if (wrong[0]?.field !== 'digest') return failBy('the config', wrong);
        const found = await recognise(observation, value.config?.digest);
        return fail({
          expected: `the digest of the config, ${brief(digest)}`,
          actual: found,
          hint: 'Write the manifest again if you have changed the config since.',
        });
      },
    }),
    check('layers', {
      claim: 'O4',
      says: 'both layer descriptors are right, base first',
      observe: async (observation) => {
        const { value } = await observation.need(manifest);
        const found = value.layers ?? [];
        for (const [at, name] of layerNames.entries()) {
          const wrong = describes(found[at], {
            mediaType: mediaTypes.layerGzip,
            digest: await observation.need(digests[name]),
            size: (await observation.need(blobs[name])).size,
          });
          if (wrong.length === 0) continue;
          if (wrong[0]?.field !== 'digest') return failBy(`layer ${at}`, wrong);
          const there = await recognise(observation, found[at]?.digest);
          return fail({
            expected: `layer ${at}: the digest of ${name}`,
            actual: `layer ${at}: ${there}`,
            hint: there.startsWith('the DiffID')
              ? 'The manifest needs the hash *after* compression: it names the files that get downloaded.'
              : 'Layers are the two compressed tars, each by the hash of the .tar.gz.',
          });
        }
        if (found.length === 2)
          return pass(found.map(({ digest }) => brief(digest)).join(' then '));
        return fail({
          expected: 'two layers',
          actual: `${found.length} layers`,
          hint: 'There is one layer for each DiffID in the config.',
        });
      },
    }),
    check('schema', {
      claim: 'O4',
      says: 'schemaVersion is 2, and mediaType is that of a manifest',
      observe: async (observation) => {
        const { value } = await observation.need(manifest);
        const version = JSON.stringify(value.schemaVersion) ?? 'missing';
        return allOf(
          'schemaVersion 2',
          'schemaVersion 1 was an older format of Docker. Write the number 2.',
          [
            [version === '2', 'schemaVersion 2', `schemaVersion ${version}`],
            [
              value.mediaType === mediaTypes.manifest,
              mediaTypes.manifest,
              `mediaType ${value.mediaType}`,
            ],
          ],
        );
      },
    }),
  ],
  index: [
    check('points', {
      claim: 'O5',
      says: 'its descriptor of the manifest is right',
      observe: async (observation) => {
        const value = await observation.need(index);
        const first = value.manifests?.[0];
        const digest = await observation.need(manifestDigest);
        const size = await observation.need(manifestSize);
        const wrong = describes(first, { mediaType: mediaTypes.manifest, digest, size });
        if (wrong.length > 0 && wrong[0]?.field !== 'digest') return failBy('the manifest', wrong);
        if (wrong.length === 0 && value.manifests?.length === 1) {
          return pass(`${brief(digest)}, ${size} bytes`);
        }
        return fail({
          expected: `one manifest, ${brief(digest)}`,
          actual:
            wrong.length === 0
              ? `${value.manifests?.length} manifests`
              : await recognise(observation, first?.digest),
          hint: 'Write index.json again if you have changed the manifest since.',
        });
      },
    }),
    check('name', {
      claim: 'O5',
      says: 'the annotation has the name handroll:latest',
      observe: async (observation) => {
        const value = await observation.need(index);
        const found = value.manifests?.[0]?.annotations?.[refName];
        return allOf(importedName, `The annotation ${refName} holds the name.`, [
          [found === importedName, importedName, String(found ?? 'no such annotation')],
        ]);
      },
    }),
  ],
  whole: [
    check('four', {
      claim: 'O2',
      says: 'there are exactly four blobs, each named by its hash',
      observe: async (observation) => {
        const stored = await observation.need(storedBlobs);
        const misnamed = stored.find(({ name, digest }) => `sha256:${name}` !== digest);
        const found = new Set((await reachableBlobs(observation)).map(({ digest }) => digest));
        const extra = stored.filter(({ digest }) => !found.has(digest));
        if (stored.length === 4 && extra.length === 0 && misnamed === undefined) {
          return pass('base, delta, config, manifest');
        }
        return fail({
          expected: 'base, delta, config and manifest, under their own hash',
          actual:
            misnamed !== undefined
              ? `the bytes of ${misnamed.name.slice(0, 8)}… have another hash`
              : extra.length > 0
                ? `${stored.length} blobs; index.json doesn't lead to ${extra.map(({ digest }) => brief(digest)).join(', ')}`
                : `${stored.length} blobs`,
          hint: 'An earlier try leaves its config or manifest behind. Delete it, or start again at the first step of this lesson.',
        });
      },
    }),
    check('followed', {
      claim: 'I1',
      says: 'every blob can be reached, and every hash matches',
      observe: async (observation) => {
        const found = await reachableBlobs(observation);
        const lost = found.find(({ blob }) => blob === undefined);
        if (lost === undefined && found.length === 4) {
          return pass(`${brief(found[0]?.digest ?? '')} and ${found.length - 1} below`);
        }
        const [first] = found;
        return fail({
          expected: 'index.json to the manifest, to the config and two layers',
          actual:
            lost === undefined
              ? first === undefined
                ? 'index.json names no manifest'
                : `${found.length - 1} blobs below ${brief(first.digest ?? '')}`
              : `${lost.by} names ${lost.digest === undefined ? 'no digest' : brief(lost.digest)}, and no blob has that hash`,
          hint: 'A blob is missing or was changed, or the document that names it is from an earlier try.',
        });
      },
    }),
    check('valid', {
      claim: 'I1',
      says: 'all of it keeps the rules of the OCI image spec',
      observe: async (observation) => {
        const { kept, count } = await observation.need(layoutViolations);
        const [first] = kept;
        if (first === undefined) return pass('verify finds nothing');
        const { rule, section } = first;
        const path = first.path.replace(/([0-9a-f]{8})[0-9a-f]{56}/, '$1…');
        return fail({
          expected: `${path}: ${first.expected}`,
          actual: first.actual,
          hint: `The rule is ${rule} (${section}). ${count === 1 ? 'It is all that' : `It is the first of ${count} findings that`} \`handroll-tour verify "$OCI_DIR"\` prints.`,
        });
      },
    }),
  ],
});

export const answers = defineAnswers(lesson, {
  config: async (observation) => {
    const { blob } = await observation.need(config);
    const spaced = sha256(`${blob.text ?? ''} `);
    return {
      right: spaced === blob.digest ? 0 : 1,
      said: `With one more space the digest would be ${brief(spaced)}, not ${brief(blob.digest)}.`,
    };
  },
  manifest: async (observation) => {
    const tar = await observation.file('delta-layer.tar');
    const other = sha256(gzipSync(tar ?? '', { level: 9 }));
    const digest = await observation.need(digests.delta);
    const contains = async (fact: typeof config | typeof manifest) =>
      (await observation.need<StoredDocument<unknown>>(fact)).blob.text?.includes(digest) === true;
    const inManifest = await contains(manifest);
    const inConfig = await contains(config);
    const holders = [inManifest ? ['the manifest'] : [], inConfig ? ['the config'] : []].flat();
    return {
      right: inConfig ? (inManifest ? 2 : 1) : 0,
      said: `The delta's digest, now ${brief(digest)}, would be ${brief(other)}. It's in ${holders.length === 0 ? 'neither document' : holders.join(' and in ')}.`,
    };
  },
  index: async (observation) => {
    const documents = (await observation.need(storedBlobs)).filter(
      ({ text }) => text !== undefined,
    );
    const named = documents.filter(({ text }) => text?.includes(importedName));
    return {
      right: named.length === 0 ? 2 : 0,
      said: `${named.length === 0 ? 'None' : named.length} of the ${documents.length} documents that have a digest contain "${importedName}".`,
    };
  },
});
