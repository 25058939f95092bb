import { endianness } from 'node:os';
import { Exit } from '../errors.ts';
import { architectureOf } from '../oci/architecture.ts';
import { short } from '../oci/digest.ts';
import { type LayerEntry, typeLetters } from '../oci/layer-entry.ts';
import { type ImageLayers, readLayers } from '../oci/layout/read-layers.ts';
import { hiddenBytes, type Merged } from '../oci/merge.ts';
import { whiteoutOf } from '../oci/whiteout.ts';
import { permissions } from '../text/permissions.ts';
import { printable } from '../text/printable.ts';
import type { Command, Io } from './command.ts';
import type { JsonLine } from './json-lines.ts';

export const layers: Command = {
  description: `Lists the entries of each layer of an image, and the tree they make together.

PATH is an image layout (a directory, or a tar archive of one), or several layer tars, bottom first,
plain or compressed with gzip or zstd. Of a layout with several images, the one for this machine is
taken. Nothing is unpacked.

Exit code: 0, or 1 if a layer cannot be read or breaks a rule of the OCI image spec.`,
  run: async ({ positionals, values }, io) => {
    const architecture = architectureOf(process.arch, endianness());
    const image = await readLayers(positionals, architecture);
    sayWhichImage(image, io);
    if (values.json === true) reportJson(image, io);
    else reportText(image, io);
    return image.findings.count === 0 ? Exit.good : Exit.finding;
  },
};

function sayWhichImage({ image, images }: ImageLayers, io: Io): void {
  if (image === undefined || images.length < 2) return;
  const { digest, platform } = image.descriptor;
  const name =
    platform === undefined ? digest : `${platform.os}/${platform.architecture} ${digest}`;
  io.err(printable(`Of ${images.length} images in the layout: ${name}`));
}

function reportJson({ layers, stack, findings }: ImageLayers, io: Io): void {
  for (const [layer, { entries }] of layers.entries()) {
    for (const entry of entries) io.json(entryLine(layer, entry));
  }
  for (const [path, merged] of stack.tree) io.json(mergedLine(path, merged));
  for (const { path, entry, layer, by, how } of stack.hidden) {
    io.json({ type: 'hidden', path: withSlash(path, entry), layer, by, how, size: entry.size });
  }
  for (const finding of findings.kept) io.json({ type: 'finding', ...finding });
  const bytes = hiddenBytes(stack.hidden);
  io.json({
    type: 'result',
    ok: findings.count === 0,
    diffIDs: layers.map(({ diffId }) => diffId),
    hiddenBytes: bytes.hidden,
    duplicatedBytes: bytes.duplicated,
  });
}

function entryLine(layer: number, entry: LayerEntry): JsonLine {
  const whiteout = whiteoutOf(entry.path) ?? null;
  return { type: 'entry', layer, ...entry, path: withSlash(entry.path, entry), whiteout };
}

function mergedLine(path: string, { entry, file, layer, hides, implied }: Merged): JsonLine {
  const { kind, mode, uid, gid, mtime, size, digest, major, minor } = file;
  const attributes = { kind, mode, uid, gid, mtime, size, digest, major, minor };
  const link = file.link ?? entry.link;
  const shown = withSlash(path, file);
  return { type: 'merged', path: shown, layer, hides, ...attributes, link, implied };
}

function reportText({ layers, stack, findings }: ImageLayers, io: Io): void {
  for (const [layer, { name, compression, diffId, size, entries }] of layers.entries()) {
    const packed = compression === 'none' ? 'not compressed' : compression;
    io.out(`layer ${layer}  ${printable(name)}  ${packed}`);
    io.out(`  DiffID ${diffId}, ${size} bytes, ${entries.length} entries`);
    for (const entry of entries) io.out(`  ${entryText(entry)}`);
    io.out('');
  }
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
  for (const { rule, section, path, expected, actual } of findings.kept) {
    io.out(`${path}: ${rule} (${section}): expected ${expected}, actual ${actual}`);
  }
}

function entryText(entry: LayerEntry): string {
  const { kind, mode, uid, gid, size, name, link, major, minor } = entry;
  const amount = major === undefined ? String(size) : `${major},${minor}`;
  const whiteout = whiteoutOf(entry.path);
  const effect =
    whiteout === undefined
      ? ''
      : `  hides ${whiteout.kind === 'opaque' ? 'all below ' : ''}${whiteout.path}`;
  const target = link === undefined ? '' : ` -> ${link}`;
  const owner = `${uid}:${gid}`.padEnd(9);
  const line = `${typeLetters[kind]}${permissions(mode)} ${owner} ${amount.padStart(10)} ${name}`;
  return printable(`${line}${target}${effect}`);
}

function mergedText(path: string, { entry, file, layer, hides, implied }: Merged): string {
  const origin = implied ? 'implied ' : `layer ${layer} `;
  const target = entry.link === undefined ? '' : ` -> ${entry.link}`;
  const over = hides.length === 0 ? '' : `  hides layer ${hides.join(', ')}`;
  const content = file.digest === undefined ? '' : `  ${short(file.digest)}`;
  return printable(`${origin} ${withSlash(path, file)}${target}${content}${over}`);
}

function withSlash(path: string, { kind }: LayerEntry): string {
  return kind === 'directory' ? `${path}/` : path;
}
