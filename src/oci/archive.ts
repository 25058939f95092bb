import { createHash, type Hash } from 'node:crypto';
import { BadLayer } from './bad-layer.ts';
import type { HeaderForm } from './layer-entry.ts';

const BLOCK = 512;
/** Where the fields of a tar header stand (POSIX pax, "ustar Interchange Format"; GNU's for its own). */
const FIELD = {
  size: [124, 136],
  checksum: [148, 156],
  type: [156, 157],
  magic: [257, 265],
  prefix: [345, 500],
  gnuAccessTime: [345, 357],
  gnuChangeTime: [357, 369],
  gnuIsExtended: [482, 483],
} as const;
const USTAR_MAGIC = 'ustar\x0000';
const GNU_MAGIC = 'ustar  \0';

/** Types whose content is about the next entry: pax headers and GNU long names. */
const META_TYPES = 'xgLKN';
/** As tar-stream has it: no honest header is near as long. */
const MAX_META = 4 * 1024 * 1024;
/** Links, devices and FIFOs: what size they claim says nothing, no content follows. */
const EMPTY_TYPES = '12346';

/**
 * The archive in a stream of bytes, made ready for tar-stream, which reads it. It is walked from header
 * to header for what that reader does not do:
 *
 * - It has no notion of the end-of-archive marker, and reads on whatever stands after it. Of an archive
 *   appended to another it would show entries that no runtime unpacks; the marker ends the archive here.
 * - It takes what follows a link that claims a size for its content, and would pass over entries that
 *   runtimes unpack. The size becomes 0.
 * - It does not know the names that Go before 1.8 wrote, with a ustar prefix under GNU magic. They get
 *   the magic of ustar.
 * - It wants the last file padded. Go programs that forget to close their archive end it with the
 *   content (`umoci insert` before 0.4.8), and runtimes unpack it. The padding is added; one that is
 *   there in part is an archive cut short.
 *
 * Nothing moves: a byte of the archive has the same offset as in the source.
 */
export class Archive {
  readonly #source: AsyncIterable<Uint8Array>;
  #hasEnded = false;
  /** Where in the stream the next byte stands. */
  #position = 0;
  /** The header being collected, which may come in several chunks. */
  readonly #block = Buffer.alloc(BLOCK);
  #blockLength = 0;
  /** Bytes of content and padding before the next header. */
  #skip = 0;
  /** How many of them, the last ones, are padding. */
  #padding = 0;
  #sawZeroBlock = false;
  /** The pax header that is passing, and the size it gives the next entry. */
  #pax: { left: number; readonly parts: Uint8Array[] } | undefined;
  #paxSize: number | undefined;

  /** The extension headers since the last entry: their types, and a hash of all their bytes. */
  #extensions = '';
  #extensionHash: Hash | undefined;
  readonly #onHeader: (form: HeaderForm) => void;

  /** @param onHeader told how each entry's header is written, before its bytes come out */
  constructor(source: AsyncIterable<Uint8Array>, onHeader: (form: HeaderForm) => void = () => {}) {
    this.#source = source;
    this.#onHeader = onHeader;
  }

  /**
   * The bytes up to the end-of-archive marker (two zero blocks). What follows is read and dropped.
   *
   * @throws {BadLayer} where readers of tar disagree about where the next header stands
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#source) {
      if (!this.#hasEnded) yield* this.#advance(chunk);
    }
    if (this.#blockLength > 0) yield this.#block.subarray(0, this.#blockLength);
    const endsWithContent = this.#skip > 0 && this.#skip === this.#padding;
    if (endsWithContent) yield Buffer.alloc(this.#skip);
  }

  /** Walks through a chunk and passes on what of it belongs to the archive. */
  *#advance(chunk: Uint8Array): Generator<Uint8Array> {
    let at = 0;
    let passed = 0;
    while (at < chunk.length && !this.#hasEnded) {
      if (this.#skip > 0) {
        at += this.#skipContent(chunk, at);
        continue;
      }
      const start = at;
      at += this.#collectHeader(chunk, at);
      const isComplete = this.#blockLength === BLOCK;
      const isMended = isComplete && this.#seeHeader();
      // Most headers are whole and stay as they are: they go with what is around them.
      if (isComplete && !isMended && at - start === BLOCK) continue;
      if (start > passed) yield chunk.subarray(passed, start);
      if (isComplete) yield Buffer.from(this.#block);
      passed = at;
    }
    if (at > passed) yield chunk.subarray(passed, at);
  }

  #skipContent(chunk: Uint8Array, at: number): number {
    const length = Math.min(this.#skip, chunk.length - at);
    this.#extensionHash?.update(chunk.subarray(at, at + length));
    if (this.#pax !== undefined) {
      const part = chunk.subarray(at, at + Math.min(length, this.#pax.left));
      this.#pax.parts.push(part);
      this.#pax.left -= part.length;
    }
    this.#skip -= length;
    this.#position += length;
    if (this.#skip === 0 && this.#pax !== undefined) {
      this.#paxSize = paxSize(Buffer.concat(this.#pax.parts));
      this.#pax = undefined;
    }
    return length;
  }

  #collectHeader(chunk: Uint8Array, at: number): number {
    const length = Math.min(BLOCK - this.#blockLength, chunk.length - at);
    this.#block.set(chunk.subarray(at, at + length), this.#blockLength);
    this.#blockLength += length;
    this.#position += length;
    return length;
  }

  /** Takes the block for a header, or for a part of the end. Returns whether it was mended. */
  #seeHeader(): boolean {
    this.#blockLength = 0;
    if (this.#block.every((byte) => byte === 0)) {
      this.#hasEnded = this.#sawZeroBlock;
      this.#sawZeroBlock = true;
      return false;
    }
    const at = `at byte ${this.#position - BLOCK}`;
    if (this.#sawZeroBlock) throw new BadLayer(`a header ${at} after a single zero block`);
    const type = this.#text(FIELD.type);
    const size = number(this.#text(FIELD.size));
    if (size === undefined) throw new BadLayer(`no tar header ${at}: it has no size`);
    if (META_TYPES.includes(type)) {
      if (size > MAX_META) throw new BadLayer(`a header ${at} of ${size} bytes`);
      if (type === 'x' && size > 0) this.#pax = { left: size, parts: [] };
      this.#skip = padded(size);
      this.#padding = 0;
      this.#extensions += type;
      this.#extensionHash ??= createHash('sha256');
      this.#extensionHash.update(this.#block);
      return false;
    }
    this.#onHeader(this.#takeForm());
    const isEmpty = EMPTY_TYPES.includes(type);
    if (isEmpty && this.#paxSize) throw new BadLayer(`a link or device ${at} with a pax size`);
    if (type === 'S' && this.#text(FIELD.gnuIsExtended) !== '\0') {
      throw new BadLayer(`a sparse file ${at} in the old GNU form, with more than a header`);
    }
    const content = isEmpty || type === '5' ? 0 : (this.#paxSize ?? size);
    this.#skip = padded(content);
    this.#padding = this.#skip - content;
    this.#paxSize = undefined;
    return this.#mend({ hasSize: isEmpty && size > 0, hasPrefix: this.#hasLostPrefix() });
  }

  #takeForm(): HeaderForm {
    const magic = this.#text(FIELD.magic);
    const form = {
      format: magic === GNU_MAGIC ? 'gnu' : magic.startsWith('ustar') ? 'ustar' : 'v7',
      block: Buffer.from(this.#block),
      extensions: this.#extensions,
      extensionDigest: this.#extensionHash?.digest('base64') ?? '',
    } as const;
    this.#extensions = '';
    this.#extensionHash = undefined;
    return form;
  }

  /** Under GNU magic two times stand where ustar has the prefix; what is no time is a prefix. */
  #hasLostPrefix(): boolean {
    if (this.#text(FIELD.magic) !== GNU_MAGIC) return false;
    const times = [FIELD.gnuAccessTime, FIELD.gnuChangeTime];
    if (times.every((field) => number(this.#text(field)) !== undefined)) return false;
    return /^[!-~][ -~]*(?:\0|$)/.test(this.#text(FIELD.prefix));
  }

  /** A header with a wrong checksum stays so. */
  #mend({ hasSize, hasPrefix }: { hasSize: boolean; hasPrefix: boolean }): boolean {
    if (!hasSize && !hasPrefix) return false;
    if (number(this.#text(FIELD.checksum)) !== checksum(this.#block)) return false;
    if (hasSize) this.#block.fill(0, ...FIELD.size);
    if (hasPrefix) this.#block.write(USTAR_MAGIC, FIELD.magic[0], 'latin1');
    const sum = checksum(this.#block).toString(8).padStart(6, '0');
    this.#block.write(`${sum}\0 `, FIELD.checksum[0], 'latin1');
    return true;
  }

  #text([start, end]: readonly [number, number]): string {
    return this.#block.toString('latin1', start, end);
  }
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/** The sum of all bytes, those of the checksum taken for spaces. */
function checksum(block: Buffer): number {
  const [start, end] = FIELD.checksum;
  let sum = (end - start) * 0x20;
  for (const [index, byte] of block.entries()) if (index < start || index >= end) sum += byte;
  return sum;
}

/** A number field: octal text, or base 256 marked by the first bit. `undefined` if it is neither. */
function number(latin1: string): number | undefined {
  if (latin1.startsWith('\x80')) {
    const value = Number(BigInt(`0x${Buffer.from(latin1.slice(1), 'latin1').toString('hex')}`));
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = /^ *([0-7]*)[ \0]*$/.exec(latin1)?.[1];
  return digits === undefined ? undefined : Number.parseInt(`0${digits}`, 8);
}

/**
 * The `size` record of a pax extended header, if there is one.
 *
 * @throws {BadLayer} if a record is not `LENGTH KEYWORD=VALUE\n`: runtimes refuse it too
 */
function paxSize(records: Buffer): number | undefined {
  let size: number | undefined;
  for (let at = 0; at < records.length; ) {
    const head = /^(\d{1,10}) /.exec(records.toString('latin1', at, at + 16));
    const end = at + Number(head?.[1]);
    const record = records.toString('latin1', at + (head?.[0].length ?? 0), end);
    // Without a length `end` is not a number, and no record is as long.
    const isWhole = end <= records.length && /^[^=]+=.*\n$/s.test(record);
    if (!isWhole) throw new BadLayer('a pax header with a malformed record');
    const digits = /^size=(\d+)\n$/.exec(record)?.[1];
    if (digits !== undefined) size = Number(digits);
    at = end;
  }
  return size;
}
