import { isAttribute, isUnpacked } from '../attributes.ts';
import { sha256 } from '../digest.ts';
import { type LayerEntry, leavesRoot } from '../layer-entry.ts';
import type { TarEntry } from '../tar-entries.ts';
import type { PaxRecords } from '../tar-header.ts';
import { isBelowMarker, isMarker, isWhiteoutDevice, whiteoutOf } from '../whiteout.ts';
import type { Rule } from './rules.ts';
import type { Location } from './violations.ts';

/** Linux: a name has at most so many bytes, a path handed to it at most so many. */
const nameMax = 255;
const pathMax = 4096;
/** What runtimes written in Go unpack; `7` is in POSIX, and they do not. */
const unpackedTypes = '\u00000123456';
/** Beyond this a path is remembered by its hash, so that memory is bounded by how many there are. */
const longPathLength = 256;

/** Sees the entries of one layer, one after the other, and reports what layer.md does not allow. */
export class LayerEntries {
  readonly #layer: Location;
  readonly #paths = new Set<string>();

  constructor(layer: Location) {
    this.#layer = layer;
  }

  see({ entry, header, sparse }: TarEntry): void {
    const { kind, path, link = '' } = entry;
    const { type, pax } = header;
    if (!unpackedTypes.includes(type)) {
      const actual = `type ${JSON.stringify(type)}, which umoci refuses, and containerd too: "unhandled tar header type ${type.charCodeAt(0)}"`;
      this.#add('layer-type', entry, 'a type that POSIX names', actual);
    }
    if (sparse !== undefined) {
      const actual = `${sparse.size} bytes, stored sparse: not all readers of tar expand it; containerd and umoci do`;
      this.#add('layer-sparse', entry, 'a file that is stored whole', actual);
    }
    const lost = [...pax.keys()].filter((keyword) => isAttribute(keyword) && !isUnpacked(keyword));
    if (lost.length > 0 && !hasForm(pax, lost)) {
      const actual = `${lost.join(', ')}: containerd, docker and umoci pass it over`;
      this.#add('layer-attributes', entry, 'attributes as SCHILY.xattr.NAME', actual);
    }
    if (isWhiteoutDevice(entry) && !isMarker(path)) {
      const actual = `a device 0,0, which is a whiteout to overlayfs: with containerd's overlayfs ${path} is hidden, elsewhere it is a device`;
      this.#add('layer-whiteout-device', entry, '.wh. and the name of what is hidden', actual);
    }
    const tooLong = lengthViolation(path);
    if (tooLong !== undefined) this.#add('layer-path', entry, 'a path Linux can have', tooLong);
    if (leavesRoot(path)) this.#add('layer-path', entry, 'a path below the root', path);
    if (kind === 'hardlink' && leavesRoot(link)) {
      this.#add('layer-hard-link', entry, 'a link to a path below the root', link);
    }
    const key = path.length > longPathLength ? sha256(path) : path;
    if (this.#paths.has(key)) {
      this.#add('layer-duplicate', entry, 'one entry for a path', 'another entry before it');
    }
    this.#paths.add(key);
    if (isBelowMarker(path)) {
      this.#add('layer-whiteout-file', entry, 'nothing below a .wh. name', withArticle(kind));
    } else if (isMarker(path)) this.#seeMarker(entry);
  }

  #seeMarker(entry: LayerEntry): void {
    const { kind, path, size } = entry;
    if (whiteoutOf(path) === undefined) {
      this.#add('layer-whiteout', entry, '.wh. and the name of what is hidden', path);
    } else if (kind !== 'file' || size > 0) {
      const actual = kind === 'file' ? `${size} bytes` : withArticle(kind);
      this.#add('layer-whiteout-file', entry, 'an empty regular file', actual);
    }
  }

  #add(rule: Rule, entry: LayerEntry, expected: string, actual: string): void {
    const { violations, file } = this.#layer;
    violations.add(rule, `${file}!${entry.name}`, expected, actual);
  }
}

/** Whether each attribute is there in the form that is unpacked as well: bsdtar writes both. */
function hasForm(pax: PaxRecords, keywords: readonly string[]): boolean {
  return keywords.every((keyword) => {
    const other = keyword.replace(/^LIBARCHIVE\./, 'SCHILY.');
    return other !== keyword && pax.has(other);
  });
}

function withArticle(kind: LayerEntry['kind']): string {
  return kind === 'character' || kind === 'block' ? `a ${kind} device` : `a ${kind}`;
}

function lengthViolation(path: string): string | undefined {
  if (lengthOf(path) >= pathMax) return `a path of ${lengthOf(path)} bytes`;
  const name = path.split('/').find((part) => lengthOf(part) > nameMax);
  return name === undefined ? undefined : `a name of ${lengthOf(name)} bytes`;
}

/** Bytes of a name; a byte that is no UTF-8 is a lone surrogate in it. */
function lengthOf(name: string): number {
  const single = name.match(/[\udc80-\udcff]/gu)?.length ?? 0;
  return Buffer.byteLength(name) - 2 * single;
}
