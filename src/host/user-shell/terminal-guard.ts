import type { ChildProcess } from 'node:child_process';
import script from './terminal-guard.sh';

/** A process that restores the terminal if we can't. */
interface TerminalGuard {
  /** Tells the guard whether it would have to leave our screen. */
  readonly screen: (entered: boolean) => void;
  /** Tells the guard which shell has the terminal: neither that nor its jobs may outlive us. */
  readonly shell: (pid: number | undefined) => void;
  /** Tells the guard which processes have opened terminals for others: they mustn't outlive us either. */
  readonly panes: (pids: readonly number[]) => void;
  /** Ends one of these, and all that runs in its terminal. */
  readonly close: (pid: number) => void;
  /** Takes the terminal from that shell, as if it were closed. The guard ends with it. */
  readonly hangUp: () => Promise<void>;
  /** Ends the guard. */
  readonly end: () => void;
}

let guard: TerminalGuard | undefined;

/** The guard of our terminal, if it was started. */
export function terminalGuard(): TerminalGuard | undefined {
  return guard;
}

/**
 * Starts the guard, unless there is one. The terminal's current modes are the ones it restores.
 * @returns undefined if there is no terminal
 */
export function guardTerminal(): TerminalGuard | undefined {
  const terminal = [process.stdout, process.stdin].find(({ isTTY }) => isTTY)?.fd;
  if (terminal === undefined) return undefined;
  guard ??= start(terminal);
  return guard;
}

function start(terminal: number): TerminalGuard | undefined {
  // Called right after the first frame, which doesn't wait for this module.
  const { spawn, spawnSync } = process.getBuiltinModule('node:child_process');
  const stty = spawnSync('stty', ['-g'], { stdio: [terminal, 'pipe', 'ignore'] });
  // Without stty or sh, the tour runs without a guard.
  if (stty.status !== 0) return undefined;
  const modes = stty.stdout.toString().trim();
  const child: ChildProcess = spawn('sh', ['-c', script, 'sh', modes, String(process.pid)], {
    stdio: ['pipe', terminal, 'ignore'],
    detached: true,
  });
  const over = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  child.unref();
  (child.stdin as unknown as { unref(): void } | null)?.unref();
  const tell = (line: string) => void child.stdin?.write(`${line}\n`);
  return {
    screen: (entered) => tell(`screen ${entered ? 'entered' : ''}`),
    shell: (pid) => tell(`shell ${pid ?? ''}`),
    panes: (pids) => tell(`panes ${pids.join(' ')}`),
    close: (pid) => tell(`close ${pid}`),
    hangUp: async () => {
      guard = undefined;
      child.ref();
      tell('hangup');
      await over;
    },
    end: () => {
      guard = undefined;
      tell('end');
      child.stdin?.end();
    },
  };
}
