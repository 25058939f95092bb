import { join } from 'node:path';
import { execa } from 'execa';
import type { OwnPlace } from './host.ts';

/** The built command. */
export const cli = join(import.meta.dirname, '../../dist/cli.js');

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An object of `--json` output; the fields depend on its type. */
export type Line = Readonly<Record<string, unknown>> & { readonly type: string };

export interface ProgramOptions {
  /** What the command goes through to get where it runs: `nsenter …`, `setpriv …`. */
  readonly through?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Options of every call; a private containerd unless told otherwise. */
  readonly options?: readonly string[];
  /** The built command, where it is not the one in dist/. */
  readonly file?: string;
}

/** The built command, working where a suite works. */
export function program(
  place: { readonly workdir: string; readonly namespace: string },
  {
    through = [],
    env = {},
    options = ['--containerd', 'private'],
    file = cli,
  }: ProgramOptions = {},
) {
  const start = (...args: string[]) => {
    const argv = [...through, process.execPath, file, ...args, ...options];
    const child = execa(argv[0] ?? '', argv.slice(1), {
      env: { WORKDIR: place.workdir, CTR_NAMESPACE: place.namespace, ...env },
      stdin: 'pipe',
      reject: false,
      stripFinalNewline: false,
    });
    const ended = (async (): Promise<Finished> => {
      const { exitCode, stdout, stderr } = await child;
      return { code: exitCode ?? -1, stdout, stderr };
    })();
    return { child, pid: child.pid ?? 0, ended };
  };
  return {
    /** Starts a command; its standard input is a pipe that stays open. */
    start,
    /** Runs a command to its end, with nothing on its standard input. */
    run: async (...args: string[]): Promise<Finished> => {
      const { child, ended } = start(...args);
      child.stdin.end();
      return ended;
    },
    /** Starts `shell -c` and returns once its command has printed `ready`; end it with `let`. */
    hold: async (command: string) => {
      const { child, pid, ended } = start('shell', '-c', `${command}\necho ready; read -r _ || :`);
      await new Promise<void>((resolve, reject) => {
        child.stdout.on('data', (chunk) => String(chunk).includes('ready') && resolve());
        void ended.then(({ stdout, stderr }) => reject(new Error(`${stdout}\n${stderr}`)));
      });
      return {
        pid,
        letGo: async () => {
          child.stdin.end();
          return ended;
        },
      };
    },
  };
}

export type Program = ReturnType<typeof program>;
export type Started = ReturnType<Program['start']>;

/** Every line of `--json` output, parsed. A line that is no JSON object is an error. */
export function jsonLines(stdout: string): Line[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const value = JSON.parse(line);
      if (typeof value?.type !== 'string') throw new Error(`no type: ${line}`);
      return value;
    });
}

/** What a call with `--json` came to: its code, what it wrote on stderr, and the checks that did not pass. */
export async function judged(of: Program, ...args: string[]) {
  const { code, stdout, stderr } = await of.run(...args, '--json');
  const failed = jsonLines(stdout).filter(
    ({ type, status }) => type === 'check' && status !== 'pass',
  );
  return { code, stderr, failed };
}

/** What `judged` gives where every check passes. */
export const green = { code: 0, stderr: '', failed: [] };

/** The last line of `--json` output. */
export function result(stdout: string): Line | undefined {
  return jsonLines(stdout).at(-1);
}

/** Cleans up, and removes the suite's directory. */
export async function leave(place: OwnPlace): Promise<void> {
  await program(place).run('cleanup');
  place.remove();
}
