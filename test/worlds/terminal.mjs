// @ts-check
// A program in a real terminal of 80x24, and what somebody in front of it sees.

import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';

/**
 * @param {string} command
 * @param {string[]} argv
 * @param {NodeJS.ProcessEnv} [env]
 * @param {(data: string) => void} [onWritten] gets all that the program writes
 */
export function terminal(command, argv, env = process.env, onWritten = () => {}) {
  const [columns, rows] = [80, 24];
  const child = pty.spawn(command, argv, { name: 'xterm-256color', cols: columns, rows, env });
  const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  let bytes = '';
  /** @type {number | undefined} */
  let code;
  /** @type {Set<() => void>} */
  const wakes = new Set();
  const wake = () => {
    for (const each of wakes) each();
  };
  child.onData((data) => {
    bytes += data;
    emulator.write(data, wake);
    onWritten(data);
  });
  child.onExit((exit) => {
    code = exit.exitCode;
    wake();
  });
  const screen = () => {
    const { active } = emulator.buffer;
    /** @param {number} row */
    const line = (row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '';
    return Array.from({ length: rows }, (_, row) => line(row)).join('\n');
  };
  /** @param {() => boolean} holds @param {string} what @param {number} seconds */
  const until = (holds, what, seconds) =>
    new Promise((resolve, reject) => {
      /** @param {() => void} settle */
      const finish = (settle) => {
        clearTimeout(late);
        wakes.delete(look);
        settle();
      };
      const look = () => {
        if (holds()) finish(() => resolve(undefined));
      };
      const tooLate = () =>
        finish(() => reject(new Error(`${what} in ${seconds} s; the screen says:\n${screen()}`)));
      const late = setTimeout(tooLate, seconds * 1000);
      wakes.add(look);
      look();
    });
  return {
    pid: child.pid,
    written: () => bytes,
    screen,
    /** The rows of the screen with their colours. */
    rows: () => {
      const { active } = emulator.buffer;
      return Array.from({ length: rows }, (_, row) => active.getLine(active.baseY + row));
    },
    /** Whether a program has the screen to itself. */
    isAlternate: () => emulator.buffer.active.type === 'alternate',
    cursorIsShown: () => bytes.lastIndexOf('\u001b[?25h') >= bytes.lastIndexOf('\u001b[?25l'),
    /** @param {string} text */
    type: (text) => child.write(text),
    /**
     * Waits until it is on the screen, or the program has ended.
     *
     * @param {RegExp} wanted @param {number} seconds
     * @returns whether it is there
     */
    sees: async (wanted, seconds) => {
      const isThere = () => wanted.test(screen());
      await until(() => isThere() || code !== undefined, `never seen: ${wanted}`, seconds);
      return isThere();
    },
    /** @param {number} seconds */
    ended: async (seconds) => {
      await until(() => code !== undefined, 'it does not end', seconds);
      return code;
    },
    kill: () => {
      if (code === undefined) child.kill('SIGKILL');
    },
  };
}
