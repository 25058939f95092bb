import { Exit, type ExitCode } from '../errors.ts';
import type { LayoutFiles } from '../oci/layout/layout-files.ts';
import { deferred } from '../ui/deferred.ts';
import { type AloneOptions, type Guest, showAlone } from '../ui/guest.ts';
import type { LinkTargets } from '../ui/links.ts';
import { type MountOptions, mount } from '../ui/mount.ts';
import { ExplorerApp } from './app.tsx';
import { createExplorerController } from './controller.ts';
import type { ExplorerKeyContext } from './keymap.ts';

interface ExplorerOptions extends MountOptions {
  /** The name of the layout on the screen. */
  readonly name: string;
  /** Where the paths on the screen lead. */
  readonly targets: LinkTargets;
  /** Opens the layout. Called after the first frame, and again at each reload. */
  readonly open: () => Promise<LayoutFiles>;
  readonly leave: ExplorerKeyContext['leave'];
}

/** Shows the explorer on a terminal whose alternate screen is on. */
export function showExplorer(options: ExplorerOptions): Guest {
  const { name, theme, targets, leave, terminal } = options;
  let isGone = false;
  let clear = async () => {};
  const ending = deferred<ExitCode>();
  const fail = ending.reject;

  const { store, onKey, load, stop } = createExplorerController({
    ...options,
    perform: (what) => {
      if (what === 'quit') ending.resolve(Exit.good);
      else if (what === 'interrupt') ending.resolve(Exit.interrupted);
      else sleep().catch(fail);
    },
    onBug: fail,
  });

  function show(): void {
    const app = { store, name, theme, targets, leave, onKey, onShown: terminal.guard };
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
    left: ending.promise,
    unmount: async () => {
      isGone = true;
      stop();
      await clear();
    },
  };
}

interface OpenExplorerOptions
  extends AloneOptions,
    Omit<ExplorerOptions, keyof MountOptions | 'leave'> {}

/**
 * Shows the explorer until the user leaves it. Always restores the terminal.
 *
 * @returns the exit code
 * @throws whatever `open` throws, and any bug met on the way
 */
export function openExplorer(options: OpenExplorerOptions): Promise<ExitCode> {
  return showAlone(options, (place) => showExplorer({ ...options, ...place, leave: 'quit' }));
}
