import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { imageNames, importedName, taggedName } from '../facts/containerd.ts';
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
      why: text`\`ctr images import\` reads an image layout as a tar. This tar doesn't have to be
        reproducible. It's only packaging: each blob in it is identified by its own hash.`,
      script: sh`
        tar -C "$OCI_DIR" -cf "$WORKDIR/handroll-image.tar" .
        tar -tf "$WORKDIR/handroll-image.tar"
      `,
      builds: true,
      expect: text`Nine entries: six files and three directories.`,
      notice: text`\`docker save\` in Docker 25 and later writes the same kind of tar, plus a
        \`manifest.json\` for older readers. \`docker load\` reads it.`,
      hint: text`\`tar -tf\` should list \`./oci-layout\`, not \`./oci/oci-layout\`.`,
    }),
    step('import', {
      title: 'What an import does',
      why: text`The import stores each file of the tar under the hash that its bytes have. Then index.json
        leads to your manifest, and the manifest to the layers. Each layer is unpacked into a directory,
        a *snapshot*. During that its tar is hashed, and the hash has to be the DiffID in your config. A
        wrong digest or DiffID makes the import fail. A wrong size doesn't.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" images import \
          --base-name handroll "$WORKDIR/handroll-image.tar"
        sudo ctr -n "$CTR_NAMESPACE" images ls -q
        sudo ctr -n "$CTR_NAMESPACE" snapshots tree
      `,
      owns: [{ kind: 'image', name: importedName }],
      predict: {
        question: 'index.json names the image handroll:latest. What will containerd call it?',
        choices: ['docker.io/library/handroll:latest', 'handroll:latest', 'handroll'],
      },
      expect: text`What the import reports, then the image's name, then the snapshots: base, and delta on top
        of it.`,
      notice: text`To containerd an image is a name that points to a manifest: ${imageNames} to
        ${manifestDigest}. \`docker pull\` does the same with blobs from a registry. It gets the manifest
        first, then the config and the layers that aren't here yet. \`ctr images --help\` lists what else
        you can do with an image.`,
      fieldNote: {
        title: 'What --base-name does',
        text: text`\`--base-name handroll\` imports only names that start with handroll, and skips others
          without an error. A bare tag gets it in front: \`latest\` would become \`handroll:latest\`. It
          adds no registry. So where the article goes on with \`docker.io/library/handroll:latest\`, that
          name doesn't exist yet. The next step creates it.`,
      },
      hint: text`\`handroll-tour verify "$OCI_DIR"\` checks the layout rule by rule.`,
    }),
    step('tag', {
      title: 'Give it the name that Docker would use',
      why: text`When you type \`handroll\`, Docker takes it for \`docker.io/library/handroll:latest\`: a
        registry, a repository there, and a tag. Kubernetes does the same with the image names in a pod.
        containerd expands nothing. To find your image under the long name, it needs that name.`,
      goal: text`In the namespace ${namespace}, give your image the second name
        \`docker.io/library/handroll:latest\`. Keep \`handroll:latest\`.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" images tag --force \
          handroll:latest docker.io/library/handroll:latest
        sudo ctr -n "$CTR_NAMESPACE" images ls -q
      `,
      owns: [{ kind: 'image', name: taggedName }],
      predict: {
        question: 'How many blobs more will the content store hold, once there are two names?',
        choices: ['none', 'one, a manifest with the new name', 'four, a copy of the image'],
      },
      expect: text`Two names for one manifest.`,
      notice: text`A name, with its tag, is an entry in a database. Moving it copies nothing, and tomorrow it
        can point to another manifest: that's why a deployment that must not change names a digest.

        Your image is two directories now, but a container needs one root filesystem. How do two
        directories become one without copying them? In lesson 6 you do it by hand.`,
      hint: text`\`ctr images\` has a subcommand for this. It takes the existing name first, then the new
        one.`,
    }),
  ],
});
