import { BadLayer } from '../bad-layer.ts';
import { type Compression, decompressed } from '../compression.ts';
import { type Layer, readLayer } from '../layer.ts';
import { applyLayers, type Stack } from '../merge.ts';
import { openRegularFile } from '../regular-file.ts';
import { blobPath } from '../verify/blobs.ts';
import { Findings } from '../verify/findings.ts';
import { LayerEntries } from '../verify/layer-entries.ts';
import { type Image, imageFor, imagesOf } from './images.ts';
import type { LayoutFiles } from './layout-files.ts';
import { openLayout } from './open-layout.ts';

/** A layer that was read, and what it was read from. */
export interface NamedLayer extends Layer {
  /** The file, or the blob in the layout. */
  readonly name: string;
  readonly compression: Compression;
}

/** The layers of one image. */
export interface ImageLayers {
  /** Bottom first; those that cannot be read are in the findings instead. */
  readonly layers: readonly NamedLayer[];
  /** What they make together. */
  readonly stack: Stack;
  readonly findings: Findings;
  /** The images of the layout, and which of them the layers are of; none for layer tars. */
  readonly images: readonly Image[];
  readonly image?: Image;
}

/**
 * Reads the layers of an image.
 *
 * @param paths a layout (a directory, or a tar of one), or layer tars, plain or compressed, bottom first
 * @param architecture which image to take of a layout with several, by its GOARCH name
 * @throws {TourError} if a path is not there or cannot be read
 */
export async function readLayers(
  paths: readonly string[],
  architecture: string,
): Promise<ImageLayers> {
  const [first = ''] = paths;
  const layout = paths.length === 1 ? await asLayout(first) : undefined;
  if (layout !== undefined) return await readImage(layout, architecture);
  const findings = new Findings();
  const layers: NamedLayer[] = [];
  for (const path of paths) {
    const { bytes } = await openRegularFile(path);
    const layer = await readOne(path, bytes, findings);
    if (layer !== undefined) layers.push(layer);
  }
  return { ...stacked(layers, findings), images: [] };
}

/** A layout has an `index.json`; a directory can be nothing else. */
async function asLayout(path: string): Promise<LayoutFiles | undefined> {
  const files = await openLayout(path);
  const isLayout = files.isDirectory || (await files.look('index.json')) !== undefined;
  return isLayout ? files : undefined;
}

async function readImage(files: LayoutFiles, architecture: string): Promise<ImageLayers> {
  const findings = new Findings();
  if ((await files.look('index.json'))?.kind !== 'file') {
    findings.add('layout-file', 'index.json', 'a regular file', 'absent');
  }
  const images = await imagesOf(files, findings);
  const image = imageFor(architecture, images);
  if (image === undefined) {
    findings.add(
      'index-manifests',
      'index.json',
      'an image',
      'none with layers that can be listed',
    );
    return { ...stacked([], findings), images };
  }
  const layers: NamedLayer[] = [];
  for (const { digest } of image.layers) {
    const path = blobPath(digest);
    if ((await files.look(path))?.kind !== 'file') {
      findings.add('blob-missing', path, 'a regular file', 'none');
      continue;
    }
    const layer = await readOne(path, files.read(path), findings);
    if (layer !== undefined) layers.push(layer);
  }
  return { ...stacked(layers, findings), images, image };
}

/** Applies the layers upon each other; what has no place is a finding. */
function stacked(layers: readonly NamedLayer[], findings: Findings) {
  const stack = applyLayers(layers.map(({ entries }) => entries));
  for (const { entry, layer, why } of stack.misfits) {
    const rule = entry.kind === 'hardlink' ? 'layer-hard-link' : 'layer-path';
    findings.add(rule, `${layers[layer]?.name}!${entry.name}`, 'an entry with a place', why);
  }
  return { layers, stack, findings };
}

async function readOne(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  findings: Findings,
): Promise<NamedLayer | undefined> {
  let compression: Compression = 'none';
  const uncompressed = decompressed(bytes, (found) => {
    compression = found;
  });
  try {
    const layer = await readLayer(uncompressed);
    const rules = new LayerEntries(findings.in(name));
    for (const entry of layer.entries) rules.see(entry);
    return { ...layer, name, compression };
  } catch (error) {
    if (!(error instanceof BadLayer)) throw error;
    findings.add('layer-archive', name, 'a whole tar archive, plain or compressed', error.message);
    return undefined;
  }
}
