import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { key, picture, text } from '../../src/engine/text.ts';
import { whiteouts } from '../facts/layers.ts';
import { busybox, whiteoutChoice, whiteoutReason } from '../facts/machine.ts';
import { hiddenByTree } from '../facts/trees.ts';

export const lesson = defineLesson({
  id: '02-filesystems',
  title: 'Two filesystem trees',
  intro: text`A layer starts as an ordinary directory. You'll make two: a base, and a delta that replaces one of the
    base's files and deletes another.`,
  picture: {
    drawing: picture`
      delta   hello.txt              data/.wh.config.txt
              │ shadows              │ deletes
      base    hello.txt   bin/…      data/config.txt
    `,
    alt: "Delta is stacked on base: its hello.txt shadows the base's, and its whiteout deletes data/config.txt. bin is only in base.",
  },
  steps: [
    step('dockerfile', {
      title: 'What we build, as a Dockerfile',
      why: text`Usually you describe an image in a Dockerfile, and a builder such as \`docker build\` makes it. This one
        describes yours, except that COPY can't delete a file, as your second layer will. Just write it down:
        you'll do the builder's work by hand.`,
      script: sh`
        tee "$WORKDIR/Dockerfile" <<'END'
        FROM scratch AS base
        COPY build/base/ /
        FROM base
        COPY build/delta/ /
        END
      `,
      predict: {
        question: 'How many layers would a builder make from these four lines?',
        choices: ['one', 'two', 'four, one for each line'],
      },
      expect: text`The four lines: \`tee\` prints what it writes. \`scratch\` means "no image below".`,
      notice: text`Each \`COPY\` changes the filesystem and makes a layer, and so would a \`RUN\`. \`FROM\` only names the image to stack on. Lines such as \`ENV\` and \`CMD\` change the image's config, and no files.`,
      hint: text`Run the step again: it rewrites the Dockerfile.`,
    }),
    step('base', {
      title: 'The base: busybox and two text files',
      why: text`busybox is many programs in one file: it looks at the name it was started under. With
        three symlinks it's \`sh\`, \`ls\` and \`cat\`. Ours is *static*: it needs no shared
        libraries and no loader such as \`/lib64/ld-linux-x86-64.so.2\`, and the image won't have any.`,
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
      expect: text`No output. The text files are there to be replaced and deleted by the delta.`,
      notice: text`There's no /etc, no /lib and no package database. A root filesystem is any directory that has what its
        process needs, and a static shell needs nothing else. Images built \`FROM scratch\` around one static
        Go binary work the same way.`,
      hint: text`\`ls -lR "$WORKDIR/build/base"\` shows what is there.`,
    }),
    step('delta', {
      title: 'The delta: replace one file, delete another',
      why: text`Replacing hello.txt is easy: the delta has a file of that name. But a tar can't record that a file is
        *gone*. So the OCI image spec has *whiteouts*: an empty file \`.wh.config.txt\` deletes \`config.txt\` in
        the same directory of the layers below. For a containerd that runs as root, a whiteout can also be a
        special file, the character device 0,0. Here we make ${whiteoutChoice}.`,
      script: sh`
        rm -rf "$WORKDIR/build/delta"
        mkdir -p "$WORKDIR/build/delta/data"
        echo 'hello from delta' >"$WORKDIR/build/delta/hello.txt"
        mknod "$WORKDIR/build/delta/data/.wh.config.txt" c 0 0
      `,
      builds: true,
      predict: {
        question: 'Base plus a delta that deletes a file: how big is that image?',
        choices: ['smaller than base alone', 'as big as base alone', 'bigger than base alone'],
      },
      expect: text`No output.`,
      notice: text`Yours is ${whiteouts.tree}. It's an instruction to whatever stacks the layers, and removes nothing from
        the base. That's why \`RUN rm secret.key\` in a Dockerfile neither saves space nor protects the secret:
        everyone who pulls the image gets the layer below, with the key.`,
      fieldNote: {
        title: 'Two forms of a whiteout',
        text: text`You made ${whiteoutChoice}, because ${whiteoutReason}. The article uses the device. An empty file works
          with every tool. The layer's hash depends on the form: compare it only with people who have the same
          one.`,
      },
      hint: text`\`stat -c '%F %t,%T' FILE\` prints what a file is, and a device's numbers.`,
    }),
    step('tree', {
      title: 'How two layers look as one',
      why: text`Both trees are finished. List the delta twice. Then imagine the trees as transparencies: delta's sheet goes on top of base's, and you look at both from above.`,
      script: sh`
        cd "$WORKDIR/build"
        tree --noreport delta
        tree --noreport -a delta
      `,
      predict: {
        question: 'With delta on base, what will you see of the directory data?',
        choices: [
          'an empty directory',
          'nothing: data is deleted with its last file',
          'the file .wh.config.txt in it',
        ],
      },
      expect: text`The same directory twice, and one line that only the second listing has.`,
      notice: text`Plain \`tree\` leaves out ${hiddenByTree}: that name begins with a dot. Now look at the real stack:
        ${key('explore')} opens the explorer. Choose "layers, merged" there, switch delta off and on, and
        watch hello.txt and config.txt.`,
      hint: text`Delete what shouldn't be there, or run the two steps before this one again.`,
      readOnly: true,
    }),
    step('practice', {
      title: 'Delete a file with a layer of your own',
      why: text`Someone wants an image without \`cat\`, and the base can't be changed: other images share it.`,
      goal: text`In \`$WORKDIR/practice/no-cat\`, make the tree of a layer that deletes \`bin/cat\` and changes
        nothing else. It takes one directory and one whiteout.`,
      script: sh`
        rm -rf "$WORKDIR/practice/no-cat"
        mkdir -p "$WORKDIR/practice/no-cat/bin"
        mknod "$WORKDIR/practice/no-cat/bin/.wh.cat" c 0 0
      `,
      expect: text`The checks stack your tree on base and delta, and look for \`bin/cat\`.`,
      notice: text`Normally you never write a whiteout. You write \`RUN rm /bin/cat\` in a Dockerfile; the builder finds
        that the name is gone and puts a whiteout into the new layer. For a container, \`docker diff\` lists
        such a deletion as \`D /bin/cat\`.`,
      hint: text`The name of a whiteout is \`.wh.\` and the name of the file that it deletes, in the same
        directory. \`ls -lAR practice/no-cat\` shows what you have.`,
    }),
  ],
});
