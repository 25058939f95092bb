import { type Check, check, fail, pass } from '../../src/engine/check.ts';
import { defineLesson } from '../../src/engine/lesson.ts';
import type { Look } from '../../src/engine/look.ts';
import { type Script, sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { merge } from '../../src/oci/merge.ts';
import {
  brief,
  chain,
  config,
  configDigest,
  diffIds,
  digests,
  importedName,
  index,
  layerNames,
  manifest,
  manifestDigest,
  snapshotTrees,
  tars,
  topChainId,
  trees,
  upperdir,
} from '../facts.ts';

/** One link of the chain: two things that have to say the same. */
function link(
  id: string,
  says: string,
  ends: (look: Look) => Promise<{ from: string; to: string; evidence: string; again: string }>,
  fault: { name: string; breaks: Script; mends: Script; also?: readonly string[]; says: RegExp },
): Check {
  return check(id, {
    claim: 'Z1',
    says,
    look: async (look) => {
      const { from, to, evidence, again } = await ends(look);
      if (from === to) return pass(evidence);
      return fail({
        expected: from,
        actual: to,
        hint: `This link broke since. Mend it from ${again}.`,
      });
    },
    faults: [fault],
  });
}

/** What a list of entries says, in a line that can be compared. */
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

export const summing = defineLesson({
  id: '09-summary',
  title: 'The whole chain',
  intro: text`From two directories to a process, and every link of it is a hash or a mount.`,
  picture: {
    drawing: picture`
      two trees        build/base            build/delta
           │ tar            │                     │
      two tars         DiffID ${wide(diffIds.base, 9)}      DiffID ${wide(diffIds.delta, 9)}
           │ gzip           │                     │
      two blobs        Digest ${wide(digests.base, 9)}      Digest ${wide(digests.delta, 9)}
           │                └──────────┬──────────┘
      layout           config ${wide(configDigest, 9)}  manifest ${wide(manifestDigest, 9)}  index.json
           │ import
      content store    the four blobs, verbatim
           │ unpack
      snapshots        ${wide(diffIds.base, 9)} ◄─ parent ─ ${wide(topChainId, 9)}
           │ mount
      overlay          upperdir over delta over base
           │
      process          ls /
    `,
    alt: 'Trees are packed into tars named by DiffID, compressed into blobs named by Digest, tied together by config, manifest and index, imported into the content store, unpacked into snapshots, and mounted as one overlay for a process.',
  },
  subject: manifestDigest,
  looksBack: true,
  steps: [
    {
      id: 'chain',
      title: 'Every link, once more',
      why: text`This verifies the chain from one end to the other on what is on your machine now: not what was
        true when you passed by, but what is. The script does the part that a stranger could do, with
        nothing but the layout.`,
      script: sh`
        cd "$OCI_DIR/blobs/sha256"
        manifest=$(jq -r '.manifests[0].digest' "$OCI_DIR/index.json")
        config=$(jq -r '.config.digest' "\${manifest#sha256:}")
        echo 'unpacked, the layers hash to'
        for layer in $(jq -r '.layers[].digest' "\${manifest#sha256:}"); do
          gzip -dc "\${layer#sha256:}" | sha256sum
        done
        echo 'and the config says'
        jq -r '.rootfs.diff_ids[]' "\${config#sha256:}"
      `,
      expect: text`Two hashes computed from the blobs, then the same two read from the config.`,
      checks: [
        link(
          'trees-tars',
          'the trees are what the tars hold',
          async (look) => {
            const both = (all: readonly string[]) => all.join('; ');
            const ofTrees = await Promise.all(
              layerNames.map(async (name) => summary((await look.need(trees[name])).entries)),
            );
            const ofTars = await Promise.all(
              layerNames.map(async (name) => summary((await look.need(tars[name])).entries)),
            );
            const count =
              (await look.need(tars.base)).entries.length +
              (await look.need(tars.delta)).entries.length;
            return {
              from: both(ofTrees),
              to: both(ofTars),
              evidence: `${count} entries, the same in build/ and in the tars`,
              again: '03-layers/tar',
            };
          },
          {
            name: 'a tree changed after everything was built',
            breaks: sh`echo 'an afterthought' >"$WORKDIR/build/delta/note.txt"`,
            mends: sh`rm "$WORKDIR/build/delta/note.txt"`,
            says: /note\.txt/,
          },
        ),
        link(
          'tars-config',
          'the hashes of the tars are the DiffIDs in the config',
          async (look) => {
            const from = [await look.need(diffIds.base), await look.need(diffIds.delta)];
            return {
              from: from.join(' '),
              to: (await look.need(config)).value.rootfs?.diff_ids?.join(' ') ?? 'none',
              evidence: from.map(brief).join(' '),
              again: '04-layout/config',
            };
          },
          {
            name: 'the config lists the layers the other way round',
            breaks: sh`
              cd "$OCI_DIR/blobs/sha256"
              cp "\${CONFIG_DIGEST#sha256:}" "$WORKDIR/config.kept"
              jq '.rootfs.diff_ids |= reverse' "\${CONFIG_DIGEST#sha256:}" >"$OCI_DIR/wrong"
              rm "\${CONFIG_DIGEST#sha256:}"
              mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
            `,
            mends: sh`
              cd "$OCI_DIR/blobs/sha256"
              rm "\${CONFIG_DIGEST#sha256:}"
              mv "$WORKDIR/config.kept" "$(sha256sum <"$WORKDIR/config.kept" | cut -d' ' -f1)"
            `,
            also: ['blobs-manifest', 'layout-store'],
            says: /sha256:[0-9a-f]{64} sha256:/,
          },
        ),
        link(
          'blobs-manifest',
          'the hashes of the blobs are the Digests in the manifest',
          async (look) => {
            const from = [
              await look.need(configDigest),
              await look.need(digests.base),
              await look.need(digests.delta),
            ];
            const { value } = await look.need(manifest);
            const to = [value.config?.digest, ...(value.layers ?? []).map(({ digest }) => digest)];
            return {
              from: from.join(' '),
              to: to.join(' '),
              evidence: from.map(brief).join(' '),
              again: '04-layout/manifest',
            };
          },
          {
            name: 'a layer was compressed again with the clock in it',
            breaks: sh`gzip -k -f "$WORKDIR/delta-layer.tar"`,
            mends: sh`gzip -n -k -f "$WORKDIR/delta-layer.tar"`,
            also: ['layout-store'],
            says: /sha256:[0-9a-f]{64} sha256:/,
          },
        ),
        link(
          'manifest-index',
          'the hash of the manifest is the digest in index.json',
          async (look) => {
            const from = await look.need(manifestDigest);
            const to = (await look.need(index)).manifests?.[0]?.digest ?? 'none';
            return { from, to, evidence: brief(from), again: '04-layout/index' };
          },
          {
            name: 'the index points at the config',
            breaks: sh`
              cp "$OCI_DIR/index.json" "$WORKDIR/index.kept"
              jq --arg wrong "$CONFIG_DIGEST" '.manifests[0].digest = $wrong' \
                "$WORKDIR/index.kept" >"$OCI_DIR/index.json"
            `,
            mends: sh`mv "$WORKDIR/index.kept" "$OCI_DIR/index.json"`,
            says: /^sha256:[0-9a-f]{64}$/m,
          },
        ),
        link(
          'layout-store',
          "containerd's image is that manifest, and it has all four blobs",
          async (look) => {
            const containerd = await look.containerd();
            const wanted = [
              await look.need(manifestDigest),
              await look.need(configDigest),
              await look.need(digests.base),
              await look.need(digests.delta),
            ];
            const target = (await containerd.images()).get(importedName) ?? 'no image';
            const stored = await containerd.content();
            const missing = wanted.filter((digest) => !stored.includes(digest));
            return {
              from: `${wanted[0]}, nothing missing`,
              to: `${target}, ${missing.length === 0 ? 'nothing missing' : `missing ${missing.map(brief).join(' ')}`}`,
              evidence: `${importedName} is ${brief(target)}, four of four blobs`,
              again: '05-import/import',
            };
          },
          {
            name: 'a layer was taken out of the content store',
            breaks: sh`sudo ctr -n "$CTR_NAMESPACE" content rm "$DELTA_DIGEST"`,
            mends: sh`
              sudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"
            `,
            says: /missing [0-9a-f]{8}…/,
          },
        ),
        link(
          'store-snapshots',
          'the snapshots hold what merging the tars gives',
          async (look) => {
            await look.need(chain);
            const ofTars = [
              (await look.need(tars.base)).entries,
              (await look.need(tars.delta)).entries,
            ];
            const onDisk = [
              (await look.need(snapshotTrees.base)).entries,
              // On disk the whiteout is a device under the plain name: back to the archive's spelling.
              (await look.need(snapshotTrees.delta)).entries.map((entry) =>
                entry.kind === 'character' ? { ...entry, path: 'data/.wh.config.txt' } : entry,
              ),
            ];
            const view = (layers: typeof ofTars) =>
              summary([...merge(layers).values()].map(({ entry }) => entry));
            return {
              from: view(ofTars),
              to: view(onDisk),
              evidence: `${merge(ofTars).size} paths; ${brief(await look.need(topChainId))} on top`,
              again: '05-import/import',
            };
          },
          {
            name: 'somebody wrote into a snapshot',
            breaks: sh`echo 'hello from a vandal' | sudo tee "$DELTA_SNAPSHOT/hello.txt"`,
            mends: sh`echo 'hello from delta' | sudo tee "$DELTA_SNAPSHOT/hello.txt"`,
            says: /hello\.txt file/,
          },
        ),
        check('process', {
          claim: 'Z1',
          says: 'a process had that overlay for its root',
          look: async (look) => {
            const seen = look.progress.witnessed('08-run/mountinfo/overlay');
            const subject = await look.need(manifestDigest);
            if (seen?.subject === subject)
              return pass(`${seen.evidence}, seen at ${seen.at.slice(11, 19)}`);
            const own = await look.get(upperdir);
            return fail({
              expected: `a container of ${brief(subject)}, looked at from inside`,
              actual: seen === undefined ? 'none was looked at' : 'it was one of another image',
              hint:
                own === undefined
                  ? 'Go through lesson 8: a container that has ended can only be vouched for.'
                  : 'One is running: look at its mountinfo in lesson 8.',
            });
          },
          faults: [
            {
              name: 'the image is another one than the one that ran',
              breaks: sh`
                cd "$OCI_DIR/blobs/sha256"
                cp "\${MANIFEST_DIGEST#sha256:}" "$WORKDIR/manifest.kept"
                jq -c . "\${MANIFEST_DIGEST#sha256:}" >"$OCI_DIR/wrong"
                rm "\${MANIFEST_DIGEST#sha256:}"
                mv "$OCI_DIR/wrong" "$(sha256sum <"$OCI_DIR/wrong" | cut -d' ' -f1)"
              `,
              mends: sh`
                cd "$OCI_DIR/blobs/sha256"
                rm "\${MANIFEST_DIGEST#sha256:}"
                mv "$WORKDIR/manifest.kept" "$(sha256sum <"$WORKDIR/manifest.kept" | cut -d' ' -f1)"
              `,
              also: ['manifest-index', 'layout-store'],
              says: /it was one of another image/,
            },
          ],
        }),
      ],
      notice: text`A container image, then, is two tars and three JSON files. What makes it one thing is
        ${manifestDigest}: give that to anybody, and they can check the rest without asking you.

        Two things to keep: \`handroll-tour report -o report.html\` tells what you did here,
        \`handroll-tour script -o rebuild.sh\` builds the very same image without this tour.`,
      hint: text`\`handroll-tour check\` does the same for every step of the tour; \`handroll-tour verify\` for
        any image.`,
      looksOnly: true,
    },
  ],
});
