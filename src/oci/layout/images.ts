import {
  type Descriptor,
  isAttestation,
  isIndexType,
  isManifestType,
  platformText,
} from '../documents.ts';
import { blobPath } from '../verify/blobs.ts';
import { asDescriptor } from '../verify/descriptor.ts';
import { readJsonDocument } from '../verify/json-document.ts';
import { isLayerType } from '../verify/layer-blob.ts';
import { isObject } from '../verify/shape.ts';
import type { Violations } from '../verify/violations.ts';
import { kindText, type LayoutFile, type LayoutFiles } from './layout-files.ts';

/** A container image in a layout. */
export interface Image {
  /** Of its manifest. */
  readonly descriptor: Descriptor;
  /** Bottom first. */
  readonly layers: readonly Descriptor[];
}

/** The images that a layout names. */
export interface Images {
  /** Those whose manifest is there, in the order in which `index.json` and the indexes in it name them. */
  readonly there: readonly Image[];
  /** Manifests that are not there, or cannot be read. */
  readonly lost: readonly LostManifest[];
}

export interface LostManifest {
  readonly descriptor: Descriptor;
  readonly path: string;
  /** What is broken. */
  readonly rule: 'blob-missing' | 'blob-kind' | 'manifest-layers';
  /** What is there instead: `none in the layout`, `a symlink`, `a document without layers`. */
  readonly actual: string;
}

/**
 * The images of a layout.
 *
 * Artifacts and attestations are passed over: their layers are no filesystem. What is wrong with the
 * documents is left to `verifyLayout`, but for their JSON.
 */
export async function imagesOf(files: LayoutFiles, violations: Violations): Promise<Images> {
  const there: Image[] = [];
  const lost: LostManifest[] = [];
  const seen = new Set<string>();
  const queue = descriptorsIn(await read(files, 'index.json', violations), 'manifests');
  for (const descriptor of queue ?? []) {
    if (seen.has(descriptor.digest) || isAttestation(descriptor)) continue;
    seen.add(descriptor.digest);
    const isIndex = isIndexType(descriptor.mediaType);
    if (!isIndex && !isManifestType(descriptor.mediaType)) continue;
    const path = blobPath(descriptor.digest);
    const file = await files.stat(path);
    const document = file?.kind === 'file' ? await read(files, path, violations) : undefined;
    if (isIndex && document !== undefined) {
      queue?.push(...(descriptorsIn(document, 'manifests') ?? []));
      continue;
    }
    const layers = descriptorsIn(document, 'layers');
    if (layers === undefined) {
      lost.push({ descriptor, path, ...lossOf(file) });
      continue;
    }
    const isArtifact = !layers.some(({ mediaType }) => isLayerType(mediaType));
    if (!isArtifact || layers.length === 0) there.push({ descriptor, layers });
  }
  return { there, lost };
}

/**
 * The image a machine would take: the first for its platform, or else the first that there is.
 *
 * @param architecture the machine's, by its GOARCH name
 * @see OCI image spec, image-index.md: "the first matching entry SHOULD be used"
 */
export function imageFor(architecture: string, { there }: Images): Image | undefined {
  return there.find(({ descriptor }) => isFor(architecture, descriptor)) ?? there[0];
}

/** Whether an image is said to be for Linux on such a machine. */
export function isFor(architecture: string, { platform }: Descriptor): boolean {
  return platform?.os === 'linux' && platform.architecture === architecture;
}

/** A manifest as people call it: by platform, if that is said, and digest. */
export function imageName({ digest, platform }: Descriptor): string {
  return platform === undefined ? digest : `${platformText(platform)} ${digest}`;
}

function lossOf(file: LayoutFile | undefined): Pick<LostManifest, 'rule' | 'actual'> {
  if (file === undefined) return { rule: 'blob-missing', actual: 'none in the layout' };
  if (file.kind !== 'file') return { rule: 'blob-kind', actual: kindText(file) };
  return { rule: 'manifest-layers', actual: 'a document without layers' };
}

async function read(files: LayoutFiles, path: string, violations: Violations): Promise<unknown> {
  if ((await files.stat(path))?.kind !== 'file') return undefined;
  return await readJsonDocument(files.read(path), violations.in(path));
}

/** `undefined` if there is no such list. */
function descriptorsIn(document: unknown, property: string): Descriptor[] | undefined {
  const values = isObject(document) ? document[property] : undefined;
  return Array.isArray(values) ? values.flatMap((value) => asDescriptor(value) ?? []) : undefined;
}
