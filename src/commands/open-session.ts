import { ownDigests } from '../../lessons/facts/own-digests.ts';
import { lessons, variables } from '../../lessons/index.ts';
import { keyOf, type Lesson } from '../engine/lesson.ts';
import { openProgress, type Progress } from '../engine/progress.ts';
import { openSession, type Session, type SessionOptions } from '../engine/session.ts';
import { Exit, TourError } from '../errors.ts';
import { type Host, type HostOptions, openHost } from '../host/host.ts';
import { putLearnerFiles } from '../host/learner-files.ts';
import { lock } from '../host/lock.ts';
import { claim } from '../host/ownership.ts';
import { needsRoot, noRootError, sudoForgetsError, sudoNeedsPassword } from '../host/privilege.ts';
import { runInteractive } from '../host/shell.ts';
import { nearest } from '../text/nearest.ts';
import { type Arguments, type Io, textOption } from './command.ts';
import type { OptionName } from './options.ts';
import { didYouMean } from './parse.ts';

/** Opens the host with the common options. */
export function openHostFrom(
  { values }: Arguments,
  more: Pick<HostOptions, 'toClean'> = {},
): Promise<Host> {
  const option = (name: keyof HostOptions & OptionName) => {
    const value = values[name];
    return typeof value === 'string' ? { [name]: value } : {};
  };
  return openHost({
    ...more,
    ...option('workdir'),
    ...option('namespace'),
    ...option('containerd'),
    ...option('address'),
    ...option('privilege'),
  });
}

/**
 * Writes a `handroll-tour` command and a file to source into a claimed working directory, for the
 * learner's other terminals. The file has this call's options on containerd and privilege.
 */
export function equipTerminals({ workspace }: Host, args: Arguments): void {
  const names = ['containerd', 'address', 'privilege'] as const;
  const given = names.flatMap((name) => {
    const value = textOption(args, name);
    return value === undefined ? [] : [[name, value]];
  });
  putLearnerFiles(workspace, process.argv[1] ?? '', Object.fromEntries(given));
}

/** A tour that changes things: its working directory is marked, and locked by this process. */
export interface TourSession {
  readonly session: Session;
  readonly progress: Progress;
  readonly close: () => Promise<void>;
}

/**
 * Locks the working directory and opens a session on it.
 * @param doing what a second process is told is going on: 'A tour', 'handroll-tour run'
 * @throws TourError if the directory isn't ours or is locked
 */
export function openTourSession(
  host: Host,
  doing: string,
  options: Pick<SessionOptions, 'onOutput' | 'onWait' | 'onBug' | 'forScreen'> = {},
): TourSession {
  claim(host.workspace);
  const release = lock(host.workspace, doing);
  const progress = openProgress(host.workspace, { keep: true });
  const session = openSession({ lessons, variables, ownDigests, host, progress, ...options });
  return {
    session,
    progress,
    close: async () => {
      try {
        await session.close();
      } finally {
        release();
      }
    },
  };
}

/** A session that only checks: it locks nothing and writes nothing. */
export function openCheckSession(
  host: Host,
  options: Partial<Pick<SessionOptions, 'lessons' | 'onWait'>> = {},
): { readonly session: Session; readonly progress: Progress } {
  const progress = openProgress(host.workspace, { keep: false });
  return { progress, session: openSession({ lessons, variables, host, progress, ...options }) };
}

/**
 * Asks for sudo's password once, if it will be needed.
 * @throws TourError (exit 4) if it's needed and there is no terminal to ask in
 */
export async function ensureSudo(host: Host, io: Io): Promise<void> {
  if (host.remark !== undefined) io.err(host.remark);
  if (host.privilege !== 'sudo' || !(await sudoNeedsPassword())) return;
  refuseWithoutTerminal(io);
  io.err('These parts need root, and sudo will ask for your password once:');
  for (const [what, why, where] of needsRoot) io.err(`  ${what}: ${why} (${where})`);
  await askPassword();
}

/** Asks again if sudo's ticket has expired. @returns whether it had */
export async function renewSudo(host: Host, io: Io): Promise<boolean> {
  if (host.privilege !== 'sudo' || !(await sudoNeedsPassword())) return false;
  refuseWithoutTerminal(io);
  io.err('sudo has forgotten your password, and asks for it again.');
  await askPassword();
  return true;
}

function refuseWithoutTerminal(io: Io): void {
  if (io.tty) return;
  throw new TourError('sudo wants a password, and there is no terminal to ask in.', {
    hint: 'Run it in a terminal or as root, or do without sudo: --privilege rootless.',
  });
}

async function askPassword(): Promise<void> {
  if ((await runInteractive(['sudo', '-v'], { env: process.env })) !== 0) throw noRootError();
  if (await sudoNeedsPassword()) throw sudoForgetsError();
}

/** Selects lessons or a step by what the user types: 05-import, 05, 05-import/tag. */
export function selectLessons(id: string): Lesson[] {
  const [lessonId = '', ...rest] = id.split('/');
  const stepId = rest.length === 0 ? undefined : rest.join('/');
  const chosen = lessons.filter(
    (lesson) => lesson.id === lessonId || lesson.id.startsWith(`${lessonId}-`),
  );
  const [lesson] = chosen;
  if (lesson === undefined || lessonId === '') {
    const ids = lessons.map((each) => each.id);
    throw new TourError(`There is no lesson '${id}'.`, {
      hint: `${didYouMean(nearest(lessonId, ids))}The lessons are ${ids.join(', ')}.`,
      exit: Exit.usage,
    });
  }
  if (stepId === undefined) return [lesson];
  const step = lesson.steps.find((each) => each.id === stepId);
  if (step === undefined) {
    throw new TourError(`Lesson ${lesson.id} has no step '${stepId}'.`, {
      hint: `Its steps are ${lesson.steps.map((each) => keyOf({ lesson, step: each })).join(', ')}.`,
      exit: Exit.usage,
    });
  }
  return [{ ...lesson, steps: [step] }];
}
