import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text } from '../../src/engine/text.ts';
import { manifestDigest } from '../facts/layout.ts';
import { upperdirFilesystem } from '../facts/machine.ts';
import { seenInData } from '../facts/overlay.ts';

export const lesson = defineLesson({
  id: '06-overlayfs',
  title: 'How overlayfs stacks',
  intro: text`Before you look at what containerd made, do by hand what the kernel does for every container:
    lay directories over one another and see them as one.`,
  picture: {
    drawing: picture`
      merged     what a process sees: one ordinary directory
      ─────────────────────────────────────────────────────────
      upperdir   the only one that is written to
      lowerdir   delta   hello.txt "hello from delta"
      lowerdir   base    hello.txt "hello from base", bin, data
    `,
    alt: 'From top to bottom: the merged view, the writable upperdir, then delta and base, both read-only lowerdirs.',
  },
  subject: manifestDigest,
  steps: [
    step('mount', {
      title: 'Mount your own two trees',
      why: text`An overlay takes a list of *lowerdirs*, topmost first, which it never writes to; one
        *upperdir*, which takes all writes; and a *workdir*, where it prepares changes so that they appear
        all at once. Your trees from lesson 2 will do: they are directories like any others. But what the
        upperdir lies on must keep overlayfs's marks, and another overlay does not; ${upperdirFilesystem}.`,
      script: sh`
        cd "$WORKDIR"
        # what an earlier try may have left mounted
        for it in overlay/merged overlay; do
          if mountpoint -q $it; then sudo umount $it; fi
        done
        sudo rm -rf overlay
        mkdir overlay
        # an overlay cannot write to an overlay: a file system in memory
        sudo mount -t tmpfs -o mode=1777 handroll-tour overlay
        mkdir overlay/upper overlay/work overlay/merged
        sudo mount -t overlay overlay \
          -o lowerdir=build/delta:build/base \
          -o upperdir=overlay/upper,workdir=overlay/work \
          overlay/merged
        cat overlay/merged/hello.txt
        ls -lA overlay/merged overlay/merged/data
      `,
      predict: {
        question: 'Delta has .wh.config.txt. Will data/config.txt be hidden in this mount?',
        choices: ['yes', 'no, it will be there'],
      },
      expect: text`The delta's hello, then a listing that draws on both trees. Look hard at data.`,
      persists: true,
      notice: text`In this mount data holds: ${seenInData}. So \`.wh.config.txt\` did not hide it. The kernel
        has its own way to write "gone", and does not know the archive's. Hold that thought for two steps.`,
      fieldNote: {
        title: 'When a whiteout is read',
        text: text`The article says that the runtime processes the whiteout while it sets up the overlay. You
          have just set up an overlay with that whiteout in it, and nothing was processed. containerd
          translates it when it *unpacks* the layer. The mount later finds the kernel's own form.`,
      },
      hint: text`\`findmnt "$WORKDIR/overlay/merged"\` shows what is mounted there, with its options.`,
    }),
    step('write', {
      title: 'Write through it',
      why: text`Every write lands in the upperdir. A file that exists only below is copied up first, whole,
        and then changed: *copy-up*. The lowerdirs could be on a read-only disk and shared by a
        thousand containers; nobody would notice.`,
      script: sh`
        cd "$WORKDIR/overlay"
        echo 'a new file' >merged/new.txt
        echo 'changed' >merged/hello.txt
        ls -lA upper
        cat "$WORKDIR/build/delta/hello.txt"
      `,
      expect: text`Two files in the upperdir, and delta's hello.txt as it was.`,
      notice: text`hello.txt now exists three times on this disk, and whoever looks through the mount sees the
        one on top. Changing one byte of a large file through an overlay copies the whole file.`,
      hint: text`If nothing is mounted at overlay/merged, go back one step and run it.`,
    }),
    step('delete', {
      title: 'Delete through it',
      why: text`The kernel cannot take config.txt out of base: lowerdirs are never written to. It has to leave
        a note in the upperdir, so that the name stays hidden. You already know what kind of note.`,
      script: sh`
        cd "$WORKDIR/overlay"
        rm -f merged/data/config.txt
        ls -A merged/data
        ls -lA upper/data
        stat -c '%n: %F %t,%T' upper/data/config.txt
      `,
      expect: text`An empty line's worth of listing, then one odd entry in the upperdir.`,
      notice: text`A device 0,0 under the *plain* name. In the archive the same thing was spelled
        \`.wh.config.txt\`. Two spellings, one meaning; unpacking a layer is, among other things,
        translating from the one to the other.`,
      hint: text`\`ls -l\` shows a \`c\` first and \`0, 0\` where the size would be.`,
    }),
    step('unmount', {
      title: 'Take it down',
      why: text`The merged view is a mount and nothing else. Unmount it and it is gone; what was written stays
        in the upperdir, as plain files. A container's root is exactly this, with its upperdir deleted in
        the end.`,
      script: sh`
        if mountpoint -q "$WORKDIR/overlay/merged"; then
          sudo umount "$WORKDIR/overlay/merged"
        fi
        ls -A "$WORKDIR/overlay/merged"
        ls -lA "$WORKDIR/overlay/upper"
      `,
      expect: text`Nothing in merged; everything still in upper.`,
      notice: text`Pack that upperdir as a tar, respell the whiteout, and you have a third layer. That is all
        that \`docker commit\` does.`,
      hint: text`\`fuser -vm "$WORKDIR/overlay/merged"\` says who is in the way.`,
    }),
  ],
});
