import { rmSync } from 'node:fs';
import { lessons } from '../../lessons/index.ts';
import { placesOf } from '../engine/lesson.ts';
import { Exit, type ExitCode, ifPossible } from '../errors.ts';
import { type Host, neverStarted } from '../host/host.ts';
import { inventory, type Left } from '../host/inventory.ts';
import { ownership, refuseForeign } from '../host/workspace.ts';
import { counted } from '../text/words.ts';
import type { Command, Io } from './command.ts';
import { becomeAble, beginWork, hostFrom } from './opening.ts';
import { noTally } from './results.ts';
import { interruptible, perform } from './run.ts';

export const cleanup: Command = {
  description: `Removes everything the tour made, from whatever state it is in: containers, images, snapshots, the
namespace, mounts, a private containerd, the working directory. Then looks for what is left.
Removes nothing that does not bear the tour's mark. Doing it twice does no harm.`,
  run: async (args, io) => {
    const json = args.values.json === true;
    const host = await hostFrom(args);
    refuseForeign(host.workspace);
    await becomeAble(host, io);
    const before = await everything(host);
    // What the steps say on the way: with --json it is worth telling only if something stayed.
    const said: string[] = [];
    let interrupted: ExitCode | undefined;
    if (before.length > 0) {
      if (!json) {
        io.out('This goes:');
        for (const { kind, name } of before) io.out(`  ${kind.padEnd(11)} ${name}`);
      }
      interrupted = await removeAll(host, json ? { ...io, out: (line) => said.push(line) } : io);
    }
    const left = await inventory(host);
    const removed = before.filter(
      ({ kind, name }) => !left.some((each) => each.kind === kind && each.name === name),
    ).length;
    if (left.length > 0) for (const line of said) io.err(line);
    report(left, removed, io, json);
    host.close();
    return interrupted ?? (left.length === 0 ? Exit.good : Exit.finding);
  },
};

/** All there is. What a private containerd holds can only be asked while it runs, so it is started. */
async function everything(host: Host): Promise<Left[]> {
  if (!neverStarted(host) && ownership(host.workspace) === 'ours') {
    // One that does not come up any more holds nothing but files, and those go as well.
    await ifPossible(host.containerd());
  }
  return inventory(host);
}

/** @returns what to end with, if it was interrupted */
async function removeAll(host: Host, io: Io): Promise<ExitCode | undefined> {
  // Nothing of ours may be in the directory's place, and yet something in containerd.
  const fresh = ownership(host.workspace) === 'absent';
  const work = beginWork(host, 'handroll-tour cleanup');
  const interruption = interruptible(work);
  try {
    const tally = noTally();
    for (const place of placesOf(lessons.filter(({ undoes }) => undoes))) {
      if (!(await perform(work, place, tally, io, false)) || interruption.exit()) break;
    }
    return interruption.exit();
  } finally {
    interruption.stop();
    await work.close();
    if (fresh) rmSync(host.workspace.dir, { recursive: true, force: true });
  }
}

function report(left: readonly Left[], removed: number, io: Io, json: boolean): void {
  if (json) {
    for (const { kind, name } of left) io.json({ type: 'left', kind, name });
    io.json({ type: 'result', ok: left.length === 0, removed });
    return;
  }
  if (left.length === 0) {
    io.out(
      removed === 0
        ? 'Nothing of the tour is here.'
        : `\nNothing is left: ${counted(removed, 'thing')} removed.`,
    );
    return;
  }
  io.out('\nStill there:');
  for (const { kind, name } of left) io.out(`  ${kind.padEnd(11)} ${name}`);
  io.out(
    'A mount or a shell in the working directory is the usual reason. Then run cleanup again.',
  );
}
