import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { onTestFinished, vi } from 'vitest';

export interface TerminalOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly columns?: number;
  readonly rows?: number;
}

/** A program in a real terminal, and what is on its screen. */
export function terminal(argv: readonly [string, ...string[]], options: TerminalOptions = {}) {
  const { columns = 80, rows = 24 } = options;
  const [file, ...args] = argv;
  const child = pty.spawn(file, args, {
    name: 'xterm-256color',
    cols: columns,
    rows,
    cwd: options.cwd ?? process.cwd(),
    env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', CI: 'false', ...options.env },
  });
  const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  let bytes = '';
  let code: number | undefined;
  child.onData((data) => {
    bytes += data;
    emulator.write(data);
  });
  // A terminal answers what it's asked: fish waits for that before its first prompt.
  emulator.onData((data) => {
    if (code === undefined) child.write(data);
  });
  child.onExit(({ exitCode, signal }) => {
    code = signal === undefined || signal === 0 ? exitCode : 128 + signal;
  });
  onTestFinished(async () => {
    // With SIGTERM, a tour also ends its scripts. If it doesn't react, SIGKILL follows.
    if (code === undefined) child.kill('SIGTERM');
    await vi
      .waitUntil(() => code !== undefined, { timeout: 5000 })
      .catch(() => {
        child.kill('SIGKILL');
      });
    emulator.dispose();
  });

  const buffer = () => emulator.buffer.active;
  const lines = () =>
    Array.from({ length: emulator.rows }, (_, row) => {
      const line = buffer().getLine(buffer().baseY + row);
      return line?.translateToString(true) ?? '';
    });
  const text = () => lines().join('\n');
  const has = (wanted: string | RegExp) =>
    typeof wanted === 'string' ? text().includes(wanted) : wanted.test(text());
  const waitFor = (holds: () => boolean, what: () => string, seconds: number) =>
    vi.waitFor(
      () => {
        if (!holds()) throw new Error(`${what()}\n\n${text()}`);
      },
      { timeout: seconds * 1000, interval: 10 },
    );

  return {
    pid: child.pid,
    lines,
    /** All that was ever written to the terminal. */
    written: () => bytes,
    press: (...keys: string[]) => {
      for (const key of keys) child.write(key);
    },
    resize: (size: { columns: number; rows: number }) => {
      emulator.resize(size.columns, size.rows);
      child.resize(size.columns, size.rows);
    },
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Closes the window: there is no terminal any more. */
    hangUp: () => (child as unknown as { destroy(): void }).destroy(),
    sees: (wanted: string | RegExp, seconds = 10) =>
      waitFor(
        () => has(wanted),
        () => `never seen: ${wanted}`,
        seconds,
      ),
    loses: (wanted: string | RegExp, seconds = 10) =>
      waitFor(
        () => !has(wanted),
        () => `still there: ${wanted}`,
        seconds,
      ),
    has,
    /** The exit code, once the program has ended; 128 and its number after a signal. */
    ended: async (seconds = 10) => {
      await waitFor(
        () => code !== undefined,
        () => 'still running',
        seconds,
      );
      return code;
    },
    /** Whether the program has the screen to itself, which is gone when it gives it back. */
    isAlternate: () => buffer().type === 'alternate',
    cursorIsShown: () => bytes.lastIndexOf('\u001b[?25h') > bytes.lastIndexOf('\u001b[?25l'),
    /** Rows of the screen that go on from the one above: a line was wider than the terminal. */
    wrapped: () =>
      lines().filter((_, row) => buffer().getLine(buffer().baseY + row)?.isWrapped === true),
  };
}

export type TestTerminal = ReturnType<typeof terminal>;
