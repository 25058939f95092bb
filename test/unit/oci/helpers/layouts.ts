import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sha256 } from '../../../../src/oci/digest.ts';
import { type Descriptor, mediaTypes } from '../../../../src/oci/documents.ts';
import { type Item, tar } from './archives.ts';

/** The files of a layout, by path. */
export type Files = Map<string, Buffer>;

/** What a layout is made from; each default makes it valid. */
export interface Recipe {
  /** Uncompressed, bottom first. */
  readonly layers?: readonly Buffer[];
  /** How layers are stored. */
  readonly packed?: (layer: Buffer) => Buffer;
  readonly layerType?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** Added to the manifest's descriptor in `index.json`. */
  readonly descriptor?: Readonly<Record<string, unknown>>;
  readonly index?: Readonly<Record<string, unknown>>;
}

/** Puts a blob among the files and describes it. */
export function addBlob(files: Files, mediaType: string, bytes: Buffer): Descriptor {
  const digest = sha256(bytes);
  files.set(`blobs/${digest.replace(':', '/')}`, bytes);
  return { mediaType, digest, size: bytes.length };
}

/** A layout of one image. */
export async function layout(recipe: Recipe = {}): Promise<Files> {
  const {
    layers = [await tar(['data/', { name: 'data/a', content: 'a' }]), await tar(['data/.wh.a'])],
    packed = gzipSync,
    layerType = mediaTypes.layerGzip,
  } = recipe;
  const files: Files = new Map();
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => sha256(layer)) },
    ...recipe.config,
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: addBlob(files, mediaTypes.config, json(config)),
    layers: layers.map((layer) => addBlob(files, layerType, packed(layer))),
    ...recipe.manifest,
  };
  const described = addBlob(files, mediaTypes.manifest, json(manifest));
  const index = {
    schemaVersion: 2,
    manifests: [{ ...described, ...recipe.descriptor }],
    ...recipe.index,
  };
  files.set('index.json', json(index));
  files.set('oci-layout', json({ imageLayoutVersion: '1.0.0' }));
  return files;
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export async function writeLayout(files: Files, home: string): Promise<void> {
  await mkdir(join(home, 'blobs'), { recursive: true });
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), bytes);
  }
}

export async function packLayout(files: Files, more: readonly Item[] = []): Promise<Buffer> {
  return await tar([
    'blobs/',
    ...[...files].map(([name, content]): Item => ({ name, content })),
    ...more,
  ]);
}

/** A path, with the path as its name. */
export const named = (path: string) => ({ path, name: path });
