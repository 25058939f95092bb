import { defineLesson, step } from '../../src/engine/define.ts';
import type { Visit } from '../../src/engine/lesson.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { itsUpperdir, upperdir } from '../facts/container.ts';
import { containerName, snapshotDirs } from '../facts/containerd.ts';
import { manifestDigest } from '../facts/layout.ts';

const stepInside: Visit = {
  label: 'step into the container',
  leave: 'exit',
  script: sh`sudo ctr -n "$CTR_NAMESPACE" tasks exec -t --exec-id "visit-$$" demo /bin/sh`,
};

export const lesson = defineLesson({
  id: '08-run',
  title: 'Run it',
  intro: text`A container is a process whose root is an overlay of your directories. You will keep one
    alive and look at it from both sides: through its own eyes, and from the host.`,
  picture: {
    drawing: picture`
      what the process calls /
      ───────────────────────────────────────────────────
      upperdir   ${wide(itsUpperdir, 19)}   its writes; gone with it
      lowerdir   ${wide(snapshotDirs.delta, 19)}   delta, read-only
      lowerdir   ${wide(snapshotDirs.base, 19)}   base, read-only
    `,
    alt: "The container's root: its own upperdir on top of the delta snapshot on top of the base snapshot.",
  },
  subject: manifestDigest,
  steps: [
    step('start', {
      title: 'Start a container and keep it',
      why: text`The image's own command is \`/bin/sh\`, which ends as soon as nobody types. To have time to
        look around, run something that waits instead. What follows the container's name replaces the
        command in the config.`,
      script: sh`
        # what an earlier try may have left: its task, its record, its snapshot
        sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo 2>/dev/null || true
        sudo ctr -n "$CTR_NAMESPACE" containers rm demo 2>/dev/null || true
        sudo ctr -n "$CTR_NAMESPACE" snapshots rm demo 2>/dev/null || true

        sudo ctr -n "$CTR_NAMESPACE" run -d \
          docker.io/library/handroll:latest demo /bin/busybox sleep 86400
        sudo ctr -n "$CTR_NAMESPACE" tasks ls
      `,
      owns: [{ kind: 'container', name: containerName }],
      expect: text`One line: a task called demo, a process number, RUNNING.`,
      persists: true,
      notice: text`A third snapshot exists now, called demo, of kind Active: the writable one. Its directory is
        ${upperdir}.`,
      visit: stepInside,
      hint: text`\`ctr run\` complains "already exists"? Something of an earlier try is left: the first three
        lines of the script take it away.`,
    }),
    step('root', {
      title: 'What it takes for its root',
      why: text`From inside, there are no layers. There is \`/\`, and it looks like a very small Linux. The
        names come from base, from delta, and four from runc, which mounts a kernel's worth of
        directories into every container.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id root-$$ demo \
          /bin/ls -l /
      `,
      expect: text`bin, data and hello.txt are yours. The rest was not in either tree.`,
      notice: text`No \`etc\`, though the article's listing has one, and a \`run\` that it does not have: these are
        containerd's defaults, and they change. What does not change is that your three names are there.`,
      visit: stepInside,
      hint: text`If the container has ended, go back to the first step and start it.`,
      readOnly: true,
    }),
    step('shadow', {
      title: 'Covered, and shining through',
      why: text`Two layers have a hello.txt. The process opens one path and gets one file: the kernel went
        through the layers from the top and took the first it found.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id hello-$$ demo \
          /bin/cat /hello.txt
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id bin-$$ demo \
          /bin/ls -l /bin
      `,
      predict: {
        question: 'Which hello will the container print?',
        choices: ['hello from base', 'hello from delta', 'both'],
      },
      expect: text`One line, then four names in bin that only base has.`,
      notice: text`bin exists only in base; nothing in delta mentions it. That is sharing: ten images on the same
        base have ten deltas and one bin.`,
      visit: stepInside,
      hint: text`If the container has ended, go back to the first step and start it.`,
      readOnly: true,
    }),
    step('whiteout', {
      title: 'Taken away, and still there',
      why: text`The delta's whiteout hides data/config.txt from the process. Look at the same place from
        outside, in the snapshot that belongs to base.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id data-$$ demo \
          /bin/ls -lA /data
        sudo cat "$BASE_SNAPSHOT/hello.txt" "$BASE_SNAPSHOT/data/config.txt"
      `,
      uses: [snapshotDirs.base],
      expect: text`Nothing from inside. Then two lines from the host: both files, untouched.`,
      notice: text`So deleting a file in a later layer frees no space, and hides no secret: whoever has the image
        has the base layer, with everything in it.`,
      visit: stepInside,
      hint: text`\`$BASE_SNAPSHOT\` is the directory of base's snapshot.`,
      readOnly: true,
    }),
    step('mountinfo', {
      title: 'The mount that does it all',
      why: text`The kernel will tell any process what its root is made of. Ask it from inside.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id mounts-$$ demo \
          /bin/cat /proc/1/mountinfo | grep ' / / '
      `,
      predict: {
        question: 'In lowerdir=A:B, which of your layers is A?',
        choices: ['base', 'delta'],
      },
      expect: text`One long line of type overlay. You have seen its three options before: you typed them.`,
      notice: text`lowerdir lists the topmost first: delta, then base. upperdir is ${upperdir}. This line is the
        answer to "what is a container's file system": a mount of three directories you can open with an
        editor.`,
      fieldNote: {
        title: 'A grep that was never installed',
        text: text`The article pipes this file through \`grep\`, in an image that has sh, ls and cat. It works,
          and not because of the image: this busybox shell runs the commands it has built in without
          looking for a file. Start \`grep\` as the container's own command and it is "not found".`,
      },
      visit: stepInside,
      hint: text`\`findmnt\` on the host does not show it: the mount is where containerd lives.`,
      readOnly: true,
    }),
    step('write', {
      title: 'Write inside, look outside',
      why: text`What the container writes goes to its upperdir. You know where that is, so watch it arrive.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id write-$$ demo \
          /bin/sh -c 'echo written inside >/data/new.txt
            echo changed >/hello.txt'
        sudo ls -lA "$UPPERDIR" "$UPPERDIR/data"
        sudo cat "$UPPERDIR/data/new.txt" "$UPPERDIR/hello.txt"
      `,
      uses: [upperdir],
      expect: text`Two files on the host, beside the empty mount points that runc made.`,
      notice: text`hello.txt was copied up whole before it was changed. The layers below still say what they said,
        and a second container from this image would see them as new.`,
      remembers: upperdir,
      visit: stepInside,
      hint: text`\`$UPPERDIR\` is the directory, in your own shell too.`,
    }),
    step('gone', {
      title: 'Let it go',
      why: text`End the process, then remove the container: two things, in that order, since a record whose
        process still runs cannot be removed.`,
      script: sh`
        if sudo ctr -n "$CTR_NAMESPACE" tasks ls -q | grep -x demo >/dev/null; then
          sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo
        fi
        if sudo ctr -n "$CTR_NAMESPACE" containers ls -q | grep -x demo >/dev/null; then
          sudo ctr -n "$CTR_NAMESPACE" containers rm demo
        fi
        sudo ctr -n "$CTR_NAMESPACE" snapshots ls
      `,
      owns: [{ kind: 'container', name: containerName }],
      predict: {
        question: 'The container is removed. Where is the file it wrote?',
        choices: ['still in the upperdir', 'in the delta snapshot', 'gone'],
      },
      expect: text`Two snapshots again, the ones from the import. A remark about exit code 137 is the killed
        process: 128 and signal 9.`,
      notice: text`Nothing to roll back and nothing to clean: the layers were never written to. That is why a
        container can be thrown away, and why what must stay belongs in a volume.`,
      fieldNote: {
        title: 'A kill that kills nothing',
        text: text`The article ends with \`tasks kill demo\`, which sends SIGTERM. A shell that is process 1
          ignores it, the next two commands then fail, and their errors go to /dev/null. \`tasks rm -f\`
          kills and removes, and fails aloud if it cannot.`,
      },
      hint: text`\`ctr tasks ls\`, \`ctr containers ls\`, \`ctr snapshots ls\` show what is left.`,
    }),
  ],
});
