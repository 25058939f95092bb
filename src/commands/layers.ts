import { endianness } from 'node:os';
import { Exit, TourError } from '../errors.ts';
import { architectureOf } from '../oci/architecture.ts';
import { short } from '../oci/digest.ts';
import { entryContent, fileAt } from '../oci/entry-content.ts';
import { cleanPath, describeKind, type LayerEntry, typeLetters } from '../oci/layer-entry.ts';
import { imageName } from '../oci/layout/images.ts';
import type { NamedPath } from '../oci/layout/open-layout.ts';
import { type ImageLayers, readLayers } from '../oci/layout/read-layers.ts';
import { applyLayers, hiddenBytes, type Merged, type Stack } from '../oci/merge.ts';
import { printable } from '../oci/printable.ts';
import type { Finding } from '../oci/verify/findings.ts';
import { whiteoutOf } from '../oci/whiteout.ts';
import type { Arguments, Command, Io } from './command.ts';
import { openSources, sourceUsage } from './image-source.ts';

const usage = `List the entries of each layer of an image, and the tree they make together.

Usage: handroll-tour layers PATH... [--json]
       handroll-tour layers PATH... --cat FILE [--layer N]

PATH is an image layout (a directory, or a tar archive of one), or several layer tars, bottom first,
plain or compressed with gzip or zstd. Of a layout with several images, the one for this machine is
taken. Docker archives are read as well. Nothing is unpacked.
${sourceUsage}

  --cat FILE     write that file of the merged tree to standard output; symlinks are followed within it
  --layer N      with --cat: as it is with the layers above N left out, so whited out files too
  --json         one JSON object a line; directories end in a slash:
                 {"type":"entry","layer","path","name","kind","mode","uid","gid","mtime","size",
                  "link","major","minor","xattrs","digest","whiteout":{"kind","path"}}
                 {"type":"merged","path","layer","hides","implied", and the attributes of an entry}
                 {"type":"hidden","path","layer","by","how","size"}
                 {"type":"finding","rule","section","path","expected","actual"}
                 {"type":"note",…} the same, for what some tools refuse or read otherwise
                 {"type":"result","ok","diffIDs","hiddenBytes","duplicatedBytes"}

Layers are numbered from 0, the bottom. "name" is the entry's name as in the archive, "path" the same
cleaned. "hides" are the lower layers that have the path too; "hidden" is what of a lower layer is not
seen in the end, by which layer and how: whiteout, opaque, replaced, or duplicate, which is the same
once more and need not be in the upper layer; "size" is what nothing else shows. A layer that cannot be
read keeps its number; its DiffID is null.
Exit code: 0, or 1 if a layer cannot be read or breaks a rule of the OCI image spec.`;

export const layers: Command = {
  usage,
  operands: { min: 1, max: Number.POSITIVE_INFINITY },
  options: { cat: { type: 'string' }, layer: { type: 'string' } },
  run: async (args, io) => {
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
  return isComplete(image) ? Exit.good : Exit.finding;
}

/** Writes a file of the merged tree to standard output, or as it is with the layers above one left out. */
async function cat(
  { layers, stack }: ImageLayers,
  path: string,
  upTo: Arguments['values'][string],
  io: Io,
): Promise<number> {
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
  const exit = Exit.finding;
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

/** Whether all layers could be read, and nothing is wrong with them. */
function isComplete({ layers, findings }: ImageLayers): boolean {
  return findings.count === 0 && layers.every(({ layer }) => layer !== undefined);
}

function reportJson(image: ImageLayers, io: Io): void {
  const { layers, stack, findings } = image;
  for (const [layer, { layer: read }] of layers.entries()) {
    for (const entry of read?.entries ?? []) {
      io.json({ type: 'entry', layer, ...entryJson(entry) });
    }
  }
  for (const [path, merged] of stack.tree) io.json({ type: 'merged', ...mergedJson(path, merged) });
  for (const { path, entry, layer, by, how, bytes: size } of stack.hidden) {
    io.json({ type: 'hidden', path: withSlash(path, entry), layer, by, how, size });
  }
  for (const finding of findings.kept) io.json({ type: 'finding', ...finding });
  for (const note of findings.notes) io.json({ type: 'note', ...note });
  const bytes = hiddenBytes(stack.hidden);
  io.json({
    type: 'result',
    ok: isComplete(image),
    diffIDs: layers.map(({ layer }) => layer?.diffId ?? null),
    hiddenBytes: bytes.hidden,
    duplicatedBytes: bytes.duplicated,
  });
}

function entryJson(entry: LayerEntry): object {
  const whiteout = whiteoutOf(entry.path) ?? null;
  return { ...entry, path: withSlash(entry.path, entry), whiteout };
}

function mergedJson(path: string, { entry, file, layer, hides, implied }: Merged): object {
  const { kind, mode, uid, gid, mtime, size, digest, major, minor, xattrs } = file;
  const attributes = { kind, mode, uid, gid, mtime, size, digest, major, minor, xattrs };
  const link = file.link ?? entry.link;
  return { path: withSlash(path, file), layer, hides, ...attributes, link, implied };
}

function reportText({ layers, stack, findings }: ImageLayers, io: Io): void {
  for (const [layer, { name, layer: read }] of layers.entries()) {
    if (read === undefined) {
      io.out(`layer ${layer}  ${printable(name)}  cannot be read, see below\n`);
      continue;
    }
    const { compression, diffId, size, entries } = read;
    const packed = compression === 'none' ? 'not compressed' : compression;
    io.out(`layer ${layer}  ${printable(name)}  ${packed}`);
    io.out(`  DiffID ${diffId}, ${size} bytes, ${entries.length} entries`);
    for (const entry of entries) io.out(`  ${entryLine(entry)}`);
    io.out('');
  }
  if (layers.length > 0) reportMerged(stack, io);
  for (const finding of findings.kept) io.out(describe(finding));
  if (findings.remedy !== undefined) io.out(`  ${printable(findings.remedy)}`);
  for (const note of findings.notes) io.out(`note: ${describe(note)}`);
}

function describe({ rule, section, path, expected, actual }: Finding): string {
  return `${path}: ${rule} (${section}): expected ${expected}, actual ${actual}`;
}

function reportMerged(stack: Stack, io: Io): void {
  io.out('merged');
  for (const [path, merged] of stack.tree) io.out(`  ${mergedLine(path, merged)}`);
  io.out('');
  for (const { path, layer, by, how } of stack.hidden) {
    io.out(`layer ${layer} ${printable(path)}: ${how} by layer ${by}`);
  }
  const bytes = hiddenBytes(stack.hidden);
  io.out(
    `${bytes.hidden} bytes of lower layers are hidden, ${bytes.duplicated} of them duplicated.`,
  );
}

function entryLine(entry: LayerEntry): string {
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

function mergedLine(path: string, { entry, file, layer, hides, implied }: Merged): string {
  const origin = implied ? 'implied ' : `layer ${layer} `;
  const isDevice = file.major !== undefined || file.kind === 'fifo';
  const kind = isDevice ? `  ${describeKind(file)}` : '';
  const over = hides.length === 0 ? '' : `  hides layer ${hides.join(', ')}`;
  const content = file.digest === undefined ? '' : `  ${short(file.digest)}`;
  const line = `${origin} ${withSlash(path, file)}${linkText(entry)}${kind}`;
  return printable(`${line}${content}${attributesText(file)}${over}`);
}

/** A hard link is another name of a file, a symlink leads to one. */
function linkText({ kind, link }: LayerEntry): string {
  if (link === undefined) return '';
  return kind === 'hardlink' ? ` = ${link}` : ` -> ${link}`;
}

function attributesText({ xattrs = {} }: LayerEntry): string {
  return Object.entries(xattrs)
    .map(([name, value]) => `  ${name}=${value}`)
    .join('');
}

/** `rwxr-xr-x`, with s and t where `ls -l` shows them. */
function permissions(mode: number): string {
  const triple = (bits: number, special: boolean, letter: string) => {
    const execute = bits & 1 ? 'x' : '-';
    const last = special ? (bits & 1 ? letter : letter.toUpperCase()) : execute;
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${last}`;
  };
  return [
    triple((mode >> 6) & 7, (mode & 0o4000) !== 0, 's'),
    triple((mode >> 3) & 7, (mode & 0o2000) !== 0, 's'),
    triple(mode & 7, (mode & 0o1000) !== 0, 't'),
  ].join('');
}

function withSlash(path: string, { kind }: LayerEntry): string {
  return kind === 'directory' ? `${path}/` : path;
}
