import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { packingOptions } from '../../src/oci/compare/causes.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { gzipLevel } from '../../src/oci/gzip.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { check } from '../claims.ts';
import {
  again,
  blobs,
  brief,
  diffIds,
  digests,
  gzipHeader,
  type HeaderForm,
  headerBytes,
  headerForms,
  inNewYork,
  inNewYorkId,
  inUtc,
  inUtcId,
  newYear,
  ofBoth,
  outOfOrder,
  type Recompressed,
  recompressed,
  recompressedFiles,
  sizes,
  tars,
  unpacked,
  whiteouts,
} from '../facts/layers.ts';
import { agree, sizeByTool, sumByTool } from '../facts/machine.ts';
import { forBoth, layerNames, takesAway, trees } from '../facts/trees.ts';
import { lesson } from './lesson.ts';

/** The entries of either tar that break a rule, as `base: ./hello.txt has …`. */
async function rulesKept(
  observation: Observation,
  rule: { expected: string; hint: string; evidence: string },
  broken: (entry: LayerEntry) => string | undefined,
): Promise<Outcome> {
  const found = await Promise.all(
    layerNames.map(async (name) =>
      (await observation.need(tars[name])).entries.flatMap((entry) => {
        const why = broken(entry);
        return why === undefined ? [] : [`${name}: ${entry.name} ${why}`];
      }),
    ),
  );
  const [first, ...more] = found.flat();
  if (first === undefined) return pass(rule.evidence);
  const actual = more.length === 0 ? first : `${first}, and ${more.length} more`;
  return fail({ expected: rule.expected, actual, hint: rule.hint });
}

function whatItIs({ path, kind, link, digest }: LayerEntry): string {
  return [path, kind, link ?? digest ?? ''].join(' ').trim();
}

/** What in a header another machine would write in another way. */
function oddityOf({ format, pax, uname, gname }: HeaderForm): string | undefined {
  if (pax || format !== 'gnu') return `format ${pax ? 'pax' : format}`;
  return uname === '' && gname === '' ? undefined : `the owner ${uname}:${gname}`;
}

/** How a recompressed file isn't what the goal asks for. */
async function oddityOfRecompressed(
  observation: Observation,
  which: Recompressed,
): Promise<string | undefined> {
  const header = await gzipHeader(observation, 'practice', recompressedFiles[which]);
  if (header === undefined) return 'no gzip header';
  const isDated = header.mtime !== 0 && header.name !== undefined;
  if (which === 'dated') return isDated ? undefined : 'no name and time in its header';
  if (header.mtime !== 0 || header.name !== undefined) return 'a name or a time in its header';
  return gzipLevel(header) === 'slowest' ? undefined : 'another level than 9';
}

export const checks = defineChecks(lesson, {
  tar: [
    check('complete', {
      claim: 'L1',
      says: 'each tar holds exactly its tree',
      observe: (observation) =>
        forBoth(async (name) => {
          const inTar = (await observation.need(tars[name])).entries.map(whatItIs).sort();
          const inTree = (await observation.need(trees[name])).entries.map(whatItIs).sort();
          const missing = inTree.filter((each) => !inTar.includes(each));
          const extra = inTar.filter((each) => !inTree.includes(each));
          // The root directory is the least telling of those that are missing.
          const lacking = missing.find((each) => each !== '. directory') ?? missing[0];
          if (missing.length + extra.length === 0) return pass(`${name}: ${inTar.length} entries`);
          return fail({
            expected: `build/${name}${lacking === undefined ? '' : `, with ${lacking}`}`,
            actual:
              extra.length > 0 ? `${name}-layer.tar has ${extra[0]}` : "the tar doesn't have it",
            hint: 'The tree was changed after packing, or another tree was packed. Pack it again.',
          });
        }),
    }),
    check('sorted', {
      claim: 'L3',
      says: 'entries are sorted by name',
      observe: (observation) =>
        forBoth(async (name) => {
          const { entries } = await observation.need(tars[name]);
          const [first, second] = outOfOrder(entries) ?? [];
          if (first === undefined) return pass(`${name}: ${entries.length} in order`);
          return fail({
            expected: `${second?.name} before ${first.name}`,
            actual: `${first.name} before ${second?.name}`,
            hint: packingOptions.order,
          });
        }),
    }),
    check('dated', {
      claim: 'L3',
      says: 'every timestamp is 2025-01-01T00:00:00Z',
      observe: (observation) =>
        rulesKept(
          observation,
          {
            expected: '2025-01-01T00:00:00Z for every entry',
            hint: `${packingOptions['build-time']} A date without a zone means local time.`,
            evidence: '2025-01-01T00:00:00Z',
          },
          ({ mtime }) =>
            mtime === newYear ? undefined : `has ${new Date(mtime * 1000).toISOString()}`,
        ),
    }),
    check('owned', {
      claim: 'L3',
      says: 'every entry is owned by 0:0',
      observe: (observation) =>
        rulesKept(
          observation,
          {
            expected: 'owner 0, group 0',
            hint: packingOptions.owner,
            evidence: 'uid 0, gid 0',
          },
          ({ uid, gid }) => (uid === 0 && gid === 0 ? undefined : `is owned by ${uid}:${gid}`),
        ),
    }),
    check('permitted', {
      claim: 'L3',
      says: "permissions don't depend on a umask",
      observe: (observation) =>
        rulesKept(
          observation,
          {
            expected: 'readable by everyone, writable by the owner only',
            hint: `A umask of 077 would give another hash than 022: ${packingOptions.permissions}`,
            evidence: 'u+rwX,go+rX,go-w',
          },
          ({ kind, mode }) => {
            if (kind === 'symlink') return undefined;
            const right = (mode & 0o022) === 0 && (mode & 0o444) === 0o444;
            return right ? undefined : `has mode ${mode.toString(8)}`;
          },
        ),
    }),
    check('plain', {
      claim: 'L3',
      says: 'headers in GNU format, without names of owners',
      observe: (observation) =>
        forBoth(async (name) => {
          await observation.need(tars[name]);
          const headers = await observation.need(headerForms[name]);
          const odd = headers.find((header) => oddityOf(header) !== undefined);
          if (odd === undefined) return pass(`${name}: ${headers.length}`);
          return fail({
            expected: 'format GNU, no owner names',
            actual: `${name}: ${odd.name} has ${oddityOf(odd)}`,
            hint: 'Pack it with --format=gnu --numeric-owner.',
          });
        }),
    }),
    check('whiteout', {
      claim: 'L5',
      says: 'the delta tar contains the whiteout',
      observe: async (observation) => {
        await observation.need(tars.delta);
        const entry = await observation.get(whiteouts.tar);
        const hint = 'Did you use --exclude, or create the whiteout after packing?';
        const outcome = await takesAway(observation, entry, hint);
        return outcome.status === 'pass' ? pass(`${entry?.name}: ${outcome.evidence}`) : outcome;
      },
    }),
  ],
  gzip: [
    check('unpacks', {
      claim: 'L1',
      says: 'each decompresses to exactly its tar',
      observe: (observation) =>
        forBoth(async (name) => {
          const expected = await observation.need(diffIds[name]);
          await observation.need(blobs[name]);
          const actual = (await unpacked(observation, `${name}-layer.tar.gz`))?.digest;
          if (actual === expected) return pass(`${name} ${brief(expected)}`);
          return fail({
            expected,
            actual: actual ?? "it doesn't decompress",
            hint: `${name}-layer.tar.gz holds another tar, or is damaged. Compress the tar again.`,
          });
        }),
    }),
    check('header', {
      claim: 'L4',
      says: 'the gzip headers hold no name and no time',
      observe: async (observation) => {
        await observation.need(blobs.delta);
        const headers = await Promise.all(
          layerNames.map((name) => gzipHeader(observation, `${name}-layer.tar.gz`)),
        );
        const bad = headers.find((each) => each?.mtime !== 0 || each.name !== undefined);
        if (bad === undefined && !headers.includes(undefined)) {
          return pass(await observation.need(headerBytes));
        }
        const when = bad === undefined ? '' : new Date(bad.mtime * 1000).toISOString();
        return fail({
          expected: 'no file name, time 0',
          actual: bad === undefined ? 'no gzip header' : `name ${bad.name ?? 'none'}, time ${when}`,
          hint: '`gzip -n` leaves both out. Compress the tars again with it.',
        });
      },
    }),
    check('repeatable', {
      claim: 'L4',
      says: 'compressing the delta again gives the same digest',
      observe: async (observation) => {
        const digest = await observation.need(digests.delta);
        const { stdout } = await observation.tool(
          'bash',
          '-c',
          'gzip -n -c <"$1" | sha256sum',
          'bash',
          observation.path('delta-layer.tar'),
        );
        const second = `sha256:${stdout.split(' ')[0]}`;
        if (digest === second) return pass(`${brief(digest)} twice`);
        return fail({
          expected: second,
          actual: digest,
          hint: 'The file was made with another level, with a name or a time in it, or from another tar.',
        });
      },
    }),
    check('agree', {
      claim: 'L1',
      says: 'the tour and sha256sum compute the same four hashes',
      observe: async (observation) => {
        for (const [facts, suffix] of [
          [diffIds, '.tar'],
          [digests, '.tar.gz'],
        ] as const) {
          for (const name of layerNames) {
            const ours = await observation.need(facts[name]);
            const path = observation.path(`${name}-layer${suffix}`);
            const theirs = await sumByTool(observation, path, ofBoth(observation, suffix));
            const outcome = agree(ours, theirs, 'sha256sum', brief(ours));
            if (outcome.status !== 'pass') return outcome;
          }
        }
        return pass('all four');
      },
    }),
    check('sizes', {
      claim: 'L2',
      says: 'the tour and stat count the same bytes',
      observe: async (observation) => {
        for (const name of layerNames) {
          const ours = String(await observation.need(sizes[name]));
          const theirs = await sizeByTool(
            observation,
            observation.path(`${name}-layer.tar.gz`),
            ofBoth(observation, '.tar.gz'),
          );
          const outcome = agree(ours, theirs, 'stat', ours);
          if (outcome.status !== 'pass') return outcome;
        }
        const [base, delta] = [
          await observation.need(sizes.base),
          await observation.need(sizes.delta),
        ];
        return pass(`base ${base} bytes, delta ${delta} bytes`);
      },
    }),
    check('apart', {
      claim: 'L2',
      says: 'the DiffIDs and digests are four different hashes',
      observe: async (observation) => {
        const found = await fourHashes(observation);
        if (new Set(found).size === 4) return pass('no two are the same');
        return fail({
          expected: 'four different hashes',
          actual: found.map(brief).join(' '),
          hint: 'A .tar.gz that has the hash of a .tar was never compressed; two with one hash are the same layer.',
        });
      },
    }),
  ],
  twice: [
    check('same', {
      claim: 'L3',
      says: 'packed again, each layer has the same DiffID',
      observe: (observation) =>
        forBoth(async (name) => {
          const first = (await observation.need(tars[name])).diffId;
          const second = (await observation.need(again[name])).diffId;
          if (first === second) return pass(`${name} ${brief(first)}`);
          return fail({
            expected: first,
            actual: second,
            hint: `Something that isn't pinned got into ${name}: compare tar -tvf of both.`,
          });
        }),
    }),
    check('zones', {
      claim: 'L3',
      says: 'the date without a zone was packed in both time zones',
      observe: async (observation) => {
        const one = await observation.need(inUtc);
        const other = await observation.need(inNewYork);
        const times = [one, other].map(({ entries }) => entries[0]?.mtime ?? 0);
        const hours = ((times[1] ?? 0) - (times[0] ?? 0)) / 3600;
        if (one.diffId !== other.diffId && hours === 5) {
          return pass(`${brief(one.diffId)} ${brief(other.diffId)}`);
        }
        return fail({
          expected: 'two DiffIDs, with dates five hours apart',
          actual: `${brief(one.diffId)} and ${brief(other.diffId)}, ${hours} hours apart`,
          hint: 'Pack one with TZ=UTC0 before the tar command, and the other with TZ=EST5.',
        });
      },
    }),
  ],
  recompress: [
    check('same-tar', {
      claim: 'L1',
      says: 'dated.gz and small.gz decompress to delta-layer.tar',
      observe: async (observation) => {
        const expected = await observation.need(diffIds.delta);
        for (const which of ['dated', 'small'] as const) {
          await observation.need(recompressed[which]);
          const file = recompressedFiles[which];
          const actual = (await unpacked(observation, 'practice', file))?.digest;
          if (actual === expected) continue;
          return fail({
            expected,
            actual: `${file}: ${actual ?? "doesn't decompress"}`,
            hint: `Make practice/${file} from delta-layer.tar: gzip -c delta-layer.tar >practice/${file}`,
          });
        }
        return pass(`both to ${brief(expected)}`);
      },
    }),
    check('differently', {
      claim: 'L4',
      says: 'dated.gz has a name and a time, small.gz is level 9',
      observe: async (observation) => {
        for (const which of ['dated', 'small'] as const) {
          await observation.need(recompressed[which]);
          const found = await oddityOfRecompressed(observation, which);
          if (found === undefined) continue;
          const file = recompressedFiles[which];
          return fail({
            expected:
              which === 'dated' ? `${file}, with a name and a time` : `${file}, with level 9`,
            actual: `${file} has ${found}`,
            hint: 'gzip stores a name and a time unless you give it -n; the level is an option from -1 to -9.',
          });
        }
        const all = await threeDigests(observation);
        if (new Set(all).size === 3) return pass(all.slice(1).map(brief).join(' '));
        return fail({
          expected: 'three different digests',
          actual: all.map(brief).join(' '),
          hint: 'Was delta-layer.tar.gz made anew too? Run the step before this one again.',
        });
      },
    }),
  ],
});

/** The DiffIDs, then the digests. */
async function fourHashes(observation: Observation): Promise<Digest[]> {
  return [
    await observation.need(diffIds.base),
    await observation.need(diffIds.delta),
    await observation.need(digests.base),
    await observation.need(digests.delta),
  ];
}

/** The digests of the delta, compressed in three ways. */
async function threeDigests(observation: Observation): Promise<Digest[]> {
  return [
    await observation.need(digests.delta),
    await observation.need(recompressed.dated),
    await observation.need(recompressed.small),
  ];
}

export const answers = defineAnswers(lesson, {
  twice: async (observation) => {
    const one = await observation.need(inUtcId);
    const other = await observation.need(inNewYorkId);
    return {
      right: one === other ? 0 : 1,
      said: `The DiffID is ${one} in UTC and ${other} in New York.`,
    };
  },
  recompress: async (observation) => {
    const digestsFound = await threeDigests(observation);
    const inside = await Promise.all(
      Object.values(recompressedFiles).map((file) => unpacked(observation, 'practice', file)),
    );
    const diffId = await observation.need(diffIds.delta);
    const isSame = inside.every((each) => each?.digest === diffId);
    const areApart = new Set(digestsFound).size === digestsFound.length;
    const [both, neither, onlyDigest] = [0, 1, 2] as const;
    return {
      right: areApart ? (isSame ? onlyDigest : both) : neither,
      said: `The digests are ${digestsFound.map(brief).join(', ')}, and ${isSame ? 'each file decompresses' : 'not every file decompresses'} to ${brief(diffId)}.`,
    };
  },
});
