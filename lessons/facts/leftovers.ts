import { lessonFact } from '../../src/engine/fact.ts';
import type { Step } from '../../src/engine/lesson.ts';
import { TourError } from '../../src/errors.ts';
import { inventory, type Leftover, mountsBelow } from '../../src/host/inventory.ts';
import { refuseForeign } from '../../src/host/ownership.ts';
import { releaseDirectory, removeFromContainerd } from '../../src/host/removal.ts';

export const everything = lessonFact('what is there', '11-cleanup/containerd', async ({ host }) => {
  const { ours } = await inventory(host);
  return ours;
});

/** What is in containerd; the rest is on the machine. */
export const inContainerd: ReadonlySet<Leftover['kind']> = new Set([
  'task',
  'container',
  'image',
  'snapshot',
  'content',
  'lease',
  'namespace',
]);

function counted(where: string, kinds: (kind: Leftover['kind']) => boolean) {
  return lessonFact(`what is left ${where}`, '11-cleanup/containerd', async (observation) =>
    count((await observation.need(everything)).filter(({ kind }) => kinds(kind))),
  );
}

export const countedInContainerd = counted('in containerd', (kind) => inContainerd.has(kind));
export const countedHere = counted('on the machine', (kind) => !inContainerd.has(kind));

/** Plurals that don't end in an s. */
const several: Partial<Record<Leftover['kind'], string>> = {
  content: 'blobs',
  directory: 'directories',
};

/** '2 images, 4 blobs, 1 namespace'. */
function count(left: readonly Leftover[]): string {
  const kinds = [...new Set(left.map(({ kind }) => kind))];
  const counted = kinds.map((kind) => {
    const number = left.filter((each) => each.kind === kind).length;
    return `${number} ${number === 1 ? kind : (several[kind] ?? `${kind}s`)}`;
  });
  return counted.join(', ') || 'nothing';
}

/** What others have in the namespace, which cleaning up leaves there. */
export const stays = lessonFact('what stays', '11-cleanup/containerd', async ({ host }) => {
  const { others } = await inventory(host);
  if (others.length === 0) return 'All of it is yours.';
  const names = others.map(({ kind, name }) => `${kind} ${name}`);
  return `The tour leaves what it didn't make: ${names.join(', ')}.`;
});

/** An import that was killed leaves a lease, for example, and blobs without an image. */
export const emptyNamespace: NonNullable<Step['around']> = async (host, say) => () =>
  removeFromContainerd(host, say);

/** @throws TourError if the directory isn't ours to delete, or something is mounted in it */
export const removeDirectory: NonNullable<Step['around']> = async (host, say) => {
  refuseForeign(host.workspace);
  const finish = await releaseDirectory(host, say);
  const [mount] = mountsBelow(host.workspace.dir);
  if (mount === undefined) return finish;
  throw new TourError(`Something is mounted at ${mount}, and the tour didn't mount it.`, {
    hint: `Nothing in the directory was removed. Unmount it first: sudo umount ${mount}`,
  });
};
