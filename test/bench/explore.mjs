// The explorer on an image of 100,000 entries: how long until a key shows, printed in milliseconds.
// `node test/bench/explore.mjs`, after a build.

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { gzipSync } from 'node:zlib';
import pty from '@lydell/node-pty';
import { pack } from 'tar-stream';

const cli = process.env.CLI ?? fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const entries = 100_000;
const rounds = 15;

const folder = await mkdtemp(join(tmpdir(), 'handroll-tour-bench-'));
await writeImage(folder);

const started = performance.now();
const env = { ...process.env, CI: 'false', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
const terminal = pty.spawn(process.execPath, [cli, 'explore', folder], { cols: 80, rows: 24, env });
let shown = '';
let onData = () => {};
terminal.onData((data) => {
  shown += stripVTControlCharacters(data);
  onData();
});

report('first frame', await until(/explore/, started));
report('every blob hashed', await until(/all names match/, started));
await measure('a row down, up, while layers are read', ['j', 'k'], /\S/);
press('t');
report('read and merged', await until(/100 0\d\d paths/, started));
// The combinations that are one key away are laid meanwhile.
await new Promise((resolve) => setTimeout(resolve, 3000));
await measure('a layer off, on', ['1', '1'], /merged|\[.\] 1/);
await measure('a row down, up', ['j', 'k'], /\S/);
await measure('a layer off whose neighbours are not known, on', ['0', '0'], /\[.\] 0/);
press('/');
await until(/stay there/);
await measure('a letter of a search, and back', ['9', '\u007f'], /\S/);
press('9');
await until(/\S/);
press('\r');
await until(/n next/);
await measure('the next place found', ['n'], /\S/);
terminal.kill();
await rm(folder, { recursive: true, force: true });
process.exit(0);

async function measure(name, keys, pattern) {
  const times = [];
  for (let round = 0; round < rounds; round++) {
    for (const key of keys) {
      const began = performance.now();
      press(key);
      times.push(await until(pattern, began));
      // Frames are no closer than a thirtieth of a second: the next key should not wait for that.
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  }
  times.sort((a, b) => a - b);
  report(name, times[times.length >> 1], times.at(-1));
}

function press(key) {
  shown = '';
  terminal.write(key);
}

function until(pattern, began = performance.now()) {
  return new Promise((resolve) => {
    onData = () => {
      if (!pattern.test(shown)) return;
      onData = () => {};
      resolve(performance.now() - began);
    };
    onData();
  });
}

function report(name, median, worst) {
  const most = worst === undefined ? '' : `, at most ${worst.toFixed(0)} ms`;
  console.log(`${name.padEnd(50)} ${median.toFixed(0).padStart(6)} ms${most}`);
}

async function writeImage(home) {
  const blobs = join(home, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
  const add = async (mediaType, bytes) => {
    const hex = sha256(bytes);
    await writeFile(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const json = (value) => Buffer.from(JSON.stringify(value));
  const many = Array.from({ length: entries }, (_, at) => `usr/d${at % 100}/file-${at}`);
  const few = Array.from({ length: 100 }, (_, at) => `usr/d${at}/.wh.file-${at}`);
  const layers = await Promise.all([many, few, ['etc/hello']].map(tarOf));
  const type = 'application/vnd.oci.image';
  const rootfs = { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) };
  const config = await add(
    `${type}.config.v1+json`,
    json({ architecture: 'amd64', os: 'linux', rootfs }),
  );
  const descriptors = [];
  for (const layer of layers) {
    descriptors.push(await add(`${type}.layer.v1.tar+gzip`, gzipSync(layer)));
  }
  const mediaType = `${type}.manifest.v1+json`;
  const manifest = json({ schemaVersion: 2, mediaType, config, layers: descriptors });
  const manifests = [await add(mediaType, manifest)];
  await writeFile(join(home, 'index.json'), json({ schemaVersion: 2, manifests }));
  await writeFile(join(home, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }));
}

async function tarOf(names) {
  const archive = pack();
  for (const name of names) archive.entry({ name }, '');
  archive.finalize();
  const chunks = [];
  for await (const chunk of archive) chunks.push(/** @type {Buffer} */ (chunk));
  return Buffer.concat(chunks);
}
