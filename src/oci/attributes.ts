import { type PaxRecords, textOf } from './tar-header.ts';

/**
 * Extended attributes of a file, by name. A value is text, or `0x` and hex digits if it isn't printable:
 * most are binary, like `security.capability`.
 */
export type Attributes = Readonly<Record<string, string>>;

/** GNU tar, Go and all container tools write and read extended attributes under this prefix. */
const schilyPrefix = 'SCHILY.xattr.';
const libarchivePrefix = 'LIBARCHIVE.xattr.';
/** Other keywords of star and old GNU tars for attributes that have no header field. */
const otherAttributes = /^(?:SCHILY\.(?:acl\.\w+|fflags)|RHT\.security\.selinux)$/;

/** Whether a record of a pax header is about attributes of the file. */
export function isAttribute(keyword: string): boolean {
  return (
    keyword.startsWith(schilyPrefix) ||
    keyword.startsWith(libarchivePrefix) ||
    otherAttributes.test(keyword)
  );
}

/** Whether runtimes unpack the record's attribute: those written in Go read only one form. */
export function isUnpacked(keyword: string): boolean {
  return keyword.startsWith(schilyPrefix);
}

/** The attributes that a pax header gives a file; `undefined` if there are none. */
export function attributesIn(records: PaxRecords): Attributes | undefined {
  const found = new Map<string, string>();
  for (const [keyword, values] of records) {
    const value = values.at(-1);
    // A record without a value gives none (POSIX pax, "Extended Header"), and containerd and umoci read it so.
    if (value === undefined || value.length === 0 || !isAttribute(keyword)) continue;
    const [name, bytes] = keyword.startsWith(libarchivePrefix)
      ? [
          decoded(keyword.slice(libarchivePrefix.length)),
          Buffer.from(value.toString('latin1'), 'base64'),
        ]
      : [keyword.startsWith(schilyPrefix) ? keyword.slice(schilyPrefix.length) : keyword, value];
    // bsdtar writes both forms of one attribute.
    if (isUnpacked(keyword) || !found.has(name)) found.set(name, shownValue(bytes));
  }
  if (found.size === 0) return undefined;
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function haveSameAttributes(a?: Attributes, b?: Attributes): boolean {
  if (a === undefined || b === undefined) return a === b;
  const names = Object.keys(a);
  const isSame = (name: string) => Object.hasOwn(b, name) && a[name] === b[name];
  return names.length === Object.keys(b).length && names.every(isSame);
}

/** An unambiguous text for bytes. */
export function shownValue(bytes: Buffer): string {
  const text = textOf(bytes);
  const isText = /^\P{C}*$/u.test(text) && !text.startsWith('0x');
  return isText ? text : `0x${bytes.toString('hex')}`;
}

/** The name of an attribute as libarchive writes it: with `%` and two hex digits for what is special. */
function decoded(name: string): string {
  const latin1 = name.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return textOf(Buffer.from(latin1, 'latin1'));
}
