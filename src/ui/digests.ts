import type { OwnDigest, OwnDigests } from '../engine/own-digests.ts';
import type { Line, Span } from './line.ts';

const whole = /(?<![0-9a-f])(?:sha256:)?([0-9a-f]{64})(?![0-9a-f])/g;
/** A digest in full, without its middle, or cut off: a sentence has its first eight digits. */
const any = /(?<![0-9a-f])(?:sha256:)?([0-9a-f]{8,64})(?:…(?:[0-9a-f]{4})?)?(?![0-9a-f])/g;

/** Where a digest without its middle is that a break at this place would divide, if there is one. */
export function digestAround(text: string, at: number): number | undefined {
  const without = /(?:sha256:)?[0-9a-f]{8}…[0-9a-f]{4}/g;
  const all = [...text.matchAll(without)];
  return all.find(({ index, 0: found }) => index < at && at < index + found.length)?.index;
}

/** The learner's digests in a text, also those that are cut off. */
export function ownIn(text: string, own: OwnDigests): OwnDigest[] {
  return [...text.matchAll(any)].flatMap(([, start = '']) => ownFrom(start, own) ?? []);
}

function ownFrom(start: string, own: OwnDigests): OwnDigest | undefined {
  for (const [hex, digest] of own) if (hex.startsWith(start)) return digest;
  return undefined;
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
  return lines.map((line) =>
    line.some(({ text }) => text.search(any) >= 0)
      ? line.flatMap((span) => parts(span, own))
      : line,
  );
}

function parts(span: Span, own: OwnDigests): Span[] {
  const { text, role } = span;
  const found: Span[] = [];
  let from = 0;
  for (const match of text.matchAll(any)) {
    const digest = ownFrom(match[1] ?? '', own);
    if (digest === undefined) continue;
    found.push({ text: text.slice(from, match.index), role }, { text: match[0], role: digest.of });
    from = match.index + match[0].length;
  }
  return [...found, { text: text.slice(from), role }].filter((each) => each.text !== '');
}
