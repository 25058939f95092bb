import { defineLesson, step } from '../../src/engine/define.ts';
import type { Visit } from '../../src/engine/lesson.ts';
import { sh } from '../../src/engine/script.ts';
import { key, picture, text, wide } from '../../src/engine/text.ts';
import {
  columnsOfOne,
  controlGroup,
  first,
  namespacesInWords,
  numberedBy,
  processDirectory,
  second,
  upperdir,
} from '../facts/container.ts';
import { containerName, secondContainer, snapshotDirs } from '../facts/containerd.ts';
import { manifestDigest } from '../facts/layout.ts';

const stepInside: Visit = {
  label: 'step into the container',
  leave: 'exit',
  script: sh`sudo ctr -n "$CTR_NAMESPACE" tasks exec -t --exec-id "visit-$$" demo /bin/sh`,
};

export const lesson = defineLesson({
  id: '08-run',
  title: 'Run two containers from one image',
  intro: text`So far your image is only files. Start two containers from it, and see what they share.`,
  picture: {
    drawing: picture`
               demo's root           demo2's root
      written   ${wide(first.written, columnsOfOne)}  ${wide(second.written, columnsOfOne)}
      upperdir  ${wide(first.lastUpperdir, columnsOfOne)}  ${wide(second.lastUpperdir, columnsOfOne)}  its writes
      lowerdir  ${wide(first.lastLowerdirs.delta, columnsOfOne)}  ${wide(second.lastLowerdirs.delta, columnsOfOne)}  delta, read-only
      lowerdir  ${wide(first.lastLowerdirs.base, columnsOfOne)}  ${wide(second.lastLowerdirs.base, columnsOfOne)}  base, read-only
    `,
    alt: 'The roots of demo and demo2, each with an upperdir on top of two lowerdirs: delta, and base below it. Above each upperdir is what the container has written.',
  },
  subject: manifestDigest,
  steps: [
    step('start', {
      title: 'Start a container',
      why: text`\`ctr run\` makes three things: a *container*, containerd's record of what to run; a writable *snapshot* on top
        of the image; and a *task*, the running process. What follows the container's name replaces the
        config's \`Cmd\`: \`sleep\` gives you a day to look around.`,
      script: sh`
        # remove what an earlier try has left
        sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo 2>/dev/null || true
        sudo ctr -n "$CTR_NAMESPACE" containers rm demo 2>/dev/null || true
        sudo ctr -n "$CTR_NAMESPACE" snapshots rm demo 2>/dev/null || true
        sudo ctr -n "$CTR_NAMESPACE" run -d \
          docker.io/library/handroll:latest demo /bin/busybox sleep 86400
        sudo ctr -n "$CTR_NAMESPACE" tasks ls
      `,
      owns: [{ kind: 'container', name: containerName }],
      predict: {
        question: 'Which Linux kernel will the container use?',
        choices: ["this machine's", 'one from the image', 'a small one that runc starts'],
      },
      expect: text`One task, demo, with a process number and the status RUNNING.`,
      persists: true,
      notice: text`${numberedBy}. \`docker ps\` lists running tasks; \`docker ps -a\` also lists containers without one. There's
        also a snapshot named demo now, and what the container writes goes into ${first.lastUpperdir}.`,
      visit: stepInside,
      hint: text`Does \`ctr run\` complain "already exists"? Something from an earlier try is left. The first
        three commands of the script remove it.`,
    }),
    step('look', {
      title: 'See the root filesystem from inside',
      why: text`The process sees one ordinary filesystem and no layers. \`dev\`, \`proc\`, \`run\` and \`sys\` are mounted on top, by containerd's defaults; the rest is your image. Later, step in with
        \`${key('visit')}\` and try things: the image can't be changed from inside.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id look-$$ demo \
          /bin/sh -c 'ls -C /; echo "data: $(ls /data)"; cat /hello.txt'
        # on the host, in the snapshot of the base
        sudo cat "$BASE_SNAPSHOT/hello.txt" "$BASE_SNAPSHOT/data/config.txt"
      `,
      uses: [snapshotDirs.base],
      predict: {
        question: 'Delta deletes data/config.txt. Can that file still be read on this disk?',
        choices: ['no, it is deleted', 'yes, below the container', 'only while no container runs'],
      },
      expect: text`What the container sees, then what \`cat\` finds in the base's snapshot.`,
      notice: text`config.txt is hidden, but still on disk and in the image. That's the secret.key of lesson 2: everyone who
        pulls the image gets the layer below.`,
      visit: stepInside,
      hint: text`If the container has ended, go back to the first step and start it again.`,
      readOnly: true,
    }),
    step('isolated', {
      title: 'What makes a process a container',
      why: text`The kernel has no containers, only processes. runc started demo's in kernel *namespaces* (not
        containerd's label from lesson 0): demo has its own mounts (mnt), process numbers (pid), network (net),
        shared memory (ipc) and host name (uts). A *control group* measures and can limit what it uses.`,
      script: sh`
        for kind in mnt pid net ipc uts user; do
          echo "$(readlink /proc/self/ns/$kind)  $(sudo readlink "$DEMO_PROC/ns/$kind")"
        done
        sudo cat "$DEMO_PROC/cgroup" | tail -n 1
      `,
      uses: [processDirectory],
      expect: text`Left this shell's namespaces, right the container's. Below, its control group.`,
      notice: text`${namespacesInWords}. ${controlGroup}. Namespaces and a root from an image
        make a process a container. In a Kubernetes pod, the containers share one net namespace, so they reach each other on localhost.`,
      visit: stepInside,
      hint: text`\`$DEMO_PROC\` is the directory of the container's process in /proc. If the container has ended,
        go back to the first step and start it again.`,
      readOnly: true,
    }),
    step('mountinfo', {
      title: 'How a container gets its root filesystem',
      why: text`A process can read its own mount table. Look there for the mount at \`/\`. The \`sed\` removes the directory
        that all the snapshots are in, to shorten the line.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id mounts-$$ demo \
          /bin/cat /proc/1/mountinfo | grep ' / / ' | sed 's,[^=:]*/snapshots/,,g'
      `,
      expect: text`One overlay, with the same three options that you gave \`mount\` in lesson 6.`,
      notice: text`lowerdir lists the topmost layer first: the delta's snapshot, then the base's. So a container's
        root filesystem is one overlay mount, and you can list every directory in it.`,
      visit: stepInside,
      hint: text`On the host, the mount is in the mount table of wherever containerd runs:
        \`sudo grep overlay "$MOUNTINFO"\`.`,
      readOnly: true,
    }),
    step('second', {
      title: 'A second container from the same image',
      why: text`Most machines run many containers from a few images. What does that cost?`,
      goal: text`Start another container from \`docker.io/library/handroll:latest\`. Name it \`demo2\`, give it demo's command,
        \`/bin/busybox sleep 86400\`, and leave demo as it is. Then compare its mount at \`/\` with demo's.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo2 2>/dev/null || true
        sudo ctr -n "$CTR_NAMESPACE" containers rm demo2 2>/dev/null || true
        sudo ctr -n "$CTR_NAMESPACE" snapshots rm demo2 2>/dev/null || true
        sudo ctr -n "$CTR_NAMESPACE" run -d \
          docker.io/library/handroll:latest demo2 /bin/busybox sleep 86400
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id mounts-$$ demo2 \
          /bin/cat /proc/1/mountinfo | grep ' / / ' | sed 's,[^=:]*/snapshots/,,g'
      `,
      owns: [{ kind: 'container', name: secondContainer }],
      predict: {
        question: 'Both have a /bin/busybox. How many copies of it are in the snapshots?',
        choices: ['three, with that of the image', 'two', 'one'],
      },
      expect: text`One overlay again. Compare its lowerdir and upperdir with demo's.`,
      persists: true,
      remembers: second.upperdir,
      notice: text`Both have the same two lowerdirs; only the upperdirs differ: ${first.lastUpperdir}
        and ${second.lastUpperdir}.
        That's what layers are for: they are never written to, so any number of containers can share them,
        and the disk holds them once.`,
      hint: text`You started demo with \`ctr run -d IMAGE NAME COMMAND\`. Only the name changes.`,
    }),
    step('write', {
      title: 'Write in one container, read in the other',
      why: text`What a container writes goes to its upperdir. You know the directory, so you can see it arrive. Then read
        the same paths in demo2.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id write-$$ demo \
          /bin/sh -c 'echo written inside >/data/new.txt
            echo changed >/hello.txt'
        sudo cat "$UPPERDIR/data/new.txt" "$UPPERDIR/hello.txt"
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id read-$$ demo2 \
          /bin/sh -c 'cat /hello.txt; ls /data'
      `,
      uses: [upperdir],
      predict: {
        question: 'demo overwrites /hello.txt. Does demo2 see the change?',
        choices: ['yes, it is the same file', 'only after demo2 is started again', 'no'],
      },
      expect: text`Both files in demo's upperdir. Then hello.txt and the names in data as demo2 has them.`,
      notice: text`demo2 sees none of it, and a third container would start from the image's files, too. (The old hello.txt
        wasn't copied up: as in lesson 6, \`>\` starts with an empty file.)`,
      remembers: upperdir,
      visit: stepInside,
      hint: text`\`$UPPERDIR\` is demo's upperdir, and \`$UPPERDIR2\` is demo2's.`,
    }),
    step('gone', {
      title: 'Stop and remove both',
      why: text`First end the task, then remove the container's record: containerd won't remove one that has a running
        task. \`docker rm -f\` does the same two things.`,
      script: sh`
        for name in demo demo2; do
          sudo ctr -n "$CTR_NAMESPACE" tasks rm -f $name || true
          sudo ctr -n "$CTR_NAMESPACE" containers rm $name || true
        done
        # make containerd collect its garbage now, and wait for that
        lease=$(sudo ctr -n "$CTR_NAMESPACE" leases create)
        sudo ctr -n "$CTR_NAMESPACE" leases rm --sync "$lease" >/dev/null
        sudo ctr -n "$CTR_NAMESPACE" snapshots tree | cut -c -40
      `,
      owns: [
        { kind: 'container', name: containerName },
        { kind: 'container', name: secondContainer },
      ],
      predict: {
        question: 'The containers are removed. Where are the files that demo wrote?',
        choices: ['still in the upperdir', 'gone', 'in the delta snapshot'],
      },
      expect: text`Exit code 137 is 128 plus 9, SIGKILL. Then the snapshots.`,
      notice: text`The layers are as they were. Data that should outlive a container belongs in a *volume*, a directory that
        is mounted into it from elsewhere. (\`docker stop\` sends SIGTERM first, and waits ten seconds if
        process 1, such as \`sleep\` or a shell, has no handler for it.)`,
      hint: text`\`ctr tasks ls\`, \`ctr containers ls\` and \`ctr snapshots ls\` show what is left.`,
    }),
  ],
});
