import { Exit, TourError } from '../errors.ts';
import { probe } from './shell.ts';

/**
 * How commands that need root get it: they have it, they ask sudo, or they run in a user namespace of
 * the learner's, which has a root of its own. Chosen once; decides how a script is rendered and where it
 * runs.
 */
export type Privilege = 'root' | 'sudo' | 'rootless';

export const privilegeChoices = ['auto', 'root', 'sudo', 'rootless'] as const;
export type PrivilegeChoice = (typeof privilegeChoices)[number];

/** What needs root, and why: shown before a password is asked for, and when there is no way to it. */
export const needsRoot = [
  ['ctr', "containerd's socket belongs to root", 'lessons 00, 05, 07, 08 and 11'],
  ['mount, umount', 'a real overlay is mounted by hand', 'lesson 06'],
  ['tar, cat', "snapshot directories are root's alone", 'lessons 07 to 09'],
  ['unshare, nsenter', 'a private containerd lives in namespaces of its own', 'from lesson 00 on'],
] as const;

/** The same command with the privilege it needs, to stay; never asks for a password. */
export function asRoot(privilege: Privilege, argv: readonly string[]): string[] {
  return privilege === 'sudo' ? ['sudo', '-n', '--', ...argv] : [...argv];
}

/**
 * The same command with the privilege it needs, to look at something. What runs as root cannot be
 * killed by who called sudo, so it brings its own end along.
 */
export function elevated(privilege: Privilege, argv: readonly string[]): string[] {
  if (privilege !== 'sudo') return [...argv];
  return asRoot(privilege, ['timeout', '--kill-after=1', '20', ...argv]);
}

/** Nothing is wrong, but sudo's ticket has run out: whoever has the terminal can ask for it. */
export class PasswordWanted extends TourError {
  constructor() {
    super('sudo wants your password before this can go on.', {
      hint: 'Run sudo -v in this terminal, then try again.',
    });
  }
}

/** Whether sudo would ask for a password now. */
export async function sudoAsks(): Promise<boolean> {
  return (await probe(['sudo', '-n', 'true'])).code !== 0;
}

/**
 * Decides how to become root.
 * @throws TourError (exit 4) where there is no way, naming the lessons that need it
 */
export async function choosePrivilege(choice: PrivilegeChoice): Promise<Privilege> {
  const root = process.getuid?.() === 0;
  if (choice === 'rootless') return 'rootless';
  if (choice === 'root' && !root) {
    throw new TourError('--privilege root was asked for, but this is not root.', {
      hint: 'Leave the option out, and the tour takes sudo.',
    });
  }
  if (root && choice !== 'sudo') return 'root';
  if ((await probe(['sudo', '-V'])).code === 0) return 'sudo';
  throw noWayToRoot();
}

export function noWayToRoot(): TourError {
  const rows = needsRoot.map(([what, why, where]) => `  ${what}: ${why} (${where})`);
  return new TourError(
    `Parts of the tour need root, and there is no way to become root here.\n${rows.join('\n')}`,
    {
      hint: 'Run it as root, or install sudo and let this user use it. Lessons 01 to 04 can be read and checked without.',
      exit: Exit.refused,
    },
  );
}

/** Keeps sudo's ticket from running out while something is at work. @returns stops doing so */
export function keepTicket(privilege: Privilege): () => void {
  if (privilege !== 'sudo') return () => {};
  const timer = setInterval(() => void probe(['sudo', '-n', '-v']), 60_000);
  timer.unref();
  return () => clearInterval(timer);
}
