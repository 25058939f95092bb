import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { defineDiagnoses } from '../../src/engine/define.ts';
import { type DiagnosisRule, diagnoser, isAnswerOfMachine } from '../../src/engine/diagnosis.ts';
import type { Fact } from '../../src/engine/fact.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { type Cause, causeTexts, packingOptions } from '../../src/oci/compare/causes.ts';
import type { FieldDifference } from '../../src/oci/compare/entry-fields.ts';
import { compareLayers } from '../../src/oci/compare/layers.ts';
import { fileFormatOf } from '../../src/oci/file-format.ts';
import { gzipLevel, readGzipHeader } from '../../src/oci/gzip.ts';
import type { Layer, LayerEntry } from '../../src/oci/layer.ts';
import {
  headOf,
  newYear,
  outOfOrder,
  tars,
  type UnpackedLayer,
  unpacked,
} from '../facts/layers.ts';
import { type LayerName, layerNames, trees } from '../facts/trees.ts';
import { checks } from './checks.ts';

/** A tar and its first bytes, whether or not they make an archive. */
interface SeenTar {
  readonly head: Buffer;
  /** Undefined if it cannot be read as one. */
  readonly layer: Layer | undefined;
  /** Why it cannot. */
  readonly why?: string | undefined;
}

/** A compressed tar and its first bytes, whether or not they unpack to anything. */
interface SeenGzip {
  readonly head: Buffer;
  readonly size: number;
  readonly inside: UnpackedLayer | undefined;
}

/** In what the same tree packed again is another archive: in an entry, by its name, or as a whole. */
export type TarDifference = FieldDifference & { readonly entry: string | undefined };

/** What is there of one layer. */
export interface SeenLayer {
  readonly tree: readonly LayerEntry[];
  readonly tar: SeenTar | undefined;
  /** None where one of the two is not there, or cannot be read. */
  readonly again: readonly TarDifference[];
  readonly gzip: SeenGzip | undefined;
}

export interface SeenLayers extends Readonly<Record<LayerName, SeenLayer>> {
  /** What the files in the working directory are called. */
  readonly files: readonly string[];
}

export async function seeLayers(observation: Observation): Promise<SeenLayers> {
  const [base, delta] = await Promise.all(layerNames.map((name) => seeLayer(observation, name)));
  const files = readdirSync(observation.path());
  return { base: base as SeenLayer, delta: delta as SeenLayer, files };
}

async function seeLayer(observation: Observation, name: LayerName): Promise<SeenLayer> {
  return {
    tree: (await observation.get(trees[name]))?.entries ?? [],
    tar: await seeTar(observation, tars[name], `${name}-layer.tar`),
    again: await differencesOf(
      await observation.file(`${name}-layer.tar`),
      await observation.file('again', `${name}-layer.tar`),
    ),
    gzip: await seeGzip(observation, `${name}-layer.tar.gz`),
  };
}

/** In what two archives differ, as `handroll-tour compare` finds it. */
export async function differencesOf(
  a: Buffer | undefined,
  b: Buffer | undefined,
): Promise<TarDifference[]> {
  if (a === undefined || b === undefined) return [];
  const found: TarDifference[] = [];
  const faults = await compareLayers(
    () => Readable.from([a]),
    () => Readable.from([b]),
    (difference, entry) => found.push({ ...difference, entry }),
  );
  return faults.some((fault) => fault !== undefined) ? [] : found;
}

async function seeTar(observation: Observation, fact: Fact<Layer>, ...parts: string[]) {
  const head = await observation.derive('head', headOf, ...parts);
  if (head === undefined) return undefined;
  try {
    return { head, layer: await observation.get(fact) };
  } catch (error) {
    if (!isAnswerOfMachine(error)) throw error;
    return { head, layer: undefined, why: error.message };
  }
}

async function seeGzip(observation: Observation, file: string): Promise<SeenGzip | undefined> {
  const found = await observation.derive(
    'head and size',
    (bytes) => ({ head: headOf(bytes), size: bytes.length }),
    file,
  );
  return found && { ...found, inside: await unpacked(observation, file) };
}

type LayerRule = DiagnosisRule<SeenLayers>;

/** What the sign says of the first layer that bears it. */
function ofEither(
  sign: (seen: SeenLayer, name: LayerName, all: SeenLayers) => string | undefined,
): LayerRule['sign'] {
  return (seen) => sign(seen.base, 'base', seen) ?? sign(seen.delta, 'delta', seen);
}

/** The same of an archive that can be read. */
function ofTar(
  sign: (entries: readonly LayerEntry[], name: LayerName, seen: SeenLayer) => string | undefined,
): LayerRule['sign'] {
  return ofEither((seen, name) => {
    const entries = seen.tar?.layer?.entries;
    return entries === undefined ? undefined : sign(entries, name, seen);
  });
}

function byPath(entries: readonly LayerEntry[]): ReadonlyMap<string, LayerEntry> {
  return new Map(entries.map((entry) => [entry.path, entry]));
}

function pathsOf(entries: readonly LayerEntry[]): string {
  return entries
    .map(({ path }) => path)
    .sort()
    .join('\n');
}

/** The first of those found, and how many more there are. */
function firstOf(
  name: LayerName,
  found: readonly LayerEntry[],
  says: (entry: LayerEntry) => string,
) {
  const [first, ...more] = found;
  if (first === undefined) return undefined;
  return `${name}: ${first.name} ${says(first)}${more.length === 0 ? '' : `, and ${more.length} more`}`;
}

// --- the file --------------------------------------------------------------------------------

const listing = 'tar -tvf "$WORKDIR/base-layer.tar"; tar -tvf "$WORKDIR/delta-layer.tar"';

const swallowed: LayerRule = {
  id: 'gzip-took-the-tar',
  sign: ofEither((seen, name) =>
    seen.tar === undefined && seen.gzip !== undefined
      ? `${name}-layer.tar is gone, and ${name}-layer.tar.gz is there`
      : undefined,
  ),
  remedy: 'gzip replaces what it compresses unless told `-k`. Unpack it, and the tar is back.',
  where: 'ls -l "$WORKDIR"/*-layer.tar*',
  command: 'gunzip -k "$WORKDIR"/*-layer.tar.gz',
};

function firstBytes(head: Buffer, count: number): string {
  return head
    .subarray(0, count)
    .toString('hex')
    .replace(/(..)(?!$)/g, '$1 ');
}

const compressed: LayerRule = {
  id: 'tar-compressed',
  sign: ofEither(({ tar }, name) => {
    const format = tar && fileFormatOf(tar.head);
    if (tar === undefined || format === undefined || format === 'tar') return undefined;
    return `${name}-layer.tar begins with ${firstBytes(tar.head, 2)}: it is ${format}`;
  }),
  remedy:
    'The DiffID is the hash of the archive *before* compression. Pack with `-cf`, without z; compressing is a step of its own.',
  where: 'file "$WORKDIR"/*-layer.tar',
};

const broken: LayerRule = {
  id: 'tar-broken',
  sign: ofEither(({ tar }) => {
    const format = tar && fileFormatOf(tar.head);
    if (tar?.why === undefined || (format !== undefined && format !== 'tar')) return undefined;
    return tar.why;
  }),
  remedy:
    'The archive is damaged or was cut short: a full disk, or an interrupted tar. Pack it again.',
  where: listing,
};

const nothingIn: LayerRule = {
  id: 'tar-empty',
  sign: ofTar((entries, name) =>
    entries.length === 0 ? `${name}-layer.tar is an archive of no entries` : undefined,
  ),
  remedy:
    'Nothing was named to be packed, or a directory that is not there. The last word of the command is the dot.',
  where: listing,
};

/** Wherever a tar is needed. */
const fileRules: readonly LayerRule[] = [swallowed, compressed, broken, nothingIn];

// --- what it holds ---------------------------------------------------------------------------

const ofWorkdir: LayerRule = {
  id: 'tar-of-workdir',
  alone: true,
  sign: ofTar((entries, name) => {
    const found = entries.find(({ path }) => /(^|\/)(base|delta)-layer\.tar/.test(path));
    return found && `${name}-layer.tar holds ${found.name}`;
  }),
  remedy:
    'The working directory was packed, archives and all. `-C "$WORKDIR/build/base"` goes to the tree first.',
  where: listing,
};

const prefixed: LayerRule = {
  id: 'tar-prefixed',
  alone: true,
  sign: ofTar((entries, name) => {
    const hello = entries.find(({ path }) => path.endsWith('/hello.txt'));
    if (hello === undefined || byPath(entries).has('hello.txt')) return undefined;
    return `${name}-layer.tar has ${hello.name}, where ./hello.txt should be`;
  }),
  remedy:
    'The directory was packed and not its content: in a container everything would lie that much deeper. Go there with `-C`, and pack the dot.',
  where: listing,
};

const absolute: LayerRule = {
  id: 'tar-absolute',
  alone: true,
  sign: ofTar((entries, name) =>
    firstOf(
      name,
      entries.filter((entry) => entry.name.startsWith('/')),
      () => 'has an absolute name',
    ),
  ),
  remedy:
    'Names in a layer are relative to its root. Leave out `-P`, go there with `-C`, and pack the dot.',
  where: listing,
};

const star: LayerRule = {
  id: 'tar-without-root',
  alone: true,
  sign: ofTar((entries, name, { tree }) => {
    const held = byPath(entries);
    if (held.has('.') || !held.has('hello.txt') || !byPath(tree).has('hello.txt')) return undefined;
    return `${name}-layer.tar begins with ${entries[0]?.name}, not with ./`;
  }),
  remedy:
    "The shell's `*` leaves out the directory itself, and every name at its top that begins with a dot. Pack the dot instead.",
  where: listing,
};

const swapped: LayerRule = {
  id: 'tar-of-other-tree',
  alone: true,
  sign: ofEither(({ tar, tree }, name, all) => {
    const held = tar?.layer === undefined ? '' : pathsOf(tar.layer.entries);
    const other = name === 'base' ? 'delta' : 'base';
    if (held === '' || held === pathsOf(tree) || held !== pathsOf(all[other].tree))
      return undefined;
    return `${name}-layer.tar holds build/${other}`;
  }),
  remedy:
    'A path was not changed when the command was used again. Pack each tree into the archive of its name.',
  where: listing,
};

const followed: LayerRule = {
  id: 'tar-followed-links',
  sign: ofTar((entries, name, { tree }) => {
    const inTree = byPath(tree);
    const found = entries.find(
      ({ path, kind }) => kind !== 'symlink' && inTree.get(path)?.kind === 'symlink',
    );
    return (
      found && `${found.path} is a ${found.kind} in ${name}-layer.tar, a link in build/${name}`
    );
  }),
  remedy: 'tar followed the links: leave out `-h` (`--dereference`).',
  where: listing,
};

const twiceIn: LayerRule = {
  id: 'tar-appended',
  alone: true,
  sign: ofTar((entries, name) => {
    const paths = entries.map(({ path }) => path);
    const found = paths.find((path, index) => paths.indexOf(path) !== index);
    return found && `${name}-layer.tar holds ${found} twice`;
  }),
  remedy: '`-r` and `-u` add to an archive that is there. Start it over with `-c`.',
  where: listing,
};

const editedSince: LayerRule = {
  id: 'tree-edited-since',
  sign: ofTar((entries, name, { tree }) => {
    const inTree = byPath(tree);
    const found = entries.find(({ path, kind, digest }) => {
      const now = inTree.get(path);
      return kind === 'file' && now?.kind === 'file' && now.digest !== digest;
    });
    return found && `${found.path} is not the same in build/${name} and in ${name}-layer.tar`;
  }),
  remedy:
    'It was changed after it was packed. The archive does not follow: pack it again, and everything made of it.',
  where: 'tar -C "$WORKDIR/build/base" -df "$WORKDIR/base-layer.tar"',
};

const addedSince: LayerRule = {
  id: 'tree-grown-since',
  sign: ofTar((entries, name, { tree }) => {
    const held = byPath(entries);
    if (!held.has('.') || !held.has('hello.txt')) return undefined;
    const found = tree.find(({ path }) => !held.has(path) && !/(^|\/)\.wh\./.test(path));
    return found && `${found.path} is in build/${name} and not in ${name}-layer.tar`;
  }),
  remedy: 'It was made after the tree was packed. Pack it again, and everything made of it.',
  where: listing,
};

const whiteout = 'data/.wh.config.txt';

const leftOut: LayerRule = {
  id: 'whiteout-left-out',
  sign: ({ delta }) => {
    const held = delta.tar?.layer && byPath(delta.tar.layer.entries);
    const isWhole = held?.has('.') === true && held.has('hello.txt');
    if (!isWhole || held.has(whiteout) || !byPath(delta.tree).has(whiteout)) return undefined;
    return `${whiteout} is in build/delta and not in delta-layer.tar`;
  },
  remedy:
    'An `--exclude` took it out, or it was made after packing. Without it config.txt would be there again.',
  where: 'tar -tvf "$WORKDIR/delta-layer.tar"',
};

const neverMade: LayerRule = {
  id: 'whiteout-never-made',
  sign: ({ delta }) => {
    const held = delta.tar?.layer && byPath(delta.tar.layer.entries);
    if (held?.has('hello.txt') !== true || held.has(whiteout)) return undefined;
    if (delta.tree.length === 0 || byPath(delta.tree).has(whiteout)) return undefined;
    return `neither build/delta nor delta-layer.tar has ${whiteout}`;
  },
  remedy: 'It was not there to be packed. Make it (02-filesystems/delta), then pack again.',
  where: 'ls -lA "$WORKDIR/build/delta/data"',
};

/** Against the check that each tar holds its tree. */
export const contentRules: readonly LayerRule[] = [
  ...fileRules,
  ofWorkdir,
  swapped,
  absolute,
  prefixed,
  star,
  followed,
  twiceIn,
  editedSince,
  leftOut,
  addedSince,
];

/** Against the check of the whiteout. */
export const whiteoutRules: readonly LayerRule[] = [
  ...fileRules,
  swapped,
  prefixed,
  leftOut,
  neverMade,
];

// --- what is pinned --------------------------------------------------------------------------

const unsorted: LayerRule = {
  id: 'tar-unsorted',
  sign: ofTar((entries, name) => {
    const [first, second] = outOfOrder(entries) ?? [];
    return first && `${name}: ${first.name} comes before ${second?.name}`;
  }),
  remedy: packingOptions.order,
  where: 'tar -tf "$WORKDIR/delta-layer.tar"',
};

/** Against the check of the order. */
export const orderRules: readonly LayerRule[] = [...fileRules, twiceIn, unsorted];

const dates = 'tar --full-time --utc -tvf "$WORKDIR/base-layer.tar"';

const instant = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

/** The one time that all entries have, if they have one and it is not the right one. */
function commonTime(entries: readonly LayerEntry[]): number | undefined {
  const times = new Set(entries.map(({ mtime }) => mtime));
  const [only] = times;
  return times.size === 1 && only !== newYear ? only : undefined;
}

const otherZone: LayerRule = {
  id: 'mtime-zone',
  sign: ofTar((entries, name) => {
    const time = commonTime(entries);
    const off = (time ?? newYear) - newYear;
    if (time === undefined || off % 900 !== 0 || Math.abs(off) > 14 * 3600) return undefined;
    const hours = Math.abs(off) / 3600;
    return `${name}: every entry is of ${instant(time)}, ${hours} ${hours === 1 ? 'hour' : 'hours'} ${off > 0 ? 'late' : 'early'}`;
  }),
  remedy:
    'A date without a zone is read in yours. `--mtime=@1735689600` is the same second everywhere.',
  where: dates,
};

const otherDate: LayerRule = {
  id: 'mtime-other',
  sign: ofTar((entries, name) => {
    const time = commonTime(entries);
    const isZone =
      time !== undefined && (time - newYear) % 900 === 0 && Math.abs(time - newYear) <= 14 * 3600;
    return time === undefined || isZone ? undefined : `${name}: every entry is of ${instant(time)}`;
  }),
  remedy:
    'They have one time, and not the one that everybody takes: `--mtime=@1735689600`. `now` is another every second.',
  where: dates,
};

const onlyDirectories: LayerRule = {
  id: 'mtime-directories',
  alone: true,
  sign: ofTar((entries, name) => {
    const bad = entries.filter(({ mtime }) => mtime !== newYear);
    if (bad.length === entries.length || bad.some(({ kind }) => kind !== 'directory')) {
      return undefined;
    }
    return firstOf(name, bad, ({ mtime }) => `is of ${instant(mtime)}, and a directory`);
  }),
  remedy: 'Files were dated with touch, and their directories not. `--mtime` dates every entry.',
  where: dates,
};

const fraction: LayerRule = {
  id: 'mtime-fraction',
  alone: true,
  sign: ofTar((entries, name) =>
    firstOf(
      name,
      entries.filter(({ mtime }) => !Number.isInteger(mtime)),
      ({ mtime }) => `is of ${instant(mtime)}, with a part of a second`,
    ),
  ),
  remedy:
    'The pax format keeps what the clock of the disk says. `--format=gnu --mtime=@1735689600` keeps whole seconds.',
  where: dates,
};

const ownTimes: LayerRule = {
  id: 'mtime-of-files',
  alone: true,
  sign: (seen) => {
    const made = new Set(
      layerNames.flatMap((name) => seen[name].tree.map(({ mtime }) => Math.floor(mtime))),
    );
    const isOwn = ({ mtime }: LayerEntry) => mtime !== newYear && made.has(Math.floor(mtime));
    return ofTar((entries, name) =>
      firstOf(
        name,
        entries.filter(isOwn),
        ({ mtime }) => `is of ${instant(Math.floor(mtime))}, when the tree was made`,
      ),
    )(seen);
  },
  remedy: `Every entry brought its own time along, and a tree made again has others: ${packingOptions['build-time']}`,
  where: dates,
};

/** Against the check of the dates. */
export const dateRules: readonly LayerRule[] = [
  ...fileRules,
  onlyDirectories,
  fraction,
  ownTimes,
  otherZone,
  otherDate,
];

const owners = 'tar --numeric-owner -tvf "$WORKDIR/delta-layer.tar"';

const onlyGroup: LayerRule = {
  id: 'owner-group',
  sign: ofTar((entries, name) => {
    if (entries.some(({ uid }) => uid !== 0)) return undefined;
    return firstOf(
      name,
      entries.filter(({ gid }) => gid !== 0),
      ({ gid }) => `has gid ${gid}`,
    );
  }),
  remedy: 'The owner is pinned and the group is not: `--group=0` goes with `--owner=0`.',
  where: owners,
};

const ownOwner: LayerRule = {
  id: 'owner-own',
  sign: ofTar((entries, name, { tree }) => {
    const inTree = byPath(tree);
    return firstOf(
      name,
      entries.filter(({ path, uid }) => uid !== 0 && inTree.get(path)?.uid === uid),
      ({ uid, gid }) => `has uid ${uid}, gid ${gid}, as the tree has`,
    );
  }),
  remedy: `It was packed with your own number, which is someone else's on another machine: ${packingOptions.owner}`,
  where: owners,
};

const otherOwner: LayerRule = {
  id: 'owner-other',
  sign: ofTar((entries, name, { tree }) => {
    const inTree = byPath(tree);
    return firstOf(
      name,
      entries.filter(({ path, uid }) => uid !== 0 && inTree.get(path)?.uid !== uid),
      ({ uid, gid }) => `has uid ${uid}, gid ${gid}`,
    );
  }),
  remedy: `It was pinned to somebody, or packed by another user than the one of the tree: ${packingOptions.owner}`,
  where: owners,
};

/** Against the check of the owners. */
export const ownerRules: readonly LayerRule[] = [...fileRules, onlyGroup, ownOwner, otherOwner];

const octal = (mode: number) => mode.toString(8).padStart(3, '0');

const privateUmask: LayerRule = {
  id: 'umask-private',
  sign: ofTar((entries, name) =>
    firstOf(
      name,
      entries.filter(({ kind, mode }) => kind !== 'symlink' && (mode & 0o044) !== 0o044),
      ({ mode }) => `has mode ${octal(mode)}`,
    ),
  ),
  remedy: `A umask such as 077 lets only the owner read: ${packingOptions.permissions}`,
  where: 'umask; tar -tvf "$WORKDIR/delta-layer.tar"',
};

const sharedUmask: LayerRule = {
  id: 'umask-shared',
  sign: ofTar((entries, name) =>
    firstOf(
      name,
      entries.filter(({ kind, mode }) => kind !== 'symlink' && (mode & 0o022) !== 0),
      ({ mode }) => `has mode ${octal(mode)}, writable by more than its owner`,
    ),
  ),
  remedy: `A umask of 002 or 000 lets others write: ${packingOptions.permissions}`,
  where: 'umask; tar -tvf "$WORKDIR/delta-layer.tar"',
};

/** Against the check of the permissions. */
export const modeRules: readonly LayerRule[] = [...fileRules, privateUmask, sharedUmask];

// --- built again -----------------------------------------------------------------------------

/** The first difference of these causes, in words. */
function ofTwo(
  causes: readonly Cause[],
  says: (difference: TarDifference, name: LayerName) => string | undefined,
): LayerRule['sign'] {
  return ofEither(({ again }, name) => {
    const found = again.find(({ cause }) => causes.includes(cause));
    return found && says(found, name);
  });
}

const formats: LayerRule = {
  id: 'twice-format',
  sign: ofTwo(['format'], ({ a, b }, name) => {
    const [one, other] = [a, b].map((format) =>
      format.endsWith('with a pax header') ? 'pax' : format.replace(/^gnu$/, 'GNU'),
    );
    return `${name}-layer.tar is of format ${one}, again of ${other}`;
  }),
  remedy:
    'Which format tar writes is a default, and extended attributes or `--xattrs` change it to pax, with times in it. Say `--format=gnu`.',
  where: 'file "$WORKDIR"/*-layer.tar "$WORKDIR"/again/*-layer.tar',
};

const ownerNames: LayerRule = {
  id: 'twice-owner-names',
  sign: ofTwo(['owner-names'], ({ a, b }, name) => {
    const named = a === 'none' ? `again/${name}-layer.tar` : `${name}-layer.tar`;
    return `${named} calls the owner ${a === 'none' ? b : a}, the other gives a number only`;
  }),
  remedy: packingOptions['owner-names'],
  where: 'tar -tvf "$WORKDIR/base-layer.tar"',
};

const listings =
  'diff <(tar -tvf "$WORKDIR/delta-layer.tar") <(tar -tvf "$WORKDIR/again/delta-layer.tar")';

/** A permission or a time as the checks of this lesson write it: 644, 2025-01-01T00:00:00Z. */
const asHere = (value: string) =>
  value.replace(/^0(?=\d{3}$)/, '').replace(/^(\S+) (\S+) UTC$/, '$1T$2Z');

const otherField: LayerRule = {
  id: 'twice-not-pinned',
  sign: ofTwo(
    ['build-time', 'permissions', 'owner'],
    ({ entry, field, a, b }, name) =>
      `${name}: ${entry} has ${field} ${asHere(a)}, again ${asHere(b)}`,
  ),
  remedy: 'That is not pinned in one of the two commands. Pack both with the same options.',
  where: listings,
};

const otherContent: LayerRule = {
  id: 'twice-edited-between',
  sign: ofTwo(
    ['content'],
    ({ entry }, name) => `${name}: ${entry} says something else in again/${name}-layer.tar`,
  ),
  remedy: 'The tree was changed between the two. Pack it (03-layers/tar), then again.',
  where: 'cmp "$WORKDIR/delta-layer.tar" "$WORKDIR/again/delta-layer.tar"',
};

/** What else two archives of one tree can differ in, in the words of `compare`. */
const otherwise = (['entries', 'order', 'names', 'pax', 'padding'] as const).map(
  (cause): LayerRule => ({
    id: `twice-${cause}`,
    sign: ofTwo([cause], ({ entry, field, a, b }, name) => {
      const what = entry === undefined ? field : `${entry}, ${field}`;
      return `${name}: ${what}: ${a}, again ${b}`;
    }),
    remedy: causeTexts[cause],
    where: listings,
  }),
);

/** Against the check that it comes out the same twice. */
export const twiceRules: readonly LayerRule[] = [
  ...fileRules,
  otherContent,
  otherField,
  formats,
  ownerNames,
  ...otherwise,
];

// --- compressed ------------------------------------------------------------------------------

const types = 'file "$WORKDIR"/*-layer.tar.gz';

const compressing = 'cd "$WORKDIR" && gzip -n -k -f base-layer.tar delta-layer.tar';

const misnamed: LayerRule = {
  id: 'gzip-misnamed',
  sign: ofEither((seen, name, { files }) => {
    if (seen.gzip !== undefined || seen.tar === undefined) return undefined;
    const found = files.find((file) => new RegExp(`^${name}.*\\.(tgz|gz)$`).test(file));
    return found && `there is ${found}, and no ${name}-layer.tar.gz`;
  }),
  remedy: 'The tour looks for the names of the article. Rename it, or compress again.',
  where: 'ls "$WORKDIR"',
  command: compressing,
};

const notCompressed: LayerRule = {
  id: 'gzip-not-compressed',
  sign: ofEither(({ gzip }, name) =>
    gzip !== undefined && fileFormatOf(gzip.head) === 'tar'
      ? `${name}-layer.tar.gz is the tar itself`
      : undefined,
  ),
  remedy: 'It was renamed or copied, and never compressed: its Digest would be the DiffID.',
  where: types,
  command: compressing,
};

const otherCompression: LayerRule = {
  id: 'gzip-other-format',
  sign: ofEither(({ gzip }, name) => {
    const format = gzip && fileFormatOf(gzip.head);
    if (format === undefined || format === 'gzip' || format === 'tar') return undefined;
    return `${name}-layer.tar.gz is ${format}`;
  }),
  remedy: 'The manifest will say gzip. Compress it with gzip, whatever the name.',
  where: types,
  command: compressing,
};

const twiceCompressed: LayerRule = {
  id: 'gzip-twice',
  sign: ofEither(({ gzip }, name) => {
    const format = gzip?.inside && fileFormatOf(gzip.inside.head);
    if (format !== 'gzip' || fileFormatOf(gzip?.head ?? Buffer.alloc(0)) !== 'gzip')
      return undefined;
    return `${name}-layer.tar.gz holds a gzip file, not a tar`;
  }),
  remedy: 'It was compressed twice: a runtime unpacks once, and finds no archive.',
  where: 'gzip -dc "$WORKDIR/delta-layer.tar.gz" | file -',
  command: compressing,
};

const ofOtherLayer: LayerRule = {
  id: 'gzip-of-other-layer',
  sign: ofEither(({ gzip, tar }, name, all) => {
    const other = name === 'base' ? 'delta' : 'base';
    const inside = gzip?.inside?.digest;
    const isOther = inside !== undefined && inside === all[other].tar?.layer?.diffId;
    return isOther && inside !== tar?.layer?.diffId
      ? `${name}-layer.tar.gz is of another tar: of ${other}-layer.tar`
      : undefined;
  }),
  remedy: 'A name was not changed when the command was used again. Compress each under its own.',
  where: 'for layer in base delta; do gzip -dc "$WORKDIR/$layer-layer.tar.gz" | sha256sum; done',
  command: compressing,
};

const cutShort: LayerRule = {
  id: 'gzip-cut-short',
  sign: ofEither(({ gzip }, name) =>
    gzip !== undefined && fileFormatOf(gzip.head) === 'gzip' && gzip.inside === undefined
      ? `${name}-layer.tar.gz, of ${gzip.size} bytes, does not unpack to its end`
      : undefined,
  ),
  remedy: 'It was cut short, damaged, or has something after its end. Compress it again.',
  where: 'gzip -tv "$WORKDIR"/*-layer.tar.gz',
  command: compressing,
};

const stale: LayerRule = {
  id: 'gzip-of-earlier-tar',
  sign: ofEither(({ gzip, tar }, name, all) => {
    const inside = gzip?.inside;
    const known = [all.base.tar?.layer?.diffId, all.delta.tar?.layer?.diffId];
    if (inside === undefined || tar?.layer === undefined || known.includes(inside.digest)) {
      return undefined;
    }
    if (fileFormatOf(inside.head) !== 'tar' || fileFormatOf(gzip?.head ?? inside.head) !== 'gzip') {
      return undefined;
    }
    return `${name}-layer.tar.gz holds a tar, and it is not ${name}-layer.tar`;
  }),
  remedy: 'It is of an earlier packing, or of another file. After every packing compress again.',
  where: 'for layer in base delta; do gzip -dc "$WORKDIR/$layer-layer.tar.gz" | sha256sum; done',
  command: compressing,
};

/** Wherever the compressed file is needed. */
const unpackingRules: readonly LayerRule[] = [
  swallowed,
  misnamed,
  notCompressed,
  otherCompression,
  twiceCompressed,
  cutShort,
  ofOtherLayer,
  stale,
];

/** Against the check that each unpacks to its tar. */
export const gzipRules: readonly LayerRule[] = unpackingRules;

const clock: LayerRule = {
  id: 'gzip-clock',
  sign: ofEither(({ gzip }, name) => {
    const header = gzip && readGzipHeader(gzip.head);
    if (header === undefined || (header.mtime === 0 && header.name === undefined)) return undefined;
    const time = header.mtime === 0 ? 'no time' : `time ${instant(header.mtime)}`;
    return `${name}-layer.tar.gz: name ${header.name ?? 'none'}, ${time}`;
  }),
  remedy: packingOptions['gzip-header'],
  where: 'head -c 32 "$WORKDIR/delta-layer.tar.gz" | od -An -tx1z',
  command: compressing,
};

/** Against the check of the header. */
export const headerRules: readonly LayerRule[] = [notCompressed, otherCompression, clock];

const level: LayerRule = {
  id: 'gzip-level',
  sign: ofEither(({ gzip }, name) => {
    const header = gzip && readGzipHeader(gzip.head);
    const made = header && gzipLevel(header);
    if (made === undefined) return undefined;
    return `${name}-layer.tar.gz was made with another level, the ${made === 'slowest' ? 'slowest (-9)' : 'fastest (-1)'}`;
  }),
  remedy:
    'Another level is another Digest for the same tar. It would run; to get the same as everybody else, leave the level alone, and `unset GZIP`, which may have set it.',
  where: 'head -c 10 "$WORKDIR/delta-layer.tar.gz" | od -An -tx1',
  command: compressing,
};

/** Against the check that it comes out the same twice. */
export const repeatRules: readonly LayerRule[] = [...unpackingRules, clock, level];

/** Against the check that no Digest is a DiffID. */
export const apartRules: readonly LayerRule[] = [notCompressed];

export const diagnoses = defineDiagnoses(checks, {
  tar: {
    complete: diagnoser(seeLayers, ...contentRules),
    sorted: diagnoser(seeLayers, ...orderRules),
    dated: diagnoser(seeLayers, ...dateRules),
    owned: diagnoser(seeLayers, ...ownerRules),
    permitted: diagnoser(seeLayers, ...modeRules),
    whiteout: diagnoser(seeLayers, ...whiteoutRules),
  },
  twice: { same: diagnoser(seeLayers, ...twiceRules) },
  gzip: {
    unpacks: diagnoser(seeLayers, ...gzipRules),
    header: diagnoser(seeLayers, ...headerRules),
    repeatable: diagnoser(seeLayers, ...repeatRules),
  },
  measure: { apart: diagnoser(seeLayers, ...apartRules) },
});
