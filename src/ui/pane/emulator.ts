import xterm from '@xterm/headless';
import { columnsOf } from '../../text/measure.ts';
import type { Line } from '../line.ts';
import { spansOf } from './cells.ts';
import type { TerminalModes } from './typed.ts';

/** What the emulated terminal shows. */
export interface EmulatedScreen {
  readonly lines: readonly Line[];
  /** Where the cursor is, unless the program hides it or it's scrolled out of view. */
  readonly cursor: { readonly row: number; readonly column: number } | undefined;
  /** How many lines it's scrolled back. */
  readonly back: number;
}

interface EmulatorSize {
  readonly columns: number;
  readonly rows: number;
}

/** Lines that are kept above the screen. */
const scrollback = 2000;

/** A terminal without a window: takes what a program writes, and knows what it would show. */
export class Emulator {
  readonly #terminal: xterm.Terminal;
  readonly #cell: xterm.IBufferCell;
  #cursorHidden = false;
  #back = 0;

  /** @param onReply gets what the terminal answers to a program's questions */
  constructor({ columns, rows }: EmulatorSize, onReply: (text: string) => void) {
    this.#terminal = new xterm.Terminal({
      cols: columns,
      rows,
      scrollback,
      allowProposedApi: true,
      // It would write to our screen.
      logLevel: 'off',
    });
    this.#terminal.unicode.register(ourWidths);
    this.#terminal.unicode.activeVersion = ourWidths.version;
    this.#cell = this.#terminal.buffer.active.getNullCell();
    this.#terminal.onData(onReply);
    this.#watchCursor();
  }

  /** @param done called once the chunk is part of the screen */
  write(chunk: Uint8Array | string, done?: () => void): void {
    this.#terminal.write(chunk, done);
  }

  resize({ columns, rows }: EmulatorSize): void {
    this.#terminal.resize(columns, rows);
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  /** What decides how keys are sent. */
  get modes(): TerminalModes {
    const { applicationCursorKeysMode, bracketedPasteMode } = this.#terminal.modes;
    return { applicationCursor: applicationCursorKeysMode, bracketedPaste: bracketedPasteMode };
  }

  /** Scrolls back by so many lines, or forth. */
  scroll(by: number): void {
    this.#back = Math.max(0, Math.min(this.#terminal.buffer.active.baseY, this.#back + by));
  }

  /** Scrolls to the end. */
  follow(): void {
    this.#back = 0;
  }

  screen(): EmulatedScreen {
    const { active } = this.#terminal.buffer;
    const back = Math.min(this.#back, active.baseY);
    const top = active.baseY - back;
    const lines = Array.from({ length: this.#terminal.rows }, (_, at) => {
      const row = active.getLine(top + at);
      return row === undefined ? [] : spansOf(row, this.#cell);
    });
    const hidden = this.#cursorHidden || back > 0;
    // After the last column it waits there for the next character.
    const column = Math.min(active.cursorX, this.#terminal.cols - 1);
    return { lines, cursor: hidden ? undefined : { row: active.cursorY, column }, back };
  }

  close(): void {
    this.#terminal.dispose();
  }

  /** The terminal doesn't tell whether the cursor is hidden (DECTCEM). */
  #watchCursor(): void {
    const { parser } = this.#terminal;
    const hide = (hidden: boolean) => (params: (number | number[])[]) => {
      if (params.includes(25)) this.#cursorHidden = hidden;
      return false;
    };
    const reset = () => {
      this.#cursorHidden = false;
      return false;
    };
    parser.registerCsiHandler({ prefix: '?', final: 'h' }, hide(false));
    parser.registerCsiHandler({ prefix: '?', final: 'l' }, hide(true));
    parser.registerEscHandler({ final: 'c' }, reset);
    parser.registerCsiHandler({ intermediates: '!', final: 'p' }, reset);
  }
}

const unknown = 255;
const widths = new Uint8Array(0x110000).fill(unknown);

/** A character takes as many columns as it does elsewhere on the screen: the emulator's own table is old. */
const ourWidths: xterm.IUnicodeVersionProvider = {
  version: 'handroll-tour',
  wcwidth,
  charProperties: (codepoint, preceding) => {
    const width = wcwidth(codepoint);
    // The layout of this number is the emulator's: the width in two bits, and whether the character
    // joins the one before.
    const before = (preceding >> 1) & 3;
    const joins = width === 0 && before > 0;
    return ((joins ? before : width) << 1) | (joins ? 1 : 0);
  },
};

function wcwidth(codepoint: number): 0 | 1 | 2 {
  if (widths[codepoint] === unknown) {
    widths[codepoint] = Math.min(2, columnsOf(String.fromCodePoint(codepoint)));
  }
  return widths[codepoint] as 0 | 1 | 2;
}
