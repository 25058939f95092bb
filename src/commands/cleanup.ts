import { Exit, endingSignals, endings, ifPossible } from '../errors.ts';
import { type Host, neverStarted } from '../host/host.ts';
import { inventory, type Left } from '../host/inventory.ts';
import { lock, refuseTaken } from '../host/lock.ts';
import { roomAt } from '../host/machine.ts';
import { ofRoom } from '../host/obstacles.ts';
import { isOwn, ownership, readMark } from '../host/ownership.ts';
import { removeFromContainerd, removeFromMachine } from '../host/removal.ts';
import { counted } from '../text/words.ts';
import type { Command, Io } from './command.ts';
import { becomeAble, hostFrom } from './opening.ts';

export const cleanup: Command = {
  description: `Removes everything the tour made, from whatever state it is in: containers, images, snapshots, the
namespace, mounts, a private containerd, the working directory. Then looks for what is left.
Removes nothing that the tour did not make, and lists what others have in its namespace. Doing it
twice does no harm. Root may clean up a learner's working directory: --workdir ~learner/container-demo.`,
  run: async (args, io) => {
    const json = args.values.json === true;
    const host = await hostFrom(args, { toClean: true });
    await becomeAble(host, io);
    refuseTaken(host.workspace);
    const release = lockIfPossible(host);
    const interruption = endOnSignal(io, json);
    try {
      const silent = unreachable(host);
      const before = await everything(host);
      if (before.length > 0 && !json) {
        io.out('This goes:');
        for (const left of before) io.out(line(left));
      }
      // With --json, print the messages only if something is left.
      const said: string[] = [];
      const say = (text: string) => (json ? said.push(text) : io.out(`  ${text}`));
      if (before.length > 0) {
        if (!json) io.out('');
        await removeFromContainerd(host, say);
        await removeFromMachine(host, say);
      }
      const { ours, others } = await inventory(host);
      const left = [...ours, ...silent, ...others];
      const removed = before.filter(
        ({ kind, name }) => !ours.some((each) => each.kind === kind && each.name === name),
      ).length;
      if (left.length > 0) for (const text of said) io.err(text);
      report(left, removed, io, json);
      host.close();
      return left.length === 0 ? Exit.good : Exit.finding;
    } finally {
      interruption.stop();
      release();
    }
  },
};

/** Everything that is ours. A private containerd has to run to list what it holds. */
async function everything(host: Host): Promise<readonly Left[]> {
  const { workspace } = host;
  // Starting it needs disk space. If it can't start any more, all it holds is files.
  const startable =
    isOwn(workspace) &&
    !neverStarted(host) &&
    ownership(workspace) === 'ours' &&
    ofRoom(roomAt(workspace.dir), { bytes: 4 * 1024 ** 2, inodes: 100 }) === undefined;
  if (startable) await ifPossible(host.containerd());
  return (await inventory(host)).ours;
}

/** What is ours in a system containerd that doesn't answer or isn't the one in use now. */
function unreachable({ workspace, reach }: Host): Left[] {
  const { socket } = readMark(workspace.own) ?? {};
  if (socket === undefined || !reach.wrapped) return [];
  const name = `${socket} does not answer, and holds the namespace ${workspace.namespace}`;
  return [{ kind: 'containerd', name }];
}

/** Takes the lock, except on a full disk or in a learner's directory, where nothing is written. */
function lockIfPossible({ workspace }: Host): () => void {
  if (!isOwn(workspace) || ownership(workspace) !== 'ours') return () => {};
  try {
    return lock(workspace, 'handroll-tour cleanup');
  } catch {
    return () => {};
  }
}

/** Ends the command at once on a signal: cleanup can be run again from any state. */
function endOnSignal(io: Io, json: boolean): { readonly stop: () => void } {
  const end = (signal: NodeJS.Signals) => {
    const exit = endings[signal as keyof typeof endings];
    const message = 'Interrupted. Run handroll-tour cleanup again to remove the rest.';
    if (json) io.json({ type: 'result', ok: false, error: message, hint: null, exit });
    else io.err(message);
    process.exit(exit);
  };
  for (const signal of endingSignals) process.on(signal, end);
  return {
    stop: () => {
      for (const signal of endingSignals) process.off(signal, end);
    },
  };
}

function line({ kind, name, owner }: Left): string {
  return `  ${kind.padEnd(11)} ${name}${owner === undefined ? '' : ` (${owner})`}`;
}

function report(left: readonly Left[], removed: number, io: Io, json: boolean): void {
  if (json) {
    for (const each of left) io.json({ type: 'left', ...each });
    io.json({ type: 'result', ok: left.length === 0, removed });
    return;
  }
  if (left.length === 0) {
    io.out(
      removed === 0
        ? 'The tour has nothing here.'
        : `\nNothing is left: ${counted(removed, 'thing')} removed.`,
    );
    return;
  }
  const ours = left.filter(({ owner }) => owner === undefined);
  const others = left.filter(({ owner }) => owner !== undefined);
  if (ours.length > 0) {
    io.out('\nStill there:');
    for (const each of ours) io.out(line(each));
    io.out(
      'Usually a mount or a shell in the working directory is the reason. End it, then run cleanup again.',
    );
  }
  if (others.length > 0) {
    io.out('\nLeft alone, because this tour did not make it:');
    for (const each of others) io.out(line(each));
  }
}
