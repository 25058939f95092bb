import { Readable } from 'node:stream';
import { type Fact, fact, lessonFact } from '../../src/engine/fact.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { TourError } from '../../src/errors.ts';
import { decompressed } from '../../src/oci/compression.ts';
import { type Digest, digestStream, sha256, short } from '../../src/oci/digest.ts';
import { readGzipHeader } from '../../src/oci/gzip.ts';
import { BadLayer, type Layer, type LayerEntry, readLayer } from '../../src/oci/layer.ts';
import { applyLayers, hiddenBytes } from '../../src/oci/merge.ts';
import { type EntryHeader, tarEntries } from '../../src/oci/tar-entries.ts';
import { whiteoutFormOf } from '../../src/oci/whiteout.ts';
import { whiteoutInWords } from './machine.ts';
import { layerNames, perLayer, trees } from './trees.ts';

/** How digests read in a sentence: enough of them to tell them apart. */
export const brief = (digest: Digest) => `${short(digest)}…`;

/** A digest that is a variable: brief in a sentence, and with its algorithm among a script's values. */
export const digestVariable = { show: brief, prefix: 'sha256:' } as const;

/** @throws TourError if the file is there and is no archive */
async function readTar(observation: Observation, ...parts: string[]): Promise<Layer | undefined> {
  try {
    return await observation.derive(
      'layer',
      (bytes) => readLayer([bytes], { keep: 4096 }),
      ...parts,
    );
  } catch (error) {
    if (!(error instanceof BadLayer)) throw error;
    throw new TourError(`${parts.join('/')}: ${error.message}`, { cause: error });
  }
}

/** The hash and the size of a file's bytes. */
export function measured(observation: Observation, ...parts: string[]) {
  return observation.derive(
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
    read: (observation) => readTar(observation, ...parts),
    show: ({ diffId }) => brief(diffId),
  });
}

/** The two tars. Their hash comes from the raw bytes, their entries from the archive. */
export const tars = perLayer((name) =>
  fact<Layer>(`${name}.tar`, {
    what: `${name}-layer.tar`,
    from: '03-layers/tar',
    read: (observation) => readTar(observation, `${name}-layer.tar`),
    show: ({ entries }) => `${entries.length} entries`,
  }),
);

/** What a tar header contains that no file on a disk has. */
export type HeaderForm = Pick<EntryHeader, 'format' | 'uname' | 'gname'> & {
  readonly name: string;
  /** Whether a pax header extends it. */
  readonly pax: boolean;
};

/** How the headers of a layer's tar are written, entry by entry. */
export const headerForms = perLayer((name) =>
  fact<HeaderForm[]>(`${name}.headers`, {
    what: `the headers of ${name}-layer.tar`,
    from: '03-layers/tar',
    read: (observation) =>
      observation.derive(
        'headers',
        async (bytes) => {
          const found: HeaderForm[] = [];
          for await (const { entry, header } of tarEntries(Readable.from([bytes]))) {
            const { format, uname, gname, extensions } = header;
            found.push({ name: entry.name, format, uname, gname, pax: /[xg]/.test(extensions) });
          }
          return found;
        },
        `${name}-layer.tar`,
      ),
    show: (all) => `${all.length} headers`,
  }),
);

/** The delta's deletion of config.txt: in the tree, and in the tar. */
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
    read: async (observation) =>
      (await observation.get(holder))?.entries.find(({ path }) => path === 'data/.wh.config.txt'),
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
    read: async (observation) => (await observation.get(tars[name]))?.diffId,
    ...digestVariable,
  }),
);

/** The compressed layers: what the manifest points at. */
export const blobs = perLayer((name) =>
  fact<{ digest: Digest; size: number }>(`${name}.blob`, {
    what: `${name}-layer.tar.gz`,
    from: '03-layers/gzip',
    read: (observation) => measured(observation, `${name}-layer.tar.gz`),
    show: ({ digest }) => brief(digest),
  }),
);

export const digests = perLayer((name) =>
  fact<Digest>(`${name}.digest`, {
    what: `the digest of ${name}`,
    from: '03-layers/gzip',
    variable: `${name.toUpperCase()}_DIGEST`,
    read: async (observation) => (await observation.get(blobs[name]))?.digest,
    ...digestVariable,
  }),
);

export const sizes = perLayer((name) =>
  fact<number>(`${name}.size`, {
    what: `the size of ${name}'s blob`,
    from: '03-layers/gzip',
    variable: `${name.toUpperCase()}_SIZE`,
    read: async (observation) => (await observation.get(blobs[name]))?.size,
  }),
);

/** The same file of both layers. */
export function ofBoth(observation: Observation, suffix: '.tar' | '.tar.gz'): string[] {
  return layerNames.map((name) => observation.path(`${name}-layer${suffix}`));
}

/** The delta, dated without a time zone and packed in two of them. */
export const inUtc = tarAt('again', 'utc.tar');
export const inNewYork = tarAt('again', 'new-york.tar');

export const inUtcId = lessonFact('its DiffID in UTC', '03-layers/twice', async (observation) =>
  brief((await observation.need(inUtc)).diffId),
);

export const inNewYorkId = lessonFact(
  'its DiffID in New York',
  '03-layers/twice',
  async (observation) => brief((await observation.need(inNewYork)).diffId),
);

export async function gzipHeader(observation: Observation, ...parts: string[]) {
  const bytes = await observation.file(...parts);
  return bytes && readGzipHeader(bytes);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/(..)(?!$)/g, '$1 ');
}

export const headerBytes = lessonFact(
  'the ten bytes of the header',
  '03-layers/gzip',
  async (observation) => {
    const header = await gzipHeader(observation, 'delta-layer.tar.gz');
    return header && hex(header.bytes);
  },
);

/** The delta compressed twice more: with a name and a time in the header, and at the highest level. */
export const recompressedFiles = { dated: 'dated.gz', small: 'small.gz' } as const;
export type Recompressed = keyof typeof recompressedFiles;

function recompressedDigest(which: Recompressed) {
  const file = recompressedFiles[which];
  return fact<Digest>(`recompressed.${which}`, {
    what: `practice/${file}`,
    from: '03-layers/recompress',
    read: async (observation) => (await measured(observation, 'practice', file))?.digest,
    ...digestVariable,
  });
}

export const recompressed = {
  dated: recompressedDigest('dated'),
  small: recompressedDigest('small'),
};

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
export interface UnpackedLayer {
  readonly digest: Digest;
  readonly head: Buffer;
}

/** Undefined if it is not there or does not unpack. */
export function unpacked(
  observation: Observation,
  ...parts: string[]
): Promise<UnpackedLayer | undefined> {
  return observation.derive(
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
export const duplicates = lessonFact(
  'what is in both layers',
  '10-layers-are-diffs/duplicate',
  async (observation) => {
    const stack = [
      (await observation.need(tars.base)).entries,
      (await observation.need(withDuplicate)).entries,
    ];
    const { hidden } = applyLayers(stack);
    return hidden.filter(({ how }) => how === 'duplicate');
  },
);

export const duplicatedBytes = lessonFact(
  'the bytes carried twice',
  '10-layers-are-diffs/duplicate',
  async (observation) => {
    const { duplicated } = hiddenBytes(await observation.need(duplicates));
    return `${duplicated} bytes`;
  },
);
