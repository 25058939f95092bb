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

export const counted = lessonFact(
  'how much that is',
  '11-cleanup/containerd',
  async (observation) => count(await observation.need(everything)),
);

/** What several of a kind are called, where an s does not do it. */
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
  if (others.length === 0) return 'Nothing in it belongs to others.';
  const names = others.map(({ kind, name }) => `${kind} ${name}`);
  return `What the tour did not make stays: ${names.join(', ')}.`;
});

/** An import that was killed leaves a lease, for one, and blobs without an image. */
export const emptyNamespace: NonNullable<Step['around']> = async (host, say) => () =>
  removeFromContainerd(host, say);

/** @throws TourError where the directory is not ours to delete, or something is mounted in it */
export const removeDirectory: NonNullable<Step['around']> = async (host, say) => {
  refuseForeign(host.workspace);
  const finish = await releaseDirectory(host, say);
  const [mount] = mountsBelow(host.workspace.dir);
  if (mount === undefined) return finish;
  throw new TourError(`Something is mounted at ${mount}, and the tour did not mount it.`, {
    hint: `Nothing in the directory was removed. Unmount it first: sudo umount ${mount}`,
  });
};
