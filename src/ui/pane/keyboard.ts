import { EventEmitter } from 'node:events';

/**
 * The keyboard as Ink reads it: without what was typed for the shell beside the page, which gets the
 * bytes as they came. It listens to the terminal only while Ink listens to it.
 */
export class Keyboard extends EventEmitter {
  readonly #stdin: NodeJS.ReadStream;
  readonly #divert: (text: string) => Iterable<string>;
  readonly #chunks: string[] = [];

  /** @param divert takes what isn't for the page, and yields the rest: a piece may decide about the next */
  constructor(stdin: NodeJS.ReadStream, divert: (text: string) => Iterable<string>) {
    super();
    this.#stdin = stdin;
    this.#divert = divert;
    this.on('newListener', (event) => {
      if (event !== 'readable' || this.listenerCount('readable') > 0) return;
      stdin.on('readable', this.#readable);
    });
    this.on('removeListener', (event) => {
      if (event !== 'readable' || this.listenerCount('readable') > 0) return;
      stdin.off('readable', this.#readable);
    });
  }

  /** The keyboard as a stream: Ink uses no more of one than this class has. */
  get stream(): NodeJS.ReadStream {
    return this as unknown as NodeJS.ReadStream;
  }

  get isTTY(): boolean {
    return this.#stdin.isTTY;
  }

  setEncoding(encoding: BufferEncoding): void {
    this.#stdin.setEncoding(encoding);
  }

  setRawMode(raw: boolean): void {
    this.#stdin.setRawMode(raw);
  }

  ref(): void {
    this.#stdin.ref();
  }

  unref(): void {
    this.#stdin.unref();
  }

  read(): string | null {
    return this.#chunks.shift() ?? null;
  }

  readonly #readable = () => {
    for (;;) {
      const chunk: unknown = this.#stdin.read();
      if (chunk === null) return;
      for (const piece of this.#divert(String(chunk))) {
        this.#chunks.push(piece);
        this.emit('readable');
      }
    }
  };
}
