import { Readable } from 'node:stream';
import { type Fact, fact, seenHere } from '../../src/engine/fact.ts';
import type { Look } from '../../src/engine/look.ts';
import { TourError } from '../../src/errors.ts';
import { decompressed } from '../../src/oci/compression.ts';
import { type Digest, digestStream, sha256, short } from '../../src/oci/digest.ts';
import { readGzipHeader } from '../../src/oci/gzip.ts';
import { BadLayer, type Layer, type LayerEntry, readLayer } from '../../src/oci/layer.ts';
import { applyLayers, hiddenBytes } from '../../src/oci/merge.ts';
import { whiteoutFormOf } from '../../src/oci/whiteout.ts';
import { whiteoutInWords } from './machine.ts';
import { layerNames, perLayer, trees } from './trees.ts';

/** How digests read in a sentence: enough of them to tell them apart. */
export const brief = (digest: Digest) => `${short(digest)}…`;

/** @throws TourError if the file is there and is no archive */
async function readTar(look: Look, ...parts: string[]): Promise<Layer | undefined> {
  try {
    return await look.derived('layer', (bytes) => readLayer([bytes], { keep: 4096 }), ...parts);
  } catch (error) {
    if (!(error instanceof BadLayer)) throw error;
    throw new TourError(`${parts.join('/')}: ${error.message}`, { cause: error });
  }
}

/** The hash and the size of a file's bytes. */
export function measured(look: Look, ...parts: string[]) {
  return look.derived(
    'digest',
    (bytes) => ({ digest: sha256(bytes), size: bytes.length }),
    ...parts,
  );
}

/** A tar elsewhere in the working directory, read anew each time. */
export function tarAt(...parts: [string, ...string[]]) {
  return fact<Layer>(`tar ${parts.join('/')}`, {
    what: parts.join('/'),
    from: 'the step before',
    read: (look) => readTar(look, ...parts),
    show: ({ diffId }) => brief(diffId),
  });
}

/** The two tars. Their hash comes from the raw bytes, their entries from the archive. */
export const tars = perLayer((name) =>
  fact<Layer>(`${name}.tar`, {
    what: `${name}-layer.tar`,
    from: '03-layers/tar',
    read: (look) => readTar(look, `${name}-layer.tar`),
    show: ({ entries }) => `${entries.length} entries`,
  }),
);

/** What the delta says "config.txt is gone" with: in the tree, and in the tar. */
export const whiteouts = {
  tree: whiteoutIn('tree', trees.delta),
  tar: whiteoutIn('tar', tars.delta),
};

function whiteoutIn<T extends { readonly entries: readonly LayerEntry[] }>(
  id: string,
  holder: Fact<T>,
) {
  return fact<LayerEntry>(`whiteout.${id}`, {
    what: `the whiteout in ${holder.what}`,
    from: holder.from,
    read: async (look) =>
      (await look.get(holder))?.entries.find(({ path }) => path === 'data/.wh.config.txt'),
    show: (entry) => {
      const form = whiteoutFormOf(entry);
      return form === undefined ? `no whiteout, but a ${entry.kind}` : whiteoutInWords[form];
    },
  });
}

export const diffIds = perLayer((name) =>
  fact<Digest>(`${name}.diffid`, {
    what: `the DiffID of ${name}`,
    from: '03-layers/tar',
    variable: `${name.toUpperCase()}_DIFFID`,
    read: async (look) => (await look.get(tars[name]))?.diffId,
    show: brief,
  }),
);

/** The compressed layers: what the manifest points at. */
export const blobs = perLayer((name) =>
  fact<{ digest: Digest; size: number }>(`${name}.blob`, {
    what: `${name}-layer.tar.gz`,
    from: '03-layers/gzip',
    read: (look) => measured(look, `${name}-layer.tar.gz`),
    show: ({ digest }) => brief(digest),
  }),
);

export const digests = perLayer((name) =>
  fact<Digest>(`${name}.digest`, {
    what: `the Digest of ${name}`,
    from: '03-layers/gzip',
    variable: `${name.toUpperCase()}_DIGEST`,
    read: async (look) => (await look.get(blobs[name]))?.digest,
    show: brief,
  }),
);

export const sizes = perLayer((name) =>
  fact<number>(`${name}.size`, {
    what: `the size of ${name}'s blob`,
    from: '03-layers/gzip',
    variable: `${name.toUpperCase()}_SIZE`,
    read: async (look) => (await look.get(blobs[name]))?.size,
  }),
);

/** The same file of both layers. */
export function ofBoth(look: Look, suffix: '.tar' | '.tar.gz'): string[] {
  return layerNames.map((name) => look.path(`${name}-layer${suffix}`));
}

export const articleHere = tarAt('again', 'article-UTC0.tar');
export const articleThere = tarAt('again', 'article-EST5.tar');

export const articleHereId = seenHere('its DiffID in UTC', '03-layers/twice', async (look) =>
  brief((await look.need(articleHere)).diffId),
);

export const articleThereId = seenHere('its DiffID in New York', '03-layers/twice', async (look) =>
  brief((await look.need(articleThere)).diffId),
);

export async function gzipHeader(look: Look, ...parts: string[]) {
  const bytes = await look.file(...parts);
  return bytes && readGzipHeader(bytes);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/(..)(?!$)/g, '$1 ');
}

export const headerBytes = seenHere(
  'the ten bytes of the header',
  '03-layers/gzip',
  async (look) => {
    const header = await gzipHeader(look, 'delta-layer.tar.gz');
    return header && hex(header.bytes);
  },
);

export const clockFiles = ['first.gz', 'second.gz'] as const;

export const clockDigests = seenHere('the two Digests', '03-layers/clock', async (look) => {
  const found = await Promise.all(clockFiles.map((file) => measured(look, 'clock', file)));
  return found.map((each) => each?.digest ?? '');
});

export const firstClock = seenHere('the first Digest', '03-layers/clock', async (look) =>
  brief((await look.need(clockDigests))[0] ?? ''),
);

export const secondClock = seenHere('the second Digest', '03-layers/clock', async (look) =>
  brief((await look.need(clockDigests))[1] ?? ''),
);

export const clockHeader = seenHere('the header of the first', '03-layers/clock', async (look) => {
  const header = await gzipHeader(look, 'clock', 'first.gz');
  return header && hex(header.bytes.subarray(0, 10));
});

/** 2025-01-01T00:00:00Z, the article's date. */
export const newYear = 1735689600;

/** The two packed a second time. */
export const again = {
  base: tarAt('again', 'base-layer.tar'),
  delta: tarAt('again', 'delta-layer.tar'),
};

/** The first two entries that are not sorted by name, as they come. */
export function outOfOrder(
  entries: readonly LayerEntry[],
): readonly [first: LayerEntry, second: LayerEntry] | undefined {
  for (const [index, second] of entries.entries()) {
    const first = entries[index - 1];
    if (first !== undefined && second.name < first.name) return [first, second];
  }
  return undefined;
}

export const headOf = (bytes: Buffer) => Buffer.from(bytes.subarray(0, 512));

/** What a compressed file holds. */
export interface Unpacked {
  readonly digest: Digest;
  readonly head: Buffer;
}

/** Undefined if it is not there or does not unpack. */
export function unpacked(look: Look, ...parts: string[]): Promise<Unpacked | undefined> {
  return look.derived(
    'unpacked',
    async (bytes) => {
      let head: Buffer | undefined;
      async function* inside() {
        for await (const chunk of decompressed(Readable.from([bytes]))) {
          head ??= headOf(Buffer.from(chunk));
          yield chunk;
        }
      }
      try {
        const { digest } = await digestStream(inside());
        return { digest, head: head ?? Buffer.alloc(0) };
      } catch {
        // Not gzip, or cut short: it unpacks to nothing.
        return undefined;
      }
    },
    ...parts,
  );
}

export const withDuplicate = tarAt('duplicate', 'delta-layer.tar');

/** Files of the upper layer that are the same, to the last bit, in the lower one. */
export const duplicates = seenHere(
  'what is in both layers',
  '10-layers-are-diffs/duplicate',
  async (look) => {
    const stack = [(await look.need(tars.base)).entries, (await look.need(withDuplicate)).entries];
    const { hidden } = applyLayers(stack);
    return hidden.filter(({ how }) => how === 'duplicate');
  },
);

export const duplicatedBytes = seenHere(
  'the bytes carried twice',
  '10-layers-are-diffs/duplicate',
  async (look) => {
    const { duplicated } = hiddenBytes(await look.need(duplicates));
    return `${duplicated} bytes`;
  },
);
