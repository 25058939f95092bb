import type { Session } from '../engine/session.ts';
import { Exit, type ExitCode, TourError } from '../errors.ts';
import type { Arguments, Command, Io } from './command.ts';

export const tour: Command = {
  summary: 'open the tour where the host says you are',
  usage: `Usage: handroll-tour [tour] [OPTIONS]

Opens the tour in this terminal, at the first step that does not hold on this machine. Every script
is shown before it runs; q leaves at any time, and the next start goes on from there.`,
  run,
};

type Values = Arguments['values'];

async function run({ values }: Arguments, io: Io): Promise<ExitCode> {
  if (!io.tty) {
    throw new TourError('The tour needs a terminal to draw on and a keyboard to listen to.', {
      hint: 'Without one: `handroll-tour run` performs every step, `check` only looks, `list` says where things stand.',
      exit: Exit.refused,
    });
  }
  const { openTour } = await forPeople(() => import('../ui/tour.tsx'));
  return openTour({
    open: (onBug) => open(values, onBug),
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    color: values['no-color'] !== true,
    ascii: values.ascii === true,
  });
}

/** Ink, when it is loaded, believes CI to have no screen. Somebody sits at this one. */
async function forPeople<T>(load: () => Promise<T>): Promise<T> {
  const { CI, CONTINUOUS_INTEGRATION } = process.env;
  delete process.env.CI;
  delete process.env.CONTINUOUS_INTEGRATION;
  try {
    return await load();
  } finally {
    if (CI !== undefined) process.env.CI = CI;
    if (CONTINUOUS_INTEGRATION !== undefined) {
      process.env.CONTINUOUS_INTEGRATION = CONTINUOUS_INTEGRATION;
    }
  }
}

function hostOptions(values: Values) {
  const names = ['workdir', 'namespace', 'containerd', 'address', 'privilege'] as const;
  return Object.fromEntries(
    names.flatMap((name) => (typeof values[name] === 'string' ? [[name, values[name]]] : [])),
  ) as { readonly [name in (typeof names)[number]]?: string };
}

/** All that takes its time is loaded here, while the first frame is already on the screen. */
async function open(values: Values, onBug: (error: unknown) => void): Promise<Session> {
  const [{ openHost }, workspaces, { openProgress }, { openSession }, transitions, all] =
    await Promise.all([
      import('../host/host.ts'),
      import('../host/workspace.ts'),
      import('../engine/progress.ts'),
      import('../engine/session.ts'),
      import('../engine/transition.ts'),
      import('../../lessons/index.ts'),
    ]);
  const host = await openHost(hostOptions(values));
  workspaces.claim(host.workspace);
  const release = workspaces.lock(host.workspace, 'a tour');
  try {
    const session = await openSession({
      lessons: all.lessons,
      host,
      progress: openProgress(host.workspace, { keep: true }),
      variables: all.variables,
      onBug,
    });
    session.dispatch({ type: 'survey' });
    await session.settled();
    const { keyOf } = await import('../engine/lesson.ts');
    const key = keyOf(transitions.positionOf(session.getSnapshot()));
    session.dispatch({ type: 'open', key, look: true });
    return { ...session, close: () => session.close().finally(release) };
  } catch (error) {
    host.close();
    release();
    throw error;
  }
}
