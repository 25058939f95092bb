import { seenHere } from '../../src/engine/fact.ts';
import type { Look } from '../../src/engine/look.ts';
import { TourError } from '../../src/errors.ts';
import { inventory, type Left } from '../../src/host/inventory.ts';
import { otherNamespaces, strangers } from './containerd.ts';
import { namespace } from './machine.ts';

export const everything = seenHere('what is there', '11-cleanup/containerd', ({ host }) =>
  inventory(host),
);

export const counted = seenHere('how much that is', '11-cleanup/containerd', async (look) =>
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

/** @throws TourError if the namespace holds what the tour did not make, and did not begin with */
export async function refuseStrangers(look: Look): Promise<void> {
  // A namespace that the tour began in is its own, whatever the learner has tried in it since.
  if (look.progress.remembered(otherNamespaces.id) !== undefined) return;
  if (!(await look.need(everything)).some(({ kind }) => kind === 'namespace')) return;
  const found = await strangers(look);
  if (found.length === 0) return;
  throw new TourError(
    `The namespace ${await look.need(namespace)} holds things that the tour did not make: ${found.join(', ')}.`,
    { hint: 'Nothing was removed. Name the namespace the tour worked in: --namespace NAME.' },
  );
}
