import { type ExitCode, exitSignals, signalExits } from '../errors.ts';
import { guardTerminal, terminalGuard } from '../host/user-shell/terminal-guard.ts';
import { requestExit } from '../signals.ts';

const enterScreen = '\u001b[?1049h\u001b[H\u001b[?25l';
/** Bracketed paste ends as well, if it was on. */
const leaveScreen = '\u001b[?2004l\u001b[?25h\u001b[?1049l';

/** The learner's terminal: taken over for the screens, and restored on every way out. */
export interface Terminal {
  /** Switches to the alternate screen and hides the cursor. */
  enter(): void;
  /** Switches back to the normal screen. */
  leave(): void;
  /** Has a paste marked as one (bracketed paste), or as before. */
  pasting(marked: boolean): void;
  /** From now on restores the terminal's present state even if the tour is killed. */
  guard(): void;
  /** Stops reading the keyboard, once Ink has. */
  quiet(): Promise<void>;
  /** Whether a child has the terminal, and Ctrl-C is meant for it. */
  lent: boolean;
  /** Stops handling signals and crashes, and leaves the screen if that hasn't been done. */
  release(): void;
}

interface Watch {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** Whether there is a screen to enter: a screen reader wants plain lines that stay. */
  readonly alternate: boolean;
  readonly onSignal: (code: ExitCode) => void;
  readonly onCrash: (error: unknown) => void;
}

export function watchTerminal({ stdin, stdout, alternate, onSignal, onCrash }: Watch): Terminal {
  let entered = false;

  const terminal: Terminal = {
    lent: false,
    enter: () => {
      if (entered) return;
      entered = true;
      if (!alternate) return;
      terminalGuard()?.screen(true);
      stdout.write(enterScreen);
    },
    leave: () => {
      if (!entered) return;
      entered = false;
      try {
        stdin.setRawMode(false);
      } catch {
        // The terminal is gone, so there is nothing to restore.
      }
      if (!alternate) return;
      stdout.write(leaveScreen);
      terminalGuard()?.screen(false);
    },
    pasting: (marked) => void stdout.write(marked ? '\u001b[?2004h' : '\u001b[?2004l'),
    guard: () => guardTerminal()?.screen(entered && alternate),
    quiet: () => stopReading(stdin),
    release: () => {
      terminal.leave();
      terminalGuard()?.end();
      for (const signal of exitSignals) process.off(signal, onEnding);
      process.off('uncaughtException', onCrash);
      process.off('exit', terminal.leave);
    },
  };

  const onEnding = (signal: NodeJS.Signals) => {
    if (signal === 'SIGINT' && terminal.lent) return;
    requestExit(signal as keyof typeof signalExits);
    onSignal(signalExits[signal as keyof typeof signalExits]);
  };

  for (const signal of exitSignals) process.on(signal, onEnding);
  process.on('uncaughtException', onCrash);
  // Writing to a terminal is synchronous, so this works even in an exit handler.
  process.on('exit', terminal.leave);
  return terminal;
}

/**
 * A stream that was read through 'readable' goes on reading after its last listener was removed, and
 * would take the keys that are meant for a child. pause() stops only a flowing stream, and a stream can
 * flow only once it has noticed that it has no 'readable' listener.
 */
async function stopReading(stdin: NodeJS.ReadStream): Promise<void> {
  const turn = () => new Promise(setImmediate);
  // React runs effects' clean-up later, and Ink removes its listener there.
  for (let turns = 0; turns < 100 && stdin.listenerCount('readable') > 0; turns += 1) await turn();
  await turn();
  stdin.resume();
  stdin.pause();
  await turn();
}
