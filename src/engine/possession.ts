import { ifPossible, TourError } from '../errors.ts';
import type { Containerd } from '../host/containerd.ts';
import type { Host } from '../host/host.ts';
import {
  claimNamespace,
  markOurs,
  type Named,
  namespaceOwner,
  otherName,
  strangeSnapshots,
  unmarked,
} from '../host/namespace.ts';
import type { Progress } from './progress.ts';

/** Keeps scripts to what is ours in a containerd that others use as well, and marks what they make. */
export interface Possession {
  /**
   * Before a script that makes or replaces these things.
   * @throws TourError (exit 4) where the namespace, or one of them, is somebody else's
   */
  beforeMaking(containerd: Containerd, things: readonly Named[]): Promise<void>;
  /** Before a script that removes these things. @throws TourError (exit 4) likewise */
  beforeRemoving(containerd: Containerd, things: readonly Named[]): Promise<void>;
  /** Marks what a script has made. What is killed before it gets here is marked the next time. */
  afterMaking(containerd: Containerd): Promise<void>;
  /** Marks what the learner has made by hand, before our eyes. */
  adopt(containerd: Containerd, things: readonly Named[]): Promise<void>;
}

/** Under which name progress knows what a script that may have been killed was about to make. */
const making = 'containerd.making';

export function openPossession({ workspace, owner: uid }: Host, progress: Progress): Possession {
  const underway = (): Named[] => JSON.parse(progress.remembered(making) ?? '[]');
  const note = (things: readonly Named[]) => {
    progress.remember(making, JSON.stringify(things));
    progress.save();
  };
  const settle = async (containerd: Containerd, id: string) => {
    const things = underway();
    if (things.length === 0) return;
    await markOurs(containerd, id, things);
    note([]);
  };
  const refuseOthers = async (containerd: Containerd, id: string, things: readonly Named[]) => {
    const [strange] = await unmarked(containerd, id, things);
    if (strange !== undefined) throw notOurs(containerd, strange);
    const [snapshot] = await strangeSnapshots(containerd, id, things);
    if (snapshot !== undefined) throw notOurs(containerd, { kind: 'snapshot', name: snapshot });
  };
  return {
    beforeMaking: async (containerd, things) => {
      if (containerd.mode === 'private') return;
      // A script that only looks may do so anywhere: lesson 00 says then whose namespace it is.
      const claimed = claimNamespace(containerd, workspace);
      const id = await (things.length > 0 ? claimed : ifPossible(claimed));
      if (id === undefined) return;
      await settle(containerd, id);
      await refuseOthers(containerd, id, things);
      if (things.length > 0) note(things);
    },
    beforeRemoving: async (containerd, things) => {
      if (containerd.mode === 'private') return;
      const owner = await namespaceOwner(containerd, workspace, uid);
      if (owner.whose === 'theirs') {
        throw new TourError(`The namespace ${containerd.namespace} is not this tour's.`, {
          hint: `Its owner: ${owner.owner}. Nothing was removed. handroll-tour cleanup removes what is yours, and only that.`,
        });
      }
      if (owner.whose === 'free') return;
      await settle(containerd, owner.id);
      await refuseOthers(containerd, owner.id, things);
    },
    afterMaking: async (containerd) => {
      if (containerd.mode === 'private' || underway().length === 0) return;
      const owner = await namespaceOwner(containerd, workspace, uid);
      if (owner.whose === 'ours') await settle(containerd, owner.id);
    },
    adopt: async (containerd, things) => {
      if (containerd.mode === 'private' || things.length === 0) return;
      const owner = await namespaceOwner(containerd, workspace, uid);
      if (owner.whose === 'ours') await markOurs(containerd, owner.id, things);
    },
  };
}

/** How a learner removes by hand what the tour leaves alone. */
const removal = {
  image: ['images rm'],
  container: ['tasks rm -f', 'containers rm'],
  snapshot: ['snapshots rm'],
} as const;

function notOurs(
  { namespace }: Containerd,
  { kind, name }: { readonly kind: keyof typeof removal; readonly name: string },
): TourError {
  const commands = removal[kind].map((command) => `ctr -n ${namespace} ${command} ${name}`);
  const remove = commands.join('; ');
  return new TourError(
    `There is ${kind === 'image' ? 'an' : 'a'} ${kind} ${name} in ${namespace} already, and the tour did not make it.`,
    {
      hint: `The tour leaves it alone. If it's yours and you don't need it:\n  ${remove}\n${otherName(namespace)}`,
    },
  );
}
