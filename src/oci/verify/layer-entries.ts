import { sha256 } from '../digest.ts';
import { type LayerEntry, leavesRoot } from '../layer-entry.ts';
import { isBelowMarker, isMarker, whiteoutOf } from '../whiteout.ts';
import type { Place } from './findings.ts';
import type { Rule } from './rules.ts';

/** Linux: a name has at most so many bytes, a path handed to it at most so many. */
const NAME_MAX = 255;
const PATH_MAX = 4096;
/** Beyond this a path is remembered by its hash, so that memory is bounded by how many there are. */
const LONG_PATH = 256;

/** Sees the entries of one layer, one after the other, and reports what layer.md does not allow. */
export class LayerEntries {
  readonly #layer: Place;
  readonly #paths = new Set<string>();

  constructor(layer: Place) {
    this.#layer = layer;
  }

  see(entry: LayerEntry): void {
    const { kind, path, link = '' } = entry;
    const tooLong = lengthFault(path);
    if (tooLong !== undefined) this.#add('layer-path', entry, 'a path Linux can have', tooLong);
    if (leavesRoot(path)) this.#add('layer-path', entry, 'a path below the root', path);
    if (kind === 'hardlink' && leavesRoot(link)) {
      this.#add('layer-hard-link', entry, 'a link to a path below the root', link);
    }
    const key = path.length > LONG_PATH ? sha256(path) : path;
    if (this.#paths.has(key)) {
      this.#add('layer-duplicate', entry, 'one entry for a path', 'another entry before it');
    }
    this.#paths.add(key);
    if (isBelowMarker(path)) {
      this.#add('layer-whiteout-file', entry, 'nothing below a .wh. name', `a ${kind}`);
    } else if (isMarker(path)) this.#seeMarker(entry);
  }

  #seeMarker(entry: LayerEntry): void {
    const { kind, path, size } = entry;
    if (whiteoutOf(path) === undefined) {
      this.#add('layer-whiteout', entry, '.wh. and the name of what is hidden', path);
    } else if (kind !== 'file' || size > 0) {
      const actual = kind === 'file' ? `${size} bytes` : `a ${kind}`;
      this.#add('layer-whiteout-file', entry, 'an empty regular file', actual);
    }
  }

  #add(rule: Rule, entry: LayerEntry, expected: string, actual: string): void {
    const { findings, file } = this.#layer;
    findings.add(rule, `${file}!${entry.name}`, expected, actual);
  }
}

function lengthFault(path: string): string | undefined {
  if (Buffer.byteLength(path) >= PATH_MAX) return `a path of ${Buffer.byteLength(path)} bytes`;
  const name = path.split('/').find((part) => Buffer.byteLength(part) > NAME_MAX);
  return name === undefined ? undefined : `a name of ${Buffer.byteLength(name)} bytes`;
}
