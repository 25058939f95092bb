import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { exitSignal, requestExit, requestedExit } from '../signals.ts';
import { knownEnvironment, underKnownUmask } from './environment.ts';
import { shortageIn, shortageOf } from './shortage.ts';
import { guardTerminal, terminalGuard } from './user-shell/terminal-guard.ts';
import whileHeld from './while-held.sh';

/** How a command ended. `code` is 128 + the signal's number where a signal ended it. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Bytes, of a file or a command's output. What the tour makes is a hundredth of it; more would only fill the memory. */
export const maxReadBytes = 256 * 1024 ** 2;

interface ProbeOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Seconds after which the command is killed. */
  readonly seconds?: number;
  /** It is asked, and waited for, after a signal has told us to end, too. */
  readonly evenWhenExiting?: boolean;
}

function exitCode(result: { exitCode?: number; signal?: string }): number {
  if (result.exitCode !== undefined) return result.exitCode;
  const signal = result.signal as NodeJS.Signals | undefined;
  return signal === undefined ? 127 : 128 + constants.signals[signal];
}

/**
 * Runs an outside tool to look at something. A failure is an answer (`code`), not an exception; a
 * command that does not exist has code 127.
 * @throws Shortage if the machine had not what it takes to run it: that is no answer
 */
export async function probe(
  argv: readonly string[],
  options: ProbeOptions = {},
): Promise<CommandResult> {
  const { code, stdout, stderr } = await asked(argv, options);
  return { code, stdout: stdout.toString(), stderr: stderr.toString() };
}

/*
 * The checks of a tour ask a hundred questions, most of them answered in a few milliseconds. So it is
 * Node's plain call: execa's comforts, none of which is used here, take more than one for each.
 */
function asked(argv: readonly string[], options: ProbeOptions & { readonly maxBytes?: number }) {
  const [file = '', ...args] = argv;
  const how = {
    env: knownEnvironment(options.env),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    encoding: 'buffer',
    maxBuffer: options.maxBytes ?? 16 * 1024 ** 2,
    timeout: (options.seconds ?? 20) * 1000,
    killSignal: 'SIGKILL',
    ...(options.evenWhenExiting === true ? {} : { signal: exitSignal }),
  } as const;
  return new Promise<{ code: number; stdout: Buffer; stderr: Buffer }>((resolve, reject) => {
    const child = execFile(file, args, how, (error, stdout, stderr) => {
      const shortage = error === null ? undefined : (shortageOf(error) ?? shortageIn(`${stderr}`));
      if (shortage !== undefined) return reject(shortage);
      const { code, signal } = error ?? { code: 0 };
      // A code in letters is why it could not be started, or was given up.
      const started = typeof code === 'number' ? { exitCode: code } : {};
      resolve({ code: exitCode(signal ? { signal } : started), stdout, stderr });
    });
    child.stdin?.end();
  });
}

/** The bytes that a command prints; undefined if it fails, or prints more than anything the tour makes. */
export async function bytesOf(argv: readonly string[]): Promise<Buffer | undefined> {
  const { code, stdout } = await asked(argv, { seconds: 60, maxBytes: maxReadBytes });
  return code === 0 ? stdout : undefined;
}

/** Runs a command that prints more than can be kept in mind, into an open file. */
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
  const [code, signal] = await once(child, 'close');
  return { code: exitCode(signal ? { signal } : { exitCode: code }), stdout: '', stderr };
}

export interface RunningScript {
  /** Settles when the script and its output have ended. Never rejects. */
  readonly ended: Promise<{ code: number; milliseconds: number; cancelled: boolean }>;
  /** Ends the script and every process it started: asks first, and insists a moment later. */
  readonly cancel: () => void;
}

/** How many milliseconds a script has for its end, once it is asked: within a second all is over. */
const killAfterMs = 400;

/**
 * Runs a script exactly as shown, with `bash -euo pipefail`, without standard input.
 *
 * It gets a process group of its own, so that it can be killed with all its children. Node's `detached`
 * makes one in a new session, in which sudo's ticket for this terminal is not valid; `timeout` makes one
 * in the same session.
 * @param signalGroup sends a signal to a process group whose members may be root's
 */
export function runScript(
  text: string,
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly cwd: string;
    /** The same command where the script is to run. */
    readonly through?: (argv: readonly string[]) => string[];
    readonly onOutput: (chunk: string) => void;
    /** It may call sudo, whose ticket is for this terminal's session. */
    readonly keepsSession: boolean;
    readonly signalGroup: (group: number, signal: 'TERM' | 'KILL') => void;
  },
): RunningScript {
  const started = performance.now();
  let cancelled = false;
  let insist: NodeJS.Timeout | undefined;
  const plain = ['bash', '-euo', 'pipefail', '-c', text];
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
    clearTimeout(insist);
    // The script has gone, and what it left behind without an output of ours has only been asked.
    if (cancelled && child.pid !== undefined) options.signalGroup(child.pid, 'KILL');
    const milliseconds = Math.round(performance.now() - started);
    return { code: exitCode(result), milliseconds, cancelled };
  })();
  const cancel = () => {
    const group = child.pid;
    if (cancelled || group === undefined) return;
    cancelled = true;
    options.signalGroup(group, 'TERM');
    insist = setTimeout(() => options.signalGroup(group, 'KILL'), killAfterMs);
  };
  return { ended, cancel };
}

/**
 * Hands the terminal to a command and waits for it. The caller has put the terminal in order.
 *
 * A signal that tells us to end while the command has the terminal takes it back, as if the terminal
 * were closed. Ctrl-C is the command's.
 * @param options.finishes it is told of the signal, and not made to end: what a package manager has
 *   begun it should bring to its end
 */
export async function runInteractive(
  argv: readonly string[],
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly cwd?: string;
    readonly finishes?: boolean;
  },
): Promise<number> {
  const [file = '', ...args] = argv;
  const known = terminalGuard();
  const guard = options.finishes === true ? undefined : guardTerminal();
  const child = execa(file, args, {
    env: options.env,
    extendEnv: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: 'inherit',
    reject: false,
  });
  guard?.shell(child.pid);
  let onSignal = (_: NodeJS.Signals) => {};
  const reclaimed = new Promise<void>((resolve) => {
    onSignal = (signal) => {
      requestExit(signal as (typeof reclaimSignals)[number]);
      if (guard === undefined) child.kill(signal);
      void (guard?.hangUp() ?? Promise.race([child, sleep(500)])).then(() => resolve());
    };
  });
  for (const signal of reclaimSignals) process.on(signal, onSignal);
  const result = await Promise.race([child, reclaimed]);
  if (requestedExit() !== undefined) await reclaimed;
  for (const signal of reclaimSignals) process.off(signal, onSignal);
  guard?.shell(undefined);
  if (known === undefined) guard?.end();
  return requestedExit() ?? exitCode(result ?? {});
}

/** Ctrl-C is meant for who has the terminal. */
const reclaimSignals = ['SIGTERM', 'SIGHUP'] as const;

/** A command that goes on until it is told to end. */
export interface FollowedCommand {
  /** Settles when it has ended, by itself or not. Never rejects. */
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/**
 * Runs a command that prints a line whenever something happens, as long as we live.
 * @param through what it takes to become somebody who may run it
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
  // It has ended by itself.
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

/** Starts something that may outlive this process; what it says goes to a file. */
export function launch(argv: readonly string[], log: string): { readonly running: () => boolean } {
  let running = true;
  const redirect = 'exec >"$1" 2>&1; shift; exec "$@"';
  const child = execa('bash', ['-c', redirect, 'handroll-tour', log, ...argv], {
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
