import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { sameImage, ticketImports } from '../checks.ts';
import { importImage, withLayoutTools } from '../script.ts';

export const unpackRefused = labCase({
  id: '02-unpack-refused',
  title: 'Every blob has its right name, and containerd does not unpack the image',
  level: 1,
  after: '05-import',
  ticket: {
    from: 'the author of a builder',
    text: text`I wrote a little builder. \`sha256sum\` agrees with the name of every blob, every digest in
      the manifest and in index.json leads to a file, and all sizes are right. The import still stops.`,
  },
  symptom: importImage,
  prints: /wrong diff id calculated on extraction/,
  prediction: {
    question: 'The digests are right and so are the sizes. What will the import complain about?',
    choices: ['a digest', 'a DiffID', 'a media type', 'nothing: it only fails at run'],
    answer: ({ output }) => (/diff id/i.test(output) ? 1 : 0),
  },
  breaks: withLayoutTools(sh`
    edit_config --arg base "sha256:$(layer_hash 0)" --arg delta "sha256:$(layer_hash 1)" \
      '.rootfs.diff_ids = [$base, $delta]'
  `),
  checks: [ticketImports, ...sameImage],
  hints: [
    {
      text: text`A layer has two hashes: one of the bytes that are stored, one of the tar in them.`,
    },
    {
      text: text`The message names a DiffID. Which document lists the DiffIDs, and what does it list there?`,
      command:
        'cd "$OCI_DIR/blobs/sha256" && jq . "$(jq -r .config.digest[7:] "$(jq -r .manifests[0].digest[7:] ../../index.json)")"',
    },
    {
      text: text`\`diff_ids\` needs the hashes of the uncompressed tars. That makes another config, so another
        digest in the manifest, so another manifest, so another digest in index.json.`,
    },
    {
      text: text`Write the config again, and then the two documents above it.`,
      command: `cd "$OCI_DIR/blobs/sha256"
manifest=$(jq -r .manifests[0].digest[7:] ../../index.json)
config=$(jq -r .config.digest[7:] "$manifest")
ids=$(for l in $(jq -r .layers[].digest[7:] "$manifest"); do gunzip -c "$l" | sha256sum; done |
  jq -R '"sha256:" + .[:64]' | jq -s .)
jq --argjson ids "$ids" '.rootfs.diff_ids = $ids' "$config" >new && rm "$config"
config=$(sha256sum <new | cut -d' ' -f1) && mv new "$config"
jq --arg d "sha256:$config" --argjson s "$(stat -c %s "$config")" \\
  '.config.digest = $d | .config.size = $s' "$manifest" >new && rm "$manifest"
manifest=$(sha256sum <new | cut -d' ' -f1) && mv new "$manifest"
jq --arg d "sha256:$manifest" --argjson s "$(stat -c %s "$manifest")" \\
  '.manifests[0].digest = $d | .manifests[0].size = $s' ../../index.json >../../new && mv ../../new ../../index.json`,
    },
  ],
  debrief: {
    was: text`The config listed the layers' digests where their DiffIDs belong. Both are SHA-256
      hashes of "the layer", but the digest hashes the compressed file, and the DiffID the tar inside.`,
    find: text`Compare the config's \`diff_ids\` with the manifest's \`layers\`: if a value is in both, one of
      them is wrong, unless the layer isn't compressed. \`handroll-tour verify "$OCI_DIR"\` unpacks each
      layer and compares.`,
    field: text`Docker 25.0.0 did it: \`docker save\` wrote wrong DiffIDs, so \`ctr images import\` and kind refused
      images that \`docker run\` had taken. Images built with Bazel had it, too. Tools that only copy images don't
      notice, so it shows at the first unpack.`,
    issues: ['moby/moby#47150', 'kubernetes-sigs/kind#3490', 'containerd/containerd#3682'],
    prevent: text`A test that unpacks what the builder made: \`umoci unpack\`, or \`handroll-tour verify\`.`,
  },
  solutions: [
    withLayoutTools(sh`
      edit_config --arg base "sha256:$(sha256sum <"$LAB/base-layer.tar" | cut -d' ' -f1)" \
        --arg delta "sha256:$(sha256sum <"$LAB/delta-layer.tar" | cut -d' ' -f1)" \
        '.rootfs.diff_ids = [$base, $delta]'
    `),
    withLayoutTools(sh`
      # the layers are stored uncompressed: then the two hashes are the same
      for layer in base delta; do
        n=$([ "$layer" = base ] && echo 0 || echo 1)
        rm "$OCI_DIR/blobs/sha256/$(layer_hash "$n")"
        hash=$(store "$LAB/$layer-layer.tar")
        edit_config --argjson n "$n" --arg id "sha256:$hash" '.rootfs.diff_ids[$n] = $id'
        edit_manifest --argjson n "$n" --argjson new "$(descriptor layer.v1.tar "$hash")" '.layers[$n] = $new'
      done
    `),
  ],
  wrongMends: [
    {
      name: 'only the DiffID that the message names is mended',
      script: withLayoutTools(sh`
        edit_config --arg base "sha256:$(sha256sum <"$LAB/base-layer.tar" | cut -d' ' -f1)" \
          '.rootfs.diff_ids[0] = $base'
      `),
      fails: ['command', 'valid'],
    },
    {
      name: 'the config is edited under its old name',
      script: withLayoutTools(sh`
        config=$OCI_DIR/blobs/sha256/$(config_hash)
        jq --arg base "sha256:$(sha256sum <"$LAB/base-layer.tar" | cut -d' ' -f1)" \
          --arg delta "sha256:$(sha256sum <"$LAB/delta-layer.tar" | cut -d' ' -f1)" \
          '.rootfs.diff_ids = [$base, $delta]' "$config" >"$LAB/new"
        mv "$LAB/new" "$config"
      `),
      fails: ['command', 'valid'],
    },
  ],
});
