import { parseJson } from '../documents.ts';
import type { LayerEntry } from '../layer-entry.ts';
import { isObject } from '../verify/shape.ts';
import type { LayoutFiles } from './layout-files.ts';
import { readHead } from './read-head.ts';

/** Something that isn't an image layout but is recognised. */
export interface Foreign {
  readonly kind:
    | 'docker-archive'
    | 'skopeo-dir'
    | 'wrapped'
    | 'registry'
    | 'bundle'
    | 'tree'
    | 'layer';
  /** What it is, and by what it was recognised. */
  readonly what: string;
  /** What to do, or the command that converts it to a layout. */
  readonly remedy: string;
}

const maxManifestBytes = 16 * 1024 * 1024;
const rootDirectories = ['bin', 'dev', 'etc', 'home', 'lib', 'proc', 'root', 'sbin', 'usr', 'var'];

/**
 * Recognises things that people often mistake for a layout.
 *
 * @param path for the command that converts it
 * @returns `undefined` for a layout, even if it's half-built, and for anything unknown
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

/** Whether what was taken for a layer has the entries of an image, as a compressed image does. */
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

/** A path, quoted for a shell. */
export function quoted(path: string): string {
  return /^[\w./:@%+=-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
