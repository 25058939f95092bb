import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { text } from '../../src/engine/text.ts';
import { containerName, importedName, taggedName } from '../facts/containerd.ts';
import { counted, emptyNamespace, removeDirectory, stays } from '../facts/leftovers.ts';
import { namespace, workdir } from '../facts/machine.ts';

export const lesson = defineLesson({
  id: '11-cleanup',
  title: 'Clean up',
  intro: text`Everything you made, taken away again, from whatever state it is in. Then a proof that nothing
    is left. If you want to keep what you did,
    write it down first: \`handroll-tour report -o report.html\`, \`handroll-tour script -o rebuild.sh\`.`,
  undoes: true,
  steps: [
    step('containerd', {
      title: 'Out of containerd',
      why: text`These will go, all from the namespace ${namespace}: the container and its process first, then
        the names of the image, then what the names kept alive. Snapshots go children first, since a
        parent cannot leave before them. Found now: ${counted}. ${stays}`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo || true
        sudo ctr -n "$CTR_NAMESPACE" containers rm demo || true
        sudo ctr -n "$CTR_NAMESPACE" images rm --sync \
          handroll:latest docker.io/library/handroll:latest
        sudo ctr namespaces rm "$CTR_NAMESPACE" || true
      `,
      owns: [
        { kind: 'container', name: containerName },
        { kind: 'image', name: importedName },
        { kind: 'image', name: taggedName },
      ],
      around: emptyNamespace,
      expect: text`A line for most things removed. Complaints about things that are gone already do no
        harm. Whatever a half-done state has left is removed by the tour after the script, with a line for
        each.`,
      notice: text`Compare the article's four lines: while its shell still runs they remove nothing, the errors
        go to /dev/null, and nobody is told.`,
      hint: text`\`ctr namespaces ls\` should not list it any more.`,
    }),
    step('machine', {
      title: 'Off the machine',
      outsideDaemonNamespace: true,
      why: text`Last the mounts, the private containerd if there was one, and the working directory
        ${workdir}, which is removed only because it bears the tour's mark. After this the tour has
        nothing to remember you by.`,
      script: sh`sudo rm -rf --one-file-system -- "$WORKDIR"`,
      around: removeDirectory,
      expect: text`What the tour did before it: the private containerd ends, mounts are unmounted.`,
      notice: text`Nothing is left of it but what you know: an image is a few files that name each other by
        hash, and a container is a process that was given a stack of directories for a root.`,
      hint: text`\`findmnt\` and \`fuser -vm DIR\` say who holds a mount.`,
    }),
  ],
});
