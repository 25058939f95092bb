/**
 * Passes a source's chunks on and records its error.
 *
 * A stream pipeline throws its own errors into the source and the source's errors at its end: this tells
 * them apart.
 */
export class MonitoredSource implements AsyncIterable<Uint8Array> {
  /** The source's error. */
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
