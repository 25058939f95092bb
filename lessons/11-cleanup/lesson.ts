import { defineLesson, step } from '../../src/engine/define.ts';
import { sh } from '../../src/engine/script.ts';
import { text } from '../../src/engine/text.ts';
import { counted, refuseStrangers } from '../facts/left.ts';
import { controlGroup, namespace, workdir } from '../facts/machine.ts';

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
        parent cannot leave before them. Found now: ${counted}.`,
      script: sh`
        ours() { sudo ctr -n "$CTR_NAMESPACE" "$@"; }
        if ! sudo ctr --connect-timeout 2s namespaces ls -q 2>/dev/null |
          grep -x -- "$CTR_NAMESPACE" >/dev/null; then
          echo "there is no namespace $CTR_NAMESPACE"
          exit 0
        fi
        for it in $(ours tasks ls -q); do ours tasks rm -f $it || true; done
        for it in $(ours containers ls -q); do ours containers rm $it || true; done
        for it in $(ours images ls -q); do ours images rm --sync $it || true; done
        for it in $(ours leases ls -q); do ours leases rm --sync $it || true; done
        for kind in overlayfs native; do
          for pass in 1 2 3 4 5 6; do # each pass takes the ones without children
            keys=$(ours snapshots --snapshotter $kind ls | sed '1d; s/ .*//')
            for it in $keys; do
              ours snapshots --snapshotter $kind rm $it 2>/dev/null || true
            done
          done
        done
        for it in $(ours content ls -q); do ours content rm $it || true; done
        sudo ctr namespaces rm "$CTR_NAMESPACE"
      `,
      guard: refuseStrangers,
      expect: text`A line for most things removed. Warnings about things that are gone already do no harm.`,
      notice: text`Compare the article's four lines: while its shell still runs they remove nothing, the errors
        go to /dev/null, and nobody is told.`,
      hint: text`\`ctr namespaces ls\` should not list it any more.`,
    }),
    step('machine', {
      title: 'Off the machine',
      apart: true,
      why: text`Last the mounts, the private containerd if there was one, and the working directory
        ${workdir}, which is removed only because it bears the tour's mark. After this the tour has
        nothing to remember you by.`,
      script: sh`
        own="$WORKDIR/.handroll-tour"
        # a private containerd ends with the first process of its namespaces
        if pid=$(cat "$own/containerd/pid" 2>/dev/null) &&
          tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null |
          grep -xF -- "$own/containerd" >/dev/null; then
          sudo kill "$pid"
          for pass in {1..100}; do
            if ! [ -e "/proc/$pid" ]; then break; fi
            sleep 0.02
          done
        fi
        # the overlay mounted by hand, and a tmpfs for what cannot lie on an overlay
        for place in overlay/merged overlay .handroll-tour/containerd/root; do
          while mountpoint -q "$WORKDIR/$place"; do
            sudo umount "$WORKDIR/$place" || break
          done
        done
        # control groups that runc made; only empty ones can be removed
        for group in /sys/fs/cgroup/{,*/}"$CONTROL_GROUP"; do
          if [ -d "$group" ]; then
            sudo find "$group" -depth -type d -exec rmdir {} + || true
          fi
        done
        # what somebody has mounted below the directory is not the tour's to empty
        if grep -qF -- " \${WORKDIR// /\\040}/" /proc/self/mountinfo; then
          echo "something is mounted below $WORKDIR"
        elif [ -e "$own/owner.json" ]; then
          cd "$WORKDIR"
          # the tour's own corner goes last: until then the directory bears its mark
          sudo find . -xdev -mindepth 1 ! -path './.handroll-tour*' -delete
          cd /
          sudo rm -rf --one-file-system -- "$WORKDIR"
        fi
      `,
      uses: [controlGroup],
      expect: text`No output.`,
      notice: text`Nothing is left of it but what you know: an image is a few files that name each other by
        hash, and a container is a process that was given a stack of directories for a root.`,
      hint: text`\`findmnt\` and \`fuser -vm DIR\` say who holds a mount.`,
    }),
  ],
});
