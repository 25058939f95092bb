import { BadLayer } from './bad-layer.ts';

/** Reads exact numbers of bytes from a stream of chunks; copies only what spans several chunks. */
export class ByteReader {
  /** Bytes taken. */
  taken = 0;
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** What is read, as it is named in errors. */
  readonly #what: string;
  #ahead: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>, what: string) {
    this.#chunks = source[Symbol.asyncIterator]();
    this.#what = what;
  }

  async isAtEnd(): Promise<boolean> {
    return this.#ahead.length === 0 && !(await this.#refill());
  }

  /** @throws {BadLayer} if the stream ends before */
  async peek(length: number): Promise<Buffer> {
    if (!(await this.#has(length))) throw this.#endsEarly();
    return this.#ahead.subarray(0, length);
  }

  /** @throws {BadLayer} if the stream ends before */
  async take(length: number): Promise<Buffer> {
    return this.#cut((await this.peek(length)).length);
  }

  /** Like {@link take}, but fewer if the stream ends. */
  async takeAtMost(length: number): Promise<Buffer> {
    await this.#has(length);
    return this.#cut(Math.min(length, this.#ahead.length));
  }

  /**
   * That many bytes, in pieces of any length.
   *
   * @throws {BadLayer} if the stream ends before
   */
  async *pieces(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      if (await this.isAtEnd()) throw this.#endsEarly();
      const piece = this.#cut(Math.min(left, this.#ahead.length));
      left -= piece.length;
      yield piece;
    }
  }

  /** Reads the rest and drops it. */
  async drain(): Promise<void> {
    while (!(await this.isAtEnd())) this.#cut(this.#ahead.length);
  }

  /** Ends the source. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #cut(length: number): Buffer {
    const bytes = this.#ahead.subarray(0, length);
    this.#ahead = this.#ahead.subarray(length);
    this.taken += length;
    return bytes;
  }

  async #has(length: number): Promise<boolean> {
    while (this.#ahead.length < length) if (!(await this.#refill())) return false;
    return true;
  }

  async #refill(): Promise<boolean> {
    let { done, value } = await this.#chunks.next();
    // Decompressors also yield empty chunks.
    while (!done && value.byteLength === 0) ({ done, value } = await this.#chunks.next());
    if (done) return false;
    const chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    this.#ahead = this.#ahead.length === 0 ? chunk : Buffer.concat([this.#ahead, chunk]);
    return true;
  }

  #endsEarly(): BadLayer {
    return new BadLayer(`${this.#what} ends early`);
  }
}
