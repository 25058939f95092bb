import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { decompressed } from '../../src/oci/compression.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { type Layer, type LayerEntry, readLayer } from '../../src/oci/layer.ts';
import { openLayout } from '../../src/oci/layout/open-layout.ts';
import { readLayers } from '../../src/oci/layout/read-layers.ts';
import { applyLayers, type Stack } from '../../src/oci/merge.ts';
import { tarEntries } from '../../src/oci/tar-entries.ts';
import { Findings } from '../../src/oci/verify/findings.ts';
import { checkCompression, verifyLayer } from '../../src/oci/verify/layer-blob.ts';
import { type DocumentKind, verifyDocument } from '../../src/oci/verify/verify-document.ts';
import { verifyLayout } from '../../src/oci/verify/verify-layout.ts';

/** A case as `index.json` describes it; only what is used here. */
interface Case {
  readonly file: string;
  readonly kind: DocumentKind | 'layout' | 'layer-tar';
  readonly form?: 'tar' | 'oci-layout-file';
  readonly expect: 'valid' | 'invalid';
  readonly reason: string;
  readonly contested?: string;
  readonly source: { readonly repo: string };
  readonly blob?: string;
  readonly mediaType?: string;
  readonly lower?: readonly string[];
  readonly merged?: readonly string[];
  readonly present?: readonly string[];
  readonly absent?: readonly string[];
  readonly contents?: Readonly<Record<string, string>>;
  readonly sameFile?: readonly [string, string];
  readonly names?: readonly string[];
  readonly diffID?: string;
}

const directory = fileURLToPath(new URL('../../../shared/cases', import.meta.url));
const isThere = existsSync(join(directory, 'index.json'));
const cases: readonly Case[] = isThere
  ? JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')).cases
  : [];
/** By source project: how many verdicts agree, of how many; contested ones apart. */
const agreement = new Map<string, { agreed: number; all: number; contested: string }>();
const temporary: string[] = [];

afterAll(async () => {
  for (const path of temporary) await rm(path, { recursive: true });
  if (isThere) process.stdout.write(table());
});

describe.runIf(isThere)('material of other projects', () => {
  test.each(cases.map((one): [string, Case] => [one.file, one]))('%s', async (_, one) => {
    const verdicts = await verdictsOn(one);
    count(one, verdicts);
    if (one.contested !== undefined) return;
    for (const [way, findings] of Object.entries(verdicts)) {
      expect(findings.count === 0 ? 'valid' : 'invalid', explain(one, way, findings)).toBe(
        one.expect,
      );
    }
    if (one.kind === 'layer-tar' && one.expect === 'valid') await expectTree(one);
  });
});

test.runIf(!isThere)('material of other projects', ({ skip }) => {
  skip(`there is no ${directory}: the cases are not part of this repository`);
});

/** Each way there is to look at a case, and what is found. */
async function verdictsOn(one: Case): Promise<Record<string, Findings>> {
  const path = join(directory, one.file);
  if (one.kind === 'layer-tar') return await layerVerdicts(one, path);
  if (one.kind !== 'layout') {
    const blob = one.blob === undefined ? undefined : join(directory, one.blob);
    return { document: await verifyDocument(one.kind, path, blob) };
  }
  if (one.form === 'oci-layout-file') return { header: await verifyHeader(path) };
  return {
    tar: await verifyLayout(await openLayout(path)),
    directory: await verifyLayout(await openLayout(await unpacked(path))),
  };
}

async function layerVerdicts(one: Case, path: string): Promise<Record<string, Findings>> {
  const blob = new Findings();
  const { compression } = await verifyLayer(createReadStream(path), blob.in(one.file));
  if (one.mediaType !== undefined) {
    checkCompression(one.mediaType, compression, blob.in('descriptor'));
    // Only the media type is at fault: the bytes alone are a layer.
    return { blob };
  }
  const lower = (one.lower ?? []).map((file) => join(directory, file));
  return {
    blob,
    layers: (
      await readLayers(
        [...lower, path].map((each) => ({ path: each, name: each })),
        'amd64',
      )
    ).findings,
  };
}

async function verifyHeader(path: string): Promise<Findings> {
  const home = await temporaryDirectory();
  await mkdir(join(home, 'blobs'));
  await writeFile(join(home, 'oci-layout'), readFileSync(path));
  await writeFile(join(home, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
  return await verifyLayout(await openLayout(home));
}

async function expectTree(one: Case): Promise<void> {
  const layers: Layer[] = [];
  for (const file of [...(one.lower ?? []), one.file]) {
    const source = decompressed(createReadStream(join(directory, file)));
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
  const home = await temporaryDirectory();
  for await (const { entry, content } of tarEntries(createReadStream(archive))) {
    const path = join(home, entry.path);
    await mkdir(entry.kind === 'directory' ? path : dirname(path), { recursive: true });
    if (entry.kind === 'file') await writeFile(path, content);
  }
  return home;
}

async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'handroll-cases-'));
  temporary.push(path);
  return path;
}

function count(one: Case, verdicts: Record<string, Findings>): void {
  const row = agreement.get(one.source.repo) ?? { agreed: 0, all: 0, contested: '' };
  agreement.set(one.source.repo, row);
  const agrees = Object.values(verdicts).every(
    ({ count }) => (count === 0 ? 'valid' : 'invalid') === one.expect,
  );
  if (one.contested !== undefined) row.contested += agrees ? '+' : '-';
  else {
    row.all++;
    if (agrees) row.agreed++;
  }
}

function explain(one: Case, way: string, findings: Findings): string {
  return `${one.reason} (${way}): ${JSON.stringify(findings.kept, undefined, 2)}`;
}

function table(): string {
  const rows = [...agreement].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = rows.map(([repo, { agreed, all, contested }]) => {
    return `  ${repo.padEnd(36)} ${String(agreed).padStart(4)} of ${String(all).padStart(3)}  ${contested}`;
  });
  return `\nagreement with the verdicts of others (+ and -: contested cases)\n${lines.join('\n')}\n`;
}
