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
  intro: text`This removes everything that you made, even from a half-done state, and checks that nothing
    is left. If you want to keep a record, make it first: \`handroll-tour report -o report.html\` and
    \`handroll-tour script -o rebuild.sh\`.`,
  undoes: true,
  steps: [
    step('containerd', {
      title: 'Remove the containers and images from containerd',
      why: text`In your namespace ${namespace} there are: ${countedInContainerd}. ${stays} Order matters:
        containerd doesn't delete a container whose task still runs. Blobs and snapshots have no line
        below: once no image and no container refers to them, containerd's garbage collection deletes
        them. \`docker rmi\` works the same way.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo demo2 || true
        sudo ctr -n "$CTR_NAMESPACE" containers rm demo demo2 || true
        sudo ctr -n "$CTR_NAMESPACE" images rm --sync \
          handroll:latest docker.io/library/handroll:latest docker.io/library/handroll2:latest
        sudo ctr namespaces rm "$CTR_NAMESPACE" || true
      `,
      owns: [
        ...containerNames.map((name) => ({ kind: 'container', name }) as const),
        ...imageNames.map((name) => ({ kind: 'image', name }) as const),
      ],
      around: emptyNamespace,
      expect: text`A line for each thing removed. An error about something that isn't there does no harm. If
        an interrupted step left anything else, such as a lease, the tour removes that too and prints a
        line for it.`,
      notice: text`\`--sync\` makes ctr wait for the garbage collection. Without it the blobs disappear a
        moment after the command has returned.`,
      hint: text`\`ctr namespaces ls\` shouldn't list it any more.`,
    }),
    step('machine', {
      title: 'Remove the working directory',
      outsideDaemonNamespace: true,
      why: text`Found now: ${countedHere}. The tour stops its private containerd, if there is one, and
        unmounts what it mounted. Then the script deletes ${workdir}, which the tour may do because its
        marker file is in there. Your progress goes with it.`,
      script: sh`sudo rm -rf --one-file-system -- "$WORKDIR"`,
      around: removeDirectory,
      expect: text`A line for each thing that the tour stops or unmounts. \`rm\` prints nothing.`,
      notice: text`Your machine is as it was, and you know what an image is: a few files that refer to each
        other by hash. A container is a process with a stack of directories as its root.`,
      hint: text`\`findmnt\` and \`fuser -vm DIR\` show which process uses a mount.`,
    }),
  ],
});
