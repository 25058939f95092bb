import { setTimeout as sleep } from 'node:timers/promises';
import { guardNamespace } from '../engine/namespace-guard.ts';
import { openProgress } from '../engine/progress.ts';
import { Exit, type ExitCode, exitSignals, ifPossible, signalExits, TourError } from '../errors.ts';
import { systemSocket, Unresponsive } from '../host/containerd.ts';
import { type Host, neverStarted } from '../host/host.ts';
import { inventory, type Leftover, respondingContainerd } from '../host/inventory.ts';
import { lock, refuseTaken } from '../host/lock.ts';
import { isOurs, type Mark, ownUid, readMark } from '../host/ownership.ts';
import { checkFreeSpace } from '../host/preflight/find-obstacles.ts';
import { freeSpaceAt } from '../host/preflight/machine.ts';
import { isInside } from '../host/private-containerd/private-containerd.ts';
import { removeFromContainerd, removeFromMachine } from '../host/removal.ts';
import { requestExit } from '../signals.ts';
import { printable } from '../text/printable.ts';
import { counted, waitingFor } from '../text/words.ts';
import type { Command, Io } from './command.ts';
import { ensureSudo, openHostFrom } from './open-session.ts';

export const cleanup: Command = {
  description: `Removes everything the tour made, from whatever state it is in: containers, images, snapshots, the
namespace, mounts, a private containerd, the working directory. Then looks for what is left.
Removes nothing that the tour did not make, and lists what others have in its namespace. Doing it
twice does no harm. Root may clean up a learner's working directory: --workdir ~learner/container-demo.`,
  run: async (args, io) => {
    const json = args.values.json === true;
    const host = await interruptible(io, json, () => openHostFrom(args, { toClean: true }));
    if (isInside(host.workspace)) {
      throw new TourError('This shell would end with the containerd that cleanup stops.', {
        hint: 'Leave it first, with exit, and then run handroll-tour cleanup again.',
      });
    }
    await ensureSudo(host, io);
    refuseTaken(host.workspace);
    const release = lockIfPossible(host);
    try {
      return await interruptible(io, json, () => clean(host, io, json));
    } finally {
      release();
    }
  },
};

async function clean(host: Host, io: Io, json: boolean): Promise<ExitCode> {
  const mark = readMark(host.workspace.own);
  // With --json, messages on the way are printed only if something is left.
  const said: string[] = [];
  const say = (text: string) =>
    json ? said.push(printable(text)) : io.out(`  ${printable(text)}`);
  /** Why containerd didn't answer. It isn't asked again, since every query would wait as long. */
  let noAnswer: TourError | undefined;
  const unlessUnanswered = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
    if (noAnswer !== undefined) return undefined;
    try {
      return await ask().catch(async (error: unknown) => {
        if (error instanceof TourError && (await comesBack(host, mark, error, say))) return ask();
        throw error;
      });
    } catch (error) {
      if (!(error instanceof TourError)) throw error;
      noAnswer = error;
      return undefined;
    }
  };
  const whatIsThere = async () =>
    (await unlessUnanswered(() => inventory(host))) ?? inventory(host, { silent: true });

  await startToAsk(host);
  await unlessUnanswered(() => markUnfinished(host));
  const { ours: before } = await whatIsThere();
  if (before.length > 0 && !json) {
    io.out('This goes:');
    for (const left of before) io.out(line(left));
    io.out('');
  }
  if (before.length > 0) {
    await unlessUnanswered(() => removeFromContainerd(host, say));
    await removeFromMachine(host, say);
  }
  const { ours, others } = await whatIsThere();
  const missed = unreached(host, mark, noAnswer !== undefined);
  if (noAnswer !== undefined && missed.length > 0) say(noAnswer.message);
  const left = [...ours, ...missed, ...others];
  const removed = before.filter(
    ({ kind, name }) => !ours.some((each) => each.kind === kind && each.name === name),
  ).length;
  if (left.length > 0) for (const text of said) io.err(text);
  report(left, removed, io, json);
  host.close();
  return left.length === 0 ? Exit.good : Exit.failed;
}

/**
 * Waits for the system's containerd, if it has something of ours and has just stopped: an update or systemd
 * starts it again. Once the directory is removed, there is no note of that any more.
 */
async function comesBack(
  host: Host,
  mark: Mark | undefined,
  error: TourError,
  say: (text: string) => void,
): Promise<boolean> {
  const socket = systemSocketOf(host);
  if (socket === undefined || socket !== mark?.socket || error instanceof Unresponsive)
    return false;
  say(waitingFor(`the containerd at ${socket}`));
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; ) {
    await sleep(200);
    const containerd = await ifPossible(host.containerd());
    if (containerd && (await ifPossible(containerd.namespaces())) !== undefined) return true;
  }
  return false;
}

/** The socket of the system's containerd, if that is in use. */
const systemSocketOf = ({ containerdAccess }: Host) =>
  containerdAccess.viaWrapper ? undefined : (containerdAccess.address ?? systemSocket);

/** Starts a private containerd that isn't running, since only a running one can list its contents. */
async function startToAsk(host: Host): Promise<void> {
  const { workspace, owner } = host;
  // Starting it needs disk space. If it doesn't start any more, it has only files.
  const startable =
    owner === ownUid() &&
    !neverStarted(host) &&
    isOurs(workspace) &&
    checkFreeSpace(freeSpaceAt(workspace.dir), { bytes: 4 * 1024 ** 2, inodes: 100 }) === undefined;
  if (startable) await ifPossible(host.containerd());
}

/** Marks what a killed script was making, which is ours and may have no mark yet. */
async function markUnfinished(host: Host): Promise<void> {
  const { workspace } = host;
  // Root doesn't trust a learner's notes.
  if (host.owner !== ownUid()) return;
  const containerd = await respondingContainerd(host);
  if (containerd === undefined) return;
  const progress = openProgress(workspace, { keep: false });
  await guardNamespace(host, progress).afterMaking(containerd);
}

/** What may be ours in the system's containerd, if that didn't answer or isn't the one in use. */
function unreached(host: Host, mark: Mark | undefined, silent: boolean): Leftover[] {
  const used = systemSocketOf(host);
  const known = mark?.socket;
  // A private one has ended by now and left nothing.
  const unasked = (silent ? [used, known] : [known === used ? undefined : known]).filter(
    (socket) => socket !== undefined,
  );
  return [...new Set(unasked)].map((socket) => {
    const holds = socket === known ? 'holds' : 'may hold';
    const name = `${socket} was not reached, and ${holds} the namespace ${host.workspace.namespace}`;
    return { kind: 'containerd', name };
  });
}

/** Writes nothing on a full disk or in a learner's directory. */
function lockIfPossible({ workspace, owner }: Host): () => void {
  if (owner !== ownUid() || !isOurs(workspace)) return () => {};
  try {
    return lock(workspace, 'handroll-tour cleanup');
  } catch {
    // Another cleanup may have been faster.
    refuseTaken(workspace);
    return () => {};
  }
}

/** A signal ends cleanup at once, since it can be run again. */
async function interruptible<T>(io: Io, json: boolean, work: () => Promise<T>): Promise<T> {
  const end = (signal: NodeJS.Signals) => {
    // Also end the command that is being waited for.
    requestExit(signal as keyof typeof signalExits);
    const exit = signalExits[signal as keyof typeof signalExits];
    const message = 'Interrupted. Run handroll-tour cleanup again to remove the rest.';
    if (json) io.json({ type: 'result', ok: false, error: message, hint: null, exit });
    else io.err(message);
    process.exit(exit);
  };
  for (const signal of exitSignals) process.on(signal, end);
  try {
    return await work();
  } finally {
    for (const signal of exitSignals) process.off(signal, end);
  }
}

function line({ kind, name, owner }: Leftover): string {
  return printable(`  ${kind.padEnd(11)} ${name}${owner === undefined ? '' : ` (${owner})`}`);
}

function report(left: readonly Leftover[], removed: number, io: Io, json: boolean): void {
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
    const inTheWay = ours.some(({ kind }) => kind !== 'containerd');
    io.out(
      inTheWay
        ? 'A mount or a shell in the working directory is the usual reason. Then run cleanup again.'
        : 'Once that is mended, run cleanup again.',
    );
  }
  if (others.length > 0) {
    io.out('\nLeft alone, because this tour did not make it:');
    for (const each of others) io.out(line(each));
  }
}
