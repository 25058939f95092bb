import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import {
  extraBlobs,
  mountTable,
  snapshotDirs,
  thirdChainId,
  topChainId,
  whiteoutMaker,
  whiteoutOnDisk,
} from '../facts/containerd.ts';
import { diffIds, digests } from '../facts/layers.ts';
import { configDigest, manifestDigest } from '../facts/layout.ts';

export const lesson = defineLesson({
  id: '07-inspect',
  title: 'What containerd made of your image',
  intro: text`In lesson 6 your \`.wh.config.txt\` deleted nothing, so containerd must turn it into something else. Look at
    what it made of your image: blobs, and *snapshots*, the unpacked directories that its *snapshotter* manages.`,
  picture: {
    drawing: picture`
      content store: blobs              snapshots: directories

      ${wide(digests.delta, 9)}  delta.tar.gz ───►  ${wide(snapshotDirs.delta, 19)}  on base
      ${wide(digests.base, 9)}  base.tar.gz  ───►  ${wide(snapshotDirs.base, 19)}  on nothing
      ${wide(configDigest, 9)}  config
      ${wide(manifestDigest, 9)}  manifest
    `,
    alt: 'The content store holds base, delta, config and manifest by digest; each layer was unpacked into the directory of a snapshot, delta on top of base.',
  },
  subject: manifestDigest,
  steps: [
    step('content', {
      title: 'The content store: your blobs, unchanged',
      why: text`The *content store* maps digests to bytes. containerd mustn't change a single byte: the digest would
        be different then, and the image couldn't be pushed to a registry as the same image.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" content ls -q
        sudo ctr -n "$CTR_NAMESPACE" content get "$MANIFEST_DIGEST" | sha256sum
        # some of the labels that containerd has put on the manifest
        sudo ctr -n "$CTR_NAMESPACE" content ls | grep "^$MANIFEST_DIGEST" |
          grep -o 'gc.ref[^=]*=sha256:.\{8\}'
      `,
      uses: [manifestDigest],
      expect: text`Your digests, the hash of the manifest, and labels.`,
      notice: text`Apart from your four the list has ${extraBlobs}. The \`gc.ref\` labels are for *garbage collection*: the image's name
        keeps the manifest, and these labels keep what the manifest names. Once you remove the last name of an image,
        containerd deletes its blobs, except those that another image has.`,
      hint: text`\`ctr content get DIGEST\` prints the bytes of a blob.`,
      readOnly: true,
    }),
    step('snapshots', {
      title: "Snapshots, and what they're named after",
      why: text`A snapshot is a layer unpacked on top of the ones below it, and containerd finds it by its *key*, which
        has to be the same whenever the same layers are imported.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" snapshots tree | cut -c -40
        # to compare: the DiffIDs of base and delta
        printf ' %s\n' "$BASE_DIFFID" "$DELTA_DIFFID" | cut -c -40
      `,
      uses: [diffIds.base, diffIds.delta],
      predict: {
        question: 'Which hash is the key of the upper snapshot?',
        choices: [
          'the DiffID of delta',
          'the digest of delta',
          'the digest of the manifest',
          'none of these',
        ],
      },
      expect: text`Two keys, the lower snapshot first. Then two DiffIDs.`,
      notice: text`The lower key is base's DiffID. The upper one, ${topChainId}, is a *chain ID*: the sha256 of the key below, a
        space, and delta's DiffID, as in \`printf '%s %s' "$BASE_DIFFID" "$DELTA_DIFFID" | sha256sum\`. Delta on
        another base would be another directory tree, with another chain ID.`,
      hint: text`The tree shows each snapshot below its parent, so the topmost layer comes last.`,
      readOnly: true,
    }),
    step('chain', {
      title: 'Compute the chain ID of a third layer',
      why: text`Each chain ID is made from the one below it, so the rule works for any number of layers. Think of an image
        with three: your base, your delta, and your delta once more on top.`,
      goal: text`Write the chain ID of that third layer into \`$WORKDIR/practice/chain-id\`, as \`sha256sum\` prints it or
        with \`sha256:\` in front. Your shell has \`$BASE_DIFFID\` and \`$DELTA_DIFFID\`, and the key of your upper
        snapshot as \`$CHAIN_ID\`.`,
      script: sh`
        mkdir -p "$WORKDIR/practice"
        hash=$(printf '%s %s' "$CHAIN_ID" "$DELTA_DIFFID" | sha256sum)
        echo "sha256:\${hash%% *}" >"$WORKDIR/practice/chain-id"
        cat "$WORKDIR/practice/chain-id"
      `,
      uses: [topChainId, diffIds.delta],
      expect: text`A hash that is neither of your two keys.`,
      notice: text`The third layer has the second's DiffID, but another place in the chain, so it has another key: ${thirdChainId}. That's how images
        share layers on disk: when you import another image with your two layers at the bottom, containerd
        finds your snapshots by their keys (in the same namespace), and unpacks only the rest.`,
      hint: text`It's the \`printf\` of the step before, with the key of the layer below as the first value.
        Don't use \`echo\`: its newline would change the hash.`,
    }),
    step('directories', {
      title: 'A snapshot is a directory',
      why: text`Each snapshot has a numbered directory with the files of just its layer. The number tells nothing, and
        in a shared containerd other users' snapshots are next to yours. So the tour has asked containerd which ones belong to your
        keys (\`ctr snapshots view --mounts\`).`,
      script: sh`
        sudo ls -lA "$BASE_SNAPSHOT/data"
        sudo ls -lA "$DELTA_SNAPSHOT/data"
        sudo cat "$BASE_SNAPSHOT/hello.txt" "$DELTA_SNAPSHOT/hello.txt"
        # is an overlay mounted that has delta's directory?
        sudo grep -F "$DELTA_SNAPSHOT" "$MOUNTINFO" || echo 'not mounted'
      `,
      uses: [snapshotDirs.base, snapshotDirs.delta, mountTable],
      predict: {
        question: "No container has been started. What is in data of delta's snapshot?",
        choices: ['.wh.config.txt, until a container starts', 'nothing', 'config.txt'],
      },
      expect: text`The data of base, the data of delta, and the hello.txt of both.`,
      notice: text`One deletion, three forms: \`.wh.config.txt\` in the tar; in the snapshot the kernel's whiteout,
        ${whiteoutOnDisk} named config.txt (${whiteoutMaker}); and no file at all in a
        mount of the snapshots.`,
      hint: text`\`ls -l\` shows a \`c\` at the start of a device's line, and \`0, 0\` in place of a size.`,
      readOnly: true,
    }),
  ],
});
