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
  /** The digest of its manifest. */
  readonly descriptor: Descriptor;
  /** Bottom first. */
  readonly layers: readonly Descriptor[];
}

/** The images that a layout names. */
export interface Images {
  /** Images whose manifest exists, in the order of `index.json` and the nested indexes. */
  readonly there: readonly Image[];
  /** Manifests that are missing or can't be read. */
  readonly lost: readonly LostManifest[];
}

interface LostManifest {
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
 * Artifacts and attestations are skipped: their layers aren't filesystems. Apart from broken JSON,
 * violations in the documents are left to `verifyLayout`.
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
 * The image that a machine would use: the first for its platform, or the first of all.
 *
 * @param architecture the machine's, by its GOARCH name
 * @see OCI image spec, image-index.md: "the first matching entry SHOULD be used"
 */
export function imageFor(architecture: string, { there }: Images): Image | undefined {
  return there.find(({ descriptor }) => isFor(architecture, descriptor)) ?? there[0];
}

/** Whether an image's platform is Linux on this architecture. */
export function isFor(architecture: string, { platform }: Descriptor): boolean {
  return platform?.os === 'linux' && platform.architecture === architecture;
}

/** A readable name for a manifest: its platform, if given, and digest. */
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
