import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { key, picture, text, wide } from '../../src/engine/text.ts';
import { manifestDigest } from '../facts/layout.ts';
import { upperdirFilesystem } from '../facts/machine.ts';
import { mergedNames, pictureColumns, upperWritten } from '../facts/overlay.ts';

export const lesson = defineLesson({
  id: '06-overlayfs',
  title: 'How overlayfs stacks directories',
  intro: text`A container's root filesystem is a stack of directories that looks like one, like transparencies on a projector. Here you make such a stack by hand, without containerd.`,
  picture: {
    drawing: picture`
      merged     ${wide(mergedNames, pictureColumns)}
      ───────────────────────────────────────────────────────────
      upperdir   ${wide(upperWritten, pictureColumns)}
      lowerdir   delta   hello.txt "hello from delta", data
      lowerdir   base    hello.txt "hello from base", data, bin
    `,
    alt: 'From top to bottom: the merged view, the writable upperdir with what was written to it, then delta and base, both read-only lowerdirs.',
  },
  subject: manifestDigest,
  steps: [
    step('mount', {
      title: 'Stack your two trees with one mount',
      why: text`An overlay mount takes *lowerdirs*, topmost first, which it only reads; an *upperdir*, to which it
        writes; and a *workdir*, which it needs to make changes atomic. Your trees are the lowerdirs. (Not
        every filesystem can hold an upperdir: ${upperdirFilesystem}.)`,
      script: sh`
        cd "$WORKDIR"
        if mountpoint -q overlay/merged; then sudo umount overlay/merged; fi
        if mountpoint -q overlay; then sudo umount overlay; fi
        sudo rm -rf overlay
        mkdir overlay
        # an upperdir can't be on an overlay, so take a filesystem in memory
        sudo mount -t tmpfs -o mode=1777 handroll-tour overlay
        mkdir overlay/upper overlay/work overlay/merged
        sudo mount -t overlay overlay \
          -o lowerdir=build/delta:build/base \
          -o upperdir=overlay/upper,workdir=overlay/work \
          overlay/merged
        cat overlay/merged/hello.txt
        ls -A overlay/merged/data
      `,
      predict: {
        question: 'Delta has data/.wh.config.txt. Is data/config.txt in the mount?',
        choices: ['no, the whiteout hides it', 'yes'],
      },
      expect: text`hello.txt, which both trees have, then data, which is merged from both.`,
      persists: true,
      notice: text`The whiteout hid nothing: \`.wh.config.txt\` is a convention for layer tars that the kernel doesn't know.
        (If yours is a device 0,0, it hides its own name.) In lesson 2 data was empty, since the tour stacked
        the sheets by the rules for images. Lesson 7 shows what makes a whiteout work.`,
      hint: text`\`findmnt "$WORKDIR/overlay/merged"\` shows what is mounted there, with its options.`,
    }),
    step('swap', {
      title: 'Swap the transparencies',
      why: text`The upper sheet hides what is below it. Look at your image that way first: press ${key('explore')} for the
        explorer, choose "layers, merged", and switch a layer off and on again. Then make a stack of your
        own, with base on top.`,
      goal: text`At \`$WORKDIR/practice/swapped\`, mount an overlay of build/base and build/delta in which
        hello.txt reads "hello from base". Leave out the upperdir and the workdir: it's then read-only.
        Leave \`overlay/merged\` mounted, too.`,
      script: sh`
        cd "$WORKDIR"
        mkdir -p practice/swapped
        if mountpoint -q practice/swapped; then sudo umount practice/swapped; fi
        sudo mount -t overlay overlay \
          -o lowerdir=build/base:build/delta \
          practice/swapped
        cat practice/swapped/hello.txt
      `,
      expect: text`The same names as in the first mount, but another hello.txt.`,
      notice: text`The same directories in another order make another picture. That's why the config and the manifest
        list layers in order. And both mounts use the same two directories: nothing was copied.`,
      hint: text`It's the mount command of the step before, with fewer options. The leftmost directory in
        \`lowerdir=\` is on top, and the mount point has to exist.`,
    }),
    step('write', {
      title: 'Write through the mount',
      why: text`Every write goes to the upperdir. Lowerdirs never change, so mounts can share them. Write only to
        \`merged\`: if you change \`upper\` while it's mounted, what the mount shows is undefined.`,
      script: sh`
        cd "$WORKDIR/overlay"
        echo 'a new file' >merged/new.txt
        echo 'changed' >merged/hello.txt
        # append one byte to a program of 2 MB
        echo >>merged/bin/busybox
        ls -A upper
        ls -l upper/bin
      `,
      predict: {
        question: "One byte is appended to base's bin/busybox. What is in upper/bin then?",
        choices: ['that byte', 'one block, 4096 bytes', 'all of busybox, and that byte'],
      },
      expect: text`What the upperdir holds now.`,
      notice: text`That's *copy-up*: before a file of a lowerdir changes, all of it is copied, usually even for a \`chmod\`.
        (\`>\` empties the file first, so its content isn't copied.) In a container, the first change to a 1 GB file of the
        image costs 1 GB: that's one reason to keep databases in volumes.`,
      hint: text`If nothing is mounted at overlay/merged, go back to the first step of this lesson.`,
    }),
    step('delete', {
      title: 'Delete through the mount',
      why: text`config.txt is in base, which is never written to. So the upperdir has to record that it's deleted.`,
      script: sh`
        cd "$WORKDIR/overlay"
        rm -f merged/data/config.txt
        ls -A merged/data
        ls -lA upper/data
      `,
      predict: {
        question: 'What will upper/data hold, once config.txt is deleted through the mount?',
        choices: ['config.txt', '.wh.config.txt', 'nothing'],
      },
      expect: text`config.txt is gone from the mount. Below that, what upper/data holds.`,
      notice: text`The kernel's whiteout is a character device 0,0 with the *plain* name. It can hide a whole directory,
        too (in a tar: \`.wh.data\`). Make that directory again, and the kernel marks it *opaque*: nothing from below
        shows through. In a tar that's an entry \`.wh..wh..opq\` in it.`,
      hint: text`\`ls -l\` shows a \`c\` at the start of a device's line, and \`0, 0\` in place of a size.`,
    }),
    step('unmount', {
      title: 'Unmount, and see what is left',
      why: text`The merged view exists only while it's mounted. What was written stays in the upperdir. A container's root works the same way, and lesson 8 shows what becomes of its upperdir.`,
      script: sh`
        cd "$WORKDIR"
        for it in practice/swapped overlay/merged; do
          if mountpoint -q $it; then sudo umount $it; fi
        done
        ls -A overlay/merged
        ls -A overlay/upper
      `,
      expect: text`Nothing from merged, and all that was written from upper.`,
      notice: text`Pack this upperdir as a tar, with its whiteouts and opaque directories converted to the tar's form, and
        you have a third layer. That's the core of \`docker commit\`, which also writes a new config and
        manifest.`,
      hint: text`\`fuser -vm "$WORKDIR/overlay/merged"\` shows which process is still using it.`,
    }),
  ],
});
