import { headerFields } from '../header-fields.ts';
import type { Cause } from './causes.ts';
import type { FieldDifference } from './entry-fields.ts';
import { EntryPairs } from './entry-pairs.ts';
import { type LayerRead, LayerStream } from './layer-stream.ts';
import { compareLinked, type Source } from './linked.ts';

/** A difference between two layers; `entry` is the name of an entry, if it's about one. */
type TellLayer = (difference: FieldDifference, entry?: string) => void;

/** How fields of a gzip header are reported, by their names in RFC 1952; others are reported together. */
const gzipFields: ReadonlyMap<string, { field: string; cause: Cause }> = new Map([
  ['MTIME', { field: 'gzip time', cause: 'gzip-header' }],
  ['FNAME', { field: 'gzip name', cause: 'gzip-header' }],
  ['XFL', { field: 'gzip level', cause: 'gzip-data' }],
  ['OS', { field: 'gzip system', cause: 'gzip-data' }],
]);
/** GNU tar pads archives to whole records of this many bytes. */
const recordLength = 10_240;

/**
 * Finds why two layer blobs have different bytes. Reads both at the same time, once, and again only if
 * hard links have to be followed.
 *
 * @param a gives the blob as it is stored
 * @returns what is wrong with each, if it isn't a whole layer: the comparison ended there
 */
export async function compareLayers(
  a: Source,
  b: Source,
  tell: TellLayer,
): Promise<readonly [a: string | undefined, b: string | undefined]> {
  const streams = { a: new LayerStream(a()), b: new LayerStream(b()) };
  let told = 0;
  const count: TellLayer = (difference, entry) => {
    told++;
    tell(difference, entry);
  };
  try {
    const pairs = new EntryPairs(count);
    const isComplete = await compareAllEntries(streams, pairs, count);
    const faults = [streams.a.failure, streams.b.failure] as const;
    if (!isComplete) return faults;
    await compareLinked(pairs.linked, [a, b], count);
    const [left, right] = [streams.a.read(), streams.b.read()];
    if (left.diffId !== right.diffId) compareRest(left, right, told === 0, count);
    compareStored(left, right, count);
    return faults;
  } finally {
    await streams.a.close();
    await streams.b.close();
  }
}

/** Whether both could be compared to their ends. */
async function compareAllEntries(
  streams: { readonly a: LayerStream; readonly b: LayerStream },
  pairs: EntryPairs,
  tell: TellLayer,
): Promise<boolean> {
  for (;;) {
    const [left, right] = [await streams.a.next(), await streams.b.next()];
    if (streams.a.failure !== undefined || streams.b.failure !== undefined) return false;
    if (left === undefined && right === undefined) break;
    const hasRoom =
      (left === undefined || pairs.see('a', left)) &&
      (right === undefined || pairs.see('b', right));
    if (!hasRoom) {
      const a = 'more entries in another order than can be kept in mind';
      tell({ field: 'order', a, b: 'the same', cause: 'order' });
      return false;
    }
  }
  pairs.end();
  return true;
}

/** What is between and after the entries. */
function compareRest(a: LayerRead, b: LayerRead, isAll: boolean, tell: TellLayer): void {
  const inRecords = ({ size }: LayerRead) => size % recordLength === 0;
  const says = ({ trailing }: LayerRead) => `${trailing} bytes behind the last entry`;
  const isPadded = a.trailing !== b.trailing && (isAll || inRecords(a) !== inRecords(b));
  if (isPadded) tell({ field: 'padding', a: says(a), b: says(b), cause: 'padding' });
  else if (isAll) {
    const rest = 'bytes between or behind the entries, which say nothing';
    tell({ field: 'padding', a: rest, b: 'others', cause: 'padding' });
  }
}

/** How the tar is compressed. */
function compareStored(a: LayerRead, b: LayerRead, tell: TellLayer): void {
  if (a.compression !== b.compression) {
    const [left, right] = [a.compression, b.compression];
    tell({ field: 'compression', a: left, b: right, cause: 'compression' });
    return;
  }
  if (a.gzip !== undefined && b.gzip !== undefined)
    compareGzipHeaders(a.gzip.bytes, b.gzip.bytes, tell);
  const isSameTar = a.diffId === b.diffId;
  if (isSameTar && a.stored.digest !== b.stored.digest) {
    const says = ({ stored }: LayerRead) => `${stored.size} bytes of compressed data`;
    const [left, right] = [says(a), says(b)];
    const isSameSize = left === right;
    tell({
      field: `${a.compression} data`,
      a: left,
      b: isSameSize ? `${right}, others` : right,
      cause: 'gzip-data',
    });
  }
}

function compareGzipHeaders(a: Uint8Array, b: Uint8Array, tell: TellLayer): void {
  if (Buffer.compare(a, b) === 0) return;
  const [left, right] = [fieldsOf(a), fieldsOf(b)];
  let told = false;
  for (const [name, { field, cause }] of gzipFields) {
    const [one, other] = [left.get(name), right.get(name)];
    if (one === other) continue;
    told = true;
    tell({ field, a: one ?? 'none', b: other ?? 'none', cause });
  }
  if (told) return;
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  tell({ field: 'gzip header', a: hex(a), b: hex(b), cause: 'gzip-header' });
}

/** The fields of a gzip header in readable form. */
function fieldsOf(header: Uint8Array): Map<string, string> {
  const level = (byte: number | undefined) => (byte ? `${byte}` : 'neither most nor fastest');
  return new Map(
    headerFields(header).map(({ name, meaning, offset }) => {
      const said = name === 'XFL' && meaning === '' ? level(header[offset]) : meaning;
      return [name, name === 'OS' ? `${said} (${header[offset]})` : said];
    }),
  );
}
