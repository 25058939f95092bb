import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { imageNames, importedName, taggedName, topChainId } from '../facts/containerd.ts';
import { manifestDigest } from '../facts/layout.ts';

export const lesson = defineLesson({
  id: '05-import',
  title: 'Into containerd',
  intro: text`Until now containerd has done nothing. Hand it the directory, as a tar, and it will do two
    things at once: keep the blobs as they are, and unpack the layers.`,
  picture: {
    drawing: picture`
      oci/ ─► handroll-image.tar ─► ctr images import
                                       ├─► content store  four blobs, verbatim
                                       ├─► image          a name for ${wide(manifestDigest, 9)}
                                       └─► snapshots      the layers, unpacked
    `,
    alt: 'The layout is packed into a tar; importing it fills the content store, makes an image name, and unpacks two snapshots.',
  },
  steps: [
    step('pack', {
      title: 'Pack the layout',
      why: text`\`ctr images import\` reads a tar of the layout. Nothing about this tar needs pinning: it is
        an envelope. Everything in it is named by its own hash already.`,
      script: sh`
        tar -C "$OCI_DIR" -cf "$WORKDIR/handroll-image.tar" .
        tar -tf "$WORKDIR/handroll-image.tar"
      `,
      builds: true,
      expect: text`The nine names you saw in the tree: six files and the directories.`,
      notice: text`This is what \`docker save\` gives you too, in a newer Docker. Now you know what is in
        one.`,
      hint: text`\`tar -tf\` should list \`./oci-layout\`, not \`./oci/oci-layout\`.`,
    }),
    step('import', {
      title: 'Import it',
      why: text`containerd reads index.json, takes in each blob and hashes it while it does. Then it unpacks
        the layers, and hashes again what came out: that has to be the DiffID in your config. One wrong
        digit anywhere and it stops here.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" images import \
          --base-name handroll "$WORKDIR/handroll-image.tar"
        sudo ctr -n "$CTR_NAMESPACE" images ls
      `,
      owns: [{ kind: 'image', name: importedName }],
      predict: {
        question: 'The article says docker.io/library/handroll:latest. What will it be called?',
        choices: ['docker.io/library/handroll:latest', 'handroll:latest', 'by its digest'],
      },
      expect: text`A few lines from the import, then the list of images. An exit code of 0 is not
        enough: with a name it does not like, containerd imports nothing and says nothing. So look.`,
      notice: text`Listed: ${imageNames}. The name points at ${manifestDigest}: an image, to containerd, is a
        name and that digest. All else follows from it.`,
      fieldNote: {
        title: 'The name the article promises',
        text: text`The annotation in your index says \`handroll:latest\`, and that is what containerd
          takes. \`--base-name handroll\` only filters. So the article's next command, which runs
          \`docker.io/library/handroll:latest\`, would say "not found". The next step mends that.`,
      },
      hint: text`\`handroll-tour verify "$OCI_DIR"\` goes through the layout rule by rule.`,
    }),
    step('tag', {
      title: 'A second name for the same thing',
      why: text`Docker writes \`handroll\` and means \`docker.io/library/handroll:latest\`. containerd means
        what it says. Give it the long name as well.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" images tag --force \
          handroll:latest docker.io/library/handroll:latest
        sudo ctr -n "$CTR_NAMESPACE" images ls -q
      `,
      owns: [{ kind: 'image', name: taggedName }],
      expect: text`Two names. Nothing was copied.`,
      notice: text`Both say ${manifestDigest}. A tag is a line in a database; moving one moves no bytes.`,
      hint: text`\`ctr images tag\` takes the old name, then the new.`,
    }),
    step('unpacked', {
      title: 'It has unpacked them already',
      why: text`Importing did more than store. Each layer was unpacked into a directory of its own, a
        *snapshot*, on top of the one before. This is where the whiteout was read and acted on: at import,
        long before any container.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" snapshots ls
        sudo ctr namespaces ls
      `,
      expect: text`Two snapshots, both Committed, which means read-only from now on. The first has no
        parent; it is the base.`,
      notice: text`The upper one is called ${topChainId}. That is none of your four hashes: you will compute
        it yourself in lesson 7.`,
      hint: text`\`ctr images check\` says whether an image is complete and unpacked.`,
      readOnly: true,
    }),
  ],
});
