import { endianness } from 'node:os';
import { Exit, TourError } from '../errors.ts';
import { architectureOf } from '../oci/architecture.ts';
import { short } from '../oci/digest.ts';
import { entryContent, fileAt } from '../oci/entry-content.ts';
import { cleanPath, describeKind, type LayerEntry, typeLetters } from '../oci/layer-entry.ts';
import { imageName } from '../oci/layout/images.ts';
import type { NamedPath } from '../oci/layout/open-layout.ts';
import { type ImageLayers, readLayers } from '../oci/layout/read-layers.ts';
import { applyLayers, hiddenBytes, type Stack } from '../oci/merge.ts';
import type { MergedEntry } from '../oci/tree.ts';
import type { Violation } from '../oci/verify/violations.ts';
import { whiteoutOf } from '../oci/whiteout.ts';
import { permissions } from '../text/permissions.ts';
import { printable } from '../text/printable.ts';
import type { Arguments, Command, Io } from './command.ts';
import { openSources, sourceUsage } from './image-source.ts';
import type { JsonLine } from './json-lines.ts';
import { noJson } from './parse.ts';

export const layers: Command = {
  description: `Lists the entries of each layer of an image, and the tree they make together.

PATH is an image layout (a directory, or a tar archive of one), or several layer tars, bottom first,
plain or compressed with gzip or zstd. Of a layout with several images, the one for this machine is
taken. Docker archives are read as well. Nothing is unpacked.
${sourceUsage}

Exit code: 0, or 1 if a layer cannot be read or breaks a rule of the OCI image spec.`,
  run: async (args, io) => {
    const { cat: file, json } = args.values;
    if (file !== undefined && json === true) throw noJson('layers', '--cat');
    const { paths, close } = await openSources(args);
    try {
      return await list(paths, args, io);
    } finally {
      close();
    }
  },
};

async function list(paths: readonly NamedPath[], { values }: Arguments, io: Io): Promise<number> {
  const architecture = architectureOf(process.arch, endianness());
  const image = await readLayers(paths, architecture);
  sayWhichImage(image, io);
  if (typeof values.cat === 'string') return await cat(image, values.cat, values.layer, io);
  if (values.layer !== undefined) {
    throw new TourError('--layer goes with --cat.', { exit: Exit.usage });
  }
  if (values.json === true) reportJson(image, io);
  else reportText(image, io);
  return isComplete(image) ? Exit.good : Exit.failed;
}

/** Writes a file of the merged tree, or of the tree up to one layer, to standard output. */
async function cat(
  { layers, stack }: ImageLayers,
  path: string,
  upTo: Arguments['values']['layer'],
  io: Io,
): Promise<number> {
  if (layers.length === 0) throw noFile(path, undefined, stack);
  const last = upTo === undefined ? layers.length - 1 : Number(upTo);
  if (!Number.isInteger(last) || last < 0 || last >= layers.length) {
    const exit = Exit.usage;
    throw new TourError(`There is no layer ${upTo}: they are 0 to ${layers.length - 1}.`, { exit });
  }
  const entries = layers.slice(0, last + 1).map(({ layer }) => layer?.entries ?? []);
  const { tree } = last === layers.length - 1 ? stack : applyLayers(entries);
  const file = fileAt(tree, path);
  const layer = entries.findIndex((each) => file !== undefined && each.includes(file));
  const stored = layers[layer]?.open();
  if (file?.kind !== 'file' || stored === undefined) throw noFile(path, file, stack);
  for await (const chunk of entryContent(stored, entries[layer]?.indexOf(file) ?? 0)) {
    await io.bytes(chunk);
  }
  return Exit.good;
}

function noFile(path: string, found: LayerEntry | undefined, { hidden }: Stack): TourError {
  const exit = Exit.failed;
  if (found !== undefined) {
    return new TourError(`${path} is no file: ${describeKind(found)}.`, { exit });
  }
  const gone = hidden.findLast((each) => each.path === cleanPath(path));
  return new TourError(`There is no file ${path} in the image.`, {
    exit,
    ...(gone === undefined
      ? {}
      : {
          hint: `Layer ${gone.layer} has it, and layer ${gone.by} hides it: --layer ${gone.layer}.`,
        }),
  });
}

function sayWhichImage({ image, images: { there, lost }, foreign }: ImageLayers, io: Io): void {
  if (image !== undefined && foreign !== undefined) {
    io.err(printable(`It is ${foreign.what}. A layout of it: ${foreign.remedy}`));
  }
  if (image === undefined || there.length + lost.length < 2) return;
  const count = there.length === 1 ? 'The image' : `Of ${there.length} images`;
  io.err(printable(`${count} in the layout: ${imageName(image.descriptor)}`));
  for (const { descriptor, actual } of lost) {
    io.err(printable(`The index names ${imageName(descriptor)} too: ${actual}.`));
  }
}

/** Whether all layers could be read and have no violations. */
function isComplete({ layers, violations }: ImageLayers): boolean {
  return violations.count === 0 && layers.every(({ layer }) => layer !== undefined);
}

function reportJson(image: ImageLayers, io: Io): void {
  const { layers, stack, violations } = image;
  for (const [layer, { layer: read }] of layers.entries()) {
    for (const entry of read?.entries ?? []) io.json(entryLine(layer, entry));
  }
  for (const [path, merged] of stack.tree) io.json(mergedLine(path, merged));
  for (const { path, entry, layer, by, how, bytes: size } of stack.hidden) {
    io.json({ type: 'hidden', path: withSlash(path, entry), layer, by, how, size });
  }
  for (const finding of violations.kept) io.json({ type: 'finding', ...finding });
  for (const note of violations.notes) io.json({ type: 'note', ...note });
  const bytes = hiddenBytes(stack.hidden);
  io.json({
    type: 'result',
    ok: isComplete(image),
    diffIDs: layers.map(({ layer }) => layer?.diffId ?? null),
    hiddenBytes: bytes.hidden,
    duplicatedBytes: bytes.duplicated,
  });
}

function entryLine(layer: number, entry: LayerEntry): JsonLine {
  const whiteout = whiteoutOf(entry.path) ?? null;
  return { type: 'entry', layer, ...entry, path: withSlash(entry.path, entry), whiteout };
}

function mergedLine(path: string, { entry, file, layer, hides, implied }: MergedEntry): JsonLine {
  const { kind, mode, uid, gid, mtime, size, digest, major, minor, xattrs } = file;
  const attributes = { kind, mode, uid, gid, mtime, size, digest, major, minor, xattrs };
  const link = file.link ?? entry.link;
  const shown = withSlash(path, file);
  return { type: 'merged', path: shown, layer, hides, ...attributes, link, implied };
}

function reportText({ layers, stack, violations }: ImageLayers, io: Io): void {
  for (const [layer, { name, layer: read }] of layers.entries()) {
    if (read === undefined) {
      io.out(`layer ${layer}  ${printable(name)}  cannot be read, see below\n`);
      continue;
    }
    const { compression, diffId, size, entries } = read;
    const packed = compression === 'none' ? 'not compressed' : compression;
    io.out(`layer ${layer}  ${printable(name)}  ${packed}`);
    io.out(`  DiffID ${diffId}, ${size} bytes, ${entries.length} entries`);
    for (const entry of entries) io.out(`  ${entryText(entry)}`);
    io.out('');
  }
  if (layers.length > 0) reportMerged(stack, io);
  for (const finding of violations.kept) io.out(describe(finding));
  if (violations.remedy !== undefined) io.out(`  ${printable(violations.remedy)}`);
  for (const note of violations.notes) io.out(`note: ${describe(note)}`);
}

function describe({ rule, section, path, expected, actual }: Violation): string {
  return `${path}: ${rule} (${section}): expected ${expected}, actual ${actual}`;
}

function reportMerged(stack: Stack, io: Io): void {
  io.out('merged');
  for (const [path, merged] of stack.tree) io.out(`  ${mergedText(path, merged)}`);
  io.out('');
  for (const { path, layer, by, how } of stack.hidden) {
    io.out(`layer ${layer} ${printable(path)}: ${how} by layer ${by}`);
  }
  const bytes = hiddenBytes(stack.hidden);
  io.out(
    `${bytes.hidden} bytes of lower layers are hidden, ${bytes.duplicated} of them duplicated.`,
  );
}

function entryText(entry: LayerEntry): string {
  const { kind, mode, uid, gid, size, name, major, minor } = entry;
  const amount = major === undefined ? String(size) : `${major},${minor}`;
  const whiteout = whiteoutOf(entry.path);
  const effect =
    whiteout === undefined
      ? ''
      : `  hides ${whiteout.kind === 'opaque' ? 'all below ' : ''}${whiteout.path}`;
  const owner = `${uid}:${gid}`.padEnd(9);
  const line = `${typeLetters[kind]}${permissions(mode)} ${owner} ${amount.padStart(10)} ${name}`;
  return printable(`${line}${linkText(entry)}${effect}${attributesText(entry)}`);
}

function mergedText(path: string, { entry, file, layer, hides, implied }: MergedEntry): string {
  const origin = implied ? 'implied ' : `layer ${layer} `;
  const isDevice = file.major !== undefined || file.kind === 'fifo';
  const kind = isDevice ? `  ${describeKind(file)}` : '';
  const over = hides.length === 0 ? '' : `  hides layer ${hides.join(', ')}`;
  const content = file.digest === undefined ? '' : `  ${short(file.digest)}`;
  const line = `${origin} ${withSlash(path, file)}${linkText(entry)}${kind}`;
  return printable(`${line}${content}${attributesText(file)}${over}`);
}

/** A link's target: after `=` for a hard link, after `->` for a symlink. */
function linkText({ kind, link }: LayerEntry): string {
  if (link === undefined) return '';
  return kind === 'hardlink' ? ` = ${link}` : ` -> ${link}`;
}

function attributesText({ xattrs = {} }: LayerEntry): string {
  return Object.entries(xattrs)
    .map(([name, value]) => `  ${name}=${value}`)
    .join('');
}

function withSlash(path: string, { kind }: LayerEntry): string {
  return kind === 'directory' ? `${path}/` : path;
}
