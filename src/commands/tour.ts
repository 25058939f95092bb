import type { Session } from '../engine/session.ts';
import type { ExitCode } from '../errors.ts';
import { sourceLine } from '../host/learner-files.ts';
import { dialectOf } from '../host/user-shell/shell-dialect.ts';
import { locate } from '../host/workspace.ts';
import { keyFor } from '../ui/keymap.ts';
import { asciiSymbols } from '../ui/symbols.ts';
import { type Arguments, type Command, type Io, textOption } from './command.ts';
import { importScreen, requireScreen } from './screens.ts';

export const tour: Command = {
  description: `Opens the tour in this terminal, at the first step that does not hold on this machine. Every script
is shown before it runs; ${keyFor('quit', { symbols: asciiSymbols })} leaves at any time, and the next start goes on from there.`,
  run,
};

async function run(args: Arguments, io: Io): Promise<ExitCode> {
  requireScreen(
    io,
    'The tour',
    'handroll-tour run performs every step, check only looks, list shows which steps hold.',
  );
  const { openTour } = await importScreen(() => import('../ui/tour.tsx'));
  return openTour({
    open: (onBug) => open(args, onBug),
    glossary: async () => (await import('../../lessons/glossary.ts')).glossary,
    explorer: async () => (await import('../explorer/in-tour.ts')).explorerInTour,
    lab: async () => (await import('./lab-in-tour.ts')).labInTour(args),
    otherTerminal: otherTerminal(args),
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    color: args.values['no-color'] !== true,
    ascii: args.values.ascii === true,
    opening: true,
  });
}

/** The command to paste into another terminal, in the syntax of the learner's shell. */
function otherTerminal(args: Arguments): string {
  const named = (name: 'workdir' | 'namespace') => {
    const value = textOption(args, name);
    return value === undefined ? {} : { [name]: value };
  };
  const workspace = locate({ ...named('workdir'), ...named('namespace') });
  return sourceLine(workspace, dialectOf(process.env.SHELL ?? ''));
}

/** Loads all the slow modules, while the first frame is already on the screen. */
async function open(args: Arguments, onBug: (error: unknown) => void): Promise<Session> {
  const [
    { openTourSession, equipTerminals, openHostFrom },
    { keyOf },
    { positionOf },
    { keepSudoTicket },
  ] = await Promise.all([
    import('./open-session.ts'),
    import('../engine/lesson.ts'),
    import('../engine/update.ts'),
    import('../host/privilege.ts'),
  ]);
  const host = await openHostFrom(args);
  const work = openTourSession(host, 'A tour', { onBug, forScreen: true });
  const stopTicket = keepSudoTicket(host.privilege);
  const { session } = work;
  const close = async () => {
    stopTicket();
    await work.close();
  };
  try {
    equipTerminals(host, args);
    session.dispatch({ type: 'survey' });
    await session.settled();
  } catch (error) {
    await close();
    throw error;
  }
  const position = positionOf(session.getSnapshot());
  session.dispatch({ type: 'open', key: keyOf(position), observe: true });
  session.watch();
  return { ...session, close };
}
