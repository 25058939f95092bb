import { type ExitCode, endingSignals, endings } from '../errors.ts';
import { guardTerminal, terminalGuard } from '../host/user-shell/terminal-guard.ts';
import { tellToEnd } from '../signals.ts';

const enterScreen = '\u001b[?1049h\u001b[H\u001b[?25l';
const leaveScreen = '\u001b[?25h\u001b[?1049l';

/** The learner's terminal: taken for the screens, and given back on every way out. */
export interface Terminal {
  /** Takes the screen: the alternate one, without a cursor. */
  enter(): void;
  /** Gives it back as it was. */
  leave(): void;
  /** From now on it is put in order even where we are killed. It has to be as it is to be left. */
  guard(): void;
  /** Stops listening to the keyboard, once Ink has. */
  quiet(): Promise<void>;
  /** While it is lent to a child, Ctrl-C is the child's. */
  lent: boolean;
  /** Ends the watch over signals and crashes; leaves the screen if that was not done. */
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
        // The terminal is gone, and with it what there was to restore.
      }
      if (!alternate) return;
      stdout.write(leaveScreen);
      terminalGuard()?.screen(false);
    },
    guard: () => guardTerminal()?.screen(entered && alternate),
    quiet: () => stopReading(stdin),
    release: () => {
      terminal.leave();
      terminalGuard()?.end();
      for (const signal of endingSignals) process.off(signal, onEnding);
      process.off('uncaughtException', onCrash);
      process.off('exit', terminal.leave);
    },
  };

  const onEnding = (signal: NodeJS.Signals) => {
    if (signal === 'SIGINT' && terminal.lent) return;
    tellToEnd(signal as keyof typeof endings);
    onSignal(endings[signal as keyof typeof endings]);
  };

  for (const signal of endingSignals) process.on(signal, onEnding);
  process.on('uncaughtException', onCrash);
  // Whatever else went wrong: writing to a terminal is synchronous, so this still arrives.
  process.on('exit', terminal.leave);
  return terminal;
}

/**
 * A stream that was read through 'readable' goes on reading after its last listener left, and would
 * take the keys that are meant for a child. Only a stream that flows stops when it is paused, and it
 * can flow only when it has noticed that nobody listens.
 */
async function stopReading(stdin: NodeJS.ReadStream): Promise<void> {
  const turn = () => new Promise(setImmediate);
  // React takes effects back when it has the time, and Ink its listener with them.
  for (let turns = 0; turns < 100 && stdin.listenerCount('readable') > 0; turns += 1) await turn();
  await turn();
  stdin.resume();
  stdin.pause();
  await turn();
}
