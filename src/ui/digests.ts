import type { OwnDigests } from '../engine/own-digests.ts';
import type { Line, Span } from './line.ts';

const whole = /(?<![0-9a-f])(?:sha256:)?([0-9a-f]{64})(?![0-9a-f])/g;
/** A digest in full, without its middle, or as in a sentence: its first eight digits. */
const either =
  /(?<![0-9a-f])(?:sha256:)?([0-9a-f]{8})(?:[0-9a-f]{56}|…(?:[0-9a-f]{4})?)?(?![0-9a-f])/g;

/** Where a digest without its middle is that a break at this place would divide, if there is one. */
export function digestAround(text: string, at: number): number | undefined {
  const without = /(?:sha256:)?[0-9a-f]{8}…[0-9a-f]{4}/g;
  const all = [...text.matchAll(without)];
  return all.find(({ index, 0: found }) => index < at && at < index + found.length)?.index;
}

/** The digests in a text, in full. */
export function digestsIn(text: string): string[] {
  return [...text.matchAll(whole)].map(([, hex = '']) => hex);
}

/** Replaces the digests of a text. */
export function withDigests(
  text: string,
  replaced: (hex: string, found: string) => string,
): string {
  return text.replace(whole, (found, hex: string) => replaced(hex, found));
}

/** A digest without its middle. Eight digits at its head are as many as a sentence has. */
export function elided(hex: string, found: string): string {
  return `${found.startsWith('sha256:') ? 'sha256:' : ''}${hex.slice(0, 8)}…${hex.slice(-4)}`;
}

/** Gives each of the learner's digests the role of what it names, wherever it is. */
export function recognised(lines: readonly Line[], own: OwnDigests): readonly Line[] {
  if (own.size === 0) return lines;
  const roles = new Map([...own].map(([hex, { of }]) => [hex.slice(0, 8), of]));
  return lines.map((line) =>
    line.some(({ text }) => text.search(either) >= 0)
      ? line.flatMap((span) => parts(span, roles))
      : line,
  );
}

function parts(span: Span, roles: ReadonlyMap<string, Span['role']>): Span[] {
  const { text, role } = span;
  const found: Span[] = [];
  let from = 0;
  for (const match of text.matchAll(either)) {
    const own = roles.get(match[1] ?? '');
    if (own === undefined) continue;
    found.push({ text: text.slice(from, match.index), role }, { text: match[0], role: own });
    from = match.index + match[0].length;
  }
  return [...found, { text: text.slice(from), role }].filter((each) => each.text !== '');
}
