import { type Instance, render } from 'ink';
import { Exit, type ExitCode } from '../../errors.ts';
import { entryContent } from '../../oci/entry-content.ts';
import { surveyLayout } from '../../oci/explore/survey.ts';
import type { LayoutFiles } from '../../oci/layout/layout-files.ts';
import { Display } from '../display.ts';
import type { Key } from '../keys.ts';
import { type Terminal, watchTerminal } from '../terminal.ts';
import { type Theme, themeOf } from '../theme.ts';
import type { Size } from '../view.ts';
import { entryAt } from './contents.ts';
import { ExplorerScreen } from './explorer-screen.tsx';
import { intentOf, type Situation } from './keymap.ts';
import { layOut } from './layout.ts';
import { filePlace } from './place.ts';
import { type Event, lookedAgain, opened, receive } from './receive.ts';
import { createStore } from './store.ts';
import { type Outside, turn, typed } from './turn.ts';
import { beginWork, type Work } from './work.ts';
import { writeFileOut } from './write-out.ts';

export interface ExplorerOptions {
  /** What is explored, as it is named on the screen. */
  readonly name: string;
  /** Opens the layout. Called once the first frame is drawn, and again for each further look. */
  readonly open: () => Promise<LayoutFiles>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly theme: Theme;
  readonly leave: Situation['leave'];
  /** A terminal that was entered. */
  readonly terminal: Terminal;
}

/** An explorer on the screen. */
export interface Explorer {
  /** Settles when somebody leaves it; rejects with whatever went wrong. */
  readonly left: Promise<ExitCode>;
  /** Takes it from the screen, and ends what it was reading. The terminal stays as it is. */
  readonly unmount: () => Promise<void>;
}

/** Shows the explorer on a terminal that was entered. */
export function showExplorer(options: ExplorerOptions): Explorer {
  const { name, open, stdin, stdout, theme, leave, terminal } = options;
  const store = createStore();
  let work: Work | undefined;
  let files: LayoutFiles | undefined;
  let isGone = false;
  let clear = async () => {};
  let end: (code: ExitCode) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const left = new Promise<ExitCode>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  // It may fail before anybody waits for it.
  left.catch(() => {});

  const onKey = (key: Key, size: Size) => {
    const state = store.getSnapshot();
    if (state === undefined) {
      if (key === 'q' || key === 'escape') end(Exit.good);
      else if (key === 'ctrl-c') end(Exit.interrupted);
      return;
    }
    const layout = layOut({ state, name, size, theme, leave });
    const intent = state.search.typing ? undefined : intentOf(key, layout.situation);
    if (!state.search.typing && intent === undefined) return;
    const next = intent === undefined ? typed(state, key, layout) : turn(state, intent, layout);
    store.set(next.state);
    if (next.outside !== undefined) leaveFor(next.outside);
    work?.wake();
  };

  function leaveFor(what: Outside): void {
    switch (what) {
      case 'quit':
        end(Exit.good);
        break;
      case 'interrupt':
        end(Exit.interrupted);
        break;
      case 'again':
        look().catch(fail);
        break;
      case 'write out':
        writeOut().catch(fail);
        break;
      case 'suspend':
        sleep().catch(fail);
        break;
    }
  }

  function mount(): void {
    const display = new Display(stdout, theme);
    const ink: Instance = render(<ExplorerScreen {...{ store, name, theme, leave, onKey }} />, {
      // Ink needs no more of a terminal than its size, 'resize' and write().
      stdout: display as unknown as NodeJS.WriteStream,
      stdin,
      // Each frame as a whole: what of it is new, the display finds out.
      debug: true,
      exitOnCtrlC: false,
      patchConsole: false,
    });
    ink.waitUntilExit().catch(fail);
    clear = async () => {
      display.close();
      ink.unmount();
      ink.cleanup();
      await terminal.quiet();
    };
  }

  async function sleep(): Promise<void> {
    await clear();
    terminal.leave();
    terminal.lent = true;
    try {
      // The whole job: npx and npm wait in front of us.
      process.kill(0, 'SIGTSTP');
    } finally {
      terminal.lent = false;
      if (!isGone) {
        terminal.enter();
        mount();
      }
    }
  }

  /** Writes the file that is looked at into the working directory. */
  async function writeOut(): Promise<void> {
    const state = store.getSnapshot();
    const place = state && filePlace(state);
    const entry = place && entryAt(state, place);
    if (files === undefined || place === undefined || entry === undefined) return;
    const text = await writeFileOut(entry, entryContent(files.read(place.path), place.entry));
    const now = store.getSnapshot();
    if (now !== undefined && !isGone) store.set(receive(now, { type: 'note', text }));
  }

  /** Looks through the layout, and from then on at what is on the screen. */
  async function look(): Promise<void> {
    work?.stop();
    const opening = await open();
    files = opening;
    const survey = await surveyLayout(opening);
    if (isGone) return;
    work?.stop();
    const before = store.getSnapshot();
    const state = before === undefined ? opened(name, survey) : lookedAgain(before, survey);
    store.set(state);
    const getState = () => store.getSnapshot() ?? state;
    const tell = (event: Event) => {
      if (getState().look !== state.look) return;
      store.set(receive(getState(), event));
      // What was found may be what something else waits for.
      work?.wake();
    };
    work = beginWork({ files: opening, getState, tell, onBug: fail });
    work.wake();
  }

  mount();
  look().catch(fail);
  return {
    left,
    unmount: async () => {
      isGone = true;
      work?.stop();
      await clear();
    },
  };
}

export interface OpenExplorerOptions extends Omit<ExplorerOptions, 'theme' | 'terminal' | 'leave'> {
  readonly env: NodeJS.ProcessEnv;
  readonly color: boolean;
  readonly ascii: boolean;
}

/**
 * Shows the explorer until somebody leaves it. The terminal is as it was before when this settles,
 * however it settles.
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
