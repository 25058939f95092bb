import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { execa } from 'execa';

/** How a command ended. `code` is 128 + the signal's number where a signal ended it. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Bytes, of a file or a command's output. What the tour makes is a hundredth of it; more would only fill the memory. */
export const mostRead = 256 * 1024 ** 2;

interface ProbeOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Seconds after which the command is killed. */
  readonly seconds?: number;
}

function exitCode(result: { exitCode?: number; signal?: string }): number {
  if (result.exitCode !== undefined) return result.exitCode;
  const signal = result.signal as NodeJS.Signals | undefined;
  return signal === undefined ? 127 : 128 + constants.signals[signal];
}

/**
 * Runs an outside tool to look at something. A failure is an answer (`code`), not an exception; a
 * command that does not exist has code 127.
 */
export async function probe(argv: readonly string[], options: ProbeOptions = {}): Promise<Ran> {
  const { code, stdout, stderr } = await asked(argv, options);
  return { code, stdout: stdout.toString(), stderr: stderr.toString() };
}

/*
 * The checks of a tour ask a hundred questions, most of them answered in a few milliseconds. So it is
 * Node's plain call: execa's comforts, none of which is used here, take more than one for each.
 */
function asked(argv: readonly string[], options: ProbeOptions & { readonly most?: number }) {
  const [file = '', ...args] = argv;
  const how = {
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    encoding: 'buffer',
    maxBuffer: options.most ?? 16 * 1024 ** 2,
    timeout: (options.seconds ?? 20) * 1000,
    killSignal: 'SIGKILL',
  } as const;
  return new Promise<{ code: number; stdout: Buffer; stderr: Buffer }>((resolve) => {
    const child = execFile(file, args, how, (error, stdout, stderr) => {
      const { code, signal } = error ?? { code: 0 };
      // A code in letters is why it could not be started.
      const started = typeof code === 'number' ? { exitCode: code } : {};
      resolve({ code: exitCode(signal ? { signal } : started), stdout, stderr });
    });
    child.stdin?.end();
  });
}

/** The bytes that a command prints; undefined if it fails, or prints more than anything the tour makes. */
export async function bytesOf(argv: readonly string[]): Promise<Buffer | undefined> {
  const { code, stdout } = await asked(argv, { seconds: 60, most: mostRead });
  return code === 0 ? stdout : undefined;
}

/** Runs a command that prints more than can be kept in mind, into an open file. */
export async function intoFile(argv: readonly string[], file: number): Promise<Ran> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
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
  /** Ends the script and every process it started: asks first, insists a second later. */
  readonly cancel: () => void;
}

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
  const child = execa(file, args, {
    detached: !options.keepsSession,
    env: options.env,
    extendEnv: false,
    cwd: options.cwd,
    stdin: 'ignore',
    buffer: false,
    reject: false,
  });
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
    insist = setTimeout(() => options.signalGroup(group, 'KILL'), 1000);
  };
  return { ended, cancel };
}

/**
 * If we are killed while a shell has the terminal, that shell would go on reading the keys that are
 * meant for the one we came from. This waits for our end beside it, which closes its standard input
 * however we end; it takes the shell away, and makes the terminal what it was. A shell that edits its
 * own lines has done that by itself if it got here first.
 */
const guard = `
trap '' HUP INT QUIT TERM TSTP TTIN TTOU
saved=$(stty -g </dev/tty)
echo ready
read -r shell
read -r _ && exit
# Asked to end, it would hand the terminal to our process group, which is as good as gone.
kill -KILL "$shell"
read -r stat </proc/$$/stat
set -- $stat
if [ "$8" != "$shell" ]; then
  case $(cat "/proc/$8/comm") in
    bash | zsh | fish) exit ;;
  esac
fi
stty "$saved" </dev/tty
`;

/**
 * Hands the terminal to a command and waits for it. The caller has put the terminal in order.
 * @param options.guarded it is a shell, which must not outlive us
 */
export async function handOver(
  argv: readonly string[],
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly cwd?: string;
    readonly guarded?: boolean;
  },
): Promise<number> {
  const [file = '', ...args] = argv;
  const watching = options.guarded === true ? await startGuard() : undefined;
  const child = execa(file, args, {
    env: options.env,
    extendEnv: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: 'inherit',
    reject: false,
  });
  if (child.pid !== undefined) watching?.over(child.pid);
  const result = await child;
  await watching?.end();
  return exitCode(result);
}

interface Guard {
  readonly over: (shell: number) => void;
  readonly end: () => Promise<void>;
}

/** Has looked at the terminal when this resolves. */
async function startGuard(): Promise<Guard> {
  const child = execa('sh', ['-c', guard], {
    stdio: ['pipe', 'pipe', 'ignore'],
    buffer: false,
    cleanup: false,
    reject: false,
  });
  // One that could not start, or has ended, guards nothing; the shell is as good without it.
  child.stdin.on('error', () => {});
  await Promise.race([once(child.stdout, 'data'), child]);
  return {
    over: (shell) => void child.stdin.write(`${shell}\n`),
    end: async () => {
      child.stdin.end('back\n');
      await child;
    },
  };
}

/** A command that goes on until it is told to end. */
export interface Following {
  /** Settles when it has ended, by itself or not. Never rejects. */
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/** Runs a command until its own standard input is closed, which happens however we end. */
const whileHeld = `
exec 3<&0 </dev/null
"$@" 3<&- &
exec >&-
cat <&3 >/dev/null
kill "$!"
wait
`;

/**
 * Runs a command that prints a line whenever something happens, as long as we live.
 * @param through what it takes to become somebody who may run it
 */
export function follow(
  argv: readonly string[],
  through: (argv: readonly string[]) => string[],
  onLine: (line: string) => void,
): Following {
  const [file = '', ...args] = through(['bash', '-c', whileHeld, 'handroll-tour', ...argv]);
  const child = execa(file, args, {
    env: { LC_ALL: 'C.UTF-8' },
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
