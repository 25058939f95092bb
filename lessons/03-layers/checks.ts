import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import type { Observation } from '../../src/engine/observation.ts';
import { packingOptions } from '../../src/oci/compare/causes.ts';
import { short } from '../../src/oci/digest.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { check } from '../claims.ts';
import {
  again,
  articleHere,
  articleHereId,
  articleThere,
  articleThereId,
  blobs,
  brief,
  clockDigests,
  clockFiles,
  diffIds,
  digests,
  gzipHeader,
  headerBytes,
  newYear,
  ofBoth,
  outOfOrder,
  sizes,
  tars,
  unpacked,
  whiteouts,
} from '../facts/layers.ts';
import { agree, sizeByTool, sumByTool } from '../facts/machine.ts';
import { forBoth, layerNames, takesAway, trees } from '../facts/trees.ts';
import { lesson } from './lesson.ts';

/** Entries of either tar that break a rule, as `base: ./hello.txt has …`. */
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
          // The root itself says least.
          const lacking = missing.find((each) => each !== '. directory') ?? missing[0];
          if (missing.length + extra.length === 0) return pass(`${name}: ${inTar.length} entries`);
          return fail({
            expected: `build/${name}${lacking === undefined ? '' : `, with ${lacking}`}`,
            actual: extra.length > 0 ? `${name}-layer.tar has ${extra[0]}` : 'it is missing',
            hint: 'The tree changed after it was packed, or another tree was packed. Pack it again.',
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
            actual: `${first.name} comes first`,
            hint: packingOptions.order,
          });
        }),
    }),
    check('dated', {
      claim: 'L3',
      says: 'every entry is of 2025-01-01T00:00:00Z',
      observe: (observation) =>
        rulesKept(
          observation,
          {
            expected: '2025-01-01T00:00:00Z everywhere',
            hint: `${packingOptions['build-time']} A date without a zone means local time.`,
            evidence: '2025-01-01T00:00:00Z',
          },
          ({ mtime }) =>
            mtime === newYear ? undefined : `is of ${new Date(mtime * 1000).toISOString()}`,
        ),
    }),
    check('owned', {
      claim: 'L3',
      says: 'every entry belongs to 0/0',
      observe: (observation) =>
        rulesKept(
          observation,
          {
            expected: 'owner 0, group 0',
            hint: packingOptions.owner,
            evidence: 'uid 0, gid 0',
          },
          ({ uid, gid }) => (uid === 0 && gid === 0 ? undefined : `belongs to ${uid}/${gid}`),
        ),
    }),
    check('permitted', {
      claim: 'L3',
      says: 'permissions do not depend on a umask',
      observe: (observation) =>
        rulesKept(
          observation,
          {
            expected: 'readable by all, writable by the owner only',
            hint: `A umask of 077 gives another hash than 022: ${packingOptions.permissions}`,
            evidence: 'u+rwX,go+rX,go-w',
          },
          ({ kind, mode }) => {
            if (kind === 'symlink') return undefined;
            const right = (mode & 0o022) === 0 && (mode & 0o444) === 0o444;
            return right ? undefined : `has mode ${mode.toString(8)}`;
          },
        ),
    }),
    check('whiteout', {
      claim: 'L5',
      says: 'the whiteout travels inside the delta',
      observe: async (observation) => {
        await observation.need(tars.delta);
        const entry = await observation.get(whiteouts.tar);
        const hint = 'Did you use --exclude, or make the whiteout after packing?';
        const outcome = await takesAway(observation, entry, hint);
        return outcome.status === 'pass' ? pass(`${entry?.name}: ${outcome.evidence}`) : outcome;
      },
    }),
  ],
  diffid: [
    check('agree', {
      claim: 'L1',
      says: 'DiffIDs: our hash and sha256sum agree',
      observe: (observation) =>
        forBoth(async (name) => {
          const ours = await observation.need(diffIds[name]);
          const theirs = await sumByTool(
            observation,
            observation.path(`${name}-layer.tar`),
            ofBoth(observation, '.tar'),
          );
          return agree(ours, theirs, 'sha256sum', `${name} ${brief(ours)}`);
        }),
    }),
  ],
  twice: [
    check('same', {
      claim: 'L3',
      says: 'built again, each layer has the same DiffID',
      observe: (observation) =>
        forBoth(async (name) => {
          const first = (await observation.need(tars[name])).diffId;
          const second = (await observation.need(again[name])).diffId;
          if (first === second) return pass(`${name} ${brief(first)} twice`);
          return fail({
            expected: first,
            actual: second,
            hint: `Something that is not pinned got into ${name}: compare tar -tvf of both.`,
          });
        }),
    }),
    check('zones', {
      claim: 'L3',
      says: "what second the article's date means, in each zone",
      observe: async (observation) => {
        const one = await observation.need(articleHere);
        const other = await observation.need(articleThere);
        const times = [one, other].map(({ entries }) => entries[0]?.mtime ?? 0);
        const hours = ((times[1] ?? 0) - (times[0] ?? 0)) / 3600;
        if (one.diffId !== other.diffId && hours === 5) {
          return pass(`${brief(one.diffId)} and ${brief(other.diffId)}, ${hours} hours apart`);
        }
        return fail({
          expected: 'two DiffIDs, from dates five hours apart',
          actual: `${brief(one.diffId)} and ${brief(other.diffId)}, ${hours} hours apart`,
          hint: 'Pack the two with TZ=UTC0 and TZ=EST5 before the tar command.',
        });
      },
    }),
  ],
  gzip: [
    check('unpacks', {
      claim: 'L1',
      says: 'each unpacks to the very same tar',
      observe: (observation) =>
        forBoth(async (name) => {
          const expected = await observation.need(diffIds[name]);
          await observation.need(blobs[name]);
          const actual = (await unpacked(observation, `${name}-layer.tar.gz`))?.digest;
          if (actual === expected) return pass(`${name}: DiffID ${brief(expected)}`);
          return fail({
            expected,
            actual: actual ?? 'it does not unpack',
            hint: `${name}-layer.tar.gz is of another tar, or damaged. Compress it again.`,
          });
        }),
    }),
    check('header', {
      claim: 'L4',
      says: 'the header holds no name and no time',
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
          hint: 'gzip -n leaves both out. Compress again with it.',
        });
      },
    }),
    check('repeatable', {
      claim: 'L4',
      says: 'compressed once more, the delta has the same Digest',
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
          hint: 'This file was compressed in another way: another level, a name, a time, another tar.',
        });
      },
    }),
  ],
  clock: [
    check('two-digests', {
      claim: 'L4',
      says: 'both files unpack to the DiffID of delta, whatever their Digests',
      observe: async (observation) => {
        const [first = '', second = ''] = await observation.need(clockDigests);
        const inside = await Promise.all(
          clockFiles.map((file) => unpacked(observation, 'clock', file)),
        );
        const diffId = await observation.need(diffIds.delta);
        if (first !== second && inside.every((each) => each?.digest === diffId)) {
          return pass(`${brief(first)} and ${brief(second)}, both unpack to ${brief(diffId)}`);
        }
        const same = first === second ? `both have the Digest ${brief(first)}` : 'another tar';
        return fail({
          expected: `two Digests that unpack to ${brief(diffId)}`,
          actual: first === '' ? 'no such files' : same,
          hint: 'Compress clock/delta-layer.tar twice, with touch -d in between, and without -n.',
        });
      },
    }),
  ],
  measure: [
    check('digests', {
      claim: 'L2',
      says: 'Digests: our hash and sha256sum agree',
      observe: (observation) =>
        forBoth(async (name) => {
          const ours = await observation.need(digests[name]);
          const theirs = await sumByTool(
            observation,
            observation.path(`${name}-layer.tar.gz`),
            ofBoth(observation, '.tar.gz'),
          );
          return agree(ours, theirs, 'sha256sum', `${name} ${brief(ours)}`);
        }),
    }),
    check('sizes', {
      claim: 'L2',
      says: 'sizes: our count and stat agree',
      observe: (observation) =>
        forBoth(async (name) => {
          const ours = String(await observation.need(sizes[name]));
          const theirs = await sizeByTool(
            observation,
            observation.path(`${name}-layer.tar.gz`),
            ofBoth(observation, '.tar.gz'),
          );
          return agree(ours, theirs, 'stat', `${name} ${ours} bytes`);
        }),
    }),
    check('apart', {
      claim: 'L2',
      says: 'no Digest is a DiffID',
      observe: async (observation) => {
        const found = await Promise.all([
          observation.need(diffIds.base),
          observation.need(diffIds.delta),
          observation.need(digests.base),
          observation.need(digests.delta),
        ]);
        if (new Set(found).size === 4) return pass(found.map(short).join(', '));
        return fail({
          expected: 'four different hashes',
          actual: found.map(short).join(', '),
          hint: 'A .tar.gz that has the hash of its .tar was never compressed.',
        });
      },
    }),
  ],
});

export const answers = defineAnswers(lesson, {
  twice: async (observation) => {
    const one = await observation.need(articleHereId);
    const other = await observation.need(articleThereId);
    return { right: one === other ? 0 : 1, said: `${one} in UTC, ${other} in New York` };
  },
  clock: async (observation) => {
    const [first = '', second = ''] = await observation.need(clockDigests);
    const said = `gzip gave ${brief(first)} and then ${brief(second)} for one and the same tar`;
    return { right: first === second ? 0 : 1, said };
  },
});
