import type { LayoutFiles } from '../../oci/layout/layout-files.ts';
import type { ImageLayers } from '../../oci/layout/read-layers.ts';
import type { MergedEntry } from '../../oci/tree.ts';
import { blobPath } from '../../oci/verify/blobs.ts';
import { readJsonDocument } from '../../oci/verify/json-document.ts';
import { isObject } from '../../oci/verify/shape.ts';
import { Violations } from '../../oci/verify/violations.ts';

/**
 * What an image is to those who run it: the merged tree and the config's settings. Two images with the
 * same content may have other layers, digests and times.
 */
export interface ImageContent {
  /** A line for each path. */
  readonly tree: readonly string[];
  /** Platform and execution settings, as JSON. */
  readonly config: string;
}

/** What an image contains, and what its config tells about it. */
export interface ContentSeen extends ImageContent {
  readonly diffIds: readonly string[];
  /** By its GOARCH name. */
  readonly architecture: unknown;
}

/** @returns undefined if the layout has no image, or one that can't be read */
export async function contentOf(
  files: LayoutFiles,
  image: ImageLayers,
): Promise<ContentSeen | undefined> {
  const manifest = image.image?.descriptor.digest;
  if (manifest === undefined || image.layers.some(({ layer }) => layer === undefined)) {
    return undefined;
  }
  const config = member(await json(files, blobPath(manifest)), 'config');
  const digest = member(config, 'digest');
  const document = typeof digest === 'string' ? await json(files, blobPath(digest)) : undefined;
  const diffIds = member(member(document, 'rootfs'), 'diff_ids');
  if (document === undefined || !Array.isArray(diffIds)) return undefined;
  return {
    tree: treeLines(image),
    config: settingsOf(document),
    diffIds: diffIds.map(String),
    architecture: member(document, 'architecture'),
  };
}

function treeLines({ stack }: ImageLayers): string[] {
  return [...stack.tree].map(([path, merged]) => describe(path, merged)).sort();
}

function describe(path: string, { entry, file, implied }: MergedEntry): string {
  // A directory that no layer has an entry for gets the runtime's defaults.
  const { kind, uid, gid, digest = '', major = '', minor = '' } = file;
  // No kernel reads the mode of a symlink.
  const mode = implied === true ? 0o755 : kind === 'symlink' ? 0o777 : file.mode;
  const link = kind === 'symlink' ? entry.link : '';
  return [path, kind, mode.toString(8), uid, gid, digest, link, major, minor].join(' ');
}

/** Compared as JSON with its keys in order: how a document is indented is no matter. */
function settingsOf(document: unknown): string {
  return JSON.stringify({
    os: member(document, 'os'),
    architecture: member(document, 'architecture'),
    config: ordered(member(document, 'config') ?? {}),
  });
}

function ordered(value: unknown): unknown {
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, ordered(each)]));
}

async function json(files: LayoutFiles, path: string): Promise<unknown> {
  if ((await files.stat(path))?.kind !== 'file') return undefined;
  return await readJsonDocument(files.read(path), new Violations().in(path));
}

function member(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

/** The paths at which two trees differ. */
export function differingPaths(a: readonly string[], b: readonly string[]): string[] {
  const [inA, inB] = [new Set(a), new Set(b)];
  const lines = [...a.filter((line) => !inB.has(line)), ...b.filter((line) => !inA.has(line))];
  return [...new Set(lines.map((line) => line.slice(0, line.indexOf(' '))))];
}
