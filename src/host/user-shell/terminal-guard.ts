import type { ChildProcess } from 'node:child_process';
import script from './terminal-guard.sh';

/** What waits beside us, to put the terminal in order where we cannot. */
export interface TerminalGuard {
  /** Says whether there is a screen of ours to be left. */
  readonly screen: (entered: boolean) => void;
  /** Says which shell has the terminal: it is not to outlive us, nor are its jobs. */
  readonly shell: (pid: number | undefined) => void;
  /** Takes the terminal from that shell, as if the terminal were closed. The guard is over then. */
  readonly hangUp: () => Promise<void>;
  /** It is needed no more. */
  readonly end: () => void;
}

let guard: TerminalGuard | undefined;

/** The guard of our terminal, if there is one already. */
export function terminalGuard(): TerminalGuard | undefined {
  return guard;
}

/**
 * Starts the guard, unless there is one. The terminal must be as it is to be left.
 * @returns undefined where there is no terminal
 */
export function guardTerminal(): TerminalGuard | undefined {
  const terminal = [process.stdout, process.stdin].find(({ isTTY }) => isTTY)?.fd;
  if (terminal === undefined) return undefined;
  guard ??= start(terminal);
  return guard;
}

function start(terminal: number): TerminalGuard | undefined {
  // Called right behind the first frame, which has not waited for this module to be loaded.
  const { spawn, spawnSync } = process.getBuiltinModule('node:child_process');
  const stty = spawnSync('stty', ['-g'], { stdio: [terminal, 'pipe', 'ignore'] });
  // Without stty, or sh, the tour is as good without a guard.
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
