import { BadLayer } from '../bad-layer.ts';
import { type Compression, decompressed } from '../compression.ts';
import type { Descriptor } from '../documents.ts';
import { type Layer, readLayer } from '../layer.ts';
import { applyLayers, type Stack } from '../merge.ts';
import { openRegularFile, readRegularFile } from '../regular-file.ts';
import { Blobs, blobPath } from '../verify/blobs.ts';
import { reportForeign } from '../verify/foreign.ts';
import { isLayerType, reportBadLayer } from '../verify/layer-blob.ts';
import { LayerEntries } from '../verify/layer-entries.ts';
import { reportStack } from '../verify/stack.ts';
import { Violations } from '../verify/violations.ts';
import { type Foreign, isImage, quoted } from './foreign.ts';
import { type Image, type Images, imageFor, imageName, imagesOf, isFor } from './images.ts';
import { kindText, type LayoutFiles } from './layout-files.ts';
import { type NamedPath, openImage } from './open-layout.ts';

/** A layer with its position, and what it was read from. */
interface PlacedLayer {
  /** The file, or the blob in the layout. */
  readonly name: string;
  /** `undefined` if it can't be read: a violation says why. */
  readonly layer: (Layer & { readonly compression: Compression }) | undefined;
  /** Its stored bytes. */
  readonly open: () => AsyncIterable<Uint8Array>;
}

export interface ImageLayers {
  /** Bottom first, including those that can't be read. */
  readonly layers: readonly PlacedLayer[];
  /** The merged tree. */
  readonly stack: Stack;
  readonly violations: Violations;
  /** The images of the layout, and which of them has these layers; none for layer tars. */
  readonly images: Images;
  readonly image?: Image;
  /** What it was read from, if that isn't a layout. */
  readonly foreign: Foreign | undefined;
}

/**
 * Reads the layers of an image.
 *
 * @param paths a layout (a directory, or a tar of one), or layer tars, plain or compressed, bottom first
 * @param architecture which image to take of a layout with several, by its GOARCH name
 * @throws {TourError} if a path is not there or cannot be read
 */
export async function readLayers(
  paths: readonly NamedPath[],
  architecture: string,
): Promise<ImageLayers> {
  const [first] = paths;
  const { files, foreign } =
    first !== undefined && paths.length === 1 ? await openImage(first) : {};
  // Something that can't be opened as a layout may still be a layer, as may a tar of unknown files.
  const isLayout = files !== undefined && (files.isDirectory || (await hasIndex(files)));
  if (isLayout || (foreign !== undefined && foreign.kind !== 'layer')) {
    if (files !== undefined) return await readImage(files, architecture, foreign);
  }
  const violations = new Violations();
  const layers: PlacedLayer[] = [];
  for (const { path, name } of paths) {
    const { bytes } = await openRegularFile(path);
    const layer = await readOne(name, bytes, violations);
    layers.push({ name, layer, open: () => readRegularFile(path) });
    if (layer !== undefined && isImage(layer.entries))
      reportImage(name, layer.compression, violations);
  }
  return { ...stacked(layers, violations), images: { there: [], lost: [] }, foreign: undefined };
}

/** A compressed image, or one of several paths, is taken for a layer at first. */
function reportImage(path: string, compression: Compression, violations: Violations): void {
  violations.add('layer-archive', path, 'the files of a layer', 'an image in an archive');
  const unpack = compression === 'gzip' ? 'gunzip' : 'zstd -d';
  violations.remedy =
    compression === 'none'
      ? `name it alone: handroll-tour layers ${quoted(path)}`
      : `${unpack} < ${quoted(path)} > image.tar && handroll-tour layers image.tar`;
}

async function hasIndex(files: LayoutFiles): Promise<boolean> {
  return (await files.stat('index.json')) !== undefined;
}

async function readImage(
  files: LayoutFiles,
  architecture: string,
  foreign: Foreign | undefined,
): Promise<ImageLayers> {
  const violations = new Violations();
  const root = await files.stat('index.json');
  if (root?.kind !== 'file') {
    if (foreign === undefined) {
      violations.add('layout-file', 'index.json', 'a regular file', kindText(root));
    } else reportForeign(foreign, violations);
    const images = { there: [], lost: [] };
    return { ...stacked([], violations), images, foreign };
  }
  const images = await imagesOf(files, violations);
  const image = imageFor(architecture, images);
  reportLost(images, architecture, image, violations);
  if (image === undefined) {
    if (images.lost.length === 0) {
      const actual = 'none with layers that can be listed';
      violations.add('index-manifests', 'index.json', 'an image', actual);
    }
    return { ...stacked([], violations), images, foreign };
  }
  const blobs = new Blobs(files, violations);
  await blobs.verify(image.descriptor.digest);
  if (image.layers.length === 0) {
    const path = blobPath(image.descriptor.digest);
    violations.add('manifest-no-layers', `${path}#/layers`, 'at least one layer', 'none');
  }
  const layers: PlacedLayer[] = [];
  for (const descriptor of image.layers) {
    layers.push(await readBlob(files, blobs, descriptor, violations));
  }
  return { ...stacked(layers, violations), images, image, foreign };
}

/** Missing manifests matter if this machine would use one of them or there is no other. */
function reportLost(
  { lost }: Images,
  architecture: string,
  taken: Image | undefined,
  violations: Violations,
): void {
  const isTaken = taken !== undefined && isFor(architecture, taken.descriptor);
  for (const { descriptor, path, rule, actual } of isTaken ? [] : lost) {
    if (taken !== undefined && !isFor(architecture, descriptor)) continue;
    const expected = `the manifest of ${imageName(descriptor)}`;
    violations.add(rule, path, expected, actual);
  }
}

async function readBlob(
  files: LayoutFiles,
  blobs: Blobs,
  { digest, mediaType }: Descriptor,
  violations: Violations,
): Promise<PlacedLayer> {
  const name = blobPath(digest);
  const open = () => files.read(name);
  const file = await files.stat(name);
  if (file?.kind !== 'file') {
    const rule = file === undefined ? 'blob-missing' : 'blob-kind';
    const actual = file === undefined ? 'none in the layout' : kindText(file);
    violations.add(rule, name, 'a regular file', actual);
    return { name, layer: undefined, open };
  }
  if (!isLayerType(mediaType)) {
    const expected = 'a layer of a type that is known here';
    violations.add('diff-id-unchecked', name, expected, mediaType);
    return { name, layer: undefined, open };
  }
  // It's listed even if its content doesn't match, which is reported.
  await blobs.verify(digest);
  return { name, layer: await readOne(name, open(), violations), open };
}

/** Applies the layers; an entry that can't be applied is a violation. */
function stacked(layers: readonly PlacedLayer[], violations: Violations) {
  const named = layers.map(({ name, layer }) => ({ name, entries: layer?.entries }));
  const stack = applyLayers(named.map(({ entries }) => entries ?? []));
  reportStack(stack, named, violations);
  return { layers, stack, violations };
}

async function readOne(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  violations: Violations,
): Promise<PlacedLayer['layer']> {
  let compression: Compression = 'none';
  const uncompressed = decompressed(bytes, (found) => {
    compression = found;
  });
  const rules = new LayerEntries(violations.in(name));
  try {
    const layer = await readLayer(uncompressed, { onEntry: (entry) => rules.see(entry) });
    return { ...layer, compression };
  } catch (error) {
    if (!(error instanceof BadLayer)) throw error;
    reportBadLayer(error, violations.in(name));
    return undefined;
  }
}
