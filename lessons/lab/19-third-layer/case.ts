import { labCase } from '../../../src/engine/lab/case.ts';
import { type Script, sh } from '../../../src/engine/script.ts';
import { text } from '../../../src/engine/text.ts';
import { repackByHand } from '../by-hand.ts';
import { fail, hasContentBut, isValid, pass, ticketImports } from '../checks.ts';
import { importImage, withLayoutTools } from '../script.ts';

const useTools: Script = {
  source: `${importImage.source}\n${
    sh`
      timeout -k 1 30 sudo ctr -n "$CTR_NAMESPACE" run --rm handroll:latest demo \
        /bin/sh -c '/bin/grep . /etc/build-id && /bin/wc -l /etc/build-id' </dev/null
    `.source
  }`,
};

export const thirdLayer = labCase({
  id: '19-third-layer',
  title: 'containerd refuses a third layer that other tools unpack',
  level: 2,
  after: '08-run',
  ticket: {
    from: 'a colleague',
    text: text`I've added a third layer with two more commands of busybox, grep and wc. I made it by
      hand, and I'm proud of it: 10 kB, where my first try had 2 MB. \`umoci unpack\` makes the right tree of it, and
      \`handroll-tour layers\` shows both files. But containerd stops in the middle. The tree of the layer is
      \`build/tools\`. I need both commands; how they get into the image is up to you.`,
  },
  symptom: importImage,
  prints: /link .*\/bin\/busybox .*\/bin\/(grep|wc): no such file or directory/,
  unavailable: ({ privilege }) =>
    privilege === 'rootless'
      ? 'It needs root, because without it containerd unpacks layers in another way, and takes this one.'
      : undefined,
  adds: withLayoutTools(sh`
    mkdir -p "$LAB/build/tools/bin"
    for name in grep wc; do ln "$LAB/build/base/bin/busybox" "$LAB/build/tools/bin/$name"; done
    pack_layer tools
    rm -r "$OCI_DIR"
    write_image base delta tools
  `),
  breaks: withLayoutTools(sh`
    # the file goes into the archive, so that the other names become links to it, and out again
    ln "$LAB/build/base/bin/busybox" "$LAB/build/tools/bin/busybox"
    pack_layer tools
    tar -f "$LAB/tools-layer.tar" --delete ./bin/busybox
    gzip -n -1 -k -f "$LAB/tools-layer.tar"
    rm "$LAB/build/tools/bin/busybox"
    replace_layer 2 tools
  `),
  checks: [
    ticketImports,
    isValid,
    hasContentBut(['bin/grep', 'bin/wc'], { more: false }),
    {
      id: 'tools',
      says: 'a container can use grep and wc',
      observe: async (look) => {
        const tried = await look.attempt(useTools);
        const isUsed =
          tried.code === 0 &&
          tried.output.includes(look.record.token) &&
          tried.output.includes('1 /etc/build-id');
        return isUsed ? pass('both work') : fail('not both of them work');
      },
    },
  ],
  hints: [
    {
      text: text`List what the third layer's tar contains, with the types. The first letter of a line is the
        type.`,
      command: `cd "$LAB" && tar -tvf tools-layer.tar`,
    },
    {
      text: text`The type h is a hard link to a path. Is that path in this tar? And where is containerd while it
        unpacks this layer? In its tree, both names have the same inode: the first column.`,
      command: `ls -li "$LAB/build/tools/bin"`,
    },
    {
      text: text`It unpacks each layer into a directory of its own, in which the file of the base layer
        doesn't exist. A symlink isn't resolved until a container uses it.`,
    },
    {
      text: text`Make symlinks of them, pack the layer, and write the documents above it again. Packing \`build/tools\`
        as it is works, too: tar then stores the file once, and the layer has 2 MB.`,
      command: `cd "$LAB"
ln -sf busybox build/tools/bin/grep && ln -sf busybox build/tools/bin/wc
${repackByHand(2, 'tools')}`,
    },
  ],
  debrief: {
    was: text`The layer has two hard links to bin/busybox, which is in another layer. As root, containerd unpacks
      a layer into an empty directory, and link(2) needs an existing file. Without root it unpacks through a mount in
      which the lower layers are visible, so there the link works. umoci unpacks all layers
      into one directory, where the file is there already. The specification allows both: a hard link to a file
      outside of its layer "may fail".`,
    find: text`The message has both paths, and both are in the same snapshots/N/fs: \`tar -tvf\` the layer
      and look for the second one. \`handroll-tour verify "$OCI_DIR"\` has a note on every such link.`,
    field: text`Builders that compare two trees and write the difference: the file is as before, so only its
      new name is written, as a link. Scanners that read layers one by one had to learn
      it, too.`,
    issues: ['opencontainers/image-spec#1204', 'quay/claircore#465'],
    prevent: text`Symlinks between layers, hard links only within one. A builder's test that unpacks each layer alone.`,
  },
  solutions: [
    withLayoutTools(sh`
      for name in grep wc; do ln -sf busybox "$LAB/build/tools/bin/$name"; done
      pack_layer tools
      replace_layer 2 tools
    `),
    withLayoutTools(sh`
      # the layer gets the file that it links to
      rm "$LAB"/build/tools/bin/*
      cp "$LAB/build/base/bin/busybox" "$LAB/build/tools/bin/busybox"
      for name in grep wc; do ln "$LAB/build/tools/bin/busybox" "$LAB/build/tools/bin/$name"; done
      pack_layer tools
      replace_layer 2 tools
    `),
    withLayoutTools(sh`
      # the links go into the base
      for name in grep wc; do ln -f "$LAB/build/base/bin/busybox" "$LAB/build/base/bin/$name"; done
      pack_layer base
      replace_layer 0 base
      rm "$OCI_DIR/blobs/sha256/$(layer_hash 2)"
      edit_config 'del(.rootfs.diff_ids[2])'
      edit_manifest 'del(.layers[2])'
    `),
  ],
  wrongMends: [
    {
      name: 'the third layer is left out',
      script: withLayoutTools(sh`
        rm "$OCI_DIR/blobs/sha256/$(layer_hash 2)"
        edit_config 'del(.rootfs.diff_ids[2])'
        edit_manifest 'del(.layers[2])'
      `),
      fails: ['tools'],
    },
    {
      name: 'the links get an empty file to link to',
      script: withLayoutTools(sh`
        rm "$LAB"/build/tools/bin/*
        : >"$LAB/build/tools/bin/busybox"
        for name in grep wc; do ln "$LAB/build/tools/bin/busybox" "$LAB/build/tools/bin/$name"; done
        pack_layer tools
        replace_layer 2 tools
      `),
      fails: ['content', 'tools'],
    },
    {
      name: 'the links are symlinks, and point out of bin',
      script: withLayoutTools(sh`
        for name in grep wc; do ln -sf base/bin/busybox "$LAB/build/tools/bin/$name"; done
        pack_layer tools
        replace_layer 2 tools
      `),
      fails: ['tools'],
    },
  ],
});
