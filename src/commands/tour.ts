import { basename, resolve } from 'node:path';
import type { Session } from '../engine/session.ts';
import { Exit, type ExitCode, TourError } from '../errors.ts';
import { quoted } from '../host/quoted.ts';
import { keyFor } from '../ui/keymap.ts';
import { asciiSymbols } from '../ui/symbols.ts';
import type { Arguments, Command, Io } from './command.ts';
import { forPeople } from './for-people.ts';

export const tour: Command = {
  usage: `Usage: handroll-tour [tour] [OPTIONS]

Opens the tour in this terminal, at the first step that does not hold on this machine. Every script
is shown before it runs; ${keyFor('quit', { symbols: asciiSymbols })} leaves at any time, and the next start goes on from there.`,
  run,
};

async function run(args: Arguments, io: Io): Promise<ExitCode> {
  if (!io.tty) {
    throw new TourError('The tour needs a terminal to draw on and a keyboard to listen to.', {
      hint: 'Without one: handroll-tour run performs every step, check only looks, list says where things stand.',
      exit: Exit.refused,
    });
  }
  const { openTour } = await forPeople(() => import('../ui/tour.tsx'));
  return openTour({
    open: (onBug) => open(args, onBug),
    glossary: async () => (await import('../../lessons/glossary.ts')).glossary,
    explorer: async () => (await import('../explorer/in-tour.ts')).explorerInTour,
    otherTerminal: otherTerminal(args, process.env),
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    color: args.values['no-color'] !== true,
    ascii: args.values.ascii === true,
  });
}

/** What to paste into another terminal, which knows nothing of how the tour was called here. */
function otherTerminal({ values }: Arguments, env: NodeJS.ProcessEnv): string {
  const called = env.npm_command === 'exec' ? 'npx handroll-tour' : 'handroll-tour';
  const given = { workdir: env.WORKDIR, namespace: env.CTR_NAMESPACE, ...values };
  const options = ['workdir', 'namespace', 'containerd', 'address', 'privilege'].flatMap((name) => {
    const value = given[name as keyof typeof given];
    if (typeof value !== 'string' || value === '') return [];
    // A relative one means something else over there.
    return [`--${name}`, simple(name === 'workdir' ? resolve(value) : value)];
  });
  const command = [called, 'env', ...options].join(' ');
  return basename(env.SHELL ?? '') === 'fish' ? `${command} | source` : `eval "$(${command})"`;
}

/** As it is, where a shell takes it as it is. */
function simple(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : quoted(value);
}

/** All that takes its time is loaded here, while the first frame is already on the screen. */
async function open(args: Arguments, onBug: (error: unknown) => void): Promise<Session> {
  const [{ beginWork, hostFrom }, { keyOf }, { positionOf }, { keepTicket }] = await Promise.all([
    import('./opening.ts'),
    import('../engine/lesson.ts'),
    import('../engine/transition.ts'),
    import('../host/privilege.ts'),
  ]);
  const host = await hostFrom(args);
  const work = beginWork(host, 'A tour', { onBug });
  const stopTicket = keepTicket(host.privilege);
  const { session } = work;
  const close = async () => {
    stopTicket();
    await work.close();
  };
  try {
    session.dispatch({ type: 'survey' });
    await session.settled();
  } catch (error) {
    await close();
    throw error;
  }
  const position = positionOf(session.getSnapshot());
  session.dispatch({ type: 'open', key: keyOf(position), look: true });
  session.watch();
  return { ...session, close };
}
