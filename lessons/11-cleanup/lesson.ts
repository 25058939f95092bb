import { check, fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineLesson } from '../../src/engine/lesson.ts';
import type { Look } from '../../src/engine/look.ts';
import { sh } from '../../src/engine/script.ts';
import { text } from '../../src/engine/text.ts';
import { TourError } from '../../src/errors.ts';
import { inventory, type Left, mountsBelow } from '../../src/host/inventory.ts';
import { ownership, refuseForeign } from '../../src/host/ownership.ts';
import { releaseDirectory, removeFromContainerd } from '../../src/host/removal.ts';
import { containerName, importedName, namespace, taggedName, workdir } from '../facts.ts';
import { seenHere } from '../witnesses.ts';

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

const everything = seenHere('what is there', '11-cleanup/containerd', async ({ host }) => {
  const { ours } = await inventory(host);
  return ours;
});

/** What others have in the namespace, which stays: in words. */
const others = seenHere('what stays', '11-cleanup/containerd', async ({ host }) => {
  const found = (await inventory(host)).others;
  return found.length === 0
    ? 'Nothing in it belongs to others.'
    : `What the tour did not make stays: ${found.map(({ kind, name }) => `${kind} ${name}`).join(', ')}.`;
});

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
        parent cannot leave before them. Found now: ${counted}. ${others}`,
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
      // An import that was killed leaves a lease, for one, and blobs without an image.
      around: async (host, say) => async () => removeFromContainerd(host, say),
      expect: text`A line for most things removed. Complaints about things that are gone already do no
        harm. Whatever a half-done state has left is removed by the tour after the script, with a line for
        each.`,
      checks: [
        check('empty', {
          claim: 'C1',
          says: 'no task, container, image, snapshot, blob, lease or namespace of ours',
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
      script: sh`sudo rm -rf --one-file-system -- "$WORKDIR"`,
      around: async (host, say) => {
        refuseForeign(host.workspace);
        const finish = await releaseDirectory(host, say);
        const [mount] = mountsBelow(host.workspace.dir);
        if (mount === undefined) return finish;
        throw new TourError(`Something is mounted at ${mount}, and the tour did not mount it.`, {
          hint: `Nothing in the directory was removed. Unmount it first: sudo umount ${mount}`,
        });
      },
      expect: text`What the tour did before it: the private containerd ends, mounts are unmounted.`,
      checks: [
        check('nothing', {
          claim: 'C1',
          says: 'no mount, process, control group or file of ours is left',
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
