import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { key, picture, text, wide } from '../../src/engine/text.ts';
import { snapshotDirs, topChainId } from '../facts/containerd.ts';
import { diffIds, digests, sizes } from '../facts/layers.ts';
import { configDigest, manifestDigest } from '../facts/layout.ts';

export const lesson = defineLesson({
  id: '09-summary',
  title: 'From two directories to a process',
  intro: text`You've seen every part. Now put them together: two directories became layers that are named by hash, and the kernel
    stacks them into one root filesystem.`,
  picture: {
    drawing: picture`
      two trees                 build/base            build/delta
      two tars       by tar     DiffID ${wide(diffIds.base, 9)}      DiffID ${wide(diffIds.delta, 9)}
      two blobs      by gzip    digest ${wide(digests.base, 9)}      digest ${wide(digests.delta, 9)}
      layout         by hand    config ${wide(configDigest, 9)}      manifest ${wide(manifestDigest, 9)}
      content store  by import  the four blobs, unchanged
      snapshots      by import  ${wide(diffIds.base, 9)} ◄─ parent ─ ${wide(topChainId, 9)}
      overlay        by mount   upperdir over delta over base
      process        by runc    busybox sleep 86400
    `,
    alt: 'Trees are packed into tars with a DiffID each and compressed into blobs with a digest each. Config, manifest and index.json refer to them. An import stores the blobs in the content store and unpacks them into snapshots, which are mounted as one overlay for a process.',
  },
  subject: manifestDigest,
  recap: true,
  steps: [
    step('chain', {
      title: 'Check an image that you got from a stranger',
      why: text`Suppose you only have the layout and the manifest's digest, as after a \`docker pull\` by digest. First
        hash each blob from that digest down, as in lesson 4. Then decompress each layer, as here, and compare with
        the config. containerd did both when you imported the image.`,
      script: sh`
        cd "$OCI_DIR/blobs/sha256"
        manifest=$(jq -r '.manifests[0].digest[7:]' "$OCI_DIR/index.json")
        jq -r '.rootfs.diff_ids[]' "$(jq -r '.config.digest[7:]' "$manifest")"
        for layer in $(jq -r '.layers[].digest[7:]' "$manifest"); do
          gzip -dc "$layer" | sha256sum
        done
      `,
      predict: {
        question: 'You trust the digest, but not the registry. What could it fake unnoticed?',
        choices: [
          'the files in the layers',
          'the command in the config',
          'nothing that the manifest names',
        ],
      },
      expect: text`The two DiffIDs in the config, then the same two computed from the layers.`,
      notice: text`The checks went further than the script: from the two trees to the process in lesson 8. If you
        give someone ${manifestDigest}, they can check the manifest and everything that it names. They
        can't check the name in index.json.`,
      hint: text`\`handroll-tour verify\` checks any layout in the same way.`,
      readOnly: true,
    }),
    step('sheets', {
      title: 'Look at your image as a stack of sheets',
      why: text`One last look at the transparencies. The script lists the files on each sheet, bottom first. Then open
        your image with ${key('explore')}, go to its layers, and switch delta off and on: hello.txt changes, and
        data/config.txt comes back.`,
      script: sh`
        cd "$OCI_DIR/blobs/sha256"
        manifest=$(jq -r '.manifests[0].digest[7:]' "$OCI_DIR/index.json")
        for layer in $(jq -r '.layers[].digest[7:]' "$manifest"); do
          gzip -dc "$layer" | tar -t | grep -v '/$' | xargs
        done
      `,
      predict: {
        question:
          'A colleague follows this tour with the same busybox, tools and form of whiteout. Does she get your manifest digest?',
        choices: ['yes, the same', 'no, every build has its own'],
      },
      expect: text`One line for base, with six files and links, and one for delta, with two files.`,
      notice: text`So an image is directory trees in tars, tars named by hash, and a few JSON documents that list those
        hashes. containerd unpacks the tars, and the kernel stacks them. Questions about your image come
        next.`,
      hint: text`\`handroll-tour layers\` prints the entries of each layer, and the merged tree.`,
      readOnly: true,
    }),
  ],
  quiz: [
    {
      id: 'diffid',
      question: text`Which document contains ${diffIds.base}, the DiffID of base?`,
      options: [
        {
          text: text`the config`,
          why: text`The config ${configDigest} lists the DiffIDs, base first. They identify the
            uncompressed tars, which an import unpacks.`,
        },
        {
          text: text`the manifest`,
          why: text`The manifest names the files to download, so it has the digests of the compressed
            layers. Base is in it as ${digests.base}.`,
        },
        {
          text: text`index.json`,
          why: text`index.json has a single digest, the manifest's: ${manifestDigest}.`,
        },
        {
          text: text`no document, only containerd knows it`,
          why: text`containerd does use it, as the name of the lower snapshot. But it got it from the
            config ${configDigest}.`,
        },
      ],
    },
    {
      id: 'zstd',
      question: text`You compress delta with zstd instead of gzip, and adjust the documents. Which of these
        stays the same?`,
      options: [
        {
          text: text`the config's digest`,
          why: text`The config has only the DiffIDs, and the tar hasn't changed. So the config
            ${configDigest} stays, and so do the chain IDs and the snapshots. The layer's digest and the
            manifest's digest change.`,
        },
        {
          text: text`the manifest's digest`,
          why: text`The manifest contains the digest of delta's blob, now ${digests.delta}, its size and its
            media type. All three change, so the manifest gets another digest.`,
        },
        {
          text: text`delta's layer digest`,
          why: text`The layer digest ${digests.delta} is the hash of the compressed file. With another compression the bytes differ, and so does the digest.`,
        },
        {
          text: text`none of them, it's another image`,
          why: text`The manifest's digest changes, but the tar inside doesn't. DiffID, config and chain ID
            ${topChainId} stay the same.`,
        },
      ],
    },
    {
      id: 'copy-up',
      question: text`A process in a container appends one byte to a 1 GB file that is in the base layer. What
        happens on disk?`,
      options: [
        {
          text: text`the whole file is copied to the upperdir`,
          why: text`That's copy-up: overlayfs works on whole files. You saw it in lesson 6 with busybox.`,
        },
        {
          text: text`one byte is written to the base layer`,
          why: text`Lowerdirs are read-only. Other containers use ${snapshotDirs.base} as well, and they
            must not see the change.`,
        },
        {
          text: text`the changed block goes to the upperdir`,
          why: text`A block device snapshotter would do that. overlayfs stacks directories, and copies the
            whole file to the upperdir.`,
        },
        {
          text: text`nothing, until the container is committed`,
          why: text`The write must go somewhere at once: the file is copied to the upperdir. A commit only
            packs that upperdir into a new layer.`,
        },
      ],
    },
    {
      id: 'sharing',
      question: text`Three containers of your image run at the same time. How many times is busybox
        unpacked on disk?`,
      options: [
        {
          text: text`once`,
          why: text`All three have ${snapshotDirs.base} as a lowerdir, and busybox is in there once. Each
            container only has an upperdir of its own.`,
        },
        {
          text: text`three times, once per container`,
          why: text`A container copies nothing when it starts. It gets an empty upperdir over the shared
            lowerdirs, here ${snapshotDirs.base}.`,
        },
        {
          text: text`twice, once per layer`,
          why: text`A layer only has what it changes. Delta doesn't contain busybox, so its snapshot
            ${snapshotDirs.delta} doesn't either.`,
        },
        {
          text: text`not at all, it's read from the compressed blob`,
          why: text`The blob ${digests.base} only stores the layer. A process needs real files, so the import
            unpacked it to ${snapshotDirs.base}.`,
        },
      ],
    },
    {
      id: 'whiteout',
      question: text`When did \`.wh.config.txt\` turn into something that the kernel understands?`,
      options: [
        {
          text: text`when the layer was unpacked`,
          why: text`The import did it, before any container ran. The tar still has \`.wh.config.txt\`; the
            snapshot ${snapshotDirs.delta} has a character device 0,0 with the name config.txt.`,
        },
        {
          text: text`when the overlay was mounted`,
          why: text`In lesson 6 you mounted a tree with \`.wh.config.txt\` in it, and the file was still
            there. The kernel doesn't know that name.`,
        },
        {
          text: text`when the container started`,
          why: text`By then it was done: you saw the device in ${snapshotDirs.delta} in lesson 7, before
            anything ran.`,
        },
        {
          text: text`when you packed the tar`,
          why: text`tar stores names as they are. The blob ${digests.delta} still has \`.wh.config.txt\` in
            it.`,
        },
      ],
    },
    {
      id: 'secret',
      question: text`Delta deletes data/config.txt. Suppose that file was a password. Who can still read it?`,
      options: [
        {
          text: text`anyone who has the image`,
          why: text`The whiteout only hides it in the merged view. The base layer ${digests.base} is part of
            the image, ${sizes.base} bytes that everyone downloads, password included.`,
        },
        {
          text: text`no one, it's deleted`,
          why: text`Delta can't change base: that would change ${digests.base}. It can only hide the file
            from view.`,
        },
        {
          text: text`only root in the container`,
          why: text`Inside the container even root sees no data/config.txt. But outside, the base layer is an
            ordinary tar that anyone can unpack.`,
        },
        {
          text: text`only the host's root, in the snapshot`,
          why: text`The host's root can read it in ${snapshotDirs.base}. But it's also in the blob
            ${digests.base}, which every registry hands out.`,
        },
      ],
    },
    {
      id: 'tag',
      question: text`Someone gives you ${manifestDigest} over the phone, and the layout on a USB stick. Which
        of these can you *not* check?`,
      options: [
        {
          text: text`that its name is handroll:latest`,
          why: text`The name is in index.json, and no digest covers index.json. A tag is only an entry
            in a list that someone keeps, here as in a registry.`,
        },
        {
          text: text`the files in the layers`,
          why: text`You can: the manifest has the layers' digests, ${digests.base} and ${digests.delta}.`,
        },
        {
          text: text`the command that a container would start`,
          why: text`You can: it's in the config, and the manifest has the config's digest
            ${configDigest}.`,
        },
        {
          text: text`the order of the layers`,
          why: text`You can: manifest and config list the layers in order, and the manifest's digest covers
            both lists.`,
        },
      ],
    },
  ],
});
