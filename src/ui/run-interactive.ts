import { existsSync } from 'node:fs';
import { keyOf, type Visit } from '../engine/lesson.ts';
import type { Session } from '../engine/session.ts';
import { plain, unknownWords, withKeys } from '../engine/text.ts';
import type { State } from '../engine/update.ts';
import { ifPossible } from '../errors.ts';
import { proseWidth } from '../text/measure.ts';
import { chop } from '../text/wrap.ts';
import { keyInTour } from './keymap.ts';
import type { PaneProgram } from './pane/panes.ts';

/** Lends the terminal to another program for a while. */
export interface InteractiveCommand {
  /** What is shown first: where the learner will be, and how to come back. */
  readonly words: readonly string[];
  readonly run: () => Promise<number>;
  /** What to say on the screen if it failed. */
  readonly failed?: (code: number) => string | undefined;
}

// The module that starts processes is loaded on first use, so that the first frame needn't wait for it.
async function runHere(argv: readonly string[], session: Session, env: NodeJS.ProcessEnv) {
  const { runInteractive } = await import('../host/shell.ts');
  const { dir } = session.host.workspace;
  return runInteractive(argv, existsSync(dir) ? { env, cwd: dir } : { env });
}

/** Starts a program in the scripts' namespaces: it sees their mounts and has their privileges. */
async function runWhereScriptsDo(
  argv: readonly string[],
  session: Session,
  env: NodeJS.ProcessEnv,
) {
  return runHere(session.host.atTerminal(argv), session, env);
}

/** The learner's own shell, with all variables of the scripts. */
export async function learnerShell(session: Session): Promise<InteractiveCommand> {
  const [host, known] = await Promise.all([
    import('../host/user-shell/user-shell.ts'),
    session.variables(),
  ]);
  const state = session.getSnapshot();
  const { at } = state;
  const key = keyOf(at);
  const { name, argv, env, showsPrompt } = host.userShell(session.host, known, '(tour) ');
  const unknown = (at.step.uses ?? []).flatMap((fact) => {
    const { variable, from } = fact;
    if (variable === undefined || variable in known) return [];
    return [`${variable} is ${unknownWords(fact)}: ${from}.`];
  });
  return {
    words: [
      `${key}: ${at.step.title}`,
      '',
      ...(at.step.goal === undefined ? session.scriptOf(at).split('\n') : goalRows(state)).map(
        (each) => `  ${each}`,
      ),
      '',
      ...unknown,
      `${name}, with the variables of the script. exit goes back to the tour.`,
      ...(showsPrompt ? [] : [`The prompt of ${name} stays as it is.`]),
      '',
    ],
    run: () => runHere(argv, session, env),
    failed: (code) => shellFailure(name, code),
  };
}

/** The learner's own shell, for the pane beside the page. That tells what to do, and the pane how to go. */
export async function shellInPane(session: Session): Promise<PaneProgram> {
  const [host, known] = await Promise.all([
    import('../host/user-shell/user-shell.ts'),
    session.variables(),
  ]);
  const { name, argv, env } = host.userShell(session.host, known, '', { stays: true });
  host.tellVariables(session.host, known);
  return { name, argv, env, cwd: workingDirectory(session), words: [] };
}

/**
 * Tells the shell in the pane what becomes known, as steps are done beside it.
 * @returns stops it
 */
export function keepShellInformed(session: Session): () => void {
  let before = '';
  const look = async () => {
    const { at, phase } = session.getSnapshot();
    const now = `${keyOf(at)} ${phase === 'passed'}`;
    if (now === before) return;
    before = now;
    const { tellVariables } = await import('../host/user-shell/user-shell.ts');
    const known = await session.variables();
    // Another step may have been done meanwhile.
    if (now === before) tellVariables(session.host, known);
  };
  return session.subscribe(() => void ifPossible(look()));
}

/** The step's visit, for the pane. */
export function visitInPane(session: Session, { script, leave, label }: Visit): PaneProgram {
  const text = session.rendered(script);
  return {
    name: label,
    argv: session.host.atTerminal(['bash', '-euo', 'pipefail', '-c', text]),
    env: session.host.environment(),
    cwd: workingDirectory(session),
    words: [...text.split('\n'), `${leave} brings you back.`, ''],
  };
}

function workingDirectory({ host }: Session): string {
  const { dir } = host.workspace;
  return existsSync(dir) ? dir : process.cwd();
}

/** What to say when a shell ends. Its exit code is its last command's, so 127 can be a mistyped command. */
export function shellFailure(name: string, code: number): string | undefined {
  return code === 126 || code === 127
    ? `${name} ended with exit code ${code}. It didn't start, or its last command didn't.`
    : undefined;
}

/** What a task asks for, without its solution. */
function goalRows({ at, facts }: State): string[] {
  const known = at.step.goal?.map((part) =>
    typeof part === 'string' ? part.replaceAll('`', '') : part,
  );
  const told = withKeys(plain(known ?? [], facts), keyInTour);
  return told.split('\n').flatMap((each) => chop(each, proseWidth - 2));
}

/** Runs the step's visit, such as a shell in the container that it made. */
export function visit(session: Session, { script, leave }: Visit): InteractiveCommand {
  const text = session.rendered(script);
  return {
    words: [text, '', `${leave} brings you back to the tour.`],
    run: () =>
      runWhereScriptsDo(
        ['bash', '-euo', 'pipefail', '-c', text],
        session,
        session.host.environment(),
      ),
  };
}

/** Gives sudo the terminal, so that it can ask for its password. */
export function unlock(session: Session): InteractiveCommand {
  return {
    words: ['sudo asks for your password. Ctrl-C goes back without it.'],
    run: async () => {
      const code = await runHere(['sudo', '-v'], session, process.env);
      if (code === 0 && (await runHere(['sudo', '-n', 'true'], session, process.env)) !== 0) {
        return askedAgainExit;
      }
      // Wait so that sudo's message can be read, unless the user pressed Ctrl-C.
      if (code !== 0 && code !== interruptedExit) await pause(backPrompt, session);
      return code;
    },
    failed: (code) => {
      if (code === askedAgainExit) {
        return 'sudo asks for your password with every command here (timestamp_timeout=0). To do without sudo, start the tour with --privilege rootless.';
      }
      return code === 0 || code === interruptedExit
        ? undefined
        : "sudo didn't accept that. Nothing was changed.";
    },
  };
}

/** Installs what is missing, after showing the commands to the learner. */
export async function installation(session: Session): Promise<InteractiveCommand | string> {
  const [{ prerequisites }, { install, planInstall }] = await Promise.all([
    import('../host/preflight/tools.ts'),
    import('../host/preflight/install.ts'),
  ]);
  const plan = planInstall(await prerequisites(), session.host.privilege);
  if (plan.instead !== undefined) return plan.instead;
  if (plan.commands.length === 0) return 'No package could install what is missing.';
  return {
    words: [
      'This installs what is missing:',
      '',
      ...plan.commands.map((each) => `  ${each}`),
      '',
      ...(plan.note === undefined ? [] : [...chop(plan.note, proseWidth), '']),
    ],
    run: async () => {
      const agreed = await pause('Enter runs it, Ctrl-C goes back. ', session);
      if (agreed !== 0) return interruptedExit;
      const code = await install(plan);
      // Wait so that the output can be read.
      await pause(backPrompt, session);
      return code;
    },
    failed: (code) =>
      code === 0 || code === interruptedExit
        ? undefined
        : `The installation failed with exit code ${code}.`,
  };
}

/** The exit code of a command that was interrupted with Ctrl-C. */
const interruptedExit = 130;
/** Not one of sudo's exit codes: the password was right, but sudo forgets it at once. */
const askedAgainExit = 200;
const backPrompt = 'Enter goes back to the tour. ';

/** Waits for Enter. @returns 0, or something else after Ctrl-C */
function pause(prompt: string, session: Session): Promise<number> {
  const script = 'read -r -p "$1" _';
  return runHere(['bash', '-c', script, 'handroll-tour', prompt], session, process.env);
}
