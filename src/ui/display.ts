import { EventEmitter } from 'node:events';

/** Milliseconds between two frames: 30 frames a second. */
const frameMs = 1000 / 30;

/** A cell of the screen, counted from 0. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';

/**
 * Takes Ink's frames in place of the terminal (`mount` says why), compares each with what is on the
 * screen, and writes only the lines that differ.
 */
export class Display extends EventEmitter {
  readonly #terminal: NodeJS.WriteStream;
  readonly #spoken: boolean;
  readonly #cursorNow: () => Cell | undefined;
  /** What was last written about the cursor. */
  #cursor = hideCursor;
  #next: string | undefined;
  /** The lines on the screen; undefined if they are unknown. */
  #shown: readonly string[] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #drawnAt = Number.NEGATIVE_INFINITY;

  /**
   * @param spoken for a screen reader: nothing is rewritten, and new lines are written below
   * @param cursor where the learner types, if that's somewhere on the screen
   */
  constructor(
    terminal: NodeJS.WriteStream,
    { spoken, cursor = () => undefined }: { spoken: boolean; cursor?: () => Cell | undefined },
  ) {
    super();
    this.#cursorNow = cursor;
    this.#terminal = terminal;
    this.#spoken = spoken;
    terminal.on('resize', this.#resized);
  }

  get columns(): number {
    return this.#terminal.columns || 80;
  }

  get rows(): number {
    return this.#terminal.rows || 24;
  }

  /** Draws a frame at once, or once the one before has been shown for `frameMs`. */
  write = (frame: string): boolean => {
    // Ink writes an empty string to clear its last frame.
    if (frame === '') return true;
    this.#next = frame;
    if (this.#timer !== undefined) return true;
    const wait = this.#drawnAt + frameMs - performance.now();
    if (wait <= 0) this.#draw();
    else this.#timer = setTimeout(this.#draw, wait);
    return true;
  };

  /** Stops drawing, because another program gets the terminal. */
  close(): void {
    clearTimeout(this.#timer);
    this.#terminal.off('resize', this.#resized);
    this.write = () => true;
    if (this.#cursor !== hideCursor) this.#terminal.write(hideCursor);
  }

  // Terminals differ in what they do with their contents on a resize, so assume nothing.
  readonly #resized = () => {
    this.#shown = undefined;
    this.#drawnAt = performance.now();
    this.emit('resize');
  };

  readonly #draw = () => {
    this.#timer = undefined;
    if (this.#next === undefined) return;
    const lines = this.#next.split('\n');
    const written = this.#spoken ? this.#newIn(lines) : this.#changesTo(lines.slice(0, this.rows));
    this.#shown = lines;
    this.#next = undefined;
    this.#drawnAt = performance.now();
    if (written !== '') this.#terminal.write(written);
  };

  #newIn(lines: readonly string[]): string {
    const before = new Set(this.#shown);
    return lines
      .filter((each) => each !== '' && !before.has(each))
      .map((each) => `${each}\n`)
      .join('');
  }

  #changesTo(lines: readonly string[]): string {
    const before = this.#shown ?? [];
    const count = Math.max(lines.length, before.length);
    const changes = Array.from({ length: count }, (_, at) => {
      const [now = '', then = ''] = [lines[at], before[at]];
      return now === then ? '' : `${moveTo({ row: at, column: 0 })}${now}\u001b[K`;
    }).join('');
    const cleared = this.#shown === undefined ? '\u001b[2J' : '';
    const frame = cleared + changes;
    const cell = this.#cursorNow();
    const cursor = cell === undefined ? hideCursor : `${moveTo(cell)}${showCursor}`;
    const moved = cursor !== this.#cursor || (frame !== '' && cell !== undefined);
    // It isn't to be seen on its way.
    const hidden = frame !== '' && this.#cursor !== hideCursor ? hideCursor : '';
    const written = `${hidden}${frame}${moved ? cursor : ''}`;
    this.#cursor = cursor;
    // Synchronised output (mode 2026): terminals that support it show the whole frame at once.
    return written === '' ? '' : `\u001b[?2026h${written}\u001b[?2026l`;
  }
}

function moveTo({ row, column }: Cell): string {
  return `\u001b[${row + 1};${column + 1}H`;
}
