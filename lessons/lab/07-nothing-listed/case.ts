import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { sameImage, ticketImports } from '../checks.ts';
import { withLayoutTools } from '../script.ts';

export const nothingListed = labCase({
  id: '07-nothing-listed',
  title: 'The import succeeds, and containerd lists no image',
  level: 1,
  after: '05-import',
  ticket: {
    from: 'a student in the back row',
    text: text`My import prints no error and its exit code is 0. Then I list the images, and there's none. I have
      checked that the layout contains the name: \`grep -r handroll:latest "$OCI_DIR"\` finds it.`,
  },
  symptom: sh`
    tar -C "$OCI_DIR" -cf "$IMAGE_TAR" .
    sudo ctr -n "$CTR_NAMESPACE" images import "$IMAGE_TAR"
    sudo ctr -n "$CTR_NAMESPACE" images ls
  `,
  prints: /^REF +TYPE.*\s*$(?![\s\S])/m,
  breaks: withLayoutTools(sh`
    edit_manifest '.annotations = {"org.opencontainers.image.ref.name": "handroll:latest"}'
    edit_index 'del(.manifests[0].annotations)'
  `),
  checks: [ticketImports, ...sameImage],
  hints: [
    {
      text: text`The name is in the layout. Is it where containerd looks for it?`,
    },
    {
      text: text`Which file did \`grep\` find it in? Compare with the layout that you built in lesson 4.`,
      command: 'grep -rl handroll:latest "$OCI_DIR"; cat "$OCI_DIR/index.json"',
    },
    {
      text: text`An image's name belongs to the descriptor in \`index.json\`, as an annotation:
        \`org.opencontainers.image.ref.name\`.`,
    },
    {
      text: text`Add the annotation to the descriptor. \`index.json\` isn't named by a hash, so nothing else
        changes.`,
      command: `cd "$OCI_DIR"
jq '.manifests[0].annotations = {"org.opencontainers.image.ref.name": "handroll:latest"}' index.json >new
mv new index.json`,
    },
  ],
  debrief: {
    was: text`The annotation with the name was in the manifest, and containerd reads it from the manifest's
      descriptor in \`index.json\`. Without a name it stored the blobs and made no image of them. Soon its
      garbage collection removes the blobs, since no image refers to them.`,
    find: text`After an import, list the images: an exit code of 0 doesn't mean that there is one. Then read
      \`index.json\`, which has to contain the name: \`jq '.manifests[].annotations' "$OCI_DIR/index.json"\`.`,
    field: text`Builders put annotations on the manifest, on its descriptor or on the index, and call all of them
      "annotations". Archives that were saved by ID or by digest have no name at all. \`ctr images import\` has
      \`--digests\` for those.`,
    issues: [
      'containerd/containerd#4474',
      'containerd/containerd#6309',
      'apple/containerization#369',
    ],
    prevent: text`A script that imports an image should ask for it afterwards: \`ctr images ls -q name==handroll:latest\`
      and a test of whether that printed anything.`,
  },
  solutions: [
    sh`
      cd "$OCI_DIR"
      jq '.manifests[0].annotations = {"org.opencontainers.image.ref.name": "handroll:latest"}' index.json >new
      mv new index.json
    `,
    withLayoutTools(sh`
      # moved: the manifest is as it was before
      edit_manifest 'del(.annotations)'
      edit_index '.manifests[0].annotations."org.opencontainers.image.ref.name" = "handroll:latest"'
    `),
  ],
  wrongMends: [
    {
      name: 'the annotation is put on index.json itself',
      script: withLayoutTools(sh`
        edit_index '.annotations = {"org.opencontainers.image.ref.name": "handroll:latest"}'
      `),
      fails: ['command'],
    },
    {
      name: 'the key of the annotation is another one',
      script: withLayoutTools(sh`
        edit_index '.manifests[0].annotations = {"org.opencontainers.ref.name": "handroll:latest"}'
      `),
      fails: ['command'],
    },
    {
      name: 'the name is only the tag',
      script: withLayoutTools(sh`
        edit_index '.manifests[0].annotations = {"org.opencontainers.image.ref.name": "latest"}'
      `),
      fails: ['command'],
    },
  ],
});
