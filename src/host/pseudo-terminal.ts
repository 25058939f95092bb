import { execFile, spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import inTerminal from './pseudo-terminal.sh';
import { endOf } from './shell.ts';
import { shellQuote } from './shell-quote.ts';
import { terminalGuard } from './user-shell/terminal-guard.ts';

/*
 * A terminal for a program, without a native module: util-linux's `script` opens it and passes on bytes.
 * A terminal has a size, which is set from outside with stty on its name.
 */

/** A program in a terminal of its own. */
export interface PseudoTerminal {
  /** Types into it. */
  readonly write: (text: string) => void;
  /** Changes its size; the program gets SIGWINCH. */
  readonly resize: (size: TerminalSize) => void;
  /** The program's exit code, once it has ended. Never rejects. */
  readonly ended: Promise<number>;
  /** Ends it as if its window were closed: neither the program nor its jobs are left then. */
  readonly close: () => Promise<void>;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

interface PseudoTerminalOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly size: TerminalSize;
  /** Gets what the program writes. While it has too much that isn't `done`, the program has to wait. */
  readonly onOutput: (chunk: Uint8Array, done: () => void) => void;
}

/** Milliseconds in which the guard closes a terminal. */
const guardMs = 700;

/** Bytes that may wait to be drawn before the program has to. */
const maxWaitingBytes = 256 * 1024;

/**
 * Starts a program in a new terminal.
 * @returns undefined if there is no `script` that can do this
 */
export async function openPseudoTerminal(
  argv: readonly string[],
  { env, cwd, size, onOutput }: PseudoTerminalOptions,
): Promise<PseudoTerminal | undefined> {
  const ownShell = env.SHELL === undefined ? ['-u', 'SHELL'] : [`SHELL=${env.SHELL}`];
  const first = ['sh', '-c', inTerminal, 'sh', String(size.rows), String(size.columns)];
  // script gives the command to $SHELL, which may know another syntax.
  const command = ['exec', ...[...first, 'env', ...ownShell, ...argv].map(shellQuote)].join(' ');
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    env: { ...env, SHELL: '/bin/sh' },
    cwd,
    stdio: ['pipe', 'pipe', 'ignore', 'pipe'],
    // In our own process group, script would get the Ctrl-C that is meant for a program to which we have
    // lent our terminal.
    detached: true,
  });
  const [input, output, , told] = child.stdio;
  const { pid } = child;
  const ended = endOf(child);
  if (pid === undefined || input === null || output === null || !(told instanceof Readable)) {
    await ended;
    return undefined;
  }
  tell(pid, true);
  void ended.then(() => tell(pid, false));
  input.on('error', () => {});
  read(output, onOutput);
  const name = await nameIn(told);
  if (name === undefined) {
    await ended;
    return undefined;
  }
  return {
    write: (text) => {
      if (input.writable) input.write(text);
    },
    resize: resizer(name),
    ended,
    close: async () => {
      const known = terminalGuard();
      known?.close(pid);
      // The guard may have been killed.
      const late = setTimeout(() => child.kill('SIGKILL'), known === undefined ? 0 : guardMs);
      await ended;
      clearTimeout(late);
    },
  };
}

/** The terminals whose programs mustn't outlive us. */
const open = new Set<number>();

function tell(pid: number, isOpen: boolean): void {
  if (isOpen) open.add(pid);
  else open.delete(pid);
  terminalGuard()?.panes([...open]);
}

function read(output: Readable, onOutput: PseudoTerminalOptions['onOutput']): void {
  let waiting = 0;
  output.on('data', (chunk: Uint8Array) => {
    waiting += chunk.length;
    if (waiting > maxWaitingBytes) output.pause();
    onOutput(chunk, () => {
      waiting -= chunk.length;
      if (waiting <= maxWaitingBytes && output.isPaused()) output.resume();
    });
  });
}

/** The terminal's name, which its first program tells; undefined if it ended before. */
function nameIn(told: Readable): Promise<string | undefined> {
  let text = '';
  return new Promise((resolve) => {
    told.on('data', (chunk: Uint8Array) => {
      text += Buffer.from(chunk).toString();
      if (text.endsWith('\n')) resolve(text.trim());
    });
    told.once('close', () => resolve(undefined));
  });
}

/** Only the last of several sizes counts: one stty at a time. */
function resizer(name: string): PseudoTerminal['resize'] {
  let next: TerminalSize | undefined;
  let busy = false;
  const set = () => {
    if (next === undefined) return;
    const { rows, columns } = next;
    next = undefined;
    busy = true;
    execFile('stty', ['-F', name, 'rows', String(rows), 'cols', String(columns)], () => {
      busy = false;
      set();
    });
  };
  return (size) => {
    next = size;
    if (!busy) set();
  };
}
