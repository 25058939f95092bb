import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { sameImage, ticketPrints } from '../checks.ts';
import { withLayoutTools } from '../script.ts';
import adds from './adds.sh';
import breaks from './breaks.sh';

export const stillTheOldVersion = labCase({
  id: '06-still-the-old-version',
  title: 'Version 1.10 is built and imported, and the container is version 1.9',
  level: 1,
  after: '08-run',
  ticket: {
    from: 'a colleague',
    text: text`I've built 1.10: \`build/delta/etc/release\` is right, and so is the file in \`delta-layer.tar\`. Then
      I wrote the layout again and imported it, and a container still prints 1.9. I've removed the image from
      containerd and imported again, with the same result. Is there a cache somewhere?`,
  },
  symptom: sh`
    tar -C "$OCI_DIR" -cf "$IMAGE_TAR" .
    sudo ctr -n "$CTR_NAMESPACE" images import "$IMAGE_TAR"
    sudo ctr -n "$CTR_NAMESPACE" run --rm handroll:latest lab /bin/cat /etc/release </dev/null
  `,
  prints: /^version 1\.9\s*$/m,
  adds: withLayoutTools(adds),
  breaks: withLayoutTools(breaks),
  checks: [ticketPrints('the container is version 1.10', /^version 1\.10\s*$/m), ...sameImage],
  hints: [
    {
      text: text`containerd begins at \`index.json\` and follows digests. Do the same, and see where you arrive.`,
    },
    {
      text: text`An image with two layers has four blobs. How many are in the layout, and which of them does
        anything refer to?`,
      command: 'ls -l "$OCI_DIR/blobs/sha256"; cat "$OCI_DIR/index.json"',
    },
    {
      text: text`There are two manifests. Their annotations contain the version.`,
      command: `cd "$OCI_DIR/blobs/sha256"
for blob in *; do jq -c --arg blob "$blob" 'select(.layers) | [$blob, .annotations]' "$blob" 2>/dev/null; done`,
    },
    {
      text: text`\`index.json\` has to name the other manifest, with its size.`,
      command: `cd "$OCI_DIR/blobs/sha256"
manifest=$(grep -l '"org.opencontainers.image.version": "1.10"' *)
jq --arg d "sha256:$manifest" --argjson s "$(stat -c %s "$manifest")" \\
  '.manifests[0].digest = $d | .manifests[0].size = $s' ../../index.json >../../new
mv ../../new ../../index.json`,
    },
  ],
  debrief: {
    was: text`The new layer, config and manifest were in the layout, and \`index.json\` still named the old manifest.
      All of the old image was there, too, so the import was right to be content: it's the complete and valid
      image 1.9. A blob that nothing refers to is no part of any image.`,
    find: text`Follow the digests from \`index.json\` down. If a layout has more blobs than its image needs, ask what
      the others are: \`handroll-tour explore "$OCI_DIR"\` shows what refers to each.`,
    field: text`A build script that stops before its last step leaves such a layout, and so does one that copies
      new blobs over an old layout and forgets \`index.json\`. A tool that rewrote an index kept the
      digest of the index before it. Nothing is damaged, so no tool complains.`,
    issues: ['openshift/oc#1335'],
    prevent: text`Write into an empty directory and rename it at the end. Print the manifest's digest at the end of the
      build, and compare with what containerd lists after the import.`,
  },
  solutions: [
    withLayoutTools(sh`
      manifest=$(grep -l '"org.opencontainers.image.version": "1.10"' "$OCI_DIR"/blobs/sha256/*)
      edit_index --argjson new "$(descriptor manifest.v1+json "$(basename "$manifest")")" '.manifests[0] += $new'
    `),
    withLayoutTools(sh`
      # built again, into an empty directory
      rm -r "$OCI_DIR"
      ARCH=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
      write_image base delta
    `),
  ],
  wrongMends: [
    {
      name: 'the digest in index.json is changed, and the size is not',
      script: withLayoutTools(sh`
        manifest=$(grep -l '"org.opencontainers.image.version": "1.10"' "$OCI_DIR"/blobs/sha256/*)
        edit_index --arg new "sha256:$(basename "$manifest")" '.manifests[0].digest = $new'
      `),
      fails: ['valid'],
    },
    {
      name: 'the new manifest is copied over the old one',
      script: withLayoutTools(sh`
        manifest=$(grep -l '"org.opencontainers.image.version": "1.10"' "$OCI_DIR"/blobs/sha256/*)
        cp "$manifest" "$OCI_DIR/blobs/sha256/$(manifest_hash)"
      `),
      fails: ['command', 'valid'],
    },
    {
      name: 'the old manifest gets the new version in its annotations',
      script: withLayoutTools(sh`
        edit_manifest '.annotations["org.opencontainers.image.version"] = "1.10"'
      `),
      fails: ['command', 'content'],
    },
  ],
});
