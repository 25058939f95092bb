import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { editByHand } from '../by-hand.ts';
import { sameImage, ticketPrints } from '../checks.ts';
import { withLayoutTools } from '../script.ts';

export const oldGreeting = labCase({
  id: '04-old-greeting',
  title: 'Everything is valid, and the container has the old greeting',
  level: 2,
  after: '08-run',
  ticket: {
    from: 'the build team',
    text: text`We changed \`hello.txt\` and deleted \`data/config.txt\`. A container of the image greets with the
      old text, and the deleted file is there. The import doesn't complain, and every validator that we've
      tried says that the image is fine.`,
  },
  symptom: sh`
    tar -C "$OCI_DIR" -cf "$IMAGE_TAR" .
    sudo ctr -n "$CTR_NAMESPACE" images import "$IMAGE_TAR"
    sudo ctr -n "$CTR_NAMESPACE" run --rm handroll:latest lab \
      /bin/sh -c 'cat /hello.txt; ls /data' </dev/null
  `,
  prints: /^hello from base\s+config\.txt\s*$/m,
  breaks: withLayoutTools(sh`
    edit_config '.rootfs.diff_ids |= reverse'
    edit_manifest '.layers |= reverse'
  `),
  checks: [
    ticketPrints(
      'the container has the new greeting, and no config.txt',
      /(^|\n)hello from delta\s*$/,
    ),
    ...sameImage,
  ],
  hints: [
    {
      text: text`Both greetings are in the image. What decides which of them a container gets?`,
    },
    {
      text: text`List what each layer contains, and what it hides. Then compare with the two
        trees.`,
      command: 'handroll-tour layers "$OCI_DIR"',
    },
    {
      text: text`The first layer of a manifest is the lowest. Two documents list the layers, and their lists
        have to be in the same order.`,
    },
    {
      text: text`Turn both lists round: the DiffIDs in the config, the descriptors in the manifest. Then the
        names above them change, too.`,
      command: editByHand({
        config: '.rootfs.diff_ids |= reverse',
        manifest: '.layers |= reverse',
      }),
    },
  ],
  debrief: {
    was: text`The layers were listed from top to bottom, in the config and in the manifest. The base was laid
      over the delta: its \`hello.txt\` won, and the whiteout was below the file that it should hide. Every hash
      and size was right, since each was computed over the wrong order.`,
    find: text`When a container has the wrong one of two versions, ask which layer is on top.
      \`handroll-tour layers "$OCI_DIR"\` shows them in order. A lowest layer with whiteouts in it is suspicious.`,
    field: text`Programs differ in which end of a list is the top: Docker's first manifest format began with
      the top layer, the present one begins with the lowest. If only one of the two lists is turned round,
      containerd stops with "wrong diff id". If both are, nothing does.`,
    issues: [
      'apple/swift-container-plugin#57',
      'google/go-containerregistry#76',
      'apptainer/singularity#1012',
    ],
    prevent: text`A test that starts the image and looks at a file which two layers have.`,
  },
  solutions: [
    withLayoutTools(sh`
      edit_config '.rootfs.diff_ids |= reverse'
      edit_manifest '.layers |= reverse'
    `),
    withLayoutTools(sh`
      # all of it again, from the tars
      rm -r "$OCI_DIR"
      ARCH=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
      write_image base delta
    `),
  ],
  wrongMends: [
    {
      name: 'only the list in the manifest is turned round',
      script: withLayoutTools(sh`edit_manifest '.layers |= reverse'`),
      fails: ['command', 'valid'],
    },
    {
      name: 'only the list in the config is turned round',
      script: withLayoutTools(sh`edit_config '.rootfs.diff_ids |= reverse'`),
      fails: ['command', 'valid', 'content'],
    },
    {
      name: 'the base gets the new greeting',
      script: withLayoutTools(sh`
        cp "$LAB/build/delta/hello.txt" "$LAB/build/base/hello.txt"
        pack_layer base
        replace_layer 1 base
      `),
      fails: ['command', 'content'],
    },
  ],
});
