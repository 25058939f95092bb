import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineChecks } from '../../src/engine/define.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { inspectProgram } from '../../src/host/preflight/tools.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { type Descriptor, mediaTypes, parseJson } from '../../src/oci/documents.ts';
import { check } from '../claims.ts';
import { importedName } from '../facts/containerd.ts';
import { blobs, brief, diffIds, digests } from '../facts/layers.ts';
import {
  config,
  configDigest,
  configSize,
  index,
  knownDigests,
  layoutViolations,
  manifest,
  manifestDigest,
  manifestSize,
  refName,
  storedBlobs,
} from '../facts/layout.ts';
import { architecture, sumByTool } from '../facts/machine.ts';
import { layerNames } from '../facts/trees.ts';
import { lesson } from './lesson.ts';

/** What a learner most likely put where another digest belongs. */
async function recognise(observation: Observation, digest: unknown): Promise<string> {
  return (await knownDigests(observation)).get(digest) ?? 'no digest of yours';
}

/** Compares a descriptor with the bytes it should describe. */
function describes(
  descriptor: Partial<Descriptor> | undefined,
  wanted: { mediaType: string; digest: Digest; size: number },
): string[] {
  return (['mediaType', 'digest', 'size'] as const).flatMap((field) =>
    descriptor?.[field] === wanted[field]
      ? []
      : [
          `${field} ${JSON.stringify(descriptor?.[field]) ?? 'missing'}, not ${JSON.stringify(wanted[field])}`,
        ],
  );
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

/** Blobs that nothing in the image refers to. */
async function unreferenced(observation: Observation): Promise<string[]> {
  const wanted = [
    await observation.need(digests.base),
    await observation.need(digests.delta),
    await observation.need(configDigest),
    await observation.need(manifestDigest),
  ];
  return (await observation.need(storedBlobs))
    .map(({ digest }) => digest)
    .filter((it) => !wanted.includes(it));
}

export const checks = defineChecks(lesson, {
  marker: [
    check('version', {
      claim: 'O1',
      says: 'oci-layout says imageLayoutVersion 1.0.0',
      observe: async (observation) => {
        const bytes = await observation.file('oci', 'oci-layout');
        const parsed = bytes && parseJson(bytes);
        const expected = '{"imageLayoutVersion": "1.0.0"}';
        const hint = 'containerd refuses every other version: "unsupported OCI version".';
        if (parsed === undefined) return fail({ expected, actual: 'no such file', hint });
        if (!parsed.ok) return fail({ expected, actual: `not JSON: ${parsed.why}`, hint });
        const value = parsed.value as { imageLayoutVersion?: unknown } | null;
        return allOf('1.0.0', hint, [
          [value?.imageLayoutVersion === '1.0.0', expected, JSON.stringify(value)],
        ]);
      },
    }),
  ],
  layers: [
    check('present', {
      claim: 'O2',
      says: 'both layers are there, each under the hash of its bytes',
      observe: async (observation) => {
        const stored = await observation.need(storedBlobs);
        const wrong = stored.find(({ name, digest }) => `sha256:${name}` !== digest);
        if (wrong !== undefined) {
          return fail({
            expected: `a name that is the hash of the bytes, ${wrong.digest.slice(7, 15)}…`,
            actual: `a file called ${wrong.name.slice(0, 20)}`,
            hint: `It holds ${await recognise(observation, wrong.digest)}, and should be called after it.`,
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
              actual: `${stored.length} blobs, and it is none of them`,
              hint: 'It is the compressed file that goes in. Was the uncompressed tar copied?',
            });
          }
          const theirs = await sumByTool(observation, path, paths);
          if (theirs !== wanted) {
            return fail({
              expected: wanted,
              actual: theirs,
              hint: 'sha256sum does not agree with our own hash of this file.',
            });
          }
        }
        const [base, delta] = [
          await observation.need(digests.base),
          await observation.need(digests.delta),
        ];
        return pass(`${brief(base)} and ${brief(delta)}, and sha256sum says so too`);
      },
    }),
  ],
  config: [
    check('diff-ids', {
      claim: 'O3',
      says: 'it lists the DiffIDs of both layers, bottom first',
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
        const digestThere = names.some((name) => name.startsWith('the Digest'));
        return fail({
          expected: 'the DiffID of base, the DiffID of delta',
          actual: names.length === 0 ? 'none' : names.join(', '),
          hint: swapped
            ? 'They are the right two in the wrong order: the bottom layer comes first.'
            : digestThere
              ? 'A config wants the hash *before* compression: containerd compares it with what it unpacks.'
              : 'DiffIDs are the hashes of the two .tar files. Were they packed again since?',
        });
      },
    }),
    check('platform', {
      claim: 'O3',
      says: 'it is for linux and the architecture of busybox and of this machine',
      observe: async (observation) => {
        const { value } = await observation.need(config);
        const machine = await observation.need(architecture);
        const elf = inspectProgram(
          observation.path('build', 'base', 'bin', 'busybox'),
        )?.architecture;
        return allOf(
          `linux/${machine}, and so is busybox`,
          'containerd does not compare this with anything: a lie is found out when the program does not start.',
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
        return allOf('Cmd ["/bin/sh"], type layers', 'Cmd is a list of words, not one string.', [
          [type === '"layers"', 'rootfs.type "layers"', `rootfs.type ${type}`],
          [command === '["/bin/sh"]', 'Cmd ["/bin/sh"]', `Cmd ${command}`],
        ]);
      },
    }),
  ],
  manifest: [
    check('config', {
      claim: 'O4',
      says: 'it describes the config: digest, size, media type',
      observe: async (observation) => {
        const { value } = await observation.need(manifest);
        const wrong = describes(value.config, {
          mediaType: mediaTypes.config,
          digest: await observation.need(configDigest),
          size: await observation.need(configSize),
        });
        if (wrong.length === 0) return pass(brief(await observation.need(configDigest)));
        const found = await recognise(observation, value.config?.digest);
        return fail({
          expected: `the digest of the config, ${await observation.need(configSize)} bytes`,
          actual: wrong.join('; '),
          hint: `What stands there is ${found}. Was the config written again since?`,
        });
      },
    }),
    check('layers', {
      claim: 'O4',
      says: 'it describes both layers, bottom first, true in digest and size',
      observe: async (observation) => {
        const { value } = await observation.need(manifest);
        const found = value.layers ?? [];
        const names = await Promise.all(found.map(({ digest }) => recognise(observation, digest)));
        const hint = names.some((name) => name.startsWith('the DiffID'))
          ? 'A manifest wants the hash *after* compression: it names files that are downloaded.'
          : 'containerd checks the digests but never the sizes, so a wrong size goes unnoticed there. Not here.';
        for (const [at, name] of layerNames.entries()) {
          const wrong = describes(found[at], {
            mediaType: mediaTypes.layerGzip,
            digest: await observation.need(digests[name]),
            size: (await observation.need(blobs[name])).size,
          });
          if (wrong.length > 0) {
            const actual = `layer ${at} is ${names[at] ?? 'missing'}; ${wrong.join('; ')}`;
            return fail({ expected: `layer ${at} is the Digest of ${name}`, actual, hint });
          }
        }
        if (found.length === 2)
          return pass(found.map(({ digest }) => brief(digest)).join(' then '));
        return fail({ expected: 'two layers', actual: `${found.length} layers`, hint });
      },
    }),
    check('schema', {
      claim: 'O4',
      says: 'schemaVersion is 2, and it says what it is',
      observe: async (observation) => {
        const { value } = await observation.need(manifest);
        const version = JSON.stringify(value.schemaVersion) ?? 'missing';
        return allOf('schemaVersion 2', 'Version 1 was another format; readers take 2.', [
          [version === '2', 'schemaVersion 2', `schemaVersion ${version}`],
          [
            value.mediaType === mediaTypes.manifest,
            mediaTypes.manifest,
            `mediaType ${value.mediaType}`,
          ],
        ]);
      },
    }),
  ],
  index: [
    check('points', {
      claim: 'O5',
      says: 'it describes the manifest: digest, size, media type',
      observe: async (observation) => {
        const value = await observation.need(index);
        const first = value.manifests?.[0];
        const wrong = describes(first, {
          mediaType: mediaTypes.manifest,
          digest: await observation.need(manifestDigest),
          size: await observation.need(manifestSize),
        });
        if (wrong.length === 0 && value.manifests?.length === 1) {
          return pass(brief(await observation.need(manifestDigest)));
        }
        return fail({
          expected: `one manifest, ${brief(await observation.need(manifestDigest))}`,
          actual: wrong.join('; ') || `${value.manifests?.length} manifests`,
          hint: `What stands there is ${await recognise(observation, first?.digest)}.`,
        });
      },
    }),
    check('name', {
      claim: 'O5',
      says: 'the annotation names it handroll:latest',
      observe: async (observation) => {
        const value = await observation.need(index);
        const found = value.manifests?.[0]?.annotations?.[refName];
        return allOf(importedName, `The annotation is called ${refName}.`, [
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
        const misnamed = stored.filter(({ name, digest }) => `sha256:${name}` !== digest);
        const extra = await unreferenced(observation);
        if (stored.length === 4 && extra.length === 0 && misnamed.length === 0) {
          return pass('base, delta, config, manifest');
        }
        return fail({
          expected: 'base, delta, config and manifest, under their own hash',
          actual:
            misnamed.length > 0
              ? `${misnamed[0]?.name.slice(0, 8)}… does not have that hash`
              : `${stored.length} blobs; nobody points at ${extra.map(brief).join(', ')}`,
          hint: 'An earlier try leaves its config or manifest behind. Delete it, or start again at the first step of this lesson.',
        });
      },
    }),
    check('followed', {
      claim: 'I1',
      says: 'from the index one comes to every blob, and every hash is true',
      observe: async (observation) => {
        const stored = new Set((await observation.need(storedBlobs)).map(({ digest }) => digest));
        const first = (await observation.need(index)).manifests?.[0]?.digest;
        const { blob, value } = await observation.need(manifest);
        const steps: (string | undefined)[] = [
          first,
          value.config?.digest,
          ...(value.layers ?? []).map(({ digest }) => digest),
        ];
        const lost = steps.find((digest) => digest === undefined || !stored.has(digest));
        if (first === blob.digest && steps.length === 4 && !steps.includes(undefined) && !lost) {
          return pass(`index to ${steps.map((digest) => brief(digest ?? '')).join(', ')}`);
        }
        return fail({
          expected: 'index to manifest to config and two layers',
          actual: `no bytes hash to ${brief(lost ?? first ?? 'sha256:nothing')}`,
          hint: 'A blob is missing or was changed, or the document above it is of an earlier try.',
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
