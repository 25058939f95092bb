import { existsSync } from 'node:fs';
import { keyOf, type Visit } from '../engine/lesson.ts';
import type { Session } from '../engine/session.ts';
import { proseWidth } from '../text/measure.ts';
import { chop } from '../text/wrap.ts';

/** Lends the terminal to another program for a while. */
export interface HandOver {
  /** What is shown first: where the learner will be, and how to come back. */
  readonly words: readonly string[];
  readonly run: () => Promise<number>;
  /** What to say on the screen if it failed. */
  readonly failed?: (code: number) => string | undefined;
}

// The module that starts processes is loaded on first use, so that the first frame needn't wait for it.
async function start(argv: readonly string[], session: Session, env: NodeJS.ProcessEnv) {
  const { handOver } = await import('../host/shell.ts');
  const { dir } = session.host.workspace;
  return handOver(argv, existsSync(dir) ? { env, cwd: dir } : { env });
}

/** Starts a program in the scripts' namespaces: it sees their mounts and has their privileges. */
async function startAmongScripts(
  argv: readonly string[],
  session: Session,
  env: NodeJS.ProcessEnv,
) {
  return start(session.host.atTerminal(argv), session, env);
}

/** The learner's own shell, with all variables of the scripts. */
export async function ownShell(session: Session): Promise<HandOver> {
  const [host, known] = await Promise.all([
    import('../host/user-shell/own-shell.ts'),
    session.variables(),
  ]);
  const { at } = session.getSnapshot();
  const key = keyOf(at);
  const { name, argv, env, prompts } = host.ownShell(
    session.host,
    known,
    `(${key}, exit goes back) `,
  );
  const unknown = (at.step.uses ?? []).flatMap(({ variable, from }) =>
    variable === undefined || variable in known ? [] : [`${variable} is not known yet: ${from}.`],
  );
  return {
    words: [
      `${key}: ${at.step.title}`,
      '',
      ...session
        .scriptOf(at)
        .split('\n')
        .map((each) => `  ${each}`),
      '',
      ...unknown,
      `Do it your own way: ${name} in ${session.host.workspace.dir}, with the names that the script uses.`,
      ...(prompts ? [] : [`The prompt of ${name} stays as it is.`]),
      'exit goes back to the tour, which looks at what is there then.',
      '',
    ],
    run: () => start(argv, session, env),
    failed: (code) =>
      code === 126 || code === 127 ? `${name} did not start (exit ${code}).` : undefined,
  };
}

/** Runs the step's visit, such as a shell in the container that it made. */
export function visit(session: Session, { script, leave }: Visit): HandOver {
  const text = session.rendered(script);
  return {
    words: [text, '', `${leave} brings you back to the tour.`],
    run: () =>
      startAmongScripts(
        ['bash', '-euo', 'pipefail', '-c', text],
        session,
        session.host.environment(),
      ),
  };
}

/** Gives sudo the terminal, so that it can ask for its password. */
export function unlock(session: Session): HandOver {
  return {
    words: ['sudo asks for your password. Ctrl-C goes back without it.'],
    run: async () => {
      const code = await start(['sudo', '-v'], session, process.env);
      if (code === 0 && (await start(['sudo', '-n', 'true'], session, process.env)) !== 0) {
        return forgetful;
      }
      // Wait so that sudo's message can be read, unless the user pressed Ctrl-C.
      if (code !== 0 && code !== declined) await pause(back, session);
      return code;
    },
    failed: (code) => {
      if (code === forgetful) {
        return 'sudo asks for your password with every command here (timestamp_timeout=0). To do without sudo, start the tour with --privilege rootless.';
      }
      return code === 0 || code === declined
        ? undefined
        : "sudo didn't accept that. Nothing was changed.";
    },
  };
}

/** Installs what is missing, after showing the commands to the learner. */
export async function installation(session: Session): Promise<HandOver | string> {
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
      if (agreed !== 0) return declined;
      const code = await install(plan);
      // Wait so that the output can be read.
      await pause(back, session);
      return code;
    },
    failed: (code) =>
      code === 0 || code === declined
        ? undefined
        : `The installation failed with exit code ${code}.`,
  };
}

/** The exit code of a command that was interrupted with Ctrl-C. */
const declined = 130;
/** Not one of sudo's exit codes: the password was right, but sudo forgets it at once. */
const forgetful = 200;
const back = 'Enter goes back to the tour. ';

/** Waits for Enter. @returns 0, or something else after Ctrl-C */
function pause(prompt: string, session: Session): Promise<number> {
  const script = 'read -r -p "$1" _';
  return start(['bash', '-c', script, 'handroll-tour', prompt], session, process.env);
}
