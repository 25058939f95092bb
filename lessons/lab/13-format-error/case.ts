import { existsSync } from 'node:fs';
import { labCase } from '../../../src/engine/lab/case.ts';
import { sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { hostArchitecture } from '../../../src/host/preflight/tools.ts';
import { repackByHand } from '../by-hand.ts';
import { sameImage, ticketRuns } from '../checks.ts';
import { runImage, withLayoutTools } from '../script.ts';

/** What the kernel would start programs for the other platform with. */
const emulator = () =>
  `/proc/sys/fs/binfmt_misc/qemu-${hostArchitecture() === 'amd64' ? 'aarch64' : 'x86_64'}`;

export const formatError = labCase({
  id: '13-format-error',
  title: 'The image is for this platform, and its shell has a format error',
  level: 1,
  after: '08-run',
  ticket: {
    from: 'the release team',
    text: text`This is today's release for your platform. Its config says so, too: look at "architecture",
      it's what \`ctr images ls\` shows under PLATFORMS. The import is fine, but no container starts: "exec format
      error". We build both platforms on one machine, and the trees of both are beside the layout. Please
      mend this image, so that it's the one for your machine.`,
  },
  symptom: runImage,
  prints: /exec \/bin\/sh: exec format error/,
  unavailable: () =>
    existsSync(emulator())
      ? 'This machine runs programs of the other architecture, too, with qemu, so the error would be another one.'
      : undefined,
  breaks: withLayoutTools(sh`
    other=base-$(other_arch)
    cp -a "$LAB/build/base" "$LAB/build/$other"
    make_foreign "$LAB/build/$other/bin/busybox"
    pack_layer "$other"
    replace_layer 0 "$other"
    rm "$LAB"/base-layer.tar*
  `),
  checks: [ticketRuns, ...sameImage],
  hints: [
    {
      text: text`Nothing that starts a process reads the config's architecture. What does the kernel read?`,
    },
    {
      text: text`The header of the program. Its bytes 18 and 19 tell the processor: 3e 00 is amd64, b7 00 is arm64.
        Compare the trees, and what's in the base layer.`,
      command: `for f in "$LAB"/build/*/bin/busybox; do echo "$f"; od -An -tx1 -j 18 -N 2 "$f"; done
handroll-tour layers "$OCI_DIR" --cat bin/busybox --layer 0 | od -An -tx1 -j 18 -N 2`,
    },
    {
      text: text`The base layer was packed from the other platform's tree. The right one is \`build/base\`: pack it,
        and replace the layer. The config is right already, except for the DiffID.`,
    },
    {
      text: text`Pack \`build/base\`, and write the documents above it again.`,
      command: repackByHand(0, 'base'),
    },
  ],
  debrief: {
    was: text`The base layer was packed from the other platform's tree. The kernel reads from a program's
      ELF header which processor it's for (e_machine), and refuses with ENOEXEC. Neither the config
      nor the index is compared with the programs in the layers.`,
    find: text`\`file\` on the program, or \`od -An -tx1 -j 18 -N 2\`.
      \`handroll-tour layers IMAGE --cat PATH --layer N\` gets it out of a layer. Then \`uname -m\`.`,
    field: text`A multi-platform build in which one download, COPY or base image doesn't depend on the target
      platform. The same message comes from a script without \`#!\`.`,
    issues: [
      'bitnami/minideb#240',
      'kubernetes/node-problem-detector#797',
      'archsyscall/restart-operator#6',
    ],
    prevent: text`A container of each platform that is started in the build, with qemu if need be, and
      \`--platform\` or \`TARGETARCH\` in everything that fetches programs.`,
  },
  solutions: [
    withLayoutTools(sh`
      pack_layer base
      replace_layer 0 base
    `),
    withLayoutTools(sh`
      # everything from the trees
      pack_layer base
      rm -r "$OCI_DIR"
      ARCH=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
      write_image base delta
    `),
  ],
  wrongMends: [
    {
      name: 'the config is made to agree with the program',
      script: withLayoutTools(sh`
        [ "$(uname -m)" = x86_64 ] && other=arm64 || other=amd64
        edit_config --arg other "$other" '.architecture = $other'
      `),
      fails: ['command', 'content'],
    },
    {
      name: 'the right program is put on top, in a third layer',
      script: withLayoutTools(sh`
        mkdir -p "$LAB/build/mend/bin"
        cp "$LAB/build/base/bin/busybox" "$LAB/build/mend/bin/sh"
        pack_layer mend
        edit_config --arg id "sha256:$(sha256sum <"$LAB/mend-layer.tar" | cut -d' ' -f1)" \
          '.rootfs.diff_ids += [$id]'
        edit_manifest --argjson new "$(descriptor layer.v1.tar+gzip "$(store "$LAB/mend-layer.tar.gz")")" \
          '.layers += [$new]'
      `),
      fails: ['content'],
    },
    {
      name: 'the right tree is packed, and its DiffID is forgotten',
      script: withLayoutTools(sh`
        pack_layer base
        rm "$OCI_DIR/blobs/sha256/$(layer_hash 0)"
        edit_manifest --argjson new "$(descriptor layer.v1.tar+gzip "$(store "$LAB/base-layer.tar.gz")")" \
          '.layers[0] += $new'
      `),
      fails: ['command', 'valid'],
    },
  ],
});
