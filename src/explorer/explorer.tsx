import { Exit, type ExitCode } from '../errors.ts';
import type { LayoutFiles } from '../oci/layout/layout-files.ts';
import { type MountOptions, mount } from '../ui/mount.ts';
import { watchTerminal } from '../ui/terminal.ts';
import { themeOf } from '../ui/theme.ts';
import type { Guest } from '../ui/tour.tsx';
import { ExplorerApp } from './app.tsx';
import { createExplorerController } from './controller.ts';
import type { ExplorerKeyContext } from './keymap.ts';

interface ExplorerOptions extends MountOptions {
  /** The name of the layout on the screen. */
  readonly name: string;
  /** Opens the layout. Called after the first frame, and again at each reload. */
  readonly open: () => Promise<LayoutFiles>;
  readonly leave: ExplorerKeyContext['leave'];
}

/** Shows the explorer on a terminal whose alternate screen is on. */
export function showExplorer(options: ExplorerOptions): Guest {
  const { name, theme, leave, terminal } = options;
  let isGone = false;
  let clear = async () => {};
  let end: (code: ExitCode) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const left = new Promise<ExitCode>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  // It may fail before it's awaited.
  left.catch(() => {});

  const { store, onKey, load, stop } = createExplorerController({
    ...options,
    perform: (what) => {
      if (what === 'quit') end(Exit.good);
      else if (what === 'interrupt') end(Exit.interrupted);
      else sleep().catch(fail);
    },
    onBug: fail,
  });

  function show(): void {
    const app = { store, name, theme, leave, onKey, onShown: terminal.guard };
    clear = mount(<ExplorerApp {...app} />, options, fail);
  }

  async function sleep(): Promise<void> {
    await clear();
    terminal.leave();
    terminal.lent = true;
    try {
      // Stop the whole process group, since npx and npm are waiting for us.
      process.kill(0, 'SIGTSTP');
    } finally {
      terminal.lent = false;
      if (!isGone) {
        terminal.enter();
        show();
      }
    }
  }

  show();
  load().catch(fail);
  return {
    left,
    unmount: async () => {
      isGone = true;
      stop();
      await clear();
    },
  };
}

interface OpenExplorerOptions extends Omit<ExplorerOptions, 'theme' | 'terminal' | 'leave'> {
  readonly env: NodeJS.ProcessEnv;
  readonly color: boolean;
  readonly ascii: boolean;
}

/**
 * Shows the explorer until the user leaves it. Always restores the terminal.
 *
 * @returns the exit code
 * @throws whatever `open` throws, and any bug met on the way
 */
export async function openExplorer(options: OpenExplorerOptions): Promise<ExitCode> {
  const { stdin, stdout } = options;
  const theme = themeOf(options);
  let onSignal: (code: ExitCode) => void = () => {};
  let onCrash: (error: unknown) => void = () => {};
  const ended = new Promise<ExitCode>((resolve, reject) => {
    onSignal = resolve;
    onCrash = reject;
  });
  ended.catch(() => {});
  const alternate = !theme.spoken;
  const terminal = watchTerminal({ stdin, stdout, alternate, onSignal, onCrash });
  terminal.enter();
  const explorer = showExplorer({ ...options, theme, terminal, leave: 'quit' });
  try {
    return await Promise.race([explorer.left, ended]);
  } finally {
    await explorer.unmount();
    terminal.release();
  }
}
