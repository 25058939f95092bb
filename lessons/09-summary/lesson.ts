import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { topChainId } from '../facts/containerd.ts';
import { diffIds, digests } from '../facts/layers.ts';
import { configDigest, manifestDigest } from '../facts/layout.ts';

export const lesson = defineLesson({
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
  recap: true,
  steps: [
    step('chain', {
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
      notice: text`A container image, then, is two tars and three JSON files. What makes it one thing is
        ${manifestDigest}: give that to anybody, and they can check the rest without asking you.

        Two things to keep: \`handroll-tour report -o report.html\` tells what you did here,
        \`handroll-tour script -o rebuild.sh\` builds the very same image without this tour.`,
      hint: text`\`handroll-tour check\` does the same for every step of the tour; \`handroll-tour verify\` for
        any image.`,
      readOnly: true,
    }),
  ],
});
