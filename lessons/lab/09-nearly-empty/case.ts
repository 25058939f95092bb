import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { rebuildByHand } from '../by-hand.ts';
import { sameImage, ticketPrints } from '../checks.ts';
import { withLayoutTools } from '../script.ts';

export const nearlyEmpty = labCase({
  id: '09-nearly-empty',
  title: 'After an update, most of a directory is gone from the container',
  level: 2,
  after: '08-run',
  ticket: {
    from: 'a colleague in support',
    text: text`Since the last update the application doesn't find \`/data/prices.csv\`. The update only added
      \`data/news.csv\` and deleted \`data/config.txt\`, and it left the prices alone. I've checked: the layer
      below has them.`,
  },
  symptom: sh`
    tar -C "$OCI_DIR" -cf "$IMAGE_TAR" .
    sudo ctr -n "$CTR_NAMESPACE" images import "$IMAGE_TAR"
    sudo ctr -n "$CTR_NAMESPACE" run --rm handroll:latest lab /bin/cat /data/prices.csv </dev/null
  `,
  prints: /can't open '\/data\/prices\.csv': No such file or directory/,
  // Files alone: without root, containerd 1.7 can't unpack an opaque directory over directories onto a tmpfs.
  adds: withLayoutTools(sh`
    echo 'apples;3' >"$LAB/build/base/data/prices.csv"
    echo 'apples;2' >"$LAB/build/base/data/prices-2024.csv"
    echo 'apples are in' >"$LAB/build/delta/data/news.csv"
    pack_layer base
    pack_layer delta
    replace_layer 0 base
    replace_layer 1 delta
  `),
  breaks: withLayoutTools(sh`
    mv "$LAB/build/delta/data/.wh.config.txt" "$LAB/build/delta/data/.wh..wh..opq"
    pack_layer delta
    replace_layer 1 delta
  `),
  checks: [ticketPrints('the container has the prices', /^apples;3\s*$/m), ...sameImage],
  hints: [
    {
      text: text`A layer can hide what is below it in more than one way. What is in the layer of the update?`,
    },
    {
      text: text`List all that the layer contains. At the end of the second list is what's hidden, and by what.`,
      command: `tar tvf "$LAB/delta-layer.tar"
handroll-tour layers "$OCI_DIR"`,
    },
    {
      text: text`\`.wh..wh..opq\` makes its directory opaque: of the layers below, nothing in the directory is
        left. The whiteout of one file is \`.wh.\` and its name.`,
    },
    {
      text: text`Put the whiteout of \`config.txt\` in its place, and build the image again.`,
      command: `mv "$LAB/build/delta/data/.wh..wh..opq" "$LAB/build/delta/data/.wh.config.txt"
${rebuildByHand}`,
    },
  ],
  debrief: {
    was: text`The update's layer made \`data\` opaque, where it should have hidden one file. An opaque directory shows
      only what its own layer and those above have in it. The prices are still in the layer below, and in the
      container the directory looks like any other.`,
    find: text`If a file is in a lower layer and not in the container, a layer above hides it. The end of
      \`handroll-tour layers "$OCI_DIR"\` tells for each hidden path which layer hides it, and how.`,
    field: text`overlayfs marks directories opaque for reasons of its own, when a directory is deleted and made again
      and, since Linux 4.10, also to speed up new ones. A builder that turns an upperdir into a layer has to tell
      the two apart. The mark can also be copied up with the directory.`,
    issues: [
      'containers/storage#141',
      'containerd/stargz-snapshotter#681',
      'opencontainers/image-spec#171',
    ],
    prevent: text`Compare the image before and after the update, as containers see it. The spec recommends that layers
      are written with explicit whiteouts, and opaque ones are only to be read.`,
  },
  solutions: [
    withLayoutTools(sh`
      mv "$LAB/build/delta/data/.wh..wh..opq" "$LAB/build/delta/data/.wh.config.txt"
      pack_layer delta
      replace_layer 1 delta
    `),
    withLayoutTools(sh`
      # the directory stays opaque, and all that it should contain is in the upper layer
      cp -a "$LAB/build/base/data/prices.csv" "$LAB/build/base/data/prices-2024.csv" "$LAB/build/delta/data"
      pack_layer delta
      replace_layer 1 delta
    `),
  ],
  wrongMends: [
    {
      name: 'only the file of the ticket is brought back',
      script: withLayoutTools(sh`
        cp -a "$LAB/build/base/data/prices.csv" "$LAB/build/delta/data"
        pack_layer delta
        replace_layer 1 delta
      `),
      fails: ['content'],
    },
    {
      name: 'the file that hides is deleted, and nothing hides config.txt',
      script: withLayoutTools(sh`
        rm "$LAB/build/delta/data/.wh..wh..opq"
        pack_layer delta
        replace_layer 1 delta
      `),
      fails: ['content'],
    },
    {
      name: 'the layer of the update is left out',
      script: withLayoutTools(sh`
        rm "$OCI_DIR/blobs/sha256/$(layer_hash 1)"
        edit_config 'del(.rootfs.diff_ids[1])'
        edit_manifest 'del(.layers[1])'
      `),
      fails: ['content'],
    },
  ],
});
