import { clip } from '../../text/printable.ts';
import { pointerToken } from '../json-violations.ts';
import { noteRules, type Rule, ruleTexts } from './rules.ts';

/** Something that is not as the spec says. */
export interface Violation {
  readonly rule: Rule;
  /** The section of the OCI image spec the rule comes from. */
  readonly section: string;
  /**
   * Where: a file of the layout, then `#` and a JSON pointer into it, or `!` and a path in the archive
   * it is.
   */
  readonly path: string;
  readonly expected: string;
  readonly actual: string;
}

/** A place in a layout that violations can point to. */
export interface Location {
  readonly violations: Violations;
  readonly file: string;
  /** A JSON pointer (RFC 6901) into the file; empty for the whole of it. */
  readonly pointer: string;
}

/** An image that an index names, and whether all of it can be had. */
export interface ImageStatus {
  readonly digest: string;
  /** `linux/arm64`, if its descriptor says it. */
  readonly platform: string | undefined;
  /** `absent`: not even its manifest is there. `incomplete`: something is missing or damaged. */
  readonly status: 'whole' | 'incomplete' | 'absent';
}

/** Violations kept; hostile input has no end of them. The others are counted. */
const maxKept = 1000;
const maxTextLength = 200;

/** What a verification found. */
export class Violations {
  /** At most a thousand, in the order in which they were met. */
  readonly kept: Violation[] = [];
  /** Remarks: recommendations, and what could not be looked at. At most a thousand. */
  readonly notes: Violation[] = [];
  /** How many violations there are, also those not kept. */
  count = 0;
  /** The images that a layout names, where they were looked at. */
  readonly images: ImageStatus[] = [];
  /** What to do about all of it at once, where there is such a thing. */
  remedy: string | undefined;
  readonly #once = new Set<string>();

  add(rule: Rule, path: string, expected: string, actual: string): void {
    const isNote = noteRules.has(rule);
    if (!isNote) this.count++;
    const list = isNote ? this.notes : this.kept;
    if (list.length >= maxKept) return;
    list.push({
      rule,
      section: ruleTexts[rule],
      path: clip(path, maxTextLength),
      expected: clip(expected, maxTextLength),
      actual: clip(actual, maxTextLength),
    });
  }

  /** As {@link add}, but not again: several images may have the same layer. */
  addOnce(rule: Rule, path: string, expected: string, actual: string): void {
    const key = `${rule} ${path} ${actual}`;
    if (this.#once.has(key)) return;
    if (this.#once.size < maxKept) this.#once.add(key);
    this.add(rule, path, expected, actual);
  }

  /** A file of the layout, as a place. */
  in(file: string): Location {
    return { violations: this, file, pointer: '' };
  }
}

/** A member of the JSON value at a place. */
export function member(location: Location, key: string | number): Location {
  return { ...location, pointer: `${location.pointer}/${pointerToken(key)}` };
}

/** Adds a violation at a location. */
export function report(location: Location, rule: Rule, expected: string, actual: string): void {
  const { violations, file, pointer } = location;
  violations.add(rule, pointer === '' ? file : `${file}#${pointer}`, expected, actual);
}

/** A JSON value, short enough for a line. */
export function show(value: unknown): string {
  if (value === undefined) return 'absent';
  if (Array.isArray(value) && value.length > 10) return `an array of ${value.length}`;
  try {
    return clip(JSON.stringify(value), maxTextLength);
  } catch (error) {
    // The parser takes any depth, the writer does not.
    if (error instanceof RangeError) return 'a value nested too deep to show';
    throw error;
  }
}
