import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { text } from '../../src/engine/text.ts';
import { containerNames, imageNames } from '../facts/containerd.ts';
import {
  countedHere,
  countedInContainerd,
  emptyNamespace,
  removeDirectory,
  stays,
} from '../facts/leftovers.ts';
import { namespace, workdir } from '../facts/machine.ts';

export const lesson = defineLesson({
  id: '11-cleanup',
  title: 'Clean up',
  intro: text`This removes everything that you made. To keep a record, make it first: \`handroll-tour report -o report.html\`
    and \`handroll-tour script -o rebuild.sh\`.`,
  undoes: true,
  steps: [
    step('containerd', {
      title: 'Remove the containers and images from containerd',
      why: text`For your namespace ${namespace}, containerd has: ${countedInContainerd}. ${stays} No line of the script is
        about blobs and snapshots: once no image and no container refers to them, containerd's garbage collection deletes them.
        With \`docker rmi\`, too, a layer goes with the last image that has it.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo demo2 2>/dev/null || true
        sudo ctr -n "$CTR_NAMESPACE" containers rm demo demo2 2>/dev/null || true
        sudo ctr -n "$CTR_NAMESPACE" images rm --sync handroll:latest \
          docker.io/library/handroll:latest docker.io/library/handroll2:latest
        sudo ctr namespaces rm "$CTR_NAMESPACE" || true
      `,
      owns: [
        ...containerNames.map((name) => ({ kind: 'container', name }) as const),
        ...imageNames.map((name) => ({ kind: 'image', name }) as const),
      ],
      around: emptyNamespace,
      expect: text`A line for each thing removed, also for what an interrupted step has left.`,
      notice: text`\`--sync\` makes ctr wait for the garbage collection. The first two lines keep quiet: after lesson 8 no container should be left, and the check looks anyway.`,
      hint: text`\`ctr namespaces ls\` shouldn't list it any more.`,
    }),
    step('machine', {
      title: 'Remove the working directory',
      outsideDaemonNamespace: true,
      why: text`Found now: ${countedHere}. The tour stops its private containerd, if there is one, and unmounts what it
        mounted. Then the script deletes ${workdir}, which it may do because the tour's marker file is in there.
        Your progress goes with it.`,
      script: sh`sudo rm -rf --one-file-system -- "$WORKDIR"`,
      around: removeDirectory,
      expect: text`A line for each thing that the tour stops or unmounts. \`rm\` prints nothing.`,
      notice: text`Only packages that you installed are left. An image is a few files that refer to each other by
        hash. A container is a process with namespaces of its own, and a stack of directories as
        its root.`,
      hint: text`\`findmnt\` and \`fuser -vm DIR\` show which process uses a mount.`,
    }),
  ],
});
