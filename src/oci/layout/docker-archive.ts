import { type Compression, compressionOf, magicLength } from '../compression.ts';
import { digestStream, sha256 } from '../digest.ts';
import { type Descriptor, mediaTypes, parseJson } from '../documents.ts';
import { cleanPath } from '../layer-entry.ts';
import { blobPath } from '../verify/blobs.ts';
import { asDescriptor } from '../verify/descriptor.ts';
import { isObject } from '../verify/shape.ts';
import type { LayoutFile, LayoutFiles, LayoutViolation } from './layout-files.ts';
import { readHead } from './read-head.ts';

/** A file of the layout: bytes generated here, or a file of the archive. */
type Source = Buffer | { readonly path: string; readonly size: number };

const layerTypes: Readonly<Record<Compression, string>> = {
  none: mediaTypes.layer,
  gzip: mediaTypes.layerGzip,
  zstd: mediaTypes.layerZstd,
};
const maxDocumentBytes = 16 * 1024 * 1024;

/**
 * A docker archive (`docker save`, `podman save`, `skopeo copy … docker-archive:`), seen as a layout. Configs
 * and layers are its own bytes; index and manifests, which it has none of, are made of its `manifest.json`.
 */
export class DockerArchive implements LayoutFiles {
  readonly isDirectory: boolean;
  readonly violations: LayoutViolation[];
  readonly #archive: LayoutFiles;
  readonly #files = new Map<string, Source>();

  private constructor(archive: LayoutFiles) {
    this.#archive = archive;
    this.isDirectory = archive.isDirectory;
    this.violations = [...archive.violations];
  }

  /** @param archive has a `manifest.json` that is a list: see `recognize` */
  static async open(archive: LayoutFiles): Promise<DockerArchive> {
    const layout = new DockerArchive(archive);
    const list = (await layout.#json('manifest.json')) ?? [];
    const manifests: object[] = [];
    for (const item of Array.isArray(list) ? list : []) {
      manifests.push(...(await layout.#image(item)));
    }
    layout.#put('index.json', { schemaVersion: 2, mediaType: mediaTypes.index, manifests });
    layout.#put('oci-layout', { imageLayoutVersion: '1.0.0' });
    return layout;
  }

  async stat(path: string): Promise<LayoutFile | undefined> {
    const source = this.#files.get(path);
    if (source !== undefined) {
      return { kind: 'file', size: Buffer.isBuffer(source) ? source.length : source.size };
    }
    return (await this.list(path)).length > 0 ? { kind: 'directory', size: 0 } : undefined;
  }

  async list(path: string): Promise<string[]> {
    const start = path === '' ? '' : `${path}/`;
    const inside = [...this.#files.keys()].filter((each) => each.startsWith(start));
    return [...new Set(inside.map((each) => each.slice(start.length).split('/')[0] ?? ''))].sort();
  }

  async *read(path: string): AsyncGenerator<Uint8Array> {
    const source = this.#files.get(path);
    if (source === undefined) throw new Error(`${path} is no regular file`);
    if (Buffer.isBuffer(source)) yield source;
    else yield* this.#archive.read(source.path);
  }

  /** The descriptors of an image in the index, one for each of its names. */
  async #image(item: unknown): Promise<object[]> {
    if (!isObject(item) || typeof item.Config !== 'string' || !Array.isArray(item.Layers)) {
      this.violations.push({ expected: 'an image with Config and Layers', actual: 'another item' });
      return [];
    }
    const config = await this.#json(item.Config);
    const { architecture, os, variant, rootfs } = isObject(config) ? config : {};
    const diffIds = isObject(rootfs) && Array.isArray(rootfs.diff_ids) ? rootfs.diff_ids : [];
    const layers: Descriptor[] = [];
    for (const [at, name] of item.Layers.entries()) {
      layers.push(await this.#layer(String(name), diffIds[at]));
    }
    const described = await this.#blob(item.Config, mediaTypes.config);
    const manifest = this.#put(undefined, {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: described,
      layers,
    });
    const platform = typeof architecture === 'string' && typeof os === 'string';
    const descriptor = {
      mediaType: mediaTypes.manifest,
      ...manifest,
      ...(platform ? { platform: { architecture, os, ...(variant ? { variant } : {}) } } : {}),
    };
    const names = Array.isArray(item.RepoTags) ? item.RepoTags.map(String) : [];
    if (names.length === 0) return [descriptor];
    return names.map((name) => {
      return { ...descriptor, annotations: { 'org.opencontainers.image.ref.name': name } };
    });
  }

  /** An uncompressed layer's digest is its DiffID; a compressed layer has to be hashed. */
  async #layer(name: string, diffId: unknown): Promise<Descriptor> {
    const found = await this.#find(name);
    const head = found === undefined ? Buffer.alloc(0) : await this.#head(found.path);
    const compression = compressionOf(head);
    const mediaType = layerTypes[compression];
    const named = asDescriptor({ mediaType, digest: diffId, size: found?.size ?? 0 });
    if (compression !== 'none' || named === undefined) return await this.#blob(name, mediaType);
    if (found !== undefined) this.#files.set(blobPath(named.digest), found);
    return named;
  }

  async #blob(name: string, mediaType: string): Promise<Descriptor> {
    const found = await this.#find(name);
    if (found === undefined) {
      // A missing file can't be hashed: derive a digest from its name.
      this.violations.push({ expected: `a file ${name}, as manifest.json says`, actual: 'none' });
      return { mediaType, digest: sha256(name), size: 0 };
    }
    const { digest, size } = await digestStream(this.#archive.read(found.path));
    this.#files.set(blobPath(digest), found);
    return { mediaType, digest, size };
  }

  /** A file of the archive. Docker links a layer that an image has twice. */
  async #find(name: string): Promise<{ path: string; size: number } | undefined> {
    let path = cleanPath(name);
    let file = await this.#archive.stat(path);
    if (file?.kind === 'symlink') {
      path = cleanPath(`${path}/../${file.target}`);
      file = await this.#archive.stat(path);
    }
    return file?.kind === 'file' ? { path, size: file.size } : undefined;
  }

  async #head(path: string): Promise<Buffer> {
    return await readHead(this.#archive, path, magicLength);
  }

  async #json(name: string): Promise<unknown> {
    const found = await this.#find(name);
    if (found === undefined || found.size > maxDocumentBytes) return undefined;
    const parsed = parseJson(await readHead(this.#archive, found.path, found.size));
    return parsed.ok ? parsed.value : undefined;
  }

  /** Adds a document, by its digest if it has no other name. */
  #put(path: string | undefined, document: object): { digest: string; size: number } {
    const bytes = Buffer.from(JSON.stringify(document));
    const digest = sha256(bytes);
    this.#files.set(path ?? blobPath(digest), bytes);
    return { digest, size: bytes.length };
  }
}
