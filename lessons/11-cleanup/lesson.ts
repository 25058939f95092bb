import { check, fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineLesson } from '../../src/engine/lesson.ts';
import type { Look } from '../../src/engine/look.ts';
import { sh } from '../../src/engine/script.ts';
import { text } from '../../src/engine/text.ts';
import { TourError } from '../../src/errors.ts';
import { inventory, type Left } from '../../src/host/inventory.ts';
import { ownership } from '../../src/host/workspace.ts';
import { controlGroup, namespace, otherNamespaces, workdir } from '../facts.ts';
import { seenHere, strangers } from '../witnesses.ts';

/** What is of containerd, and what of the machine. */
const ofContainerd: ReadonlySet<Left['kind']> = new Set([
  'task',
  'container',
  'image',
  'snapshot',
  'content',
  'lease',
  'namespace',
]);

/** What is there until it is removed. The rest goes with it, a moment later. */
const staying: ReadonlySet<Left['kind']> = new Set([
  'container',
  'image',
  'lease',
  'mount',
  'directory',
]);

const everything = seenHere('what is there', '11-cleanup/containerd', ({ host }) =>
  inventory(host),
);

const counted = seenHere('how much that is', '11-cleanup/containerd', async (look) =>
  count(await look.need(everything)),
);

/** What several of a kind are called, where an s does not do it. */
const several: Partial<Record<Left['kind'], string>> = {
  content: 'blobs',
  directory: 'directories',
};

/** '2 images, 4 blobs, 1 namespace'. */
function count(left: readonly Left[]): string {
  const kinds = [...new Set(left.map(({ kind }) => kind))];
  const counted = kinds.map((kind) => {
    const number = left.filter((each) => each.kind === kind).length;
    return `${number} ${number === 1 ? kind : (several[kind] ?? `${kind}s`)}`;
  });
  return counted.join(', ') || 'nothing';
}

async function nothingLeft(
  look: Look,
  kinds: (kind: Left['kind']) => boolean,
  hint: string,
): Promise<Outcome> {
  const left = (await look.need(everything)).filter(({ kind }) => kinds(kind));
  if (left.length === 0) return pass('nothing found');
  return fail({
    expected: 'nothing',
    actual: left.map(({ kind, name }) => `${kind} ${name}`).join(', '),
    hint,
    ...(left.some(({ kind }) => staying.has(kind)) ? { stays: true } : {}),
  });
}

export const cleanup = defineLesson({
  id: '11-cleanup',
  title: 'Clean up',
  intro: text`Everything you made, taken away again, from whatever state it is in. Then a proof that nothing
    is left. If you want to keep what you did,
    write it down first: \`handroll-tour report -o report.html\`, \`handroll-tour script -o rebuild.sh\`.`,
  undoes: true,
  steps: [
    {
      id: 'containerd',
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
      guard: async (look) => {
        // A namespace that the tour began in is its own, whatever the learner has tried in it since.
        if (look.progress.remembered(otherNamespaces.id) !== undefined) return;
        if (!(await look.need(everything)).some(({ kind }) => kind === 'namespace')) return;
        const found = await strangers(look);
        if (found.length === 0) return;
        throw new TourError(
          `The namespace ${await look.need(namespace)} holds things that the tour did not make: ${found.join(', ')}.`,
          { hint: 'Nothing was removed. Name the namespace the tour worked in: --namespace NAME.' },
        );
      },
      expect: text`A line for most things removed. Warnings about things that are gone already do no harm.`,
      checks: [
        check('empty', {
          claim: 'C1',
          says: 'no task, container, image, snapshot, blob, lease or namespace of ours',
          settles: 'containerd to collect its garbage',
          look: (look) =>
            nothingLeft(
              look,
              (kind) => ofContainerd.has(kind),
              'Run it again; if something stays, another program has put it into this namespace.',
            ),
          faults: [
            {
              name: 'a snapshot stayed behind',
              breaks: sh`
                sudo ctr -n "$CTR_NAMESPACE" snapshots prepare left-behind
              `,
              says: /snapshot left-behind/,
            },
          ],
        }),
      ],
      notice: text`Compare the article's four lines: while its shell still runs they remove nothing, the errors
        go to /dev/null, and nobody is told.`,
      hint: text`\`ctr namespaces ls\` should not list it any more.`,
    },
    {
      id: 'machine',
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
      checks: [
        check('nothing', {
          claim: 'C1',
          says: 'no mount, process, control group or file of ours is left',
          settles: 'processes to end',
          look: (look) =>
            nothingLeft(
              look,
              () => true,
              'A mount in the way? A shell standing in the directory? Leave it, and run this again.',
            ),
          faults: [
            {
              name: 'a process keeps a mount below the directory',
              breaks: sh`
                mkdir -p "$WORKDIR/.handroll-tour" "$WORKDIR/kept"
                echo '{"tool":"handroll-tour"}' >"$WORKDIR/.handroll-tour/owner.json"
                sudo mount -t tmpfs tmpfs "$WORKDIR/kept"
              `,
              mends: sh`sudo umount "$WORKDIR/kept"`,
              also: ['directory'],
              says: /mount .*\/kept, directory/,
            },
          ],
        }),
        check('directory', {
          claim: 'C1',
          says: 'the working directory does not exist',
          look: async ({ host: { workspace } }) => {
            const state = ownership(workspace);
            if (state === 'absent') return pass(`${workspace.dir} is gone`);
            return fail({
              expected: `no ${workspace.dir}`,
              actual:
                state === 'ours'
                  ? 'it is still there'
                  : 'it is there, without the mark of the tour',
              hint:
                state === 'ours'
                  ? 'Run it again.'
                  : 'It is not ours to delete. If it is yours, remove it.',
            });
          },
          faults: [
            {
              name: 'the mark was removed, and the directory is not ours to delete',
              breaks: sh`mkdir -p "$WORKDIR" && touch "$WORKDIR/somebody-elses"`,
              mends: sh`rm -r "$WORKDIR"`,
              also: ['nothing'],
              says: /without the mark of the tour/,
            },
          ],
        }),
      ],
      notice: text`Nothing is left of it but what you know: an image is a few files that name each other by
        hash, and a container is a process that was given a stack of directories for a root.`,
      hint: text`\`findmnt\` and \`fuser -vm DIR\` say who holds a mount.`,
    },
  ],
});
