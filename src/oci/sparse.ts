import { BadLayer } from './bad-layer.ts';
import type { ByteReader } from './byte-reader.ts';
import { blockLength, type PaxRecords, paxText } from './tar-header.ts';

/** A sparse file: its length and the pieces that are stored. Everything else is zeros. */
export interface SparseMap {
  readonly size: number;
  /** In order, without overlap. */
  readonly pieces: readonly Piece[];
}

interface Piece {
  readonly offset: number;
  readonly length: number;
}

/** The most pieces of a file; each takes some bytes of a header. */
const maxPieces = 1_000_000;
const zeroBytes = Buffer.alloc(256 * 1024);
const numberPattern = /^\d{1,16}$/;

/**
 * The sparse map of a file in GNU tar's pax formats 0.0, 0.1 or 1.0. In 1.0 it precedes the content, and
 * is read from there.
 *
 * @param stored bytes of content in the archive
 * @returns `undefined` if the file isn't sparse
 * @throws {BadLayer} if the map is broken
 * @see GNU tar manual, "Storing Sparse Files"
 */
export async function readSparseMap(
  records: PaxRecords,
  stored: number,
  input: ByteReader,
): Promise<SparseMap | undefined> {
  const version = [paxText(records, 'GNU.sparse.major'), paxText(records, 'GNU.sparse.minor')];
  const isInContent = version.join('.') === '1.0';
  const listed = isInContent ? [] : listedIn(records);
  if (!isInContent && listed.length === 0) return undefined;
  // Go requires it.
  const count = isInContent ? 0 : numberOf(paxText(records, 'GNU.sparse.numblocks'));
  if (!isInContent && listed.length !== count * 2) throw broken();
  const size = numberOf(
    paxText(records, 'GNU.sparse.size') ?? paxText(records, 'GNU.sparse.realsize'),
  );
  const begin = input.taken;
  const numbers = isInContent ? await numbersInContent(input, stored) : listed.map(numberOf);
  const pieces: Piece[] = [];
  let [end, length] = [0, 0];
  for (let at = 0; at < numbers.length; at += 2) {
    const piece = { offset: numbers[at] ?? -1, length: numbers[at + 1] ?? -1 };
    if (piece.offset < end || piece.length < 0) throw broken();
    end = piece.offset + piece.length;
    length += piece.length;
    if (piece.length > 0) pieces.push(piece);
  }
  if (end > size || length !== stored - (input.taken - begin)) throw broken();
  return { size, pieces };
}

/**
 * The whole content of a sparse file, including the zeros.
 *
 * @param stored the bytes in the archive, without the map
 */
export async function* expanded(
  { size, pieces }: SparseMap,
  stored: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  let next = 0;
  for await (let chunk of stored) {
    while (chunk.length > 0) {
      const piece = pieces[next];
      if (piece === undefined) return;
      yield* zeros(piece.offset - at);
      at = Math.max(at, piece.offset);
      const part = chunk.subarray(0, piece.offset + piece.length - at);
      yield part;
      at += part.length;
      if (at === piece.offset + piece.length) next++;
      chunk = chunk.subarray(part.length);
    }
  }
  yield* zeros(size - at);
}

function* zeros(length: number): Generator<Uint8Array> {
  for (let left = length; left > 0; left -= zeroBytes.length) {
    yield zeroBytes.subarray(0, Math.min(left, zeroBytes.length));
  }
}

/** 0.1 has one record with all numbers, 0.0 a record for each number. */
function listedIn(records: PaxRecords): string[] {
  const map = paxText(records, 'GNU.sparse.map');
  if (map !== undefined) return map.split(',');
  const offsets = records.get('GNU.sparse.offset') ?? [];
  const lengths = records.get('GNU.sparse.numbytes') ?? [];
  if (offsets.length !== lengths.length) throw broken();
  return offsets.flatMap((offset, at) => [`${offset}`, `${lengths[at]}`]);
}

/** Decimal numbers, one per line: the number of pieces, then their offsets and lengths. */
async function numbersInContent(input: ByteReader, stored: number): Promise<number[]> {
  const numbers: number[] = [];
  let text = '';
  let count: number | undefined;
  for (let read = 0; count === undefined || numbers.length < count * 2; read += blockLength) {
    if (read + blockLength > stored) throw broken();
    text += (await input.take(blockLength)).toString('latin1');
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      if (count === undefined) count = numberOf(line);
      else if (numbers.length < count * 2) numbers.push(numberOf(line));
    }
    if (text.length > blockLength || (count ?? 0) > maxPieces) throw broken();
  }
  return numbers;
}

function numberOf(text: string | undefined): number {
  const number = numberPattern.test(text ?? '') ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw broken();
  return number;
}

function broken(): BadLayer {
  return new BadLayer('a sparse file whose map is broken');
}
