import { check, fail, type Outcome, pass } from '../../src/engine/check.ts';
import { mistakes } from '../../src/engine/diagnosis.ts';
import { defineLesson } from '../../src/engine/lesson.ts';
import type { Look } from '../../src/engine/look.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { short } from '../../src/oci/digest.ts';
import { readGzipHeader } from '../../src/oci/gzip.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import {
  blobs,
  brief,
  diffIds,
  digests,
  gzipInUse,
  layerNames,
  measured,
  sizes,
  tarAt,
  tars,
  trees,
  whiteouts,
} from '../facts.ts';
import {
  agree,
  forBoth,
  lyingSum,
  ofBoth,
  seenHere,
  sizeByTool,
  sumByTool,
  takesAway,
} from '../witnesses.ts';
import {
  again,
  apartMistakes,
  contentMistakes,
  dateMistakes,
  gzipMistakes,
  headerMistakes,
  modeMistakes,
  newYear,
  orderMistakes,
  ownerMistakes,
  repeatMistakes,
  seeLayers,
  twiceMistakes,
  unpacked,
  whiteoutMistakes,
} from './mistakes.ts';

/** Entries of either tar that break a rule, as `base: ./hello.txt has …`. */
async function rulesKept(
  look: Look,
  rule: { expected: string; hint: string; evidence: string },
  broken: (entry: LayerEntry) => string | undefined,
): Promise<Outcome> {
  const found = await Promise.all(
    layerNames.map(async (name) =>
      (await look.need(tars[name])).entries.flatMap((entry) => {
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

// --- built twice -----------------------------------------------------------------------------

const articleHere = tarAt('again', 'article-UTC0.tar');
const articleThere = tarAt('again', 'article-EST5.tar');

const articleHereId = seenHere('its DiffID in UTC', '03-layers/twice', async (look) =>
  brief((await look.need(articleHere)).diffId),
);
const articleThereId = seenHere('its DiffID in New York', '03-layers/twice', async (look) =>
  brief((await look.need(articleThere)).diffId),
);

// --- compressed ------------------------------------------------------------------------------

async function gzipHeader(look: Look, ...parts: string[]) {
  const bytes = await look.file(...parts);
  return bytes && readGzipHeader(bytes);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/(..)(?!$)/g, '$1 ');
}

const headerBytes = seenHere('the ten bytes of the header', '03-layers/gzip', async (look) => {
  const header = await gzipHeader(look, 'delta-layer.tar.gz');
  return header && hex(header.bytes);
});

const clockFiles = ['first.gz', 'second.gz'] as const;

const clockDigests = seenHere('the two Digests', '03-layers/clock', async (look) => {
  const found = await Promise.all(clockFiles.map((file) => measured(look, 'clock', file)));
  return found.map((each) => each?.digest ?? '');
});

const firstClock = seenHere('the first Digest', '03-layers/clock', async (look) =>
  brief((await look.need(clockDigests))[0] ?? ''),
);
const secondClock = seenHere('the second Digest', '03-layers/clock', async (look) =>
  brief((await look.need(clockDigests))[1] ?? ''),
);

const clockHeader = seenHere('the header of the first', '03-layers/clock', async (look) => {
  const header = await gzipHeader(look, 'clock', 'first.gz');
  return header && hex(header.bytes.subarray(0, 10));
});

export const layers = defineLesson({
  id: '03-layers',
  title: 'Layers: tar, gzip, two hashes',
  intro: text`A layer is a tar archive of one of your trees, nothing more. But it goes by two names:
    one for the tar, one for the same tar compressed. Most confusion about images is a mix-up of
    these two.`,
  picture: {
    drawing: picture`
      build/base  ─► base-layer.tar  ───► gzip ───► base-layer.tar.gz
                     DiffID ${wide(diffIds.base, 9)}      Digest ${wide(digests.base, 9)}
      build/delta ─► delta-layer.tar ───► gzip ───► delta-layer.tar.gz
                     DiffID ${wide(diffIds.delta, 9)}      Digest ${wide(digests.delta, 9)}
                     the config lists these  the manifest lists these
    `,
    alt: 'Each tree becomes a tar, whose hash is its DiffID, and the tar becomes a gzip file, whose hash is its Digest.',
  },
  steps: [
    {
      id: 'tar',
      title: 'Pack each tree, leaving nothing to chance',
      why: text`An archive records more than contents: the order of entries, the time of each, owner,
        permissions. Any of them changes the hash. So each is pinned: sorted by name, one date for all
        in seconds since 1970, owner 0, and permissions that do not depend on your umask.`,
      script: sh`
        for layer in base delta; do
          tar -C "$WORKDIR/build/$layer" --format=gnu --sort=name \
            --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
            --owner=0 --group=0 --numeric-owner \
            -cf "$WORKDIR/$layer-layer.tar" .
        done
        tar -tvf "$WORKDIR/delta-layer.tar"
      `,
      builds: true,
      leaves: sh`
        BASE_DIFFID=sha256:$(sha256sum <"$WORKDIR/base-layer.tar" | cut -d' ' -f1)
        DELTA_DIFFID=sha256:$(sha256sum <"$WORKDIR/delta-layer.tar" | cut -d' ' -f1)
      `,
      expect: text`Four entries for delta, all of the same date and of owner 0/0. Look at the first
        letter of the whiteout's line.`,
      checks: [
        check('complete', {
          claim: 'L1',
          says: 'each tar holds exactly its tree',
          look: (look) =>
            forBoth(async (name) => {
              const inTar = (await look.need(tars[name])).entries.map(whatItIs).sort();
              const inTree = (await look.need(trees[name])).entries.map(whatItIs).sort();
              const missing = inTree.filter((each) => !inTar.includes(each));
              const extra = inTar.filter((each) => !inTree.includes(each));
              // The root itself says least.
              const lacking = missing.find((each) => each !== '. directory') ?? missing[0];
              if (missing.length + extra.length === 0)
                return pass(`${name}: ${inTar.length} entries`);
              return fail({
                expected: `build/${name}${lacking === undefined ? '' : `, with ${lacking}`}`,
                actual: extra.length > 0 ? `${name}-layer.tar has ${extra[0]}` : 'it is missing',
                hint: 'The tree changed after it was packed, or another tree was packed. Pack it again.',
              });
            }),
          mistakes: mistakes(seeLayers, ...contentMistakes),
          faults: [
            {
              name: 'the tree changed after it was packed',
              breaks: sh`echo 'hello again' >"$WORKDIR/build/delta/hello.txt"`,
              mends: sh`echo 'hello from delta' >"$WORKDIR/build/delta/hello.txt"`,
              says: /hello\.txt is not the same in build\/delta and in delta-layer\.tar/,
              diagnosis: 'tree-edited-since',
            },
            {
              name: 'the directory was packed, not its content',
              breaks: sh`
                tar -C "$WORKDIR" --format=gnu --sort=name \
                  --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
                  --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/delta-layer.tar" build/delta
              `,
              also: ['whiteout'],
              says: /delta-layer\.tar has build\/delta\/hello\.txt, where \.\/hello\.txt should be/,
              diagnosis: 'tar-prefixed',
            },
            {
              name: 'it was compressed while packing',
              breaks: sh`
                tar -C "$WORKDIR/build/delta" --format=gnu --sort=name \
                  --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
                  --owner=0 --group=0 --numeric-owner -czf "$WORKDIR/delta-layer.tar" .
              `,
              also: ['sorted', 'dated', 'owned', 'permitted', 'whiteout'],
              says: /delta-layer\.tar begins with 1f 8b: it is gzip/,
              diagnosis: 'tar-compressed',
            },
          ],
        }),
        check('sorted', {
          claim: 'L3',
          says: 'entries are sorted by name',
          look: (look) =>
            forBoth(async (name) => {
              const names = (await look.need(tars[name])).entries.map((entry) => entry.name);
              const at = names.findIndex(
                (each, index) => index > 0 && each < (names[index - 1] ?? ''),
              );
              if (at < 0) return pass(`${name}: ${names.length} in order`);
              return fail({
                expected: `${names[at]} before ${names[at - 1]}`,
                actual: `${names[at - 1]} comes first`,
                hint: 'Directories come in whatever order the disk has them. Say --sort=name.',
              });
            }),
          mistakes: mistakes(seeLayers, ...orderMistakes),
          faults: [
            {
              name: 'the archive is packed unsorted',
              breaks: sh`
                tar -C "$WORKDIR/build/delta" --format=gnu --no-recursion \
                  --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
                  --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/delta-layer.tar" \
                  . ./hello.txt ./data ./data/.wh.config.txt
              `,
              says: /delta: \.\/hello\.txt comes before \.\/data\//,
              diagnosis: 'tar-unsorted',
            },
          ],
        }),
        check('dated', {
          claim: 'L3',
          says: 'every entry is of 2025-01-01T00:00:00Z',
          look: (look) =>
            rulesKept(
              look,
              {
                expected: '2025-01-01T00:00:00Z everywhere',
                hint: 'Say --mtime=@1735689600. A date without a zone means local time.',
                evidence: '2025-01-01T00:00:00Z',
              },
              ({ mtime }) =>
                mtime === newYear ? undefined : `is of ${new Date(mtime * 1000).toISOString()}`,
            ),
          mistakes: mistakes(seeLayers, ...dateMistakes),
          faults: [
            {
              name: 'the date is read in New York',
              breaks: sh`
                TZ=EST5 tar -C "$WORKDIR/build/delta" --format=gnu --sort=name \
                  --mtime='2025-01-01 00:00:00' --mode='u+rwX,go+rX,go-w' \
                  --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/delta-layer.tar" .
              `,
              says: /every entry is of 2025-01-01T05:00:00Z, 5 hours late/,
              diagnosis: 'mtime-zone',
            },
            {
              name: 'no date was given at all',
              breaks: sh`
                tar -C "$WORKDIR/build/base" --format=gnu --sort=name --mode='u+rwX,go+rX,go-w' \
                  --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/base-layer.tar" .
              `,
              says: /base: \.\/ is of 20.*Z, when the tree was made, and 8 more/,
              diagnosis: 'mtime-of-files',
            },
          ],
        }),
        check('owned', {
          claim: 'L3',
          says: 'every entry belongs to 0/0',
          look: (look) =>
            rulesKept(
              look,
              {
                expected: 'owner 0, group 0',
                hint: 'Say --owner=0 --group=0 --numeric-owner, or your own user id travels along.',
                evidence: 'uid 0, gid 0',
              },
              ({ uid, gid }) => (uid === 0 && gid === 0 ? undefined : `belongs to ${uid}/${gid}`),
            ),
          mistakes: mistakes(seeLayers, ...ownerMistakes),
          faults: [
            {
              name: "the learner's own user id got in",
              breaks: sh`
                tar -C "$WORKDIR/build/delta" --format=gnu --sort=name \
                  --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
                  --owner=1000 --group=1000 --numeric-owner -cf "$WORKDIR/delta-layer.tar" .
              `,
              says: /delta: \.\/ has uid 1000, gid 1000, and 3 more/,
              diagnosis: 'owner-other',
            },
            {
              name: 'the tree is of another user, and the archive says so',
              breaks: sh`
                sudo chown -R 1234:1234 "$WORKDIR/build/delta"
                tar -C "$WORKDIR/build/delta" --format=gnu --sort=name \
                  --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' -cf "$WORKDIR/delta-layer.tar" .
              `,
              mends: sh`sudo chown -R "$(id -u):$(id -g)" "$WORKDIR/build/delta"`,
              says: /delta: \.\/ has uid 1234, gid 1234, as the tree has, and 3 more/,
              diagnosis: 'owner-own',
            },
          ],
        }),
        check('permitted', {
          claim: 'L3',
          says: 'permissions do not depend on a umask',
          look: (look) =>
            rulesKept(
              look,
              {
                expected: 'readable by all, writable by the owner only',
                hint: "Say --mode='u+rwX,go+rX,go-w', or a umask of 077 gives another hash than 022.",
                evidence: 'u+rwX,go+rX,go-w',
              },
              ({ kind, mode }) => {
                if (kind === 'symlink') return undefined;
                const right = (mode & 0o022) === 0 && (mode & 0o444) === 0o444;
                return right ? undefined : `has mode ${mode.toString(8)}`;
              },
            ),
          mistakes: mistakes(seeLayers, ...modeMistakes),
          faults: [
            {
              name: 'a private umask got in',
              breaks: sh`
                chmod 600 "$WORKDIR/build/delta/hello.txt"
                tar -C "$WORKDIR/build/delta" --format=gnu --sort=name --mtime=@1735689600 \
                  --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/delta-layer.tar" .
              `,
              says: /hello\.txt has mode 600/,
              diagnosis: 'umask-private',
            },
          ],
        }),
        check('whiteout', {
          claim: 'L5',
          says: 'the whiteout travels inside the delta',
          look: async (look) => {
            await look.need(tars.delta);
            const entry = await look.get(whiteouts.tar);
            const hint = 'Did you use --exclude, or make the whiteout after packing?';
            const outcome = await takesAway(look, entry, hint);
            return outcome.status === 'pass'
              ? pass(`${entry?.name}: ${outcome.evidence}`)
              : outcome;
          },
          mistakes: mistakes(seeLayers, ...whiteoutMistakes),
          faults: [
            {
              name: 'a helpful --exclude took it out',
              breaks: sh`
                tar -C "$WORKDIR/build/delta" --format=gnu --sort=name --exclude='.wh.*' \
                  --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
                  --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/delta-layer.tar" .
              `,
              also: ['complete'],
              says: /data\/\.wh\.config\.txt is in build\/delta and not in delta-layer\.tar/,
              diagnosis: 'whiteout-left-out',
            },
          ],
        }),
      ],
      notice: text`The archive holds the whiteout as ${whiteouts.tar}. Nothing has acted on it. To tar it is
        one more entry with a peculiar name.`,
      hint: text`\`tar -tvf base-layer.tar\` lists the entries with mode, owner and date;
        \`--full-time\` shows seconds.`,
    },
    {
      id: 'diffid',
      title: 'The first name: DiffID',
      why: text`The *DiffID* of a layer is the SHA-256 of the tar, uncompressed. It says what the layer
        changes, whoever compressed it and how. The config will list DiffIDs, and containerd will
        compare: after unpacking it hashes what came out.`,
      script: sh`
        sha256sum <"$WORKDIR/base-layer.tar"
        sha256sum <"$WORKDIR/delta-layer.tar"
      `,
      expect: text`Two hashes. They depend on your busybox, so base will not match your neighbour's if
        their distribution is another. Delta should: it holds nothing of the machine.`,
      checks: [
        check('agree', {
          claim: 'L1',
          says: 'DiffIDs: our hash and sha256sum agree',
          look: (look) =>
            forBoth(async (name) => {
              const ours = await look.need(diffIds[name]);
              const theirs = await sumByTool(
                look,
                look.path(`${name}-layer.tar`),
                ofBoth(look, '.tar'),
              );
              return agree(ours, theirs, 'sha256sum', `${name} ${brief(ours)}`);
            }),
          faults: [lyingSum],
        }),
      ],
      notice: text`Base is ${diffIds.base}, delta is ${diffIds.delta}. Keep these two apart from the two
        that come next.`,
      hint: text`\`$BASE_DIFFID\` and \`$DELTA_DIFFID\` hold them in your own shell.`,
      looksOnly: true,
    },
    {
      id: 'twice',
      title: 'Build it again, somewhere else',
      why: text`If the hash is a name, then building the same thing twice must give the same name. So
        pack both trees again, with another umask and another time zone, as a colleague's laptop would.
        Then the delta twice the article's way, which pins the date as \`2025-01-01 00:00:00\`.`,
      script: sh`
        mkdir -p "$WORKDIR/again"
        for layer in base delta; do
          (
            umask 077
            TZ=EST5 tar -C "$WORKDIR/build/$layer" --format=gnu --sort=name \
              --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
              --owner=0 --group=0 --numeric-owner \
              -cf "$WORKDIR/again/$layer-layer.tar" .
          )
        done
        # the article's way, in Greenwich and in New York
        for zone in UTC0 EST5; do
          TZ=$zone tar -C "$WORKDIR/build/delta" --sort=name \
            --mtime='2025-01-01 00:00:00' --owner=0 --group=0 --numeric-owner \
            -cf "$WORKDIR/again/article-$zone.tar" .
        done
        cd "$WORKDIR"
        sha256sum ./*-layer.tar again/*-layer.tar again/article-*.tar
      `,
      predict: {
        question: "The article's tar, same files, in two time zones. Same DiffID?",
        choices: ['yes, it pins the date', 'no'],
        ask: async (look) => {
          const one = await look.need(articleHereId);
          const other = await look.need(articleThereId);
          return { right: one === other ? 0 : 1, said: `${one} in UTC, ${other} in New York` };
        },
      },
      expect: text`Six hashes. The first four make two pairs.`,
      checks: [
        check('same', {
          claim: 'L3',
          says: 'built again, each layer has the same DiffID',
          look: (look) =>
            forBoth(async (name) => {
              const first = (await look.need(tars[name])).diffId;
              const second = (await look.need(again[name])).diffId;
              if (first === second) return pass(`${name} ${brief(first)} twice`);
              return fail({
                expected: first,
                actual: second,
                hint: `Something that is not pinned got into ${name}: compare tar -tvf of both.`,
              });
            }),
          mistakes: mistakes(seeLayers, ...twiceMistakes),
          faults: [
            {
              name: 'the second build let the clock in',
              breaks: sh`
                tar -C "$WORKDIR/build/delta" --format=gnu --sort=name --mtime=@1735689601 \
                  --mode='u+rwX,go+rX,go-w' --owner=0 --group=0 --numeric-owner \
                  -cf "$WORKDIR/again/delta-layer.tar" .
              `,
              says: /delta: \.\/ has mtime 2025-01-01T00:00:00Z, again 2025-01-01T00:00:01Z/,
              diagnosis: 'twice-not-pinned',
            },
            {
              name: 'one of the two is in another format',
              breaks: sh`
                tar -C "$WORKDIR/build/delta" --format=pax --sort=name \
                  --mtime=@1735689600 --mode='u+rwX,go+rX,go-w' \
                  --owner=0 --group=0 --numeric-owner -cf "$WORKDIR/again/delta-layer.tar" .
              `,
              says: /delta-layer\.tar is of format GNU, again of pax/,
              diagnosis: 'twice-format',
            },
          ],
        }),
        check('zones', {
          claim: 'L3',
          says: "what second the article's date means, in each zone",
          look: async (look) => {
            const one = await look.need(articleHere);
            const other = await look.need(articleThere);
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
          faults: [
            {
              name: 'both were packed in one zone',
              breaks: sh`cp "$WORKDIR/again/article-UTC0.tar" "$WORKDIR/again/article-EST5.tar"`,
              says: /0 hours apart/,
            },
          ],
        }),
      ],
      notice: text`Yours came out the same. That is what *reproducible* means here: no trust needed, build
        it yourself and compare one line.`,
      fieldNote: {
        title: 'A date without a zone is not a date',
        text: text`The article pins \`--mtime="2025-01-01 00:00:00"\`. On this machine that gives
          ${articleHereId} with the clock in UTC and ${articleThereId} with it in New York: the same
          files, two layers. Seconds since 1970, \`@1735689600\`, mean the same everywhere.`,
      },
      hint: text`\`tar -tvf\` on both archives, then \`diff\`.`,
    },
    {
      id: 'gzip',
      title: 'Compress it, and keep the clock out',
      why: text`Registries store and send layers compressed. The compressed file is a different file, so
        it has a different hash: the *Digest*. gzip has room in its header for the file's name and time,
        and fills both unless told \`-n\`.`,
      script: sh`
        cd "$WORKDIR"
        gzip -n -k -f base-layer.tar delta-layer.tar
        ls -l ./*-layer.tar*
      `,
      builds: true,
      leaves: sh`
        BASE_DIGEST=sha256:$(sha256sum <"$WORKDIR/base-layer.tar.gz" | cut -d' ' -f1)
        BASE_SIZE=$(stat -c %s "$WORKDIR/base-layer.tar.gz")
        DELTA_DIGEST=sha256:$(sha256sum <"$WORKDIR/delta-layer.tar.gz" | cut -d' ' -f1)
        DELTA_SIZE=$(stat -c %s "$WORKDIR/delta-layer.tar.gz")
      `,
      expect: text`Two smaller files beside the tars. Delta shrinks a lot: a tar is mostly zeros.`,
      checks: [
        check('unpacks', {
          claim: 'L1',
          says: 'each unpacks to the very same tar',
          look: (look) =>
            forBoth(async (name) => {
              const expected = await look.need(diffIds[name]);
              await look.need(blobs[name]);
              const actual = (await unpacked(look, `${name}-layer.tar.gz`))?.digest;
              if (actual === expected) return pass(`${name}: DiffID ${brief(expected)}`);
              return fail({
                expected,
                actual: actual ?? 'it does not unpack',
                hint: `${name}-layer.tar.gz is of another tar, or damaged. Compress it again.`,
              });
            }),
          mistakes: mistakes(seeLayers, ...gzipMistakes),
          faults: [
            {
              name: 'the download stopped half way',
              breaks: sh`truncate -s 100 "$WORKDIR/delta-layer.tar.gz"`,
              also: ['repeatable'],
              says: /delta-layer\.tar\.gz, of 100 bytes, does not unpack to its end/,
              diagnosis: 'gzip-cut-short',
            },
            {
              name: 'the layers were mixed up',
              breaks: sh`cp "$WORKDIR/base-layer.tar.gz" "$WORKDIR/delta-layer.tar.gz"`,
              also: ['repeatable'],
              says: /delta-layer\.tar\.gz is of another tar: of base-layer\.tar/,
              diagnosis: 'gzip-of-other-layer',
            },
            {
              name: 'gzip took the tar away',
              breaks: sh`gzip -n -f "$WORKDIR/delta-layer.tar"`,
              mends: sh`gunzip -k "$WORKDIR/delta-layer.tar.gz"`,
              also: [
                'repeatable',
                'tar/complete',
                'tar/sorted',
                'tar/dated',
                'tar/owned',
                'tar/permitted',
                'tar/whiteout',
                'diffid/agree',
                'twice/same',
              ],
              says: /delta-layer\.tar is gone, and delta-layer\.tar\.gz is there/,
              diagnosis: 'gzip-took-the-tar',
            },
          ],
        }),
        check('header', {
          claim: 'L4',
          says: 'the header holds no name and no time',
          look: async (look) => {
            await look.need(blobs.delta);
            const headers = await Promise.all(
              layerNames.map((name) => gzipHeader(look, `${name}-layer.tar.gz`)),
            );
            const bad = headers.find((each) => each?.mtime !== 0 || each.name !== undefined);
            if (bad === undefined && !headers.includes(undefined)) {
              return pass(await look.need(headerBytes));
            }
            const when = bad === undefined ? '' : new Date(bad.mtime * 1000).toISOString();
            return fail({
              expected: 'no file name, time 0',
              actual:
                bad === undefined ? 'no gzip header' : `name ${bad.name ?? 'none'}, time ${when}`,
              hint: 'gzip -n leaves both out. Compress again with it.',
            });
          },
          mistakes: mistakes(seeLayers, ...headerMistakes),
          faults: [
            {
              name: "compressed the article's way, without -n",
              breaks: sh`gzip -k -f "$WORKDIR/delta-layer.tar"`,
              also: ['repeatable'],
              says: /name delta-layer\.tar, time 20/,
              diagnosis: 'gzip-clock',
            },
          ],
        }),
        check('repeatable', {
          claim: 'L4',
          says: 'compressed once more, the delta has the same Digest',
          look: async (look) => {
            const digest = await look.need(digests.delta);
            const { stdout } = await look.tool(
              'bash',
              '-c',
              'gzip -n -c <"$1" | sha256sum',
              'bash',
              look.path('delta-layer.tar'),
            );
            const second = `sha256:${stdout.split(' ')[0]}`;
            if (digest === second) return pass(`${brief(digest)} twice`);
            return fail({
              expected: second,
              actual: digest,
              hint: 'This file was compressed in another way: another level, a name, a time, another tar.',
            });
          },
          mistakes: mistakes(seeLayers, ...repeatMistakes),
          faults: [
            {
              name: 'another compression level',
              breaks: sh`gzip -n -1 -k -f "$WORKDIR/delta-layer.tar"`,
              says: /another level/,
              diagnosis: 'gzip-level',
            },
          ],
        }),
      ],
      notice: text`The header reads ${headerBytes}: 1f 8b says gzip, 08 deflate, then flags and four bytes
        of time, all zero. Anybody who compresses these bytes with this gzip gets this Digest; yours is ${gzipInUse}.`,
      hint: text`\`head -c 10 FILE | od -An -tx1\` shows the header.`,
    },
    {
      id: 'clock',
      title: 'What happens without -n',
      why: text`The article compresses with \`gzip -kf\`. That writes the tar's name and the time it was
        last changed into the header. Try it on a copy of the delta with two times a second apart,
        as if you had packed it twice.`,
      script: sh`
        mkdir -p "$WORKDIR/clock"
        cd "$WORKDIR/clock"
        cp ../delta-layer.tar .
        touch -d @1750000000 delta-layer.tar
        gzip -c delta-layer.tar >first.gz
        touch -d @1750000001 delta-layer.tar
        gzip -c delta-layer.tar >second.gz
        sha256sum first.gz second.gz
        gzip -dc first.gz | sha256sum
        gzip -dc second.gz | sha256sum
      `,
      predict: {
        question: 'One tar, compressed twice without -n. Same Digest both times?',
        choices: ['yes, same input', 'no'],
        ask: async (look) => {
          const [first = '', second = ''] = await look.need(clockDigests);
          const said = `gzip gave ${brief(first)} and then ${brief(second)} for one and the same tar`;
          return { right: first === second ? 0 : 1, said };
        },
      },
      expect: text`Four hashes: two of the compressed files, then two of what is in them.`,
      checks: [
        check('two-digests', {
          claim: 'L4',
          says: 'both files unpack to the DiffID of delta, whatever their Digests',
          look: async (look) => {
            const [first = '', second = ''] = await look.need(clockDigests);
            const inside = await Promise.all(
              clockFiles.map((file) => unpacked(look, 'clock', file)),
            );
            const diffId = await look.need(diffIds.delta);
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
          faults: [
            {
              name: 'the second is a copy of the first',
              breaks: sh`cp "$WORKDIR/clock/first.gz" "$WORKDIR/clock/second.gz"`,
              says: /both have the Digest/,
            },
          ],
        }),
      ],
      notice: text`${firstClock} and ${secondClock}: one second in a header, two Digests. A registry would
        store and send both. The DiffID did not move, since it is about the tar.`,
      fieldNote: {
        title: 'Where the second went',
        text: text`The header of the first file reads ${clockHeader}. The fourth byte says that a name
          follows; bytes five to eight are the time, lowest byte first.`,
      },
      hint: text`\`cmp -l first.gz second.gz\` shows the byte that differs.`,
    },
    {
      id: 'measure',
      title: 'Four hashes and two sizes',
      why: text`This is all that the documents of the next lesson need to know about your layers. A size
        goes with each Digest so that whoever downloads a blob knows when to stop, before hashing
        anything.`,
      script: sh`
        cd "$WORKDIR"
        for layer in base delta; do
          echo "$layer"
          echo "  DiffID $(sha256sum <"$layer-layer.tar" | cut -d' ' -f1)"
          echo "  Digest $(sha256sum <"$layer-layer.tar.gz" | cut -d' ' -f1)"
          echo "  size   $(stat -c %s "$layer-layer.tar.gz")"
        done
      `,
      expect: text`DiffID, Digest and size, for each layer.`,
      checks: [
        check('digests', {
          claim: 'L2',
          says: 'Digests: our hash and sha256sum agree',
          look: (look) =>
            forBoth(async (name) => {
              const ours = await look.need(digests[name]);
              const theirs = await sumByTool(
                look,
                look.path(`${name}-layer.tar.gz`),
                ofBoth(look, '.tar.gz'),
              );
              return agree(ours, theirs, 'sha256sum', `${name} ${brief(ours)}`);
            }),
          faults: [{ ...lyingSum, also: ['diffid/agree', 'gzip/repeatable'] }],
        }),
        check('sizes', {
          claim: 'L2',
          says: 'sizes: our count and stat agree',
          look: (look) =>
            forBoth(async (name) => {
              const ours = String(await look.need(sizes[name]));
              const theirs = await sizeByTool(
                look,
                look.path(`${name}-layer.tar.gz`),
                ofBoth(look, '.tar.gz'),
              );
              return agree(ours, theirs, 'stat', `${name} ${ours} bytes`);
            }),
          faults: [
            {
              name: 'the stat on the PATH lies',
              breaks: sh`
                mkdir -p "$WORKDIR/.handroll-tour/bin"
                printf '#!/bin/sh\necho 42\n' >"$WORKDIR/.handroll-tour/bin/stat"
                chmod +x "$WORKDIR/.handroll-tour/bin/stat"
              `,
              mends: sh`rm "$WORKDIR/.handroll-tour/bin/stat"`,
              says: /42 \(stat\)/,
            },
          ],
        }),
        check('apart', {
          claim: 'L2',
          says: 'no Digest is a DiffID',
          look: async (look) => {
            const found = await Promise.all([
              look.need(diffIds.base),
              look.need(diffIds.delta),
              look.need(digests.base),
              look.need(digests.delta),
            ]);
            if (new Set(found).size === 4) return pass(found.map(short).join(', '));
            return fail({
              expected: 'four different hashes',
              actual: found.map(short).join(', '),
              hint: 'A .tar.gz that has the hash of its .tar was never compressed.',
            });
          },
          mistakes: mistakes(seeLayers, ...apartMistakes),
          faults: [
            {
              name: 'the tar was renamed, not compressed',
              breaks: sh`cp "$WORKDIR/delta-layer.tar" "$WORKDIR/delta-layer.tar.gz"`,
              mends: sh`gzip -n -k -f "$WORKDIR/delta-layer.tar"`,
              also: ['gzip/header', 'gzip/repeatable'],
              says: /never compressed/,
              diagnosis: 'gzip-not-compressed',
            },
          ],
        }),
      ],
      notice: text`Base: DiffID ${diffIds.base}, Digest ${digests.base}, ${sizes.base} bytes. Delta: DiffID
        ${diffIds.delta}, Digest ${digests.delta}, ${sizes.delta} bytes. The DiffIDs go into the config, the
        Digests into the manifest; swap them, and containerd refuses the image.`,
      hint: text`In your own shell they are \`$BASE_DIFFID\`, \`$BASE_DIGEST\`, \`$BASE_SIZE\` and so on.`,
      looksOnly: true,
    },
  ],
});
