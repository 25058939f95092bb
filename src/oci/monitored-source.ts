/**
 * Passes a source on and remembers what it failed with.
 *
 * A stream pipeline throws its own failures back into the source it reads from, and those of the source
 * out at its end: this tells whose they are.
 */
export class MonitoredSource implements AsyncIterable<Uint8Array> {
  /** What the source failed with. */
  failure: unknown;
  /** Bytes passed on. */
  size = 0;
  readonly #source: AsyncIterable<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const chunks = this.#source[Symbol.asyncIterator]();
    try {
      for (let next = await this.#next(chunks); !next.done; next = await this.#next(chunks)) {
        this.size += next.value.byteLength;
        yield next.value;
      }
    } finally {
      await chunks.return?.();
    }
  }

  async #next(chunks: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
    try {
      return await chunks.next();
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}
