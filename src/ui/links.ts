import { columnsOf } from '../text/measure.ts';
import { type Line, textOf } from './line.ts';

/** Where links lead that a page doesn't write in full. */
export interface LinkTargets {
  /** The learner's working directory, or the image on the screen: paths in it are links. Empty if there's none. */
  readonly dir: string;
  /** The name of this machine: in a terminal of another one, a path of this one isn't opened there. */
  readonly hostname?: string | undefined;
}

const imageSpec = 'https://github.com/opencontainers/image-spec/blob/v1.1.1/';
const runtimeSpec = 'https://github.com/opencontainers/runtime-spec/blob/v1.2.0/spec.md';

/** A section of the image spec: a file of it, and perhaps a heading. */
const section =
  /(?<![\w/-])(?:annotations|config|considerations|descriptor|image-index|image-layout|layer|manifest|media-types)\.md(?:#[a-z0-9-]+)?/g;

/** Texts that a break may have cut off are at least this far right. */
const breakColumn = 60;

interface Found {
  readonly from: number;
  readonly to: number;
  readonly url: string;
}

/**
 * Gives URLs, sections of the OCI specs and paths in a directory a link, whatever wrote them.
 * One that doesn't end on its line has none.
 */
export function linked(lines: readonly Line[], targets: LinkTargets): readonly Line[] {
  return lines.map((line, at) => {
    const text = textOf(line);
    const found = linksIn(text, targets).filter(({ to }) => !isCutOff(text, to, lines[at + 1]));
    return found.length === 0 ? line : withLinks(line, found);
  });
}

/** The URL of a file of this machine. */
export function fileUrl(path: string, { hostname = '' }: LinkTargets): string {
  return `file://${hostname}${encodeURI(path)}`;
}

function linksIn(text: string, targets: LinkTargets): Found[] {
  const matches = (pattern: RegExp, urlOf: (found: string) => string): Found[] =>
    [...text.matchAll(pattern)].map(({ index, 0: match }) => {
      const words = match.replace(/[.,;:]+$/, '');
      return { from: index, to: index + words.length, url: urlOf(words) };
    });
  return [
    ...matches(/https?:\/\/[^\s"'`<>…]+/g, (url) => url),
    ...matches(section, (found) => `${imageSpec}${found}`),
    ...matches(/\b(?:OCI )?image spec\b/g, () => `${imageSpec}spec.md`),
    ...matches(/\b(?:OCI )?runtime spec\b/g, () => runtimeSpec),
    ...(targets.dir === '' ? [] : matches(pathIn(targets.dir), (path) => fileUrl(path, targets))),
  ].sort((one, other) => one.from - other.from);
}

/** A path in a directory, or that itself. */
function pathIn(dir: string): RegExp {
  const literally = dir.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w/.-])${literally}(?:/[^\\s"'\`;:,)…]*)?(?![\\w-])`, 'g');
}

/** Whether the text goes on after this place: behind an ellipsis, or on the next line. */
function isCutOff(text: string, to: number, next: Line | undefined): boolean {
  const rest = text.slice(to);
  if (rest.startsWith('…')) return true;
  if (rest.trim() !== '' || columnsOf(text) < breakColumn || next === undefined) return false;
  return /^\s*[\w/.#-]+$/.test(textOf(next).trimEnd()) && !textOf(next).startsWith('  ');
}

function withLinks(line: Line, found: readonly Found[]): Line {
  let at = 0;
  return line.flatMap((span) => {
    const begin = at;
    at += span.text.length;
    const edges = found
      .flatMap(({ from, to }) => [from, to])
      .filter((edge) => edge > begin && edge < at);
    const ends = [...edges, at];
    let from = begin;
    return ends.flatMap((to) => {
      const part = { ...span, text: span.text.slice(from - begin, to - begin) };
      const link = found.find((each) => each.from <= from && to <= each.to);
      from = to;
      if (part.text === '') return [];
      return [link === undefined ? part : { ...part, link: link.url }];
    });
  });
}
