import { blank, type Line } from './line.ts';

/** A whole page of any length. The window shows a part of it. */
export interface Document {
  readonly lines: readonly Line[];
  /** A second column at the right, which scrolls with the lines. */
  readonly beside?: Beside | undefined;
  /** How many of the lines are to be read before the learner goes on; all of them by default. */
  readonly essential?: number | undefined;
  /** How many of the lines are better in view with these, if there's a way. */
  readonly wanted?: number | undefined;
  /** Lines at which a new part begins: reading on stops there. */
  readonly stops: readonly number[];
  /** The line at the top of the window until the learner scrolls. */
  readonly start: number;
  /** Lines that must be in view at first, even if the start is not. */
  readonly focus?: Range | undefined;
}

interface Beside {
  readonly lines: readonly Line[];
  /** The column in which it begins. */
  readonly at: number;
  /** Rows at its top that don't scroll: something else is drawn there. */
  readonly fixed: number;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A piece of a document; a blank line goes between two of them. */
export interface Section {
  readonly lines: readonly Line[];
  /** Reading on stops here. */
  readonly stop?: boolean;
  /** The learner may go on without having read it. */
  readonly optional?: boolean;
  /** It's optional, and still better in view with what is to be read. */
  readonly wanted?: boolean;
  /** The page begins here. */
  readonly start?: boolean;
  /** It stands out from the section above without a blank line, if room is short: the lowest goes first. */
  readonly joins?: number;
  /** Lines of this section, counted from its first, that must be in view. */
  readonly focus?: Range | undefined;
}

/** Puts sections below each other and leaves out the empty ones. */
export function stack(sections: readonly Section[]): Document {
  return joined(
    sections.filter(({ lines }) => lines.length > 0),
    0,
    isEssential,
  );
}

const isEssential = ({ optional }: Section) => optional !== true;
const isWanted = (section: Section) => isEssential(section) || section.wanted === true;

/**
 * Does the same, and leaves out blank lines if what is wanted in view fits the window then, or at least what
 * is to be read.
 * @param height the number of lines in the window
 */
export function stackTightly(sections: readonly Section[], height: number): Document {
  const shown = sections.filter(({ lines }) => lines.length > 0);
  const roomy = joined(shown, 0, isEssential);
  const aims = [
    [wantedIn, isWanted],
    [essentialIn, isEssential],
  ] as const;
  for (const [countIn, counts] of aims) {
    const excess = countIn(roomy) - roomy.start - height;
    if (excess <= 0) return roomy;
    const tight = joined(shown, excess, counts);
    if (countIn(tight) - tight.start <= height) return tight;
  }
  return roomy;
}

/**
 * Chooses among ways to lay out a page, the most comfortable one first: the first in which all that is wanted
 * in view fits a window of this height, otherwise the one that needs the least reading on.
 */
export function fitting(ways: Iterable<Document>, height: number): Document {
  let best: Document | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const way of ways) {
    const presses = readOns(way, height);
    if (presses === 0 && wantedIn(way) - windowOf(way, height).top <= height) return way;
    if (presses < least) [best, least] = [way, presses];
  }
  return best ?? stack([]);
}

/** How often one reads on until nothing is left to be read. */
function readOns(document: Document, height: number): number {
  let count = 0;
  let { top } = windowOf(document, height);
  while (top + height < essentialIn(document)) {
    top = readOn(document, height, top);
    count += 1;
  }
  return count;
}

/**
 * @param excess how many blank lines to leave out
 * @param counts whether this is to fit: below the last of these sections, no blank line is left out
 */
function joined(
  sections: readonly Section[],
  excess: number,
  counts: (section: Section) => boolean,
): Document {
  const first = sections.findIndex(({ start }) => start);
  const last = sections.findLastIndex(counts);
  const joints = sections
    .flatMap(({ joins: rank }, at) =>
      rank !== undefined && at > Math.max(first, 0) && at <= last ? [{ rank, at }] : [],
    )
    .toSorted((one, other) => one.rank - other.rank);
  const without = new Set(joints.slice(0, excess).map(({ at }) => at));
  const lines: Line[] = [];
  const stops: number[] = [];
  let essential = 0;
  let wanted = 0;
  let start = 0;
  let focus: Range | undefined;
  for (const [at, section] of sections.entries()) {
    if (lines.length > 0 && !without.has(at)) lines.push(blank);
    if (section.stop) stops.push(lines.length);
    if (section.start) start = lines.length;
    if (section.focus !== undefined) {
      focus = { from: lines.length + section.focus.from, to: lines.length + section.focus.to };
    }
    lines.push(...section.lines);
    if (isEssential(section)) essential = lines.length;
    if (isWanted(section)) wanted = lines.length;
  }
  return { lines, essential, wanted, stops, start, focus };
}

/**
 * Joins two documents into one with two columns.
 * @param fixed rows at the top of the right one that are left free and don't scroll
 */
export function beside(
  left: Document,
  right: Document,
  width: number,
  gap: number,
  fixed = 0,
): Document {
  const height = Math.max(left.lines.length, right.lines.length + fixed);
  const lines = Array.from({ length: height }, (_, at) => left.lines[at] ?? blank);
  const other = { lines: right.lines, at: width + gap, fixed };
  const focus = right.focus && { from: right.focus.from, to: right.focus.to + fixed };
  const essential = Math.max(essentialIn(left), essentialIn(right) + fixed);
  return { lines, essential, beside: other, stops: [], start: 0, focus };
}

/** How many lines of a document are to be read. */
export function essentialIn({ essential, lines }: Document): number {
  return essential ?? lines.length;
}

/** How many lines of a document are better in view: what is to be read, and more. */
function wantedIn(document: Document): number {
  return document.wanted ?? essentialIn(document);
}

/** The part of a document that is on the screen. */
export interface Window {
  readonly top: number;
  readonly lines: readonly Line[];
  readonly beside: Beside | undefined;
  /** How many lines are above and below it. */
  readonly above: number;
  readonly below: number;
}

/** @param top the first line to show; if left out, the document's `start` */
export function windowOf(document: Document, height: number, top?: number): Window {
  const { lines, beside } = document;
  const last = Math.max(0, lines.length - height);
  const from = top === undefined ? opening(document, height) : Math.min(last, Math.max(0, top));
  const inView = (all: readonly Line[], rows: number) => all.slice(from, from + rows);
  return {
    top: from,
    lines: inView(lines, height),
    beside: beside && { ...beside, lines: inView(beside.lines, height - beside.fixed) },
    above: from,
    below: Math.max(0, lines.length - from - height),
  };
}

/** The first line to show. Rather than the end of a part, the window shows free rows below the page. */
function opening(document: Document, height: number): number {
  const last = Math.max(0, document.lines.length - height);
  const begin = Math.max(0, beginning(document, height));
  if (begin <= last || last === 0) return Math.min(begin, last);
  return document.stops.find((stop) => last <= stop && stop <= begin) ?? last;
}

function beginning({ start, focus }: Document, height: number): number {
  if (focus === undefined || focus.to <= start + height) return start;
  return Math.min(focus.from, focus.to - height);
}

/** Where the next screenful begins: at a stop if one is near, and never past an unread line. */
export function readOn(document: Document, height: number, top: number): number {
  const page = top + Math.max(1, height - 1);
  const next = document.stops.filter((stop) => stop > top && stop <= page).at(-1);
  return next !== undefined && next - top >= height / 3 ? next : page;
}
