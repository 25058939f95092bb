import type { PseudoTerminal, TerminalSize } from '../../host/pseudo-terminal.ts';
import { createExternalStore, type ExternalStore } from '../external-store.ts';
import type { EmulatedScreen, Emulator } from './emulator.ts';
import { encode, scrollOf } from './typed.ts';

/** A program that can run in a pane. */
export interface PaneProgram {
  /** What the pane is called: bash. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** What stands above its output. */
  readonly words: readonly string[];
}

/** What a pane shows. */
export interface PaneView {
  readonly name: string;
  readonly screen: EmulatedScreen | undefined;
}

/** Milliseconds between two pictures of a program that goes on writing. */
const pictureMs = 1000 / 30;

/**
 * The learner's shell beside the page. A program that is opened over it, such as a shell in a container,
 * has the pane until it ends.
 */
export class Panes {
  readonly #open: Pane[] = [];
  readonly #shown: ExternalStore<PaneView | undefined> = createExternalStore<PaneView | undefined>(
    undefined,
  );

  /** What the pane shows now, for the screen. */
  get shown(): Pick<ExternalStore<PaneView | undefined>, 'getSnapshot' | 'subscribe'> {
    return this.#shown;
  }

  get isOpen(): boolean {
    return this.#open.length > 0;
  }

  /**
   * Opens a program. What is typed from now on is for it.
   * @returns its exit code; undefined if there's no terminal for it
   */
  async open(load: () => Promise<PaneProgram>, size: TerminalSize): Promise<number | undefined> {
    const pane = new Pane(size, () => this.#show());
    this.#open.push(pane);
    this.#show();
    try {
      return await pane.run(await load());
    } finally {
      this.#open.splice(this.#open.indexOf(pane), 1);
      this.#show();
    }
  }

  type(text: string): void {
    this.#open.at(-1)?.type(text);
  }

  resize(size: TerminalSize): void {
    for (const pane of this.#open) pane.resize(size);
  }

  /** Closes all, as a window is closed with what runs in it. */
  async close(): Promise<void> {
    await Promise.all(this.#open.map((pane) => pane.close()));
  }

  readonly #show = () => this.#shown.set(this.#open.at(-1)?.view);
}

/** A program in a terminal, and what that shows. */
class Pane {
  view: PaneView = { name: '', screen: undefined };
  #size: TerminalSize;
  #emulator: Emulator | undefined;
  #terminal: PseudoTerminal | undefined;
  #closed = false;
  /** What was typed before the program was there. */
  #early = '';
  readonly #onView: () => void;
  #timer: NodeJS.Timeout | undefined;
  #pictured = Number.NEGATIVE_INFINITY;

  constructor(size: TerminalSize, onView: () => void) {
    this.#size = size;
    this.#onView = onView;
  }

  async run({ name, argv, env, cwd, words }: PaneProgram): Promise<number | undefined> {
    const [{ Emulator }, { openPseudoTerminal }] = await Promise.all([
      import('./emulator.ts'),
      import('../../host/pseudo-terminal.ts'),
    ]);
    const size = this.#size;
    const emulator = new Emulator(size, (reply) => this.#terminal?.write(reply));
    this.#emulator = emulator;
    for (const each of words) emulator.write(`\u001b[2m${each}\u001b[m\r\n`);
    this.view = { name, screen: undefined };
    const terminal = await openPseudoTerminal(argv, {
      env: ownEnvironment(env),
      cwd,
      size,
      onOutput: (chunk, done) =>
        emulator.write(chunk, () => {
          done();
          this.#changed();
        }),
    });
    this.#terminal = terminal;
    if (terminal !== undefined) await this.#catchUp(terminal, size);
    const code = await terminal?.ended;
    clearTimeout(this.#timer);
    this.#emulator = undefined;
    emulator.close();
    return code;
  }

  /** Does what was asked for while the terminal was opened. */
  async #catchUp(terminal: PseudoTerminal, openedWith: TerminalSize): Promise<void> {
    if (this.#closed) return terminal.close();
    if (this.#size !== openedWith) this.resize(this.#size);
    if (this.#early !== '') this.type(this.#early);
  }

  type(text: string): void {
    const emulator = this.#emulator;
    if (emulator === undefined || this.#terminal === undefined) {
      this.#early += text;
      return;
    }
    const scroll = scrollOf(text);
    if (scroll === undefined) {
      emulator.follow();
      this.#terminal.write(encode(text, emulator.modes));
    } else emulator.scroll(scroll * Math.max(1, emulator.rows - 1));
    this.#changed();
  }

  resize(size: TerminalSize): void {
    this.#size = size;
    this.#emulator?.resize(size);
    this.#terminal?.resize(size);
    this.#changed();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#terminal?.close();
  }

  /** Takes a picture: at once, or when the last one is old enough. */
  #changed(): void {
    if (this.#timer !== undefined) return;
    const wait = this.#pictured + pictureMs - performance.now();
    this.#timer = setTimeout(this.#picture, Math.max(0, wait));
  }

  readonly #picture = () => {
    this.#timer = undefined;
    if (this.#emulator === undefined) return;
    this.view = { name: this.view.name, screen: this.#emulator.screen() };
    this.#onView();
    this.#pictured = performance.now();
  };
}

/** Variables by which a terminal tells programs about itself, and its size. */
const aboutTerminal = [
  'COLUMNS',
  'LINES',
  'TMUX',
  'TMUX_PANE',
  'STY',
  'WINDOW',
  'TERM_PROGRAM',
  'TERM_PROGRAM_VERSION',
  'VTE_VERSION',
  'WINDOWID',
  'KITTY_WINDOW_ID',
];

/** The environment of a program in the pane, whose terminal isn't the one around the tour. */
function ownEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !aboutTerminal.includes(name));
  return { ...Object.fromEntries(kept), TERM: 'xterm-256color' };
}
