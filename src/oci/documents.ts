import type { Digest } from './digest.ts';

/** Media types the OCI image spec defines, and Docker's that mean the same (media-types.md). */
export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  descriptor: 'application/vnd.oci.descriptor.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  layerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  layerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  nondistributable: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
  nondistributableGzip: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  nondistributableZstd: 'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerLayerTar: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerZstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
  dockerForeign: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  dockerForeignTar: 'application/vnd.docker.image.rootfs.foreign.diff.tar',
} as const;

/** Whether it's the media type of an image index or of Docker's manifest list. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === mediaTypes.index || mediaType === mediaTypes.dockerIndex;
}

/** Whether it's the media type of an image manifest, OCI's or Docker's. */
export function isManifestType(mediaType: string): boolean {
  return mediaType === mediaTypes.manifest || mediaType === mediaTypes.dockerManifest;
}

/** Whether it's the media type of an image config, OCI's or Docker's. */
export function isConfigType(mediaType: string): boolean {
  return mediaType === mediaTypes.config || mediaType === mediaTypes.dockerConfig;
}

/** A platform an image is for (image-index.md, `platform`). */
interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly variant?: string;
}

/** A reference to content by type, digest and size (descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The content itself, in Base 64. */
  readonly data?: string;
  readonly artifactType?: string;
  readonly platform?: Platform;
}

/** `linux/arm64/v8`. */
export function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant ? [variant] : [])].join('/');
}

/** Whether a descriptor is marked as an attestation instead of an image, the way BuildKit does it. */
export function isAttestation({ annotations, platform }: Descriptor): boolean {
  return annotations?.['vnd.docker.reference.type'] !== undefined || platform?.os === 'unknown';
}

/** An image index (image-index.md). */
export interface Index {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An image manifest (manifest.md). */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  /** Bottom layer first. */
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The part of an image config that says what to run (config.md, `config`). */
interface ExecutionConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
}

/** One line of an image's history (config.md, `history`). */
interface History {
  readonly created?: string;
  readonly author?: string;
  readonly created_by?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/** An image configuration (config.md). */
export interface ImageConfig {
  readonly created?: string;
  readonly author?: string;
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly variant?: string;
  readonly config?: ExecutionConfig;
  readonly rootfs: {
    readonly type: 'layers';
    /** Digests of the uncompressed layers, bottom first. */
    readonly diff_ids: readonly Digest[];
  };
  readonly history?: readonly History[];
}

/** A parsed JSON text, or why it can't be parsed. */
type ParsedJson =
  | { readonly ok: true; readonly value: unknown; readonly text: string }
  | { readonly ok: false; readonly error: 'encoding' | 'syntax'; readonly why: string };

/** Parses a JSON text in UTF-8. Never throws: the reason of a failure is in `why`. */
export function parseJson(bytes: Uint8Array): ParsedJson {
  let kind: 'encoding' | 'syntax' = 'encoding';
  try {
    // A byte order mark is kept, and JSON.parse rejects it.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    kind = 'syntax';
    return { ok: true, value: JSON.parse(text), text };
  } catch (error) {
    return { ok: false, error: kind, why: error instanceof Error ? error.message : String(error) };
  }
}
