import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text } from '../../src/engine/text.ts';
import { whiteouts } from '../facts/layers.ts';
import { busybox, whiteoutChoice, whiteoutReason } from '../facts/machine.ts';
import { hiddenByTree } from '../facts/trees.ts';

export const lesson = defineLesson({
  id: '02-filesystems',
  title: 'Two filesystem trees',
  intro: text`Before anything is packed, a layer is a directory. You will make two: a base, and a
    delta that changes one file of it and takes another away.`,
  picture: {
    drawing: picture`
      delta   hello.txt              data/.wh.config.txt
              │ covers               │ takes away
      base    hello.txt   bin/…      data/config.txt
      ─────────────────────────────────────────────────
      seen    hello.txt   bin/…      data/
    `,
    alt: 'Delta lies on base: its hello.txt covers the one below, its whiteout takes data/config.txt away, and bin shows through.',
  },
  steps: [
    step('base', {
      title: 'The base: a whole userland in one program',
      why: text`busybox is one program that is many: called as \`ls\` it lists, called as \`sh\` it is a
        shell. It looks at the name it was called by, so three links to it make three commands. Add two
        text files to have something to cover and something to delete.`,
      script: sh`
        rm -rf "$WORKDIR/build/base"
        mkdir -p "$WORKDIR/build/base/bin" "$WORKDIR/build/base/data"
        cp -L "$BUSYBOX" "$WORKDIR/build/base/bin/busybox"
        for cmd in sh ls cat; do
          ln -s busybox "$WORKDIR/build/base/bin/$cmd"
        done
        echo 'hello from base' >"$WORKDIR/build/base/hello.txt"
        echo 'base config' >"$WORKDIR/build/base/data/config.txt"
      `,
      builds: true,
      uses: [busybox],
      expect: text`No output. A directory that looks like a very small root file system.`,
      notice: text`No /etc, no /lib, no /dev, no package database. A root file system is any directory
        in which a process finds what it asks for, and a static shell asks for nothing.`,
      hint: text`\`ls -lR "$WORKDIR/build/base"\` shows what is there.`,
    }),
    step('delta', {
      title: 'The delta: one file covered, one taken away',
      why: text`A layer only ever adds files. So how does it delete one? With a marker: a *whiteout*,
        called \`.wh.\` and the name of what it hides. The article makes it as a device with the
        numbers 0,0, which no driver answers to. The image spec asks for an empty ordinary file.
        containerd takes the file everywhere, and the device where it runs as root. Yours will be
        ${whiteoutChoice}.`,
      script: sh`
        rm -rf "$WORKDIR/build/delta"
        mkdir -p "$WORKDIR/build/delta/data"
        echo 'hello from delta' >"$WORKDIR/build/delta/hello.txt"
        mknod "$WORKDIR/build/delta/data/.wh.config.txt" c 0 0
      `,
      builds: true,
      expect: text`No output. The article writes \`sudo mknod … c 0 0\`: since Linux 5.8 this one device
        needs no root, for it opens nothing.`,
      notice: text`Yours is ${whiteouts.tree}. It deletes nothing: base still has its config.txt, and
        always will. A whiteout is a note to whoever stacks the layers.`,
      fieldNote: {
        title: 'Two forms, two spellings',
        text: text`It is ${whiteoutChoice} here, because ${whiteoutReason}.

          \`.wh.config.txt\` is how an *archive* spells it. On a mounted overlay the kernel
          spells it differently: a 0,0 device under the plain name, \`config.txt\`. Between the two
          somebody has to translate. You will catch them at it in lesson 7.`,
      },
      hint: text`\`stat -c '%F %t,%T' FILE\` says what a file is, and its device numbers.`,
    }),
    step('tree', {
      title: 'Look at both',
      why: text`A last look before they are packed: first the way the article looks at them, then with
        \`-a\`.`,
      script: sh`
        tree "$WORKDIR/build"
        tree -a "$WORKDIR/build"
      `,
      predict: {
        question: 'Will the plain tree, as in the article, show the whiteout?',
        choices: ['yes', 'no'],
      },
      expect: text`The same picture twice, but for one line.`,
      notice: text`Hidden from the plain listing: ${hiddenByTree}. An image can hide a file from you in
        just this way, and scanners that forget dot-files have missed worse.`,
      hint: text`Delete what should not be there, or run the two steps before this one again.`,
      readOnly: true,
    }),
    step('dockerfile', {
      title: 'The same thing as a Dockerfile',
      why: text`Every COPY adds a layer. These four lines would give the same two trees, with no marker
        you can see. You will not build it: the tour's whole point is what a builder does after reading
        it.`,
      script: sh`
        cat >"$WORKDIR/Dockerfile" <<'END'
        FROM scratch AS base
        COPY build/base/ /
        FROM base
        COPY build/delta/ /
        END
        cat "$WORKDIR/Dockerfile"
      `,
      expect: text`Four lines; nothing is built.`,
      notice: text`In a real build the second tree would come from \`RUN rm /data/config.txt\`. The
        builder compares before and after, sees a name missing, and writes the whiteout for you.`,
      hint: text`Run it again: the file is written anew.`,
    }),
  ],
});
