import type { ExitCode } from '../errors.ts';
import { deferred } from './deferred.ts';
import type { MountOptions } from './mount.ts';
import { watchTerminal } from './terminal.ts';
import { themeOf } from './theme.ts';

/** An app that has the screen for a while: for as long as a command runs, or as a guest of the tour. */
export interface Guest {
  /** Resolves when the learner leaves it; rejects if it fails. */
  readonly left: Promise<ExitCode>;
  /** Unmounts it and ends its work. The terminal stays as it is. */
  readonly unmount: () => Promise<void>;
}

/** What a command gives to an app that it opens. */
export interface AloneOptions extends Pick<MountOptions, 'stdin' | 'stdout'> {
  readonly env: NodeJS.ProcessEnv;
  readonly color: boolean;
  readonly ascii: boolean;
}

/**
 * Shows an app until the user leaves it. Always restores the terminal.
 *
 * @returns the exit code
 * @throws whatever the app rejects with
 */
export async function showAlone(
  options: AloneOptions,
  show: (place: MountOptions) => Guest,
): Promise<ExitCode> {
  const { stdin, stdout } = options;
  const theme = themeOf(options);
  const ended = deferred<ExitCode>();
  const terminal = watchTerminal({
    stdin,
    stdout,
    alternate: !theme.spoken,
    onSignal: ended.resolve,
    onCrash: ended.reject,
  });
  terminal.enter();
  const app = show({ stdin, stdout, theme, terminal });
  try {
    return await Promise.race([app.left, ended.promise]);
  } finally {
    await app.unmount();
    terminal.release();
  }
}
