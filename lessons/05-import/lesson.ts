import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { importedName, taggedName } from '../facts/containerd.ts';
import { manifestDigest } from '../facts/layout.ts';
import { namespace } from '../facts/machine.ts';

export const lesson = defineLesson({
  id: '05-import',
  title: 'Give the image to containerd',
  intro: text`So far containerd hasn't been involved. Now you give it the image, the way \`docker load\` does:
    as a single tar file.`,
  picture: {
    drawing: picture`
      oci/ ─► handroll-image.tar ─► ctr images import
                                       ├─► content store  your blobs, unchanged
                                       ├─► image          a name for ${wide(manifestDigest, 9)}
                                       └─► snapshots      both layers, unpacked
    `,
    alt: 'The layout is packed into a tar; importing it stores four blobs, creates a name for the manifest, and unpacks the layers into snapshots.',
  },
  steps: [
    step('pack', {
      title: 'Pack the layout into one tar',
      why: text`\`ctr images import\` reads a layout as a tar. This tar is only packaging and needn't be
        reproducible: each blob in it has its own hash.`,
      script: sh`
        tar -C "$OCI_DIR" -cf "$WORKDIR/handroll-image.tar" .
        tar -tf "$WORKDIR/handroll-image.tar" | cut -c -40
      `,
      builds: true,
      expect: text`Nine entries: six files and three directories.`,
      notice: text`\`docker save\` writes such a tar (since Docker 25), with a
        \`manifest.json\` for older versions added.
        \`docker pull\` needs no tar: it gets the same blobs from a registry, the manifest first, and only
        those that it doesn't have yet.`,
      hint: text`\`tar -tf\` should list \`./oci-layout\`, not \`./oci/oci-layout\`.`,
    }),
    step('import', {
      title: 'What an import does',
      why: text`The import stores each file of the tar under the hash of its bytes. index.json leads to your manifest,
        and that to the layers. The import unpacks each layer into a directory, a *snapshot*. The hash of the
        layer's tar has to be the DiffID in your config. A wrong digest or DiffID stops the import. A wrong size
        doesn't.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" images import \
          --base-name handroll "$WORKDIR/handroll-image.tar"
        sudo ctr -n "$CTR_NAMESPACE" images ls -q
        sudo ctr -n "$CTR_NAMESPACE" snapshots tree | cut -c -40
      `,
      owns: [{ kind: 'image', name: importedName }],
      predict: {
        question: 'index.json names the image handroll:latest. What will containerd call it?',
        choices: ['docker.io/library/handroll:latest', 'handroll:latest', 'handroll'],
      },
      expect: text`What ctr reports, the image's name, and two snapshots: delta on top of base.`,
      notice: text`To containerd, an image is a name that points to a manifest. \`--base-name handroll\` lets in names that
        start with handroll, and makes \`handroll:latest\` of a bare \`latest\`; ctr skips others without an error. ctr adds no registry, so
        the image has no name \`docker.io/library/handroll:latest\` yet.`,
      hint: text`\`handroll-tour verify "$OCI_DIR"\` checks the layout rule by rule.`,
    }),
    step('tag', {
      title: 'Give it the name that Docker would use',
      why: text`When you type \`handroll\`, Docker takes it for \`docker.io/library/handroll:latest\`: a registry, a
        repository there, and a tag. So does Kubernetes, in a pod. \`ctr\` expands nothing: it finds your
        image by the long name only if the image has that name.`,
      goal: text`In the namespace ${namespace}, give your image the second name
        \`docker.io/library/handroll:latest\`. Keep \`handroll:latest\`.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" images tag --force \
          handroll:latest docker.io/library/handroll:latest
        sudo ctr -n "$CTR_NAMESPACE" images ls -q
      `,
      owns: [{ kind: 'image', name: taggedName }],
      predict: {
        question: 'How many more blobs will the content store hold, once there are two names?',
        choices: ['none', 'one, a manifest with the new name', 'four, a copy of the image'],
      },
      expect: text`Two names for one manifest.`,
      notice: text`A tag is an entry in a database: moving it copies nothing. Your image is two directories now, but a
        container needs one root filesystem. How do two become one without a copy? You'll do it by hand next.`,
      hint: text`\`ctr images\` has a subcommand for this. It takes the existing name first, then the new
        one.`,
    }),
  ],
});
