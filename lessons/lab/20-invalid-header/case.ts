import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { sameImage, ticketImports } from '../checks.ts';
import { importImage, withLayoutTools } from '../script.ts';

export const invalidHeader = labCase({
  id: '20-invalid-header',
  title: 'A layer that tar lists without a complaint has an invalid tar header',
  level: 1,
  after: '05-import',
  ticket: {
    from: 'a student in the back row',
    text: text`containerd stops at one of my layers: "invalid tar header". I've looked for damage and
      there is none. \`tar -tvf\` lists the blob to its end, its hash is its name, its size is right, and the DiffID
      in the config is the hash of the tar. Is it containerd's fault?`,
  },
  symptom: importImage,
  prints: /archive\/tar: invalid tar header/,
  breaks: withLayoutTools(sh`
    edit_manifest '.layers[0].mediaType = "application/vnd.oci.image.layer.v1.tar"'
  `),
  checks: [ticketImports, ...sameImage],
  hints: [
    {
      text: text`GNU tar looks at the first bytes of a file before it decides how to read it. What does containerd
        decide by?`,
    },
    {
      text: text`Compare the first bytes of each layer with what the manifest calls it.`,
      command: `cd "$OCI_DIR/blobs/sha256"
jq -r '.layers[] | "\\(.digest[7:]) \\(.mediaType)"' "$(jq -r '.manifests[0].digest[7:]' ../../index.json)" |
  while read -r blob type; do echo "$type"; od -An -tx1 -N 2 "$blob"; done`,
    },
    {
      text: text`1f 8b is gzip, and the manifest calls the layer a plain tar. So containerd reads gzip's bytes
        as a tar header. The manifest and index.json have to change; or the blob.`,
    },
    {
      text: text`Write the media type, and then the digest and the size in index.json.`,
      command: `cd "$OCI_DIR/blobs/sha256"
old=$(jq -r '.manifests[0].digest[7:]' ../../index.json)
jq '.layers[0].mediaType = "application/vnd.oci.image.layer.v1.tar+gzip"' "$old" >new && rm "$old"
h=$(sha256sum <new | cut -d' ' -f1) && mv new "$h"
jq --arg h "sha256:$h" --argjson s "$(stat -c %s "$h")" \\
  '.manifests[0].digest = $h | .manifests[0].size = $s' ../../index.json >../../new
mv ../../new ../../index.json`,
    },
  ],
  debrief: {
    was: text`The manifest gave the base layer the media type of a plain tar, and the blob is compressed. For
      the OCI type \`tar\`, containerd doesn't look whether it's compressed. It took the gzip header for a tar
      header, and its checksum didn't fit.`,
    find: text`\`od -tx1 -N 4\` on the blob: 1f 8b is gzip, 28 b5 2f fd is zstd; then the \`mediaType\` in the
      manifest. \`handroll-tour verify "$OCI_DIR"\` compares the two.`,
    field: text`Tools that compress layers while they copy an image, and leave the manifest as it was. Docker's own media
      types forgive it: for them containerd looks at the bytes. So the same image may be fine until it's
      converted to OCI.`,
    issues: [
      'containerd/containerd#3326',
      'podman-container-tools/buildah#1589',
      'containerd/containerd#10134',
    ],
    prevent: text`Write the media type where the bytes are written, in the same function. And unpack what was pushed:
      tools that only copy don't look at it.`,
  },
  solutions: [
    withLayoutTools(sh`
      edit_manifest '.layers[0].mediaType = "application/vnd.oci.image.layer.v1.tar+gzip"'
    `),
    withLayoutTools(sh`
      # the blob becomes what the manifest calls it
      rm "$OCI_DIR/blobs/sha256/$(layer_hash 0)"
      edit_manifest --argjson new "$(descriptor layer.v1.tar "$(store "$LAB/base-layer.tar")")" \
        '.layers[0] = $new'
    `),
  ],
  wrongMends: [
    {
      name: 'the layer is unpacked under its old name',
      script: sh`
        cd "$OCI_DIR/blobs/sha256"
        manifest=$(jq -r '.manifests[0].digest[7:]' ../../index.json)
        cp "$LAB/base-layer.tar" "$(jq -r '.layers[0].digest[7:]' "$manifest")"
      `,
      fails: ['command', 'valid'],
    },
    {
      name: 'the DiffID becomes the hash of the compressed layer',
      script: withLayoutTools(sh`
        edit_config --arg id "sha256:$(layer_hash 0)" '.rootfs.diff_ids[0] = $id'
      `),
      fails: ['command', 'valid'],
    },
    {
      name: 'the other layer gets the same media type',
      script: withLayoutTools(sh`
        edit_manifest '.layers[1].mediaType = .layers[0].mediaType'
      `),
      fails: ['command', 'valid'],
    },
    {
      name: 'the manifest is edited under its old name',
      script: sh`
        cd "$OCI_DIR/blobs/sha256"
        manifest=$(jq -r '.manifests[0].digest[7:]' ../../index.json)
        jq '.layers[0].mediaType += "+gzip"' "$manifest" >"$LAB/new"
        mv "$LAB/new" "$manifest"
      `,
      fails: ['command', 'valid'],
    },
  ],
});
