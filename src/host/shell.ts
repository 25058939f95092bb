import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { Exit, failedWith, TourError } from '../errors.ts';
import { exitSignal, requestExit, requestedExit } from '../signals.ts';
import { knownEnvironment, underKnownUmask } from './environment.ts';
import intoLog from './into-log.sh';
import onceGuarded from './once-guarded.sh';
import runScriptLines from './run-script.sh';
import { shortageIn, shortageOf } from './shortage.ts';
import { guardTerminal, terminalGuard } from './user-shell/terminal-guard.ts';
import whileHeld from './while-held.sh';

/** How a command ended. If a signal ended it, `code` is 128 plus its number. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The largest file or output that is read, in bytes: a hundred times what the tour makes. */
export const maxReadBytes = 256 * 1024 ** 2;

interface ProbeOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Seconds after which the command is killed. */
  readonly seconds?: number;
  /** Run it even after a signal has told us to exit. */
  readonly evenWhenExiting?: boolean;
}

/** A signal has told us to end, so what was asked has no answer. */
export class Interrupted extends TourError {
  constructor() {
    super('It was interrupted.', { exit: requestedExit() ?? Exit.interrupted });
  }
}

function exitCode(result: { exitCode?: number; signal?: string }): number {
  if (result.exitCode !== undefined) return result.exitCode;
  const signal = result.signal as NodeJS.Signals | undefined;
  return signal === undefined ? 127 : 128 + constants.signals[signal];
}

/**
 * Runs a tool as a query. Failing is an answer (`code`), not an exception; a command that doesn't exist
 * has code 127.
 * @throws Shortage if the machine couldn't start it, and Interrupted if we were told to end before it had
 * ended, since those aren't answers
 */
export async function probe(
  argv: readonly string[],
  options: ProbeOptions = {},
): Promise<CommandResult> {
  const { code, stdout, stderr } = await asked(argv, options);
  return { code, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** Whether a query was killed before it had an answer: by us, or by the `timeout` that wraps it under sudo. */
export const ranOutOfTime = ({ code }: CommandResult): boolean => code === 137 || code === 124;

/*
 * The checks run hundreds of queries of a few milliseconds each. So this uses Node's own call: execa
 * takes more than a millisecond longer.
 */
function asked(argv: readonly string[], options: ProbeOptions & { readonly maxBytes?: number }) {
  const [file = '', ...args] = argv;
  const how = {
    env: knownEnvironment(options.env),
    encoding: 'buffer',
    maxBuffer: options.maxBytes ?? 16 * 1024 ** 2,
    killSignal: 'SIGKILL',
    ...(options.evenWhenExiting === true ? {} : { signal: exitSignal }),
  } as const;
  return new Promise<{ code: number; stdout: Buffer; stderr: Buffer }>((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let late = false;
    try {
      const child = execFile(file, args, how, (error, stdout, stderr) => {
        clearTimeout(timer);
        if (error !== null && options.evenWhenExiting !== true && exitSignal.aborted) {
          return reject(new Interrupted());
        }
        const shortage =
          error === null ? undefined : (shortageOf(error) ?? shortageIn(`${stderr}`));
        if (shortage !== undefined) return reject(shortage);
        const { code, signal } = error ?? { code: 0 };
        // A code in letters says why it couldn't be started or was killed.
        const started = typeof code === 'number' ? { exitCode: code } : {};
        const ended = late || signal ? { signal: signal ?? how.killSignal } : started;
        resolve({ code: exitCode(ended), stdout, stderr });
      });
      child.stdin?.end();
      /*
       * Node's own `timeout` doesn't look whether the program has ended in the meantime: on a busy machine, one
       * that had ended well had code 0 and no output. So this reads what has arrived before it looks.
       */
      timer = setTimeout(
        () =>
          setImmediate(() => {
            late = child.exitCode === null && child.signalCode === null;
            child.kill(how.killSignal);
            // Programs that it started may hold them open.
            child.stdout?.destroy();
            child.stderr?.destroy();
          }),
        (options.seconds ?? 20) * 1000,
      );
    } catch (error) {
      // A file that isn't a program, which only an older Node gives to sh.
      if (!failedWith(error, 'ENOEXEC')) throw shortageOf(error) ?? error;
      const nothing = Buffer.alloc(0);
      resolve({ code: 126, stdout: nothing, stderr: nothing });
    }
  });
}

/** The bytes that a command prints; undefined if it fails or prints more than `maxReadBytes`. */
export async function bytesOf(argv: readonly string[]): Promise<Buffer | undefined> {
  const { code, stdout } = await asked(argv, { seconds: 60, maxBytes: maxReadBytes });
  return code === 0 ? stdout : undefined;
}

/** Runs a command with its output going to an open file, for output that doesn't fit into memory. */
export async function intoFile(argv: readonly string[], file: number): Promise<CommandResult> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    env: knownEnvironment(),
    stdio: ['ignore', file, 'pipe'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code, signal] = await once(child, 'close').catch((error) => {
    throw shortageOf(error) ?? error;
  });
  return { code: exitCode(signal ? { signal } : { exitCode: code }), stdout: '', stderr };
}

export interface RunningScript {
  /** Settles when the script and its output have ended. Never rejects. */
  readonly ended: Promise<{ code: number; milliseconds: number; cancelled: boolean }>;
  /**
   * Ends the script and every process it started: SIGTERM to bash, which lets a short command finish and
   * starts no other, then to all of them, at last SIGKILL.
   */
  readonly cancel: () => void;
}

/**
 * Milliseconds after which a cancelled script's command gets SIGTERM too. `ctr tasks exec` takes less; hit
 * before it catches signals, it leaves its pipes in `/run/containerd/fifo`.
 */
const commandTermAfterMs = 150;

/** Milliseconds after which SIGKILL follows, so that everything has ended within a second. */
const killAfterMs = 400;

/**
 * Runs a script exactly as shown, with `bash -euo pipefail`, without standard input.
 *
 * It gets its own process group, so that it can be killed with all its children. Node's `detached` also
 * makes a new session, in which sudo's ticket for this terminal isn't valid; `timeout` makes a group in
 * the same session. (It hands SIGTERM on to the group, but as the learner, who can't signal what sudo started.)
 * @param kill sends a signal to a process, or as kill(2) to the group of a negative one; both may run as root
 */
export function runScript(
  text: string,
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly cwd: string;
    /** Wraps a command to run where scripts run. */
    readonly through?: (argv: readonly string[]) => string[];
    readonly onOutput: (chunk: string) => void;
    /** It may call sudo, whose ticket is for this terminal's session. */
    readonly keepsSession: boolean;
    readonly kill: (target: number, signal: 'TERM' | 'KILL') => void;
  },
): RunningScript {
  const started = performance.now();
  let cancelled = false;
  let insist: NodeJS.Timeout[] = [];
  const plain = ['bash', '-euo', 'pipefail', '-c', runScriptLines, 'bash', text];
  const bash = options.through?.(plain) ?? plain;
  const [file = '', ...args] = options.keepsSession ? ['timeout', '0', ...bash] : bash;
  const child = underKnownUmask(() =>
    execa(file, args, {
      detached: !options.keepsSession,
      env: options.env,
      extendEnv: false,
      cwd: options.cwd,
      stdin: 'ignore',
      buffer: false,
      reject: false,
    }),
  );
  for (const stream of [child.stdout, child.stderr]) {
    const decoder = new TextDecoder();
    stream.on('data', (chunk: Uint8Array) => {
      options.onOutput(decoder.decode(chunk, { stream: true }));
    });
  }
  const ended = (async () => {
    const result = await child;
    insist.forEach(clearTimeout);
    // The script has ended, but what it left in the background doesn't hold our pipe.
    if (cancelled && child.pid !== undefined) options.kill(-child.pid, 'KILL');
    const milliseconds = Math.round(performance.now() - started);
    return { code: exitCode(result), milliseconds, cancelled };
  })();
  const cancel = () => {
    const { pid } = child;
    if (cancelled || pid === undefined) return;
    cancelled = true;
    options.kill(pid, 'TERM');
    insist = [
      setTimeout(() => options.kill(-pid, 'TERM'), commandTermAfterMs),
      setTimeout(() => options.kill(-pid, 'KILL'), killAfterMs),
    ];
  };
  return { ended, cancel };
}

/**
 * Hands the terminal to a command and waits for it. The caller has restored the terminal before.
 *
 * If a signal tells us to exit in the meantime, the terminal is taken back as if it were closed. Ctrl-C
 * is for the command.
 * @param options.finishes pass the signal on and wait: a package manager should finish what it began
 */
export async function runInteractive(
  argv: readonly string[],
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly cwd?: string;
    readonly finishes?: boolean;
  },
): Promise<number> {
  const known = terminalGuard();
  const guard = options.finishes === true ? undefined : guardTerminal();
  let onSignal = (_: NodeJS.Signals) => {};
  const reclaimed = new Promise<void>((resolve) => {
    onSignal = (signal) => {
      requestExit(signal as (typeof reclaimSignals)[number]);
      if (guard === undefined) child.kill(signal);
      void (guard?.hangUp() ?? Promise.race([ended, sleep(500)])).then(() => resolve());
    };
  });
  for (const signal of reclaimSignals) process.on(signal, onSignal);
  const [file = '', ...args] =
    guard === undefined ? argv : ['sh', '-c', onceGuarded, 'handroll-tour', ...argv];
  const child = spawn(file, args, {
    env: options.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ['inherit', 'inherit', 'inherit', guard === undefined ? 'ignore' : 'pipe'],
  });
  const ended = endOf(child);
  guard?.shell(child.pid);
  const gate = child.stdio[3] as Writable | null;
  gate?.on('error', () => {});
  gate?.end('\n');
  const code = await Promise.race([ended, reclaimed]);
  if (requestedExit() !== undefined) await reclaimed;
  for (const signal of reclaimSignals) process.off(signal, onSignal);
  guard?.shell(undefined);
  if (known === undefined) guard?.end();
  return requestedExit() ?? code ?? exitCode({});
}

/** The exit code of a process; 127 if it can't be started. */
export async function endOf(child: ChildProcess): Promise<number> {
  try {
    const [code, signal] = await once(child, 'close');
    return exitCode(signal === null ? { exitCode: code } : { signal });
  } catch {
    return exitCode({});
  }
}

/** Not SIGINT: Ctrl-C is for the program that has the terminal. */
const reclaimSignals = ['SIGTERM', 'SIGHUP'] as const;

/** A command that goes on until it is told to end. */
export interface FollowedCommand {
  /** Settles when it has ended. Never rejects. */
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/**
 * Runs a command that prints a line for each event, until we exit.
 * @param through wraps the command so that it has the privilege it needs
 */
export function followLines(
  argv: readonly string[],
  through: (argv: readonly string[]) => string[],
  onLine: (line: string) => void,
): FollowedCommand {
  const [file = '', ...args] = through(['bash', '-c', whileHeld, 'handroll-tour', ...argv]);
  const child = execa(file, args, {
    env: knownEnvironment(),
    extendEnv: false,
    stdio: ['pipe', 'pipe', 'ignore'],
    buffer: false,
    cleanup: false,
    reject: false,
  });
  child.stdin.on('error', () => {});
  // It ended without being asked to.
  child.stdout.on('end', () => child.stdin.end());
  let tail = '';
  child.stdout.on('data', (chunk: Uint8Array) => {
    const lines = (tail + Buffer.from(chunk).toString()).split('\n');
    tail = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  return {
    ended: (async () => {
      await child;
    })(),
    end: () => void child.stdin.end(),
  };
}

/** Starts a process that may outlive this one, with its output going to a file. */
export function launch(argv: readonly string[], log: string): { readonly running: () => boolean } {
  let running = true;
  const child = execa('bash', ['-c', intoLog, 'handroll-tour', log, ...argv], {
    env: knownEnvironment(),
    extendEnv: false,
    stdio: 'ignore',
    cleanup: false,
    reject: false,
  });
  void child.finally(() => {
    running = false;
  });
  child.unref();
  return { running: () => running };
}
