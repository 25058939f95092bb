import { type Attributes, isAttribute, shownValue } from '../attributes.ts';
import { cleanPath, describeKind, type LayerEntry } from '../layer-entry.ts';
import type { EntryHeader } from '../tar-entries.ts';
import { paxText, type TarField, tarHeaderFields } from '../tar-header.ts';
import { isWhiteoutDevice } from '../whiteout.ts';
import type { Cause } from './causes.ts';

/** An entry with the digest of its content, and how its header is written. */
export interface SeenEntry {
  readonly entry: LayerEntry;
  readonly header: EntryHeader;
}

/** A field that differs between two entries with the same path. */
export interface FieldDifference {
  readonly field: string;
  readonly a: string;
  readonly b: string;
  readonly cause: Cause;
  /** The kind it's counted under, if that isn't its name. */
  readonly kind?: string;
}

interface Field {
  readonly name: string;
  readonly cause: Cause;
  /** The fields of the tar header that contain it. */
  readonly raw: readonly string[];
  readonly of: (seen: SeenEntry) => string;
}

const entryFields: readonly Field[] = [
  { name: 'name', cause: 'names', raw: ['name', 'prefix'], of: ({ entry }) => entry.name },
  {
    name: 'mode',
    cause: 'permissions',
    raw: ['mode'],
    of: ({ entry }) => entry.mode.toString(8).padStart(4, '0'),
  },
  { name: 'uid', cause: 'owner', raw: ['uid'], of: ({ entry }) => String(entry.uid) },
  { name: 'gid', cause: 'owner', raw: ['gid'], of: ({ entry }) => String(entry.gid) },
  {
    name: 'uname',
    cause: 'owner-names',
    raw: ['uname'],
    of: ({ header }) => header.uname || 'none',
  },
  {
    name: 'gname',
    cause: 'owner-names',
    raw: ['gname'],
    of: ({ header }) => header.gname || 'none',
  },
  { name: 'mtime', cause: 'build-time', raw: ['mtime'], of: mtime },
  { name: 'link', cause: 'content', raw: ['linkname'], of: ({ entry }) => entry.link ?? 'none' },
  {
    name: 'device',
    cause: 'content',
    raw: ['devmajor', 'devminor'],
    of: ({ entry: { major, minor } }) => (major === undefined ? 'none' : `${major},${minor}`),
  },
  { name: 'size', cause: 'content', raw: ['size'], of: ({ entry }) => `${entry.size} bytes` },
  { name: 'content', cause: 'content', raw: [], of: ({ entry }) => entry.digest ?? 'none' },
  {
    name: 'format',
    cause: 'format',
    raw: tarHeaderFields.map(([name]) => name),
    of: ({ header }) => format(header),
  },
];

/** Pax records that replace a field of the header and are compared as that field. */
const recordsOfFields = new Set([
  'path',
  'linkpath',
  'size',
  'uid',
  'gid',
  'uname',
  'gname',
  'mtime',
]);

/** Fields that depend on the kind of an entry, which aren't compared between different kinds. */
const kindFields = {
  fields: ['link', 'device', 'size', 'content'],
  raw: ['typeflag', 'linkname', 'devmajor', 'devminor', 'size'],
} as const;

/** Whether the contents of two entries can be compared only by following their hard links. */
export function areLinkedOtherwise({ entry: a }: SeenEntry, { entry: b }: SeenEntry): boolean {
  if (a.kind === 'hardlink' && b.kind === 'hardlink') return !haveSameTarget(a, b);
  return [a.kind, b.kind].sort().join() === 'file,hardlink';
}

/** Whether two hard links point to the same path, however it's written. */
function haveSameTarget(a: LayerEntry, b: LayerEntry): boolean {
  const areLinks = a.kind === 'hardlink' && b.kind === 'hardlink';
  return areLinks && cleanPath(a.link ?? '') === cleanPath(b.link ?? '');
}

/** Finds the fields that differ between two entries with the same path: attributes, then their encoding. */
export function compareEntries(a: SeenEntry, b: SeenEntry): FieldDifference[] {
  const found: FieldDifference[] = [];
  const explained = new Set<string>(['chksum']);
  const isOtherKind = a.entry.kind !== b.entry.kind;
  const isLinked = areLinkedOtherwise(a, b);
  // The targets of hard links are compared later.
  if (isLinked) for (const field of kindFields.raw) explained.add(field);
  else if (isOtherKind) {
    const areWhiteouts = isWhiteout(a.entry) && isWhiteout(b.entry);
    const [left, right] = [describeKind(a.entry), describeKind(b.entry)];
    found.push({ field: 'kind', a: left, b: right, cause: areWhiteouts ? 'whiteout' : 'content' });
    for (const field of kindFields.raw) explained.add(field);
  }
  const passedOver: readonly string[] = isOtherKind || isLinked ? kindFields.fields : [];
  for (const { name, cause, raw, of } of entryFields) {
    const [left, right] = [of(a), of(b)];
    if (left === right || passedOver.includes(name)) continue;
    const isName = name === 'link' && haveSameTarget(a.entry, b.entry);
    found.push({ field: name, a: left, b: right, cause: isName ? 'names' : cause });
    for (const field of raw) explained.add(field);
  }
  found.push(...compareAttributes(a.entry.xattrs, b.entry.xattrs));
  found.push(...comparePax(a.header.pax, b.header.pax));
  found.push(...compareSpelling(a, b, explained, isLinked || found.length > 0));
  return found;
}

function isWhiteout(entry: LayerEntry): boolean {
  return basename(entry.path).startsWith('.wh.') || isWhiteoutDevice(entry);
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function* compareAttributes(a: Attributes = {}, b: Attributes = {}): Generator<FieldDifference> {
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const [left, right] = [a[name] ?? 'absent', b[name] ?? 'absent'];
    if (left === right) continue;
    yield { field: `xattr ${name}`, a: left, b: right, cause: 'xattrs', kind: 'xattr' };
  }
}

function* comparePax(a: EntryHeader['pax'], b: EntryHeader['pax']): Generator<FieldDifference> {
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    if (recordsOfFields.has(key)) continue;
    const [left, right] = [a, b].map((pax) => pax.get(key)?.map(shownValue).join(','));
    // What gives the file an attribute is told as one.
    if (left === right || (isAttribute(key) && (left || right))) continue;
    yield {
      field: `pax ${key}`,
      a: left ?? 'absent',
      b: right ?? 'absent',
      cause: key.startsWith('GNU.sparse.') ? 'sparse' : 'pax',
      kind: 'pax',
    };
  }
}

/** Fields with equal values but different bytes. */
function* compareSpelling(
  a: SeenEntry,
  b: SeenEntry,
  explained: ReadonlySet<string>,
  isOther: boolean,
): Generator<FieldDifference> {
  const blocks = [a.header.block, b.header.block] as const;
  const fields: readonly TarField[] = [...tarHeaderFields, ['rest', 500, 12, 'text']];
  const field = fields.find(
    (each) => !explained.has(each[0]) && raw(each, blocks[0]) !== raw(each, blocks[1]),
  );
  if (field !== undefined) {
    const [left, right] = blocks.map((block) => `${field[0]} ${JSON.stringify(raw(field, block))}`);
    yield { field: 'header', a: left ?? '', b: right ?? '', cause: 'format' };
  } else if (!isOther && a.header.extensionDigest !== b.header.extensionDigest) {
    yield { field: 'header', a: 'an extension header', b: 'another', cause: 'pax' };
  } else if (!isOther && !blocks[0].equals(blocks[1])) {
    const chksum: TarField = ['chksum', 148, 8, 'octal'];
    const [left, right] = blocks.map((block) => `chksum ${JSON.stringify(raw(chksum, block))}`);
    yield { field: 'header', a: left ?? '', b: right ?? '', cause: 'format' };
  }
}

function raw([, offset, length]: TarField, block: Buffer): string {
  return block.toString('latin1', offset, offset + length);
}

function format({ format, extensions }: EntryHeader): string {
  const more = [
    ...(/[xg]/.test(extensions) ? ['with a pax header'] : []),
    ...(/[LKN]/.test(extensions) ? ['with a long name'] : []),
  ];
  return [format, ...more].join(' ');
}

/** A readable time, with all fractional digits of the pax header. */
function mtime({ entry, header }: SeenEntry): string {
  const date = new Date(Math.floor(entry.mtime) * 1000);
  if (Number.isNaN(date.getTime())) return `${entry.mtime} seconds since 1970`;
  const digits = /\.\d*[1-9]/.exec(paxText(header.pax, 'mtime') ?? '');
  const fraction = digits?.[0] ?? '';
  return `${date.toISOString().slice(0, -5).replace('T', ' ')}${fraction} UTC`;
}
