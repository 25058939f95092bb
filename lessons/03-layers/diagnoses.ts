import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { defineDiagnoses } from '../../src/engine/define.ts';
import { type DiagnosisRule, diagnoser, isAnswerOfMachine } from '../../src/engine/diagnosis.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { type Cause, causeTexts, packingOptions } from '../../src/oci/compare/causes.ts';
import type { FieldDifference } from '../../src/oci/compare/entry-fields.ts';
import { compareLayers } from '../../src/oci/compare/layers.ts';
import { fileFormatOf } from '../../src/oci/file-format.ts';
import { gzipLevel, readGzipHeader } from '../../src/oci/gzip.ts';
import type { Layer, LayerEntry } from '../../src/oci/layer.ts';
import {
  type HeaderForm,
  headerForms,
  headOf,
  newYear,
  outOfOrder,
  type Recompressed,
  recompressedFiles,
  tars,
  type UnpackedLayer,
  unpacked,
} from '../facts/layers.ts';
import { type LayerName, layerNames, trees } from '../facts/trees.ts';
import { checks } from './checks.ts';

/** A tar and its first bytes, whether or not it is one. */
interface SeenTar {
  readonly head: Buffer;
  /** Undefined if it can't be read as a tar. */
  readonly layer: Layer | undefined;
  /** Empty if it can't be read as a tar. */
  readonly headers: readonly HeaderForm[];
  /** Why it can't be read. */
  readonly why?: string | undefined;
}

/** A compressed tar and its first bytes, whether or not it decompresses. */
interface SeenGzip {
  readonly head: Buffer;
  readonly size: number;
  readonly inside: UnpackedLayer | undefined;
}

/** How the same tree packed again differs: in the entry of this name, or as a whole. */
type TarDifference = FieldDifference & { readonly entry: string | undefined };

/** What is there of one layer. */
export interface SeenLayer {
  readonly tree: readonly LayerEntry[];
  readonly tar: SeenTar | undefined;
  /** Empty if one of the two isn't there, or can't be read. */
  readonly again: readonly TarDifference[];
  readonly gzip: SeenGzip | undefined;
}

export interface SeenLayers extends Readonly<Record<LayerName, SeenLayer>> {
  /** The names of the files in the working directory. */
  readonly files: readonly string[];
  /** The files in practice, of those that the last step asks for. */
  readonly practice: Readonly<Record<Recompressed, SeenGzip | undefined>>;
}

async function seeLayers(observation: Observation): Promise<SeenLayers> {
  const [base, delta] = await Promise.all(layerNames.map((name) => seeLayer(observation, name)));
  const files = readdirSync(observation.path());
  const practice = {
    dated: await seeGzip(observation, 'practice', recompressedFiles.dated),
    small: await seeGzip(observation, 'practice', recompressedFiles.small),
  };
  return { base: base as SeenLayer, delta: delta as SeenLayer, files, practice };
}

async function seeLayer(observation: Observation, name: LayerName): Promise<SeenLayer> {
  return {
    tree: (await observation.get(trees[name]))?.entries ?? [],
    tar: await seeTar(observation, name),
    again: await differencesOf(
      await observation.file(`${name}-layer.tar`),
      await observation.file('again', `${name}-layer.tar`),
    ),
    gzip: await seeGzip(observation, `${name}-layer.tar.gz`),
  };
}

/** The differences between two archives, as `handroll-tour compare` finds them. */
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

async function seeTar(observation: Observation, name: LayerName): Promise<SeenTar | undefined> {
  const head = await observation.derive('head', headOf, `${name}-layer.tar`);
  if (head === undefined) return undefined;
  try {
    const layer = await observation.get(tars[name]);
    return { head, layer, headers: (await observation.get(headerForms[name])) ?? [] };
  } catch (error) {
    if (!isAnswerOfMachine(error)) throw error;
    return { head, layer: undefined, headers: [], why: error.message };
  }
}

async function seeGzip(observation: Observation, ...file: string[]): Promise<SeenGzip | undefined> {
  const found = await observation.derive(
    'head and size',
    (bytes) => ({ head: headOf(bytes), size: bytes.length }),
    ...file,
  );
  return found && { ...found, inside: await unpacked(observation, ...file) };
}

type LayerRule = DiagnosisRule<SeenLayers>;

/** The trace in the first layer that shows it. */
function ofEither(
  sign: (seen: SeenLayer, name: LayerName, all: SeenLayers) => string | undefined,
): LayerRule['sign'] {
  return (seen) => sign(seen.base, 'base', seen) ?? sign(seen.delta, 'delta', seen);
}

/** The same, in an archive that can be read. */
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

/** The first of the entries found, and how many more there are. */
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
  remedy:
    'gzip replaces the file it compresses unless you give it `-k`. Decompress it to get the tar back.',
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
    'The DiffID is the hash of the tar *before* compression. Pack with `-cf`, without the z; the next step compresses.',
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
    'The archive is damaged or cut short, perhaps by a full disk or an interrupted tar. Pack it again.',
  where: listing,
};

const nothingIn: LayerRule = {
  id: 'tar-empty',
  sign: ofTar((entries, name) =>
    entries.length === 0 ? `${name}-layer.tar has no entries` : undefined,
  ),
  remedy:
    'The command named nothing to pack, or a directory that does not exist. It has to end in a dot, for the directory given to `-C`.',
  where: listing,
};

/** Wherever a tar is needed. */
const fileRules: readonly LayerRule[] = [swallowed, compressed, broken, nothingIn];

// --- what is in it ---------------------------------------------------------------------------

const ofWorkdir: LayerRule = {
  id: 'tar-of-workdir',
  alone: true,
  sign: ofTar((entries, name) => {
    const found = entries.find(({ path }) => /(^|\/)(base|delta)-layer\.tar/.test(path));
    return found && `${name}-layer.tar contains ${found.name}`;
  }),
  remedy:
    'You packed the working directory. Give the tree to tar: `-C "$WORKDIR/build/base"`, and pack the dot.',
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
    'You packed the directory instead of its content, so in a container every file would be that much deeper. Use `-C` with the tree, and pack the dot.',
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
    'Names in a layer are relative to its root. Leave out `-P`, use `-C` with the tree, and pack the dot.',
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
    "The shell's `*` leaves out the directory itself, and names in it that start with a dot. Pack the dot instead.",
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
    return `${name}-layer.tar contains build/${other}`;
  }),
  remedy:
    'You reused the command and forgot to change the path. Pack build/base into base-layer.tar, and build/delta into delta-layer.tar.',
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
      found && `${found.path} is a ${found.kind} in ${name}-layer.tar, and a link in build/${name}`
    );
  }),
  remedy: 'tar followed the links. Leave out `-h` (`--dereference`), and pack again.',
  where: listing,
};

const twiceIn: LayerRule = {
  id: 'tar-appended',
  alone: true,
  sign: ofTar((entries, name) => {
    const paths = entries.map(({ path }) => path);
    const found = paths.find((path, index) => paths.indexOf(path) !== index);
    return found && `${name}-layer.tar contains ${found} twice`;
  }),
  remedy: '`-r` and `-u` add to an existing archive. Use `-c` to start a new one.',
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
    return found && `${found.path} differs between build/${name} and ${name}-layer.tar`;
  }),
  remedy:
    'The file was changed after packing. Pack the tree again, then redo everything made from the tar.',
  where: 'tar -C "$WORKDIR/build/base" -df "$WORKDIR/base-layer.tar"',
};

const addedSince: LayerRule = {
  id: 'tree-grown-since',
  sign: ofTar((entries, name, { tree }) => {
    const held = byPath(entries);
    if (!held.has('.') || !held.has('hello.txt')) return undefined;
    const found = tree.find(({ path }) => !held.has(path) && !/(^|\/)\.wh\./.test(path));
    return found && `${found.path} is in build/${name}, but not in ${name}-layer.tar`;
  }),
  remedy:
    'The file was created after packing. Pack the tree again, then redo everything made from the tar.',
  where: listing,
};

const whiteout = 'data/.wh.config.txt';

const leftOut: LayerRule = {
  id: 'whiteout-left-out',
  sign: ({ delta }) => {
    const held = delta.tar?.layer && byPath(delta.tar.layer.entries);
    const isWhole = held?.has('.') === true && held.has('hello.txt');
    if (!isWhole || held.has(whiteout) || !byPath(delta.tree).has(whiteout)) return undefined;
    return `${whiteout} is in build/delta, but not in delta-layer.tar`;
  },
  remedy:
    'An `--exclude` left it out, or it was created after packing. Without it config.txt would show up in the container. Pack the tree again.',
  where: 'tar -tvf "$WORKDIR/delta-layer.tar"',
};

const neverMade: LayerRule = {
  id: 'whiteout-never-made',
  sign: ({ delta }) => {
    const held = delta.tar?.layer && byPath(delta.tar.layer.entries);
    if (held?.has('hello.txt') !== true || held.has(whiteout)) return undefined;
    if (delta.tree.length === 0 || byPath(delta.tree).has(whiteout)) return undefined;
    return `neither build/delta nor delta-layer.tar contains ${whiteout}`;
  },
  remedy:
    'There was no whiteout to pack. Create it (02-filesystems/delta), then pack the tree again.',
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

/** The time that all entries share, if there is one and it's wrong. */
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
    return `${name}: every entry has ${instant(time)}, ${hours} ${hours === 1 ? 'hour' : 'hours'} ${off > 0 ? 'late' : 'early'}`;
  }),
  remedy:
    'A date without a time zone is read in your own. Use `--mtime=@1735689600`, which is the same instant everywhere.',
  where: dates,
};

const otherDate: LayerRule = {
  id: 'mtime-other',
  sign: ofTar((entries, name) => {
    const time = commonTime(entries);
    const isZone =
      time !== undefined && (time - newYear) % 900 === 0 && Math.abs(time - newYear) <= 14 * 3600;
    return time === undefined || isZone ? undefined : `${name}: every entry has ${instant(time)}`;
  }),
  remedy:
    'All entries have the same time, but not the one of this tour. Use `--mtime=@1735689600`; `now` would be different every second.',
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
    return firstOf(name, bad, ({ mtime }) => `is a directory with ${instant(mtime)}`);
  }),
  remedy:
    'You set the time of the files with touch, but not that of their directories. `--mtime` sets it for every entry.',
  where: dates,
};

const fraction: LayerRule = {
  id: 'mtime-fraction',
  alone: true,
  sign: ofTar((entries, name) =>
    firstOf(
      name,
      entries.filter(({ mtime }) => !Number.isInteger(mtime)),
      ({ mtime }) => `has ${instant(mtime)}, with a fraction of a second`,
    ),
  ),
  remedy:
    'The pax format keeps fractions of a second. Use `--format=gnu --mtime=@1735689600` for whole ones.',
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
        ({ mtime }) => `has ${instant(Math.floor(mtime))}, when the tree was made`,
      ),
    )(seen);
  },
  remedy: `Each entry has the time of its file, which changes when the tree is made again. ${packingOptions['build-time']}`,
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
  remedy: 'The owner is pinned, but the group is not. Use `--owner=0 --group=0`.',
  where: owners,
};

const ownOwner: LayerRule = {
  id: 'owner-own',
  sign: ofTar((entries, name, { tree }) => {
    const inTree = byPath(tree);
    return firstOf(
      name,
      entries.filter(({ path, uid }) => uid !== 0 && inTree.get(path)?.uid === uid),
      ({ uid, gid }) => `has uid ${uid} and gid ${gid}, like the tree`,
    );
  }),
  remedy: `tar stored the files' own owner, and on another machine that uid belongs to someone else. ${packingOptions.owner}`,
  where: owners,
};

const otherOwner: LayerRule = {
  id: 'owner-other',
  sign: ofTar((entries, name, { tree }) => {
    const inTree = byPath(tree);
    return firstOf(
      name,
      entries.filter(({ path, uid }) => uid !== 0 && inTree.get(path)?.uid !== uid),
      ({ uid, gid }) => `has uid ${uid} and gid ${gid}`,
    );
  }),
  remedy: `The owner was pinned to another id than 0. ${packingOptions.owner}`,
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
  remedy: `A umask such as 077 removed read permission for group and others. ${packingOptions.permissions}`,
  where: 'umask; tar -tvf "$WORKDIR/delta-layer.tar"',
};

const sharedUmask: LayerRule = {
  id: 'umask-shared',
  sign: ofTar((entries, name) =>
    firstOf(
      name,
      entries.filter(({ kind, mode }) => kind !== 'symlink' && (mode & 0o022) !== 0),
      ({ mode }) => `has mode ${octal(mode)}, so others than its owner can write`,
    ),
  ),
  remedy: `A umask of 002 or 000 gave others write permission. ${packingOptions.permissions}`,
  where: 'umask; tar -tvf "$WORKDIR/delta-layer.tar"',
};

/** Against the check of the permissions. */
export const modeRules: readonly LayerRule[] = [...fileRules, privateUmask, sharedUmask];

// --- how the headers are written ---------------------------------------------------------------

/** The same, in the first header that is written otherwise. */
function ofHeaders(sign: (header: HeaderForm) => string | undefined): LayerRule['sign'] {
  return ofEither(({ tar }, name) => {
    for (const header of tar?.headers ?? []) {
      const found = sign(header);
      if (found !== undefined) return `${name}: ${header.name} ${found}`;
    }
    return undefined;
  });
}

const tarFormat: LayerRule = {
  id: 'tar-format',
  sign: ofHeaders(({ pax, format }) =>
    pax || format !== 'gnu' ? `is in ${pax ? 'pax' : format} format` : undefined,
  ),
  remedy:
    'Formats write different headers for the same file, and pax also stores times of access. Pack with `--format=gnu`.',
  where: 'file "$WORKDIR"/*-layer.tar',
};

const namedOwner: LayerRule = {
  id: 'tar-owner-names',
  sign: ofHeaders(({ uname, gname }) =>
    uname === '' && gname === '' ? undefined : `names its owner ${uname || gname}`,
  ),
  remedy:
    'Without `--numeric-owner` tar also stores the name of the user, which differs between machines. Pack with `--owner=0 --group=0 --numeric-owner`.',
  where: 'tar -tvf "$WORKDIR/delta-layer.tar"',
};

/** Against the check of the headers. */
export const headerFormRules: readonly LayerRule[] = [...fileRules, tarFormat, namedOwner];

// --- packed again -----------------------------------------------------------------------------

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
      format.endsWith('with a pax header')
        ? 'pax format'
        : `${format.replace(/^gnu$/, 'GNU')} format`,
    );
    return `${name}-layer.tar is in ${one}, again in ${other}`;
  }),
  remedy: 'tar has a default format, and switches to pax for `--xattrs`. Pack with `--format=gnu`.',
  where: 'file "$WORKDIR"/*-layer.tar "$WORKDIR"/again/*-layer.tar',
};

const ownerNames: LayerRule = {
  id: 'twice-owner-names',
  sign: ofTwo(['owner-names'], ({ a, b }, name) => {
    const named = a === 'none' ? `again/${name}-layer.tar` : `${name}-layer.tar`;
    return `${named} names the owner ${a === 'none' ? b : a}, the other has only a number`;
  }),
  remedy:
    'Without `--numeric-owner` tar also stores the name of the user, which differs between machines. Use it in both commands.',
  where: 'tar -tvf "$WORKDIR/base-layer.tar"',
};

const listings =
  'diff <(tar -tvf "$WORKDIR/delta-layer.tar") <(tar -tvf "$WORKDIR/again/delta-layer.tar")';

/** A permission or a time as in the checks of this lesson: 644, 2025-01-01T00:00:00Z. */
const asHere = (value: string) =>
  value.replace(/^0(?=\d{3}$)/, '').replace(/^(\S+) (\S+) UTC$/, '$1T$2Z');

const otherField: LayerRule = {
  id: 'twice-not-pinned',
  sign: ofTwo(
    ['build-time', 'permissions', 'owner'],
    ({ entry, field, a, b }, name) =>
      `${name}: ${entry} has ${field} ${asHere(a)}, again ${asHere(b)}`,
  ),
  remedy: 'One of the two commands does not pin that. Pack both with the same options.',
  where: listings,
};

const otherContent: LayerRule = {
  id: 'twice-edited-between',
  sign: ofTwo(
    ['content'],
    ({ entry }, name) => `${name}: ${entry} has other content in again/${name}-layer.tar`,
  ),
  remedy:
    'The tree was changed in between. Pack it anew (03-layers/tar), then run this step again.',
  where: 'cmp "$WORKDIR/delta-layer.tar" "$WORKDIR/again/delta-layer.tar"',
};

/** Other differences between two archives of one tree, in the words of `compare`. */
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

/** Against the check that packing again gives the same DiffIDs. */
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
    return found && `${found} exists, but ${name}-layer.tar.gz doesn't`;
  }),
  remedy:
    'The tour expects base-layer.tar.gz and delta-layer.tar.gz. Rename the file, or compress again.',
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
  remedy: 'It was renamed or copied, and never compressed, so its digest would be the DiffID.',
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
  remedy: 'The manifest will declare the layers as gzip. Compress the tars with gzip.',
  where: types,
  command: compressing,
};

const twiceCompressed: LayerRule = {
  id: 'gzip-twice',
  sign: ofEither(({ gzip }, name) => {
    const format = gzip?.inside && fileFormatOf(gzip.inside.head);
    if (format !== 'gzip' || fileFormatOf(gzip?.head ?? Buffer.alloc(0)) !== 'gzip')
      return undefined;
    return `${name}-layer.tar.gz holds a gzip file instead of a tar`;
  }),
  remedy:
    'It was compressed twice. A runtime decompresses once, and would find no tar. Compress the tar itself.',
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
      ? `${name}-layer.tar.gz holds ${other}-layer.tar`
      : undefined;
  }),
  remedy:
    'You reused the command and forgot to change a name. Compress each tar into its own file.',
  where: 'for layer in base delta; do gzip -dc "$WORKDIR/$layer-layer.tar.gz" | sha256sum; done',
  command: compressing,
};

const cutShort: LayerRule = {
  id: 'gzip-cut-short',
  sign: ofEither(({ gzip }, name) =>
    gzip !== undefined && fileFormatOf(gzip.head) === 'gzip' && gzip.inside === undefined
      ? `${name}-layer.tar.gz has ${gzip.size} bytes, and its end is missing or damaged`
      : undefined,
  ),
  remedy:
    'The file was cut short or damaged, or has something after its end. Compress the tar again.',
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
    return `${name}-layer.tar.gz holds another tar than ${name}-layer.tar`;
  }),
  remedy:
    'It was made before the tar was packed again, or from another file. Compress the tar again.',
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

/** Against the check that each decompresses to its tar. */
export const gzipRules: readonly LayerRule[] = unpackingRules;

const clock: LayerRule = {
  id: 'gzip-clock',
  sign: ofEither(({ gzip }, name) => {
    const header = gzip && readGzipHeader(gzip.head);
    if (header === undefined || (header.mtime === 0 && header.name === undefined)) return undefined;
    const time = header.mtime === 0 ? 'no time' : `the time ${instant(header.mtime)}`;
    return `${name}-layer.tar.gz has the name ${header.name ?? 'none'} and ${time} in its header`;
  }),
  remedy:
    'gzip without `-n` stores the name and the time of the file, so the digest is another one each time you pack. Compress with `gzip -n`.',
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
    return `${name}-layer.tar.gz was made with level ${made === 'slowest' ? '9' : '1'}`;
  }),
  remedy:
    "Another level gives another digest for the same tar. The image would run, but its digest would differ from other people's. Compress without a level, and `unset GZIP` if that variable sets one.",
  where: 'head -c 10 "$WORKDIR/delta-layer.tar.gz" | od -An -tx1',
  command: compressing,
};

/** Against the check that compressing again gives the same digest. */
export const repeatRules: readonly LayerRule[] = [...unpackingRules, clock, level];

/** Against the check that DiffIDs and digests differ. */
export const apartRules: readonly LayerRule[] = [notCompressed];

// --- recompressed ----------------------------------------------------------------------------

/** The trace in the first of the two files in practice that shows it. */
function ofPractice(
  sign: (seen: SeenGzip, file: string, all: SeenLayers) => string | undefined,
): LayerRule['sign'] {
  return (seen) => {
    for (const which of ['dated', 'small'] as const) {
      const found = seen.practice[which];
      const told = found && sign(found, `practice/${recompressedFiles[which]}`, seen);
      if (told !== undefined) return told;
    }
    return undefined;
  };
}

const elsewhere: LayerRule = {
  id: 'practice-elsewhere',
  sign: ({ practice, files }) => {
    const found = (['dated', 'small'] as const)
      .filter((which) => practice[which] === undefined)
      .map((which) => recompressedFiles[which])
      .find((file) => files.includes(file));
    return found && `${found} is in the working directory, and not in practice`;
  },
  remedy: 'The two files belong in practice. Move them there.',
  where: 'ls "$WORKDIR" "$WORKDIR/practice"',
  command: 'mkdir -p "$WORKDIR/practice" && cd "$WORKDIR" && mv dated.gz small.gz practice/',
};

const practiceNotGzip: LayerRule = {
  id: 'practice-not-gzip',
  sign: ofPractice(({ head }, file) => {
    const format = fileFormatOf(head);
    if (format === 'gzip') return undefined;
    return format === undefined ? `${file} isn't a gzip file` : `${file} is ${format}`;
  }),
  remedy: 'Both files are made by gzip from delta-layer.tar, with different options.',
  where: 'file "$WORKDIR"/practice/*.gz',
};

const practiceTwice: LayerRule = {
  id: 'practice-twice',
  sign: ofPractice(({ inside }, file) =>
    inside !== undefined && fileFormatOf(inside.head) === 'gzip'
      ? `${file} holds a gzip file instead of a tar`
      : undefined,
  ),
  remedy: 'You compressed delta-layer.tar.gz. Compress the tar: delta-layer.tar.',
  where: 'gzip -dc "$WORKDIR/practice/small.gz" | file -',
};

const practiceOfBase: LayerRule = {
  id: 'practice-of-base',
  sign: ofPractice(({ inside }, file, { base }) =>
    inside !== undefined && inside.digest === base.tar?.layer?.diffId
      ? `${file} holds base-layer.tar`
      : undefined,
  ),
  remedy: 'This step recompresses the delta: delta-layer.tar.',
  where: 'for file in "$WORKDIR"/practice/*.gz; do gzip -dc "$file" | sha256sum; done',
};

/** Against the check that both files hold the delta. */
export const practiceRules: readonly LayerRule[] = [
  elsewhere,
  practiceNotGzip,
  practiceTwice,
  practiceOfBase,
];

const practiceHeaders =
  'for file in "$WORKDIR"/practice/*.gz; do head -c 32 "$file" | od -An -tx1z; done';

const datedWithout: LayerRule = {
  id: 'practice-dated-without',
  sign: ({ practice: { dated } }) => {
    const header = dated && readGzipHeader(dated.head);
    if (header === undefined || (header.name !== undefined && header.mtime !== 0)) return undefined;
    const missing = [
      header.name === undefined ? ['no name'] : [],
      header.mtime === 0 ? ['no time'] : [],
    ];
    return `dated.gz has ${missing.flat().join(' and ')} in its header`;
  },
  remedy:
    'gzip stores both if you give it the name of the file and leave out `-n`. From a pipe it knows no name.',
  where: practiceHeaders,
};

const smallDated: LayerRule = {
  id: 'practice-small-dated',
  sign: ({ practice: { small } }) => {
    const header = small && readGzipHeader(small.head);
    if (header === undefined || (header.name === undefined && header.mtime === 0)) return undefined;
    const stored = [
      header.name === undefined ? [] : [`the name ${header.name}`],
      header.mtime === 0 ? [] : [`the time ${instant(header.mtime)}`],
    ];
    return `small.gz has ${stored.flat().join(' and ')} in its header`;
  },
  remedy: '`gzip -n` leaves the name and the time out. Compress it with `-n` and with level 9.',
  where: practiceHeaders,
};

const smallLevel: LayerRule = {
  id: 'practice-small-level',
  sign: ({ practice: { small } }) => {
    const header = small && readGzipHeader(small.head);
    if (header === undefined || gzipLevel(header) === 'slowest') return undefined;
    return `small.gz was made with gzip's ${gzipLevel(header) === 'fastest' ? 'fastest' : 'usual'} level`;
  },
  remedy: 'The level is an option of one digit, from `-1` to `-9`. Use `-9` for small.gz.',
  where: practiceHeaders,
};

/** Against the check of how the two files were made. */
export const practiceHeaderRules: readonly LayerRule[] = [
  elsewhere,
  practiceNotGzip,
  datedWithout,
  smallDated,
  smallLevel,
];

export const diagnoses = defineDiagnoses(checks, {
  tar: {
    complete: diagnoser(seeLayers, ...contentRules),
    sorted: diagnoser(seeLayers, ...orderRules),
    dated: diagnoser(seeLayers, ...dateRules),
    owned: diagnoser(seeLayers, ...ownerRules),
    permitted: diagnoser(seeLayers, ...modeRules),
    plain: diagnoser(seeLayers, ...headerFormRules),
    whiteout: diagnoser(seeLayers, ...whiteoutRules),
  },
  gzip: {
    unpacks: diagnoser(seeLayers, ...gzipRules),
    header: diagnoser(seeLayers, ...headerRules),
    repeatable: diagnoser(seeLayers, ...repeatRules),
    apart: diagnoser(seeLayers, ...apartRules),
  },
  twice: { same: diagnoser(seeLayers, ...twiceRules) },
  recompress: {
    'same-tar': diagnoser(seeLayers, ...practiceRules),
    differently: diagnoser(seeLayers, ...practiceHeaderRules),
  },
});
