import { ifPossible, TourError } from '../errors.ts';
import type { Containerd } from '../host/containerd.ts';
import type { Host } from '../host/host.ts';
import {
  type ContainerdObject,
  claimNamespace,
  foreignSnapshots,
  markOurs,
  namespaceOwner,
  otherName,
  unmarkedObjects,
} from '../host/namespace.ts';
import type { Progress } from './progress.ts';

/** Keeps scripts off other people's things in a shared containerd, and marks what they make. */
interface NamespaceGuard {
  /**
   * Before a script that makes or replaces these things.
   * @throws TourError (exit 4) if the namespace or one of the things isn't this tour's
   */
  beforeMaking(containerd: Containerd, things: readonly ContainerdObject[]): Promise<void>;
  /** Before a script that removes these things. @throws TourError (exit 4) likewise */
  beforeRemoving(containerd: Containerd, things: readonly ContainerdObject[]): Promise<void>;
  /** Marks what a script has made. If the tour is killed before this, its next script does it. */
  afterMaking(containerd: Containerd): Promise<void>;
  /** Marks what the learner has made by hand while the tour was watching. */
  adopt(containerd: Containerd, things: readonly ContainerdObject[]): Promise<void>;
}

/** The key in progress for what a script was about to make, in case it was killed. */
const makingKey = 'containerd.making';

export function guardNamespace(
  { workspace, owner: uid }: Host,
  progress: Progress,
): NamespaceGuard {
  const underway = (): ContainerdObject[] => JSON.parse(progress.remembered(makingKey) ?? '[]');
  const note = (things: readonly ContainerdObject[]) => {
    progress.remember(makingKey, JSON.stringify(things));
    progress.save();
  };
  const settle = async (containerd: Containerd, id: string) => {
    const things = underway();
    if (things.length === 0) return;
    await markOurs(containerd, id, things);
    note([]);
  };
  const refuseOthers = async (
    containerd: Containerd,
    id: string,
    things: readonly ContainerdObject[],
  ) => {
    const [strange] = await unmarkedObjects(containerd, id, things);
    if (strange !== undefined) throw notOurs(containerd, strange);
    const [snapshot] = await foreignSnapshots(containerd, id, things);
    if (snapshot !== undefined) throw notOurs(containerd, { kind: 'snapshot', name: snapshot });
  };
  return {
    beforeMaking: async (containerd, things) => {
      if (containerd.mode === 'private') return;
      // A read-only script may run in any namespace: lesson 00 then says whose it is.
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

/** The commands by which a learner removes what the tour leaves alone. */
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
