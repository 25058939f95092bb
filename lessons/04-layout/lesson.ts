import { check, fail, type Outcome, pass } from '../../src/engine/check.ts';
import { mistakes } from '../../src/engine/diagnosis.ts';
import { defineLesson } from '../../src/engine/lesson.ts';
import type { Look } from '../../src/engine/look.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { inspectProgram } from '../../src/host/tools.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { type Descriptor, MEDIA_TYPE, parseJson } from '../../src/oci/documents.ts';
import {
  architecture,
  blobs,
  brief,
  config,
  configDigest,
  configSize,
  diffIds,
  digests,
  importedName,
  index,
  layerNames,
  manifest,
  manifestDigest,
  manifestSize,
  sizes,
  storedBlobs,
} from '../facts.ts';
import { sumByTool } from '../witnesses.ts';
import {
  blobMistakes,
  commandMistakes,
  configDescriptorMistakes,
  diffIdMistakes,
  indexMistakes,
  knownDigests,
  layerMistakes,
  markerMistakes,
  nameMistakes,
  platformMistakes,
  refName,
  schemaMistakes,
  seeLayout,
  wholeMistakes,
} from './mistakes.ts';

/** What a learner most likely put where another digest belongs. */
async function recognise(look: Look, digest: unknown): Promise<string> {
  return (await knownDigests(look)).get(digest) ?? 'no digest of yours';
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
async function unreferenced(look: Look): Promise<string[]> {
  const wanted = [
    await look.need(digests.base),
    await look.need(digests.delta),
    await look.need(configDigest),
    await look.need(manifestDigest),
  ];
  return (await look.need(storedBlobs))
    .map(({ digest }) => digest)
    .filter((it) => !wanted.includes(it));
}

export const layout = defineLesson({
  id: '04-layout',
  title: 'The OCI layout',
  intro: text`Two tars are not an image yet. Somebody has to say what to run, in which order the layers
    lie, and where it all begins. That takes three short JSON documents and one directory.`,
  picture: {
    drawing: picture`
      index.json ─► manifest ${wide(manifestDigest, 9)} ─┬─► config ${wide(configDigest, 9)}
                                        │    DiffIDs ${wide(diffIds.base, 9)} ${wide(diffIds.delta, 9)}
                                        ├─► layer  ${wide(digests.base, 9)}  base
                                        └─► layer  ${wide(digests.delta, 9)}  delta
    `,
    alt: 'index.json points at the manifest, the manifest at the config and the two layers; the config lists the DiffIDs.',
  },
  steps: [
    {
      id: 'marker',
      title: 'A directory that says what it is',
      why: text`An image layout is a directory with a fixed shape. One file in it, \`oci-layout\`, exists
        only to say so, with a version. Readers look at it first and refuse what they do not know.`,
      script: sh`
        rm -rf "$OCI_DIR"
        mkdir -p "$OCI_DIR/blobs/sha256"
        echo '{"imageLayoutVersion": "1.0.0"}' >"$OCI_DIR/oci-layout"
      `,
      builds: true,
      expect: text`No output. This step starts the layout over: later steps add to it.`,
      checks: [
        check('version', {
          claim: 'O1',
          says: 'oci-layout says imageLayoutVersion 1.0.0',
          look: async (look) => {
            const bytes = await look.file('oci', 'oci-layout');
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
          mistakes: mistakes(seeLayout, ...markerMistakes),
          faults: [
            {
              name: 'a version of the future',
              breaks: sh`echo '{"imageLayoutVersion": "2.0.0"}' >"$OCI_DIR/oci-layout"`,
              mends: sh`echo '{"imageLayoutVersion": "1.0.0"}' >"$OCI_DIR/oci-layout"`,
              says: /imageLayoutVersion is "2\.0\.0"/,
              diagnosis: 'marker-version',
            },
            {
              name: 'a trailing comma',
              breaks: sh`echo '{"imageLayoutVersion": "1.0.0",}' >"$OCI_DIR/oci-layout"`,
              mends: sh`echo '{"imageLayoutVersion": "1.0.0"}' >"$OCI_DIR/oci-layout"`,
              says: /not JSON: line 1: a comma after the last item/,
              diagnosis: 'marker-not-json',
            },
            {
              name: 'a name of its own',
              breaks: sh`mv "$OCI_DIR/oci-layout" "$OCI_DIR/oci_layout.json"`,
              mends: sh`mv "$OCI_DIR/oci_layout.json" "$OCI_DIR/oci-layout"`,
              says: /oci\/oci_layout\.json is there, and no oci\/oci-layout/,
              diagnosis: 'marker-misnamed',
            },
          ],
        }),
      ],
      notice: text`\`blobs/sha256\` is the other fixed name. The directory is called after the hash
        function, so that a better one can stand beside it some day.`,
      hint: text`\`jq . "$OCI_DIR/oci-layout"\` says whether it is JSON.`,
    },
    {
      id: 'layers',
      title: 'Put the layers in, under their own hash',
      why: text`In the layout a file has no name but its digest. That makes it impossible to store
        something twice, or to overwrite one thing with another.`,
      script: sh`
        for layer in base delta; do
          digest=$(sha256sum <"$WORKDIR/$layer-layer.tar.gz" | cut -d' ' -f1)
          cp "$WORKDIR/$layer-layer.tar.gz" "$OCI_DIR/blobs/sha256/$digest"
        done
        ls -l "$OCI_DIR/blobs/sha256"
      `,
      builds: true,
      expect: text`Two files with very long names. Which is which? Their sizes tell you; nothing else
        would.`,
      checks: [
        check('present', {
          claim: 'O2',
          says: 'both layers are there, each under the hash of its bytes',
          look: async (look) => {
            const stored = await look.need(storedBlobs);
            const wrong = stored.find(({ name, digest }) => `sha256:${name}` !== digest);
            if (wrong !== undefined) {
              return fail({
                expected: `a name that is the hash of the bytes, ${wrong.digest.slice(7, 15)}…`,
                actual: `a file called ${wrong.name.slice(0, 20)}`,
                hint: `It holds ${await recognise(look, wrong.digest)}, and should be called after it.`,
              });
            }
            const pathOf = (digest: Digest) => look.path('oci', 'blobs', 'sha256', digest.slice(7));
            const paths = [
              pathOf(await look.need(digests.base)),
              pathOf(await look.need(digests.delta)),
            ];
            for (const name of layerNames) {
              const wanted = await look.need(digests[name]);
              const path = pathOf(wanted);
              if (!stored.some(({ digest }) => digest === wanted)) {
                return fail({
                  expected: `${name}-layer.tar.gz as ${brief(wanted)}`,
                  actual: `${stored.length} blobs, and it is none of them`,
                  hint: 'It is the compressed file that goes in. Was the uncompressed tar copied?',
                });
              }
              const theirs = await sumByTool(look, path, paths);
              if (theirs !== wanted) {
                return fail({
                  expected: wanted,
                  actual: theirs,
                  hint: 'sha256sum does not agree with our own hash of this file.',
                });
              }
            }
            const [base, delta] = [await look.need(digests.base), await look.need(digests.delta)];
            return pass(`${brief(base)} and ${brief(delta)}, and sha256sum says so too`);
          },
          mistakes: mistakes(seeLayout, ...blobMistakes),
          faults: [
            {
              name: 'a blob under a wrong name',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                mv "$(sha256sum <"$WORKDIR/delta-layer.tar.gz" | cut -d' ' -f1)" \
                  "$(sha256sum <"$WORKDIR/delta-layer.tar" | cut -d' ' -f1)"
              `,
              mends: sh`
                cd "$OCI_DIR/blobs/sha256"
                mv "$(sha256sum <"$WORKDIR/delta-layer.tar" | cut -d' ' -f1)" \
                  "$(sha256sum <"$WORKDIR/delta-layer.tar.gz" | cut -d' ' -f1)"
              `,
              says: /called by the DiffID of delta\. It holds the compressed delta/,
              diagnosis: 'blob-name-diffid',
            },
            {
              name: 'the uncompressed tar went in',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                rm "$(sha256sum <"$WORKDIR/base-layer.tar.gz" | cut -d' ' -f1)"
                cp "$WORKDIR/base-layer.tar" "$(sha256sum <"$WORKDIR/base-layer.tar" | cut -d' ' -f1)"
              `,
              mends: sh`
                cd "$OCI_DIR/blobs/sha256"
                rm "$(sha256sum <"$WORKDIR/base-layer.tar" | cut -d' ' -f1)"
                cp "$WORKDIR/base-layer.tar.gz" "$(sha256sum <"$WORKDIR/base-layer.tar.gz" | cut -d' ' -f1)"
              `,
              says: /[0-9a-f]{8}… is base-layer\.tar, uncompressed/,
              diagnosis: 'blob-uncompressed',
            },
            {
              name: 'all blobs in one directory',
              breaks: sh`mv "$OCI_DIR"/blobs/sha256/* "$OCI_DIR/blobs"`,
              mends: sh`
                cd "$OCI_DIR/blobs"
                mv [0-9a-f]* sha256/
              `,
              says: /a blob lies at oci\/blobs\/[0-9a-f]{8}…/,
              diagnosis: 'blob-outside',
            },
          ],
        }),
      ],
      notice: text`Base is ${digests.base} and delta is ${digests.delta}: their Digests, since these are the
        compressed files. Order and meaning are nowhere yet. The next three documents give them.`,
      hint: text`The name has no \`sha256:\` in front; the directory says that already.`,
    },
    {
      id: 'config',
      title: 'The config: what to run, and on what',
      why: text`The config says which machine the image is for, which command starts, and which layers
        make its root: by DiffID, since once they are unpacked nobody cares how they were compressed.
        Its hash is what Docker calls the *image ID*.`,
      script: sh`
        jq -n --arg arch "$ARCH" \
          --arg base "$BASE_DIFFID" --arg delta "$DELTA_DIFFID" '{
            architecture: $arch,
            os: "linux",
            rootfs: {type: "layers", diff_ids: [$base, $delta]},
            config: {Cmd: ["/bin/sh"]}
          }' >"$OCI_DIR/config.json"
        digest=$(sha256sum <"$OCI_DIR/config.json" | cut -d' ' -f1)
        mv "$OCI_DIR/config.json" "$OCI_DIR/blobs/sha256/$digest"
        jq . "$OCI_DIR/blobs/sha256/$digest"
      `,
      builds: true,
      leaves: sh`
        CONFIG_DIGEST=sha256:$digest
        CONFIG_SIZE=$(stat -c %s "$OCI_DIR/blobs/sha256/$digest")
      `,
      uses: [architecture, diffIds.base, diffIds.delta],
      expect: text`A document of a dozen lines. It has no name of its own: it goes in as a blob.`,
      checks: [
        check('diff-ids', {
          claim: 'O3',
          says: 'it lists the DiffIDs of both layers, bottom first',
          look: async (look) => {
            const { value } = await look.need(config);
            const wanted = [await look.need(diffIds.base), await look.need(diffIds.delta)];
            const found = value.rootfs?.diff_ids ?? [];
            if (found.join() === wanted.join()) return pass(wanted.map(brief).join(' then '));
            const names = await Promise.all(found.map((each) => recognise(look, each)));
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
          mistakes: mistakes(seeLayout, ...diffIdMistakes),
          faults: [
            {
              name: 'the Digest where the DiffID belongs',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                jq --arg wrong "$BASE_DIGEST" '.rootfs.diff_ids[0] = $wrong' \
                  "\${CONFIG_DIGEST#sha256:}" >"$OCI_DIR/wrong"
                rm "\${CONFIG_DIGEST#sha256:}"
                mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
              `,
              mends: sh`rm "$OCI_DIR/blobs/sha256/\${CONFIG_DIGEST#sha256:}"`,
              says: /the Digest of base.*hash \*before\* compression/s,
              diagnosis: 'diffids-are-digests',
            },
            {
              name: 'a trailing comma',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                jq . "\${CONFIG_DIGEST#sha256:}" | sed 's/^  }$/  },/' >"$OCI_DIR/wrong"
                rm "\${CONFIG_DIGEST#sha256:}"
                mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
              `,
              mends: sh`grep -lr 'diff_ids' "$OCI_DIR/blobs/sha256" | xargs rm`,
              also: ['platform', 'command'],
              says: /would be the config, and is not JSON: line \d+: a comma after the last item/,
              diagnosis: 'config-not-json',
            },
            {
              name: "the file's name went along with the hash",
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                jq '.rootfs.diff_ids[1] += "  delta-layer.tar"' "\${CONFIG_DIGEST#sha256:}" >"$OCI_DIR/wrong"
                rm "\${CONFIG_DIGEST#sha256:}"
                mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
              `,
              mends: sh`rm "$OCI_DIR/blobs/sha256/\${CONFIG_DIGEST#sha256:}"`,
              says: /the second ends in "delta-layer\.tar"/,
              diagnosis: 'digest-with-file-name',
            },
            {
              name: 'one text where a list belongs',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                jq '.rootfs.diff_ids |= join(" ")' "\${CONFIG_DIGEST#sha256:}" >"$OCI_DIR/wrong"
                rm "\${CONFIG_DIGEST#sha256:}"
                mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
              `,
              mends: sh`rm "$OCI_DIR/blobs/sha256/\${CONFIG_DIGEST#sha256:}"`,
              says: /rootfs\.diff_ids is "sha256:/,
              diagnosis: 'diffids-key',
            },
            {
              name: 'the layers in the wrong order',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                jq '.rootfs.diff_ids |= reverse' "\${CONFIG_DIGEST#sha256:}" >"$OCI_DIR/wrong"
                rm "\${CONFIG_DIGEST#sha256:}"
                mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
              `,
              mends: sh`rm "$OCI_DIR/blobs/sha256/\${CONFIG_DIGEST#sha256:}"`,
              says: /wrong order/,
              diagnosis: 'diffids-swapped',
            },
          ],
        }),
        check('platform', {
          claim: 'O3',
          says: 'it is for linux and the architecture of busybox and of this machine',
          look: async (look) => {
            const { value } = await look.need(config);
            const machine = await look.need(architecture);
            const elf = inspectProgram(look.path('build', 'base', 'bin', 'busybox'))?.architecture;
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
          mistakes: mistakes(seeLayout, ...platformMistakes),
          faults: [
            {
              name: 'another architecture, copied from an article',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                jq '.architecture = "s390"' "\${CONFIG_DIGEST#sha256:}" >"$OCI_DIR/wrong"
                rm "\${CONFIG_DIGEST#sha256:}"
                mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
              `,
              mends: sh`rm "$OCI_DIR/blobs/sha256/\${CONFIG_DIGEST#sha256:}"`,
              says: /architecture s390, and this machine is/,
              diagnosis: 'platform-of-another',
            },
          ],
        }),
        check('command', {
          claim: 'O3',
          says: 'rootfs.type is layers, and Cmd is ["/bin/sh"]',
          look: async (look) => {
            const { value } = await look.need(config);
            const command = JSON.stringify(value.config?.Cmd) ?? 'missing';
            const type = JSON.stringify(value.rootfs?.type) ?? 'missing';
            return allOf(
              'Cmd ["/bin/sh"], type layers',
              'Cmd is a list of words, not one string.',
              [
                [type === '"layers"', 'rootfs.type "layers"', `rootfs.type ${type}`],
                [command === '["/bin/sh"]', 'Cmd ["/bin/sh"]', `Cmd ${command}`],
              ],
            );
          },
          mistakes: mistakes(seeLayout, ...commandMistakes),
          faults: [
            {
              name: 'Cmd is a string',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                jq '.config.Cmd = "/bin/sh"' "\${CONFIG_DIGEST#sha256:}" >"$OCI_DIR/wrong"
                rm "\${CONFIG_DIGEST#sha256:}"
                mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
              `,
              mends: sh`rm "$OCI_DIR/blobs/sha256/\${CONFIG_DIGEST#sha256:}"`,
              says: /Cmd "\/bin\/sh"/,
              diagnosis: 'cmd-string',
            },
          ],
        }),
      ],
      notice: text`This config is ${configDigest}, ${configSize} bytes. Change the command, even by a space in the
        JSON, and it is another image: there is no such thing as editing one.`,
      fieldNote: {
        title: 'amd64 is not everybody',
        text: text`The article writes \`amd64\` into the config. On an ARM machine that is untrue, and
          containerd would not mind: it compares the field with nothing when it runs the image. Yours
          says ${architecture}, which is what busybox's own header says too.`,
      },
      hint: text`\`jq .rootfs.diff_ids\` on the newest blob, beside \`sha256sum *-layer.tar\`.`,
    },
    {
      id: 'manifest',
      title: 'The manifest: which blobs, how large',
      why: text`The manifest is what a registry hands out first. It names the config and the layers by
        *descriptor*: media type, digest, size. Here the layers go by Digest, since these are the files
        that travel.`,
      script: sh`
        jq -n \
          --arg config "$CONFIG_DIGEST" --argjson config_size "$CONFIG_SIZE" \
          --arg base "$BASE_DIGEST" --argjson base_size "$BASE_SIZE" \
          --arg delta "$DELTA_DIGEST" --argjson delta_size "$DELTA_SIZE" '
          "application/vnd.oci.image" as $type |
          {
            schemaVersion: 2,
            mediaType: "\($type).manifest.v1+json",
            config: {
              mediaType: "\($type).config.v1+json",
              digest: $config,
              size: $config_size
            },
            layers: ([
              {digest: $base, size: $base_size},
              {digest: $delta, size: $delta_size}
            ] | map({mediaType: "\($type).layer.v1.tar+gzip"} + .))
          }' >"$OCI_DIR/manifest.json"
        digest=$(sha256sum <"$OCI_DIR/manifest.json" | cut -d' ' -f1)
        mv "$OCI_DIR/manifest.json" "$OCI_DIR/blobs/sha256/$digest"
        jq . "$OCI_DIR/blobs/sha256/$digest"
      `,
      builds: true,
      leaves: sh`
        MANIFEST_DIGEST=sha256:$digest
        MANIFEST_SIZE=$(stat -c %s "$OCI_DIR/blobs/sha256/$digest")
      `,
      uses: [configDigest, configSize, digests.base, sizes.base, digests.delta, sizes.delta],
      expect: text`Three descriptors: the config, then the layers, bottom first.`,
      checks: [
        check('config', {
          claim: 'O4',
          says: 'it describes the config: digest, size, media type',
          look: async (look) => {
            const { value } = await look.need(manifest);
            const wrong = describes(value.config, {
              mediaType: MEDIA_TYPE.config,
              digest: await look.need(configDigest),
              size: await look.need(configSize),
            });
            if (wrong.length === 0) return pass(brief(await look.need(configDigest)));
            const found = await recognise(look, value.config?.digest);
            return fail({
              expected: `the digest of the config, ${await look.need(configSize)} bytes`,
              actual: wrong.join('; '),
              hint: `What stands there is ${found}. Was the config written again since?`,
            });
          },
          mistakes: mistakes(seeLayout, ...configDescriptorMistakes),
          faults: [
            {
              name: 'the config has another size',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                jq '.config.size += 1' "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
                rm "\${MANIFEST_DIGEST#sha256:}"
                mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
              `,
              mends: sh`rm "$OCI_DIR/blobs/sha256/\${MANIFEST_DIGEST#sha256:}"`,
              says: /^the config: size \d+, not \d+: one byte too many/m,
              diagnosis: 'size-newline',
            },
          ],
        }),
        check('layers', {
          claim: 'O4',
          says: 'it describes both layers, bottom first, true in digest and size',
          look: async (look) => {
            const { value } = await look.need(manifest);
            const found = value.layers ?? [];
            const names = await Promise.all(found.map(({ digest }) => recognise(look, digest)));
            const hint = names.some((name) => name.startsWith('the DiffID'))
              ? 'A manifest wants the hash *after* compression: it names files that are downloaded.'
              : 'containerd checks the digests but never the sizes, so a wrong size goes unnoticed there. Not here.';
            for (const [at, name] of layerNames.entries()) {
              const wrong = describes(found[at], {
                mediaType: MEDIA_TYPE.layerGzip,
                digest: await look.need(digests[name]),
                size: (await look.need(blobs[name])).size,
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
          mistakes: mistakes(seeLayout, ...layerMistakes),
          faults: [
            {
              name: 'the DiffID where the Digest belongs',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                jq --arg wrong "$DELTA_DIFFID" '.layers[1].digest = $wrong' \
                  "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
                rm "\${MANIFEST_DIGEST#sha256:}"
                mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
              `,
              mends: sh`rm "$OCI_DIR/blobs/sha256/\${MANIFEST_DIGEST#sha256:}"`,
              says: /layer 1 is the DiffID of delta.*hash \*after\* compression/s,
              diagnosis: 'layer-is-diffid',
            },
            {
              name: 'the layers in the wrong order',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                jq '.layers |= reverse' "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
                rm "\${MANIFEST_DIGEST#sha256:}"
                mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
              `,
              mends: sh`rm "$OCI_DIR/blobs/sha256/\${MANIFEST_DIGEST#sha256:}"`,
              says: /layer 0 is the Digest of delta/,
              diagnosis: 'layers-swapped',
            },
            {
              name: 'the size of the tar, not of the blob',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                jq --argjson wrong "$(stat -c %s "$WORKDIR/delta-layer.tar")" '.layers[1].size = $wrong' \
                  "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
                rm "\${MANIFEST_DIGEST#sha256:}"
                mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
              `,
              mends: sh`rm "$OCI_DIR/blobs/sha256/\${MANIFEST_DIGEST#sha256:}"`,
              says: /layer 1: size \d+, not \d+: that is delta-layer\.tar/,
              diagnosis: 'size-uncompressed',
            },
            {
              name: 'lists and objects where none belong',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                jq '.layers = [null, {digest: 5}] | .config = "none"' "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
                rm "\${MANIFEST_DIGEST#sha256:}"
                mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
              `,
              mends: sh`rm "$OCI_DIR/blobs/sha256/\${MANIFEST_DIGEST#sha256:}"`,
              also: ['config'],
              says: /layer 0: the digest is missing/,
              diagnosis: 'digest-missing',
            },
            {
              name: 'a size that is one off',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                jq '.layers[0].size += 1' "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
                rm "\${MANIFEST_DIGEST#sha256:}"
                mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
              `,
              mends: sh`rm "$OCI_DIR/blobs/sha256/\${MANIFEST_DIGEST#sha256:}"`,
              says: /layer 0: size \d+, not \d+: one byte too many/,
              diagnosis: 'size-newline',
            },
          ],
        }),
        check('schema', {
          claim: 'O4',
          says: 'schemaVersion is 2, and it says what it is',
          look: async (look) => {
            const { value } = await look.need(manifest);
            const version = JSON.stringify(value.schemaVersion) ?? 'missing';
            return allOf('schemaVersion 2', 'Version 1 was another format; readers take 2.', [
              [version === '2', 'schemaVersion 2', `schemaVersion ${version}`],
              [
                value.mediaType === MEDIA_TYPE.manifest,
                MEDIA_TYPE.manifest,
                `mediaType ${value.mediaType}`,
              ],
            ]);
          },
          mistakes: mistakes(seeLayout, ...schemaMistakes),
          faults: [
            {
              name: 'schemaVersion 1',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                jq '.schemaVersion = 1' "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
                rm "\${MANIFEST_DIGEST#sha256:}"
                mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
              `,
              mends: sh`rm "$OCI_DIR/blobs/sha256/\${MANIFEST_DIGEST#sha256:}"`,
              says: /schemaVersion 1/,
              diagnosis: 'schema-version',
            },
          ],
        }),
      ],
      notice: text`This manifest is ${manifestDigest}, ${manifestSize} bytes. That hash *is* the image: it is
        what \`docker pull name@sha256:…\` asks for.`,
      hint: text`\`jq .layers\` on the newest blob, beside \`sha256sum *.tar.gz\` and \`ls -l\`.`,
    },
    {
      id: 'index',
      title: 'The index: where a reader begins',
      why: text`Besides the marker, one file has a name that people chose: \`index.json\`. It points at
        manifests, usually one for each architecture. You have one. An annotation carries the name the
        image would like to go by.`,
      script: sh`
        jq -n --arg digest "$MANIFEST_DIGEST" --argjson size "$MANIFEST_SIZE" '{
          schemaVersion: 2,
          manifests: [{
            mediaType: "application/vnd.oci.image.manifest.v1+json",
            digest: $digest,
            size: $size,
            annotations: {"org.opencontainers.image.ref.name": "handroll:latest"}
          }]
        }' >"$OCI_DIR/index.json"
        jq . "$OCI_DIR/index.json"
      `,
      builds: true,
      uses: [manifestDigest, manifestSize],
      expect: text`A descriptor once more: whoever can read one can follow the whole image.`,
      checks: [
        check('points', {
          claim: 'O5',
          says: 'it describes the manifest: digest, size, media type',
          look: async (look) => {
            const value = await look.need(index);
            const first = value.manifests?.[0];
            const wrong = describes(first, {
              mediaType: MEDIA_TYPE.manifest,
              digest: await look.need(manifestDigest),
              size: await look.need(manifestSize),
            });
            if (wrong.length === 0 && value.manifests?.length === 1) {
              return pass(brief(await look.need(manifestDigest)));
            }
            return fail({
              expected: `one manifest, ${brief(await look.need(manifestDigest))}`,
              actual: wrong.join('; ') || `${value.manifests?.length} manifests`,
              hint: `What stands there is ${await recognise(look, first?.digest)}.`,
            });
          },
          mistakes: mistakes(seeLayout, ...indexMistakes),
          faults: [
            {
              name: 'it points past the manifest, at the config',
              breaks: sh`
                jq --arg wrong "$CONFIG_DIGEST" '.manifests[0].digest = $wrong' \
                  "$OCI_DIR/index.json" >"$OCI_DIR/wrong"
                mv "$OCI_DIR/wrong" "$OCI_DIR/index.json"
              `,
              says: /the manifest is the digest of the config/,
              diagnosis: 'index-points-past',
            },
          ],
        }),
        check('name', {
          claim: 'O5',
          says: 'the annotation names it handroll:latest',
          look: async (look) => {
            const value = await look.need(index);
            const found = value.manifests?.[0]?.annotations?.[refName];
            return allOf(importedName, `The annotation is called ${refName}.`, [
              [found === importedName, importedName, String(found ?? 'no such annotation')],
            ]);
          },
          mistakes: mistakes(seeLayout, ...nameMistakes),
          faults: [
            {
              name: 'no name at all',
              breaks: sh`
                jq 'del(.manifests[0].annotations)' "$OCI_DIR/index.json" >"$OCI_DIR/wrong"
                mv "$OCI_DIR/wrong" "$OCI_DIR/index.json"
              `,
              says: /no such annotation/,
              diagnosis: 'name-missing',
            },
          ],
        }),
      ],
      notice: text`Everything below index.json is held in place by hashes. index.json itself is held by
        nothing: swap the digest in it and you have swapped the image. Tags are like that everywhere.`,
      hint: text`\`jq '.manifests[0]' "$OCI_DIR/index.json"\`.`,
    },
    {
      id: 'whole',
      title: 'Walk it from the top',
      why: text`Now do what every tool does with an image it is given: start at index.json, follow each
        digest, hash what is there. And count: whatever nobody points at is not part of the image.`,
      script: sh`
        tree "$OCI_DIR"
        cd "$OCI_DIR/blobs/sha256"
        for blob in *; do
          echo "$blob  $blob"
        done | sha256sum -c -
      `,
      expect: text`Four blobs, each OK: its name is its hash.`,
      checks: [
        check('four', {
          claim: 'O2',
          says: 'there are exactly four blobs, each named by its hash',
          look: async (look) => {
            const stored = await look.need(storedBlobs);
            const misnamed = stored.filter(({ name, digest }) => `sha256:${name}` !== digest);
            const extra = await unreferenced(look);
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
          mistakes: mistakes(seeLayout, ...wholeMistakes),
          faults: [
            {
              name: 'an old config was left behind',
              breaks: sh`
                echo '{"old": true}' >"$OCI_DIR/old"
                mv "$OCI_DIR/old" "$OCI_DIR/blobs/sha256/$(sha256sum <"$OCI_DIR/old" | cut -d' ' -f1)"
              `,
              mends: sh`grep -l '"old"' -r "$OCI_DIR/blobs/sha256" | xargs rm`,
              says: /5 blobs; nobody points at/,
              diagnosis: 'blob-left-over',
            },
          ],
        }),
        check('followed', {
          claim: 'I1',
          says: 'from the index one comes to every blob, and every hash is true',
          look: async (look) => {
            const stored = new Set((await look.need(storedBlobs)).map(({ digest }) => digest));
            const first = (await look.need(index)).manifests?.[0]?.digest;
            const { blob, value } = await look.need(manifest);
            const steps: (string | undefined)[] = [
              first,
              value.config?.digest,
              ...(value.layers ?? []).map(({ digest }) => digest),
            ];
            const lost = steps.find((digest) => digest === undefined || !stored.has(digest));
            if (
              first === blob.digest &&
              steps.length === 4 &&
              !steps.includes(undefined) &&
              !lost
            ) {
              return pass(`index to ${steps.map((digest) => brief(digest ?? '')).join(', ')}`);
            }
            return fail({
              expected: 'index to manifest to config and two layers',
              actual: `no bytes hash to ${brief(lost ?? first ?? 'sha256:nothing')}`,
              hint: 'A blob is missing or was changed, or the document above it is of an earlier try.',
            });
          },
          faults: [
            {
              name: 'one byte of a layer flips',
              breaks: sh`
                blob="$OCI_DIR/blobs/sha256/\${DELTA_DIGEST#sha256:}"
                printf 'X' | dd of="$blob" bs=1 seek=40 conv=notrunc status=none
              `,
              mends: sh`
                cp "$WORKDIR/delta-layer.tar.gz" "$OCI_DIR/blobs/sha256/\${DELTA_DIGEST#sha256:}"
              `,
              also: ['four', 'layers/present'],
              says: /no bytes hash to/,
            },
          ],
        }),
      ],
      notice: text`That is an image, complete. \`skopeo\`, \`umoci\` and \`podman\` would take this directory as
        it is. No program that knows about images has touched it yet.`,
      hint: text`\`sha256sum oci/blobs/sha256/*\`: each line should say the same thing twice.`,
      looksOnly: true,
    },
  ],
});
