import { parseJson } from '../documents.ts';
import type { LayerEntry } from '../layer-entry.ts';
import { isObject } from '../verify/shape.ts';
import type { LayoutFiles } from './layout-files.ts';
import { readHead } from './read-head.ts';

/** What something is that is no image layout. */
export interface Foreign {
  readonly kind:
    | 'docker-archive'
    | 'skopeo-dir'
    | 'wrapped'
    | 'registry'
    | 'bundle'
    | 'tree'
    | 'layer';
  /** In words, with what tells it. */
  readonly what: string;
  /** What to do, or the line that makes a layout of it. */
  readonly remedy: string;
}

const maxManifestBytes = 16 * 1024 * 1024;
const rootDirectories = ['bin', 'dev', 'etc', 'home', 'lib', 'proc', 'root', 'sbin', 'usr', 'var'];

/**
 * Recognises what people have at hand and take for a layout.
 *
 * @param path what it was opened from, for the line that converts it
 * @returns `undefined` for a layout, also a half-built one, and for what is not known
 */
export async function recognize(files: LayoutFiles, path: string): Promise<Foreign | undefined> {
  if ((await files.stat('index.json')) !== undefined) return undefined;
  const named = quoted(path);
  const manifest = await manifestOf(files);
  if (Array.isArray(manifest)) {
    const archive = files.isDirectory ? 'image.tar' : named;
    const pack = files.isDirectory ? `tar -C ${named} -cf image.tar . && ` : '';
    return {
      kind: 'docker-archive',
      what: 'a docker archive, as docker save and podman save write it: there is a manifest.json',
      remedy: `${pack}skopeo copy docker-archive:${archive} oci:oci:latest`,
    };
  }
  if (isObject(manifest) && (await files.stat('version')) !== undefined) {
    return {
      kind: 'skopeo-dir',
      what: 'a directory as skopeo writes it for dir: there are manifest.json and version, and no index.json',
      remedy: `skopeo copy dir:${named} oci:oci:latest`,
    };
  }
  const names = await files.list('');
  for (const name of names) {
    const isInside = (await files.stat(`${name}/index.json`)) !== undefined;
    if (isInside && (await files.stat(`${name}/oci-layout`)) !== undefined) {
      return {
        kind: 'wrapped',
        what: `a layout one folder down: index.json is in ${name}/`,
        remedy: files.isDirectory
          ? `name that folder: ${quoted(`${path}/${name}`)}`
          : `tar -xf ${named} && tar -C ${quoted(name)} -cf image.tar .`,
      };
    }
  }
  for (const root of ['docker/registry/v2/', '']) {
    const isThere = (await files.stat(`${root}repositories`))?.kind === 'directory';
    if (isThere && (await files.stat(`${root}blobs`)) !== undefined) {
      return {
        kind: 'registry',
        what: 'the files of a registry: there is a repositories/',
        remedy:
          'skopeo copy docker://HOST/NAME:TAG oci:oci:TAG, from the registry that serves them',
      };
    }
  }
  if (names.includes('rootfs') && names.includes('config.json')) {
    return {
      kind: 'bundle',
      what: 'a file system bundle, which a runtime runs: there are config.json and rootfs/',
      remedy: files.isDirectory
        ? `tar -C ${quoted(`${path}/rootfs`)} -cf layer.tar . makes a layer of its files`
        : `tar -xf ${named} rootfs && tar -C rootfs -cf layer.tar . makes a layer of its files`,
    };
  }
  if (names.includes('blobs') || names.includes('oci-layout')) return undefined;
  if (files.isDirectory) {
    if (names.filter((name) => rootDirectories.includes(name)).length < 2) return undefined;
    return {
      kind: 'tree',
      what: 'the files of a container, unpacked',
      remedy: `tar -C ${named} -cf layer.tar . makes a layer of them`,
    };
  }
  return files.violations.length > 0 || names.length === 0 ? undefined : layerTar(named);
}

/** Whether the entries of what was taken for a layer are those of an image, as a compressed one has them. */
export function isImage(entries: readonly LayerEntry[]): boolean {
  const paths = new Set(entries.map(({ path }) => path));
  const isLayout = paths.has('index.json') && paths.has('oci-layout');
  return (
    isLayout || (paths.has('manifest.json') && entries.some(({ path }) => /\.tar$/.test(path)))
  );
}

function layerTar(named: string): Foreign {
  return {
    kind: 'layer',
    what: 'a tar of other files, which may be a layer',
    remedy: `handroll-tour layers ${named} lists it`,
  };
}

async function manifestOf(files: LayoutFiles): Promise<unknown> {
  const file = await files.stat('manifest.json');
  if (file?.kind !== 'file' || file.size > maxManifestBytes) return undefined;
  const parsed = parseJson(await readHead(files, 'manifest.json', file.size));
  return parsed.ok ? parsed.value : undefined;
}

/** A path as one can paste it into a shell. */
export function quoted(path: string): string {
  return /^[\w./:@%+=-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
