import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import {
  extraBlobs,
  mountTable,
  snapshotDirs,
  snapshotsRoot,
  topChainId,
  whiteoutOnDisk,
} from '../facts/containerd.ts';
import { diffIds, digests } from '../facts/layers.ts';
import { configDigest, manifestDigest } from '../facts/layout.ts';

export const lesson = defineLesson({
  id: '07-inspect',
  title: 'What containerd made of it',
  intro: text`containerd keeps two things apart: the *content store*, where blobs lie as they came, and the
    *snapshotter*, where layers lie as directories. You can look into both.`,
  picture: {
    drawing: picture`
      content store                     snapshots
      ${wide(digests.base, 9)}  base.tar.gz  ─────►  ${wide(diffIds.base, 9)}  parent: none
      ${wide(digests.delta, 9)}  delta.tar.gz ─────►  ${wide(topChainId, 9)}  parent: the one above
      ${wide(configDigest, 9)}  config
      ${wide(manifestDigest, 9)}  manifest
    `,
    alt: 'The content store holds base, delta, config and manifest by digest; each layer was unpacked into a snapshot, delta on top of base.',
  },
  subject: manifestDigest,
  steps: [
    step('content', {
      title: 'The content store keeps the bytes',
      why: text`Digests, and the bytes they name: that is all of it. containerd stored your blobs without
        changing one bit, or it could not push the image on under the same name.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" content ls
        sudo ctr -n "$CTR_NAMESPACE" content get "$MANIFEST_DIGEST" |
          jq -c '.layers[]'
      `,
      uses: [manifestDigest],
      expect: text`Four of your digests with labels behind them, and your own manifest read back. A fifth may
        be there for a moment.`,
      notice: text`Just now it lists your four, and ${extraBlobs}. The labels are containerd's bookkeeping:
        \`gc.ref\` on the manifest keeps the blobs it names from being collected as garbage, and
        \`uncompressed\` on a layer remembers its DiffID.`,
      fieldNote: {
        title: 'Four, or five',
        text: text`Import stores index.json as well. Nothing refers to it afterwards, so the next garbage
          collection takes it, between 30 and 200 milliseconds later. Counting blobs right after an
          import gives either number; that is why the tour asks for each of yours by name.`,
      },
      hint: text`\`ctr content get DIGEST\` prints the bytes themselves.`,
      readOnly: true,
    }),
    step('snapshots', {
      title: 'Snapshots, and how they got their names',
      why: text`A snapshot is a layer unpacked *onto what is below it*. The same delta over another base would
        be another directory tree, so a DiffID alone is no name for it. Snapshots go by *chain ID*: the
        first is the DiffID of base; each further one is the hash of the chain so far, a space, and the
        next DiffID.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" snapshots ls
        printf '%s %s' "$BASE_DIFFID" "$DELTA_DIFFID" | sha256sum
      `,
      uses: [diffIds.base, diffIds.delta],
      predict: {
        question: 'Is the upper snapshot named by one of your four hashes?',
        choices: ['by the DiffID of delta', 'by the Digest of delta', 'by none of them'],
      },
      expect: text`Two lines, and below them a hash that you can find in the second.`,
      notice: text`${topChainId} is on top. Any image whose first two layers are yours would find these
        snapshots by name and unpack nothing: that is what sharing layers means on disk.`,
      hint: text`\`printf\`, not \`echo\`: a newline at the end would give another hash.`,
      readOnly: true,
    }),
    step('directories', {
      title: 'A snapshot is a directory',
      why: text`Ask containerd where they are, and look. Each has an \`fs\` directory with that one layer's
        files. See what became of the whiteout.`,
      script: sh`
        sudo ls -lA "$BASE_SNAPSHOT" "$BASE_SNAPSHOT/data"
        sudo ls -lA "$DELTA_SNAPSHOT" "$DELTA_SNAPSHOT/data"
        sudo cat "$BASE_SNAPSHOT/hello.txt" "$DELTA_SNAPSHOT/hello.txt"
      `,
      uses: [snapshotDirs.base, snapshotDirs.delta],
      predict: {
        question: 'What is in data of the delta snapshot?',
        choices: ['.wh.config.txt', 'config.txt', 'nothing'],
      },
      expect: text`Your two trees, each by itself. One name has changed.`,
      notice: text`\`data/config.txt\` in the delta is ${whiteoutOnDisk}: the archive's spelling went in, the
        kernel's came out. The name \`.wh.config.txt\` exists nowhere in containerd.`,
      fieldNote: {
        title: 'Ask, do not search',
        text: text`The article loops over every directory under ${snapshotsRoot}. That meets the snapshots of
          every other user of this containerd too, and half-removed ones. \`ctr snapshots view --mounts\`
          names the ones that belong to a key: ${snapshotDirs.base} and ${snapshotDirs.delta}.`,
      },
      hint: text`In your own shell they are \`$BASE_SNAPSHOT\` and \`$DELTA_SNAPSHOT\`.`,
      readOnly: true,
    }),
    step('no-mounts', {
      title: 'And nothing is mounted',
      why: text`Two directories side by side on one disk: no overlay has been involved so far. It comes
        into being with a container, and goes with it. Ask the kernel, in the place where containerd
        lives.`,
      script: sh`
        sudo grep ' overlay ' "$MOUNTINFO" || echo 'no overlay is mounted here'
      `,
      uses: [mountTable],
      expect: text`That sentence, or overlays of other programs on this machine.`,
      notice: text`An image at rest is files. It costs disk and nothing else.`,
      hint: text`\`/proc/self/mountinfo\` is the table for this shell; a private containerd has its own.`,
      readOnly: true,
    }),
  ],
});
