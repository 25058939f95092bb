import { type Descriptor, isIndexType, isManifestType } from '../documents.ts';
import { blobPath } from '../verify/blobs.ts';
import { asDescriptor } from '../verify/descriptor.ts';
import type { Findings } from '../verify/findings.ts';
import { readJsonDocument } from '../verify/json-document.ts';
import { isLayerType } from '../verify/layer-blob.ts';
import { isObject } from '../verify/shape.ts';
import type { LayoutFiles } from './layout-files.ts';

/** A container image in a layout. */
export interface Image {
  /** Of its manifest. */
  readonly descriptor: Descriptor;
  /** Bottom first. */
  readonly layers: readonly Descriptor[];
}

/**
 * The images in a layout, in the order in which `index.json` and the indexes in it name them.
 *
 * Artifacts and attestations are passed over: their layers are no filesystem. Documents that are not
 * there are too; what is wrong with those that are is left to `verifyLayout`, but for their JSON.
 */
export async function imagesOf(files: LayoutFiles, findings: Findings): Promise<Image[]> {
  const images: Image[] = [];
  const seen = new Set<string>();
  const queue = descriptorsIn(await read(files, 'index.json', findings), 'manifests');
  for (const descriptor of queue) {
    if (seen.has(descriptor.digest)) continue;
    seen.add(descriptor.digest);
    const isIndex = isIndexType(descriptor.mediaType);
    if (!isIndex && !isManifestType(descriptor.mediaType)) continue;
    const document = await read(files, blobPath(descriptor.digest), findings);
    if (isIndex) queue.push(...descriptorsIn(document, 'manifests'));
    else {
      const layers = descriptorsIn(document, 'layers');
      const isArtifact = !layers.some(({ mediaType }) => isLayerType(mediaType));
      if (!isArtifact || layers.length === 0) images.push({ descriptor, layers });
    }
  }
  return images;
}

/**
 * The image a machine would take: the first for its platform, or else the first.
 *
 * @param architecture the machine's, by its GOARCH name
 * @see OCI image spec, image-index.md: "the first matching entry SHOULD be used"
 */
export function imageFor(architecture: string, images: readonly Image[]): Image | undefined {
  const isMatch = ({ descriptor: { platform } }: Image) =>
    platform?.os === 'linux' && platform.architecture === architecture;
  return images.find(isMatch) ?? images[0];
}

async function read(files: LayoutFiles, path: string, findings: Findings): Promise<unknown> {
  if ((await files.look(path))?.kind !== 'file') return undefined;
  return await readJsonDocument(files.read(path), findings.in(path));
}

function descriptorsIn(document: unknown, property: string): Descriptor[] {
  const values = isObject(document) ? document[property] : undefined;
  return Array.isArray(values) ? values.flatMap((value) => asDescriptor(value) ?? []) : [];
}
