import { createReadStream } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { decompressed } from '../../src/oci/compression.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { type Layer, type LayerEntry, readLayer } from '../../src/oci/layer.ts';
import { openLayout } from '../../src/oci/layout/open-layout.ts';
import { readLayers } from '../../src/oci/layout/read-layers.ts';
import { applyLayers, type Stack } from '../../src/oci/merge.ts';
import { tarEntries } from '../../src/oci/tar-entries.ts';
import { checkCompression, verifyLayer } from '../../src/oci/verify/layer-blob.ts';
import { verifyDocument } from '../../src/oci/verify/verify-document.ts';
import { verifyLayout } from '../../src/oci/verify/verify-layout.ts';
import { Violations } from '../../src/oci/verify/violations.ts';
import { widthOf } from '../../src/ui/line.ts';
import { type Case, pathOf, readCases } from '../helpers/cases.ts';
import { explorer } from '../helpers/explorer.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';

const cases = readCases();

test.each(cases.map((one): [string, Case] => [one.file, one]))('%s', async (_, one) => {
  const verdicts = await verdictsOn(one);
  if (one.contested !== undefined) return;
  for (const [way, { count, kept }] of Object.entries(verdicts)) {
    const why = `${one.reason} (${way}): ${JSON.stringify(kept, undefined, 2)}`;
    expect(count === 0 ? 'valid' : 'invalid', why).toBe(one.expect);
  }
  if (one.kind === 'layer-tar' && one.expect === 'valid') await expectTree(one);
});

const layouts = cases.filter(({ kind }) => kind === 'layout').map(({ file }) => file);
/** Opens, follows, switches, looks at bytes, comes back: all that there is, from every row. */
const everything = ['enter', 'enter', 'x', 'escape', 't', 'space', 'G', 'enter', 't'];

test.each(layouts)('%s can be gone through', async (file) => {
  const it = await explorer(await openLayout(pathOf(file)));
  for (let row = 0; row < 12; row++) {
    for (const key of everything) await it.press(key);
    for (const line of it.content()) expect(widthOf(line)).toBeLessThan(80);
    while (it.state().focus === 'page') await it.press('escape');
    await it.press('right', 'down');
  }
  it.stop();
});

/** Each way there is to look at a case, and what is found. */
async function verdictsOn(one: Case): Promise<Record<string, Violations>> {
  const path = pathOf(one.file);
  if (one.kind === 'layer-tar') return await layerVerdicts(one, path);
  if (one.kind !== 'layout') {
    const blob = one.blob === undefined ? undefined : pathOf(one.blob);
    return { document: await verifyDocument(one.kind, path, blob) };
  }
  if (one.form === 'oci-layout-file') return { header: await verifyHeader(path) };
  return {
    tar: await verifyLayout(await openLayout(path)),
    directory: await verifyLayout(await openLayout(await unpacked(path))),
  };
}

async function layerVerdicts(one: Case, path: string): Promise<Record<string, Violations>> {
  const blob = new Violations();
  const { compression } = await verifyLayer(createReadStream(path), blob.in(one.file));
  if (one.mediaType !== undefined) {
    checkCompression(one.mediaType, compression, blob.in('descriptor'));
    // Only the media type is at fault: the bytes alone are a layer.
    return { blob };
  }
  const lower = (one.lower ?? []).map(pathOf);
  const named = [...lower, path].map((each) => ({ path: each, name: each }));
  return { blob, layers: (await readLayers(named, 'amd64')).violations };
}

async function verifyHeader(path: string): Promise<Violations> {
  const home = temporaryDirectory();
  await mkdir(join(home, 'blobs'));
  await copyFile(path, join(home, 'oci-layout'));
  await writeFile(join(home, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
  return await verifyLayout(await openLayout(home));
}

async function expectTree(one: Case): Promise<void> {
  const layers: Layer[] = [];
  for (const file of [...(one.lower ?? []), one.file]) {
    const source = decompressed(createReadStream(pathOf(file)));
    layers.push(await readLayer(source, { keep: 1024 * 1024 }));
  }
  const top = layers.at(-1);
  const stack = applyLayers(layers.map(({ entries }) => entries));
  const paths = pathsOf(stack);
  const file = (path: string) => fileAt(stack, path);
  if (one.merged) expect(paths).toEqual([...one.merged].sort());
  for (const path of one.present ?? []) expect(paths.map(bare)).toContain(bare(path));
  for (const path of one.absent ?? []) expect(paths.map(bare)).not.toContain(bare(path));
  for (const [path, text] of Object.entries(one.contents ?? {})) {
    expect(file(path)?.content?.toString()).toBe(text);
    expect(file(path)?.digest).toBe(sha256(text));
  }
  if (one.sameFile) expect(file(one.sameFile[0])).toBe(file(one.sameFile[1]));
  if (one.names) expect(top?.entries.map(({ name }) => name)).toEqual(one.names);
  if (one.diffID) expect(top?.diffId).toBe(one.diffID);
}

/** What one reads at a path: symlinks are followed, in the last place too, never out of the root. */
function fileAt({ tree }: Stack, path: string): LayerEntry | undefined {
  const ahead = path.split('/').reverse();
  const names: string[] = [];
  for (let steps = 0; ahead.length > 0 && steps < 100; steps++) {
    const name = ahead.pop() ?? '';
    if (name === '..') names.pop();
    if (['', '.', '..'].includes(name)) continue;
    const target = tree.get([...names, name].join('/'))?.file;
    if (target?.kind !== 'symlink') names.push(name);
    else {
      if (target.link?.startsWith('/')) names.length = 0;
      ahead.push(...(target.link ?? '').split('/').reverse());
    }
  }
  return tree.get(names.join('/'))?.file;
}

/** Paths as the cases write them: directories end in a slash. */
function pathsOf({ tree }: Stack): string[] {
  const paths = [...tree].map(([path, { file }]) =>
    file.kind === 'directory' ? `${path}/` : path,
  );
  return paths.sort();
}

function bare(path: string): string {
  return path.replace(/\/$/, '');
}

/** Unpacks the archive of a layout; the cases hold nothing but files and directories. */
async function unpacked(archive: string): Promise<string> {
  const home = temporaryDirectory();
  for await (const { entry, content } of tarEntries(createReadStream(archive))) {
    const path = join(home, entry.path);
    await mkdir(entry.kind === 'directory' ? path : dirname(path), { recursive: true });
    if (entry.kind === 'file') await writeFile(path, content);
  }
  return home;
}
