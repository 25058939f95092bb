// An image layout with one layer, as big as it is asked for: files of words, packed like `gzip -1`.

import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

const blockLength = 512;
const poolLength = 8 * 1024 * 1024;
const media = (name) => `application/vnd.oci.image.${name}`;

/**
 * Writes the layout into a folder, the same one each time for the same numbers.
 *
 * @returns the path of the layer's blob
 */
export async function writeBigLayout(folder, { files, bytes }) {
  const blobs = join(folder, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const raw = createHash('sha256');
  const packed = createHash('sha256');
  let size = 0;
  const unnamed = join(folder, 'layer');
  await pipeline(
    Readable.from(
      seen(archive(files, bytes), (chunk) => raw.update(chunk)),
      { highWaterMark: 16 },
    ),
    createGzip({ level: 1 }),
    (source) =>
      seen(source, (chunk) => {
        packed.update(chunk);
        size += chunk.length;
      }),
    createWriteStream(unnamed),
  );
  const digest = packed.digest('hex');
  renameSync(unnamed, join(blobs, digest));
  const put = (mediaType, document) => {
    const text = JSON.stringify(document);
    const name = createHash('sha256').update(text).digest('hex');
    writeFileSync(join(blobs, name), text);
    return { mediaType, digest: `sha256:${name}`, size: text.length };
  };
  const config = put(media('config.v1+json'), {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [`sha256:${raw.digest('hex')}`] },
  });
  const manifest = put(media('manifest.v1+json'), {
    schemaVersion: 2,
    mediaType: media('manifest.v1+json'),
    config,
    layers: [{ mediaType: media('layer.v1.tar+gzip'), digest: `sha256:${digest}`, size }],
  });
  const index = { schemaVersion: 2, manifests: [manifest] };
  writeFileSync(join(folder, 'index.json'), JSON.stringify(index));
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return join(blobs, digest);
}

async function* seen(source, see) {
  for await (const chunk of source) {
    see(chunk);
    yield chunk;
  }
}

/** A tar of files of any size up to twice the average, a thousand in each directory. */
function* archive(files, bytes) {
  const random = randomNumbers();
  const pool = wordsOf(random);
  let left = bytes;
  for (let index = 0; index < files; index += 1) {
    const isLast = index === files - 1;
    const size = isLast ? left : Math.floor((random() * 2 * left) / (files - index));
    left -= size;
    const start = Math.floor(random() * (pool.length - size));
    const name = `srv/files/${Math.floor(index / 1000)}/file-${index}.txt`;
    const padding = Buffer.alloc(-size & (blockLength - 1));
    yield Buffer.concat([header(name, size), pool.subarray(start, start + size), padding]);
  }
  yield Buffer.alloc(2 * blockLength);
}

/** POSIX pax, "ustar Interchange Format". */
function header(name, size) {
  const block = Buffer.alloc(blockLength);
  const octal = (value, length) => `${value.toString(8).padStart(length, '0')}\0`;
  block.write(name, 0);
  block.write(octal(0o644, 7) + octal(0, 7) + octal(0, 7) + octal(size, 11) + octal(0, 11), 100);
  block.write(`${' '.repeat(8)}0`, 148);
  block.write('ustar\x0000', 257);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${octal(checksum, 6)} `, 148);
  return block;
}

/** Text of four thousand words, some of them frequent: it shrinks to less than half, as files do. */
function wordsOf(random) {
  const letter = () => String.fromCharCode(97 + Math.floor(random() * 26));
  const word = () => Array.from({ length: 2 + Math.floor(random() * 9) }, letter).join('');
  const words = Array.from({ length: 4096 }, word);
  /** @type {string[]} */
  const parts = [];
  for (let length = 0; length < poolLength; length += (parts.at(-1) ?? '').length + 1) {
    parts.push(words[Math.floor(random() ** 2 * words.length)] ?? '');
  }
  return Buffer.from(parts.join(' '));
}

/** From 0 to 1, the same ones each time (Numerical Recipes' linear congruential generator). */
function randomNumbers() {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
