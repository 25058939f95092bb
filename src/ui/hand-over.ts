import { existsSync } from 'node:fs';
import type { Visit } from '../engine/lesson.ts';
import type { Session } from '../engine/session.ts';

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

/** A shell of the learner's own, with everything the scripts know. */
export function ownShell(session: Session, env: NodeJS.ProcessEnv): HandOver {
  const shell = env.SHELL && existsSync(env.SHELL) ? env.SHELL : '/bin/sh';
  return {
    words: [
      `A shell in ${session.host.workspace.dir}, with the names the scripts use.`,
      'exit brings you back to the tour, and the step is checked again.',
    ],
    run: async () => start([shell], session, await session.environment()),
    failed: (code) =>
      code === 126 || code === 127 ? `\`${shell}\` did not start (exit ${code}).` : undefined,
  };
}

/** Into what the step has made. */
export function visit(session: Session, { script, leave }: Visit): HandOver {
  const text = session.rendered(script);
  return {
    words: [text, leave],
    run: () => start(['bash', '-euo', 'pipefail', '-c', text], session, session.host.environment()),
  };
}

/** sudo asks for its password itself; here it only gets the terminal to do so. */
export function unlock(session: Session): HandOver {
  return {
    words: ['sudo asks for your password. Ctrl-C goes back without.'],
    run: () => start(['sudo', '-v'], session, process.env),
    failed: (code) => (code === 0 ? undefined : 'sudo was not convinced. Nothing was changed.'),
  };
}

/** What is missing, installed before the learner's eyes, once they have seen the commands. */
export async function installation(session: Session): Promise<HandOver | undefined> {
  const [{ prerequisites }, { installCommands, thisDistribution }] = await Promise.all([
    import('../host/tools.ts'),
    import('../host/packages.ts'),
  ]);
  const needed = await prerequisites();
  const missing = needed.filter(({ status }) => status !== 'ok').map(({ id }) => id);
  const distribution = thisDistribution();
  const commands = installCommands(distribution, missing);
  if (commands === undefined || commands.length === 0) return undefined;
  const sudo = session.host.privilege === 'sudo' ? 'sudo ' : '';
  const script = commands.map((command) => `${sudo}${command}`).join('\n');
  const asked = `
    read -r -p 'Enter runs this, Ctrl-C goes back. ' _ || exit 130
    ${script.split('\n').join('\n    ')}`;
  return {
    words: [`Missing on ${distribution.name}: ${missing.join(', ')}.`, '', script, ''],
    run: async () => {
      const code = await start(['bash', '-euo', 'pipefail', '-c', asked], session, process.env);
      // Whoever said no has seen enough; whoever said yes wants to read what was printed.
      if (code !== 130) await start(['bash', '-c', pause], session, process.env);
      return code;
    },
    failed: (code) =>
      code === 0 || code === 130 ? undefined : `The installation ended with exit ${code}.`,
  };
}

const pause = "read -r -p 'Enter goes back to the tour. ' _";
