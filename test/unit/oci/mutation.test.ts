import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { TourError } from '../../../src/errors.ts';
import { BadLayer, readLayer } from '../../../src/oci/layer.ts';
import { openLayout } from '../../../src/oci/layout/open-layout.ts';
import { readLayers } from '../../../src/oci/layout/read-layers.ts';
import { applyLayers } from '../../../src/oci/merge.ts';
import { verifyLayout } from '../../../src/oci/verify/verify-layout.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { chunks, collect, tar } from './helpers/archives.ts';
import { type Files, layout, named, packLayout, writeLayout } from './helpers/layouts.ts';
import { Random } from './helpers/random.ts';

/** Rounds of each kind; a run with more is `MUTATIONS=5000 npx vitest run mutation`. */
const rounds = Number(process.env.MUTATIONS ?? 120);
const seed = 20_250_101;
/** What no round takes, even on a slow machine. */
const timeoutMs = 30_000 + rounds * 100;

/** Values that readers of tar, gzip and JSON stumble over. */
const evilValues = [
  '\0',
  '\xff',
  '\x80',
  '{',
  '"',
  '..',
  '/',
  '.wh.',
  '99999999999',
  '-1',
  'ustar  \0',
  '\x1f\x8b',
];

/** One random change; the result may by chance be the same bytes. */
function mutate(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const length = random.below(random.pick([2, 16, 600]));
  switch (random.below(7)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes, random.bytes(length)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(length), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - length))]);
    case 5: {
      const evil = Buffer.from(random.pick(evilValues), 'latin1');
      return Buffer.concat([bytes.subarray(0, at), evil, bytes.subarray(at + evil.length)]);
    }
    default: {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
      return copy;
    }
  }
}

/** A layer with something of each kind. */
const rich = tar([
  './',
  { name: 'bin/busybox', content: 'b'.repeat(3000), mode: 0o755 },
  { name: 'bin/sh', type: 'symlink', linkname: 'busybox' },
  { name: 'bin/link', type: 'link', linkname: 'bin/busybox' },
  { name: 'dev/null', type: 'character-device', devmajor: 1, devminor: 3 },
  { name: 'data/.wh.a', content: '' },
  { name: 'data/.wh..wh..opq', content: '' },
  { name: `${'deep/'.repeat(40)}file`, content: 'x', pax: { mtime: '1.5', comment: 'hello' } },
]);

async function original(): Promise<Files> {
  return await layout({
    layers: [await tar(['data/', { name: 'data/a', content: 'a' }]), await rich],
  });
}

test(
  'a layout whose bytes differ is never valid, and never hangs or crashes',
  async () => {
    const files = await original();
    const home = temporaryDirectory();
    for (let round = 0; round < rounds; round++) {
      const random = new Random(seed + round);
      const path = random.pick([...files.keys()]);
      const before = files.get(path) ?? Buffer.alloc(0);
      const after = mutate(before, random);
      await writeLayout(new Map([[path, after]]), home);
      await writeLayout(new Map([...files].filter(([name]) => name !== path)), home);
      const { count } = await verifyLayout(await openLayout(home));
      const isSame = after.equals(before);
      if (isSame) expect(count, `round ${round}`).toBe(0);
      // Of index.json and oci-layout nobody knows the digest: another text can say as much.
      else if (path.startsWith('blobs/'))
        expect(count, `round ${round}: ${path}`).toBeGreaterThan(0);
    }
  },
  timeoutMs,
);

test(
  'neither is the archive of a layout',
  async () => {
    const files = await original();
    const archive = await packLayout(files);
    const path = join(temporaryDirectory(), 'layout.tar');
    for (let round = 0; round < rounds; round++) {
      await writeFile(path, mutate(archive, new Random(seed + round)));
      const found = await openLayout(path);
      if ((await verifyLayout(found)).count > 0) continue;
      // Valid: then what was changed is nothing of the layout, padding or the time of a member.
      for (const [name, bytes] of files) {
        if (!name.startsWith('blobs/')) continue;
        expect(await collect(found.read(name)), `round ${round}: ${name}`).toEqual(bytes);
      }
    }
  },
  timeoutMs,
);

test(
  'what is below right digests may be anything',
  async () => {
    const home = temporaryDirectory();
    for (let round = 0; round < rounds; round++) {
      const random = new Random(seed + round);
      const layer = mutate(await rich, random);
      const packed = random.pick([
        gzipSync,
        (bytes: Buffer) => mutate(gzipSync(bytes), random),
        (bytes: Buffer) => Buffer.concat([gzipSync(bytes), gzipSync(bytes)]),
      ]);
      const files = await layout({ layers: [await rich, layer], packed });
      const path = join(home, 'layout.tar');
      await writeFile(path, await packLayout(files));
      await verifyLayout(await openLayout(path));
      await readLayers([named(path)], 'amd64').catch((error: unknown) => {
        if (!(error instanceof TourError)) throw error;
      });
    }
  },
  timeoutMs,
);

test(
  'a layer is read or refused, in chunks of any size',
  async () => {
    const archive = await rich;
    for (let round = 0; round < rounds; round++) {
      const random = new Random(seed + round);
      const bytes = mutate(mutate(archive, random), random);
      const outcomes: unknown[] = [];
      for (const size of [65_536, 512, 1 + random.below(700)]) {
        try {
          const { entries } = await readLayer(chunks(bytes, size), { keep: 100 });
          applyLayers([entries, entries]);
          outcomes.push(entries);
        } catch (error) {
          if (!(error instanceof BadLayer)) throw error;
          outcomes.push('refused');
        }
      }
      expect(outcomes[1], `round ${round}`).toEqual(outcomes[0]);
      expect(outcomes[2], `round ${round}`).toEqual(outcomes[0]);
    }
  },
  timeoutMs,
);
