import { Exit, ifPossible, TourError } from '../errors.ts';
import { obstacleError } from './preflight/obstacles.ts';
import { type CommandResult, probe, ranOutOfTime } from './shell.ts';
import trial from './user-namespace-trial.sh';

/**
 * How commands that need root get it: the tour is root, uses sudo, or runs them in a user namespace of
 * the learner's, as its root. Chosen once; decides how a script is rendered and where it runs.
 */
export type Privilege = 'root' | 'sudo' | 'rootless';

export const privilegeChoices = ['auto', 'root', 'sudo', 'rootless'] as const;
export type PrivilegeChoice = (typeof privilegeChoices)[number];

/**
 * What needs root, why, and in which lessons: shown before a password is asked for. A test compares it
 * with the lessons' scripts.
 */
export const needsRoot = [
  ['ctr', "containerd's socket belongs to root", 'lessons 0, 5, 7, 8, 10 and 11'],
  ['mount, umount, rm', 'a real overlay is mounted by hand, and unmounted', 'lessons 6 and 11'],
  ['ls, cat, grep, tar', "snapshot directories are root's alone", 'lessons 7 to 9'],
  ['readlink', "a container's process is root's", 'lesson 8'],
  ['unshare, nsenter', 'a private containerd lives in namespaces of its own', 'from lesson 0 on'],
  [
    'kill, find',
    'that containerd is stopped, and its empty control groups are removed',
    'lesson 11',
  ],
] as const;

/** The command as root, for as long as it runs; never asks for a password. */
export function asRoot(privilege: Privilege, argv: readonly string[]): string[] {
  return privilege === 'sudo' ? ['sudo', '-n', '--', ...argv] : [...argv];
}

/**
 * The command as root, for a short query. The caller of sudo can't signal a root process, so it's wrapped
 * in `timeout`.
 */
export function elevated(privilege: Privilege, argv: readonly string[]): string[] {
  if (privilege !== 'sudo') return [...argv];
  return asRoot(privilege, ['timeout', '--kill-after=1', '20', ...argv]);
}

/**
 * The command that sends a signal as root. The `kill` is bash's own, since the program is in procps, which a
 * small Debian doesn't have.
 * @param target a process, or a process group as a negative number
 */
export function elevatedKill(
  privilege: Privilege,
  signal: 'TERM' | 'KILL',
  target: number,
): string[] {
  const kill = ['bash', '-c', 'kill -s "$1" -- "$2"', 'bash', signal, String(target)];
  return elevated(privilege, kill);
}

/** sudo's ticket has expired. The code that has the terminal can ask for the password. */
export class SudoPasswordNeeded extends TourError {
  constructor() {
    super('sudo wants your password before this can go on.', {
      hint: 'Run sudo -v in this terminal, then try again.',
    });
  }
}

/**
 * Refuses what a query printed if it has no answer: it took too long, or sudo wanted a password.
 * @throws TourError
 */
export function refuseUnanswered(argv: readonly string[], ran: CommandResult): void {
  if (ranOutOfTime(ran)) {
    throw obstacleError('tool-hangs', `This didn't end in twenty seconds: ${argv.join(' ')}`);
  }
  if (ran.code !== 0 && /^sudo: a password is required/m.test(ran.stderr)) {
    throw new SudoPasswordNeeded();
  }
}

/** Whether sudo would ask for a password now. */
export async function sudoNeedsPassword(): Promise<boolean> {
  return (await probe(['sudo', '-n', 'true'])).code !== 0;
}

/** What the choice depends on, apart from the machine. */
interface PrivilegeNeeds {
  /** Whether the system's containerd was asked for, which belongs to root. */
  readonly system: boolean;
  /** The privilege that this working directory's private containerd was started with, if it was. */
  readonly startedAs: Privilege | undefined;
}

interface ChosenPrivilege {
  readonly privilege: Privilege;
  /** A remark for the user, if they may not expect this choice. */
  readonly remark?: string;
}

/**
 * Decides how to become root. By default it's sudo as in the article, if that needs no password; then a
 * user namespace, unless the system's containerd is needed; then sudo with a password.
 * @throws TourError (exit 4) if there is no way, naming the lessons that need root
 */
export async function choosePrivilege(
  choice: PrivilegeChoice,
  needs: PrivilegeNeeds,
): Promise<ChosenPrivilege> {
  const root = process.getuid?.() === 0;
  if (root) return { privilege: choice === 'auto' ? 'root' : choice };
  if (choice === 'root') {
    throw new TourError('--privilege root was asked for, but this is not root.', {
      hint: 'Leave the option out, and the tour finds a way: sudo, or a user namespace.',
    });
  }
  const { startedAs, system } = needs;
  if (choice !== 'auto' && startedAs !== undefined && startedAs !== choice)
    throw privilegeChanged(startedAs, choice);
  if (choice !== 'auto') return { privilege: choice === 'sudo' ? await requireSudo() : choice };
  if (startedAs === 'rootless' && !system) return { privilege: startedAs };
  if (startedAs === 'sudo' || system || (await sudoIsPasswordless()))
    return { privilege: await requireSudo() };
  if (await userNamespacesWork()) return { privilege: 'rootless', remark: withoutRoot };
  return { privilege: await requireSudo() };
}

const withoutRoot =
  'No password is needed: the tour works in a user namespace of your own. --privilege sudo takes sudo instead.';

async function requireSudo(): Promise<'sudo'> {
  if ((await probe(['sudo', '-V'])).code === 0) return 'sudo';
  throw noRootError();
}

/** Whether sudo never asks this user for a password; a ticket that happens to be valid doesn't count. */
async function sudoIsPasswordless(): Promise<boolean> {
  return (await probe(['sudo', '-n', '-k', 'true'])).code === 0;
}

async function userNamespacesWork(): Promise<boolean> {
  const own = ['--user', '--map-root-user', '--mount', '--propagation', 'private', '--pid'];
  const argv = ['unshare', ...own, '--fork', '--kill-child', 'sh', '-c', trial];
  return (await probe(argv)).code === 0;
}

function privilegeChanged(begun: Privilege, choice: Privilege): TourError {
  const how = { root: 'as root', sudo: 'with sudo', rootless: 'without root' };
  return new TourError(
    `This working directory was started ${how[begun]}, and can't go on ${how[choice]}.`,
    {
      hint: 'Leave --privilege out; or handroll-tour cleanup first; or name another --workdir DIR.',
    },
  );
}

export function noRootError(): TourError {
  const rows = needsRoot.map(([what, why, where]) => `  ${what}: ${why} (${where})`);
  return new TourError(
    `Parts of the tour need root, and there is no way to become root here.\n${rows.join('\n')}`,
    {
      hint: 'Run it as root; or install sudo and let this user use it; or let this user make user namespaces (handroll-tour doctor says what forbids it).',
      exit: Exit.refused,
    },
  );
}

/** sudo accepts the password and asks for it again at the next command. */
export function sudoForgetsError(): TourError {
  return new TourError('sudo has your password, and asks for it again with every command.', {
    hint: 'Its timestamp_timeout is 0 here, and the tour runs some hundred commands. Without root it needs none: --privilege rootless. Or run it in a shell of root: sudo -s.',
  });
}

/** Keeps sudo's ticket from running out while something is at work. @returns stops doing so */
export function keepSudoTicket(privilege: Privilege): () => void {
  if (privilege !== 'sudo') return () => {};
  const timer = setInterval(() => void ifPossible(probe(['sudo', '-n', '-v'])), 60_000);
  timer.unref();
  return () => clearInterval(timer);
}
