import { existsSync } from 'node:fs';
import { keyOf, type Visit } from '../engine/lesson.ts';
import type { Session } from '../engine/session.ts';
import { proseWidth } from '../text/measure.ts';
import { chop } from '../text/wrap.ts';

/** A while in which the terminal belongs to something else. */
export interface HandOver {
  /** Where one is going to be, and how to come back. */
  readonly words: readonly string[];
  readonly run: () => Promise<number>;
  /** What to say on the screen if it did not go well. */
  readonly failed?: (code: number) => string | undefined;
}

// The module that starts processes is loaded when one is started: the first frame does not wait for it.
async function start(argv: readonly string[], session: Session, env: NodeJS.ProcessEnv) {
  const { handOver } = await import('../host/shell.ts');
  const { dir } = session.host.workspace;
  return handOver(argv, existsSync(dir) ? { env, cwd: dir } : { env });
}

/** The same, where scripts run: what they mounted is there, and what they may do may be done. */
async function startAmongScripts(
  argv: readonly string[],
  session: Session,
  env: NodeJS.ProcessEnv,
) {
  return start(session.host.atTerminal(argv), session, env);
}

/** A shell of the learner's own, with everything the scripts know. */
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

/** Into what the step has made. */
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

/** sudo asks for its password itself; here it only gets the terminal to do so. */
export function unlock(session: Session): HandOver {
  return {
    words: ['sudo asks for your password. Ctrl-C goes back without.'],
    run: async () => {
      const code = await start(['sudo', '-v'], session, process.env);
      if (code === 0 && (await start(['sudo', '-n', 'true'], session, process.env)) !== 0) {
        return forgetful;
      }
      // What sudo says against it is worth reading; whoever said no knows.
      if (code !== 0 && code !== declined) await pause(back, session);
      return code;
    },
    failed: (code) => {
      if (code === forgetful) {
        return 'sudo asks for your password with every command here (timestamp_timeout=0). Without root none is needed: start the tour with --privilege rootless.';
      }
      return code === 0 || code === declined
        ? undefined
        : 'sudo was not convinced. Nothing was changed.';
    },
  };
}

/** What is missing, installed before the learner's eyes, once they have seen the commands. */
export async function installation(session: Session): Promise<HandOver | string> {
  const [{ prerequisites }, { install, planInstall }] = await Promise.all([
    import('../host/preflight/tools.ts'),
    import('../host/preflight/install.ts'),
  ]);
  const plan = planInstall(await prerequisites(), session.host.privilege);
  if (plan.instead !== undefined) return plan.instead;
  if (plan.commands.length === 0) return 'Nothing is missing that a package could bring.';
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
      // Whoever installs something wants to read what was printed.
      await pause(back, session);
      return code;
    },
    failed: (code) =>
      code === 0 || code === declined ? undefined : `The installation ended with exit ${code}.`,
  };
}

/** How a command ends that was interrupted with Ctrl-C. */
const declined = 130;
/** No exit code of sudo's: the password was right, and already it would be asked for again. */
const forgetful = 200;
const back = 'Enter goes back to the tour. ';

/** Waits for Enter. @returns 0, or something else after Ctrl-C */
function pause(prompt: string, session: Session): Promise<number> {
  const script = 'read -r -p "$1" _';
  return start(['bash', '-c', script, 'handroll-tour', prompt], session, process.env);
}
