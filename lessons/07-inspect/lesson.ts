import { check, fail, pass } from '../../src/engine/check.ts';
import { mistakes } from '../../src/engine/diagnosis.ts';
import { defineLesson } from '../../src/engine/lesson.ts';
import type { Look } from '../../src/engine/look.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { elevated } from '../../src/host/privilege.ts';
import { type Digest, sha256, short } from '../../src/oci/digest.ts';
import { seeImport, unpackedMistakes } from '../05-import/mistakes.ts';
import {
  brief,
  chain,
  configDigest,
  diffIds,
  digests,
  manifestDigest,
  mountTable,
  snapshotDirs,
  snapshotList,
  snapshotsRoot,
  snapshotTrees,
  task,
  topChainId,
} from '../facts.ts';
import { agree, forBoth, lyingSum, nodeByTool, seenHere } from '../witnesses.ts';

const ourBlobs: readonly [string, typeof configDigest][] = [
  ['base', digests.base],
  ['delta', digests.delta],
  ['config', configDigest],
  ['manifest', manifestDigest],
];

const inStore = seenHere<Digest[]>(
  'what the content store lists',
  '07-inspect/content',
  async (look) => (await look.containerd()).content(),
);

const extraBlobs = seenHere('what else it lists', '07-inspect/content', async (look) => {
  const ours = await Promise.all(ourBlobs.map(([, fact]) => look.get(fact)));
  const extra = (await look.need(inStore)).filter((digest) => !ours.includes(digest));
  return extra.length === 0 ? 'nothing else' : `${extra.map(short).join(', ')} besides`;
});

/** The kernel's table of mounts where containerd lives, for these snapshots only. */
const ourMounts = seenHere('mounts of these snapshots', '07-inspect/no-mounts', async (look) => {
  const directories = [await look.need(snapshotDirs.base), await look.need(snapshotDirs.delta)];
  const mounts = await (await look.containerd()).mounts();
  return mounts.filter(({ options }) =>
    directories.some((directory) => (options.get('lowerdir') ?? '').split(':').includes(directory)),
  );
});

/** A file of a snapshot as \`cat\` reads it: the second witness. */
async function byCat(look: Look, directory: string, file: string): Promise<string> {
  const seen = (await look.containerd()).seen(`${directory}/${file}`);
  return (await look.tool(...elevated(look.host.privilege, ['cat', '--', seen]))).stdout.trim();
}

const whiteoutOnDisk = seenHere(
  'data/config.txt in the delta snapshot',
  '07-inspect/directories',
  async (look) => {
    const { entries } = await look.need(snapshotTrees.delta);
    const entry = entries.find(({ path }) => path === 'data/config.txt');
    if (entry === undefined) return 'missing';
    return entry.kind === 'character'
      ? `a character device ${entry.major},${entry.minor}`
      : `a ${entry.kind}`;
  },
);

export const inspecting = defineLesson({
  id: '07-inspect',
  title: 'What containerd made of it',
  intro: text`containerd keeps two things apart: the *content store*, where blobs lie as they came, and the
    *snapshotter*, where layers lie as directories. You can look into both.`,
  picture: {
    drawing: picture`
      content store                     snapshots
      ${wide(digests.base, 9)}  base.tar.gz  ─────►  ${wide(diffIds.base, 9)}  parent: none
      ${wide(digests.delta, 9)}  delta.tar.gz ─────►  ${wide(topChainId, 9)}  parent: the one above
      ${wide(configDigest, 9)}  config
      ${wide(manifestDigest, 9)}  manifest
    `,
    alt: 'The content store holds base, delta, config and manifest by digest; each layer was unpacked into a snapshot, delta on top of base.',
  },
  subject: manifestDigest,
  steps: [
    {
      id: 'content',
      title: 'The content store keeps the bytes',
      why: text`Digests, and the bytes they name: that is all of it. containerd stored your blobs without
        changing one bit, or it could not push the image on under the same name.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" content ls
        sudo ctr -n "$CTR_NAMESPACE" content get "$MANIFEST_DIGEST" |
          jq -c '.layers[]'
      `,
      uses: [manifestDigest],
      expect: text`Four of your digests with labels behind them, and your own manifest read back. A fifth may
        be there for a moment.`,
      checks: [
        check('listed', {
          claim: 'S1',
          says: 'all four of your digests are in the content store',
          look: async (look) => {
            const stored = await look.need(inStore);
            const wanted = await Promise.all(
              ourBlobs.map(async ([name, fact]) => ({ name, digest: await look.need(fact) })),
            );
            const missing = wanted.filter(({ digest }) => !stored.includes(digest));
            if (missing.length === 0)
              return pass(wanted.map(({ digest }) => short(digest)).join(', '));
            return fail({
              expected: 'base, delta, config and manifest',
              actual: `missing: ${missing.map(({ name }) => name).join(', ')}`,
              hint: 'Import again: lesson 5, step 2.',
            });
          },
          faults: [
            {
              name: 'a layer was taken out of the store',
              breaks: sh`sudo ctr -n "$CTR_NAMESPACE" content rm "$DELTA_DIGEST"`,
              mends: sh`
                sudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"
              `,
              also: ['verbatim'],
              says: /missing: delta/,
            },
          ],
        }),
        check('verbatim', {
          claim: 'S1',
          says: 'read back, each of them still has its hash',
          look: async (look) => {
            const containerd = await look.containerd();
            const outcomes = await Promise.all(
              ourBlobs.map(async ([name, fact]) => {
                const digest = await look.need(fact);
                const bytes = await containerd.blob(digest);
                return { name, digest, found: bytes === undefined ? 'missing' : sha256(bytes) };
              }),
            );
            const wrong = outcomes.find(({ digest, found }) => digest !== found);
            if (wrong === undefined)
              return pass('base, delta, config, manifest: equal to the last byte');
            return fail({
              expected: `${wrong.name} with the hash ${brief(wrong.digest)}`,
              actual: wrong.found,
              hint: 'Import again: containerd takes in what it does not have.',
            });
          },
          faults: [
            {
              name: 'the config was taken out of the store',
              breaks: sh`sudo ctr -n "$CTR_NAMESPACE" content rm "$CONFIG_DIGEST"`,
              mends: sh`
                sudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"
              `,
              also: ['listed'],
              says: /config with the hash/,
            },
          ],
        }),
      ],
      notice: text`Just now it lists your four, and ${extraBlobs}. The labels are containerd's bookkeeping:
        \`gc.ref\` on the manifest keeps the blobs it names from being collected as garbage, and
        \`uncompressed\` on a layer remembers its DiffID.`,
      fieldNote: {
        title: 'Four, or five',
        text: text`Import stores index.json as well. Nothing refers to it afterwards, so the next garbage
          collection takes it, between 30 and 200 milliseconds later. Counting blobs right after an
          import gives either number; that is why the tour asks for each of yours by name.`,
      },
      hint: text`\`ctr content get DIGEST\` prints the bytes themselves.`,
      looksOnly: true,
    },
    {
      id: 'snapshots',
      title: 'Snapshots, and how they got their names',
      why: text`A snapshot is a layer unpacked *onto what is below it*. The same delta over another base would
        be another directory tree, so a DiffID alone is no name for it. Snapshots go by *chain ID*: the
        first is the DiffID of base; each further one is the hash of the chain so far, a space, and the
        next DiffID.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" snapshots ls
        printf '%s %s' "$BASE_DIFFID" "$DELTA_DIFFID" | sha256sum
      `,
      uses: [diffIds.base, diffIds.delta],
      predict: {
        question: 'Is the upper snapshot named by one of your four hashes?',
        choices: ['by the DiffID of delta', 'by the Digest of delta', 'by none of them'],
        ask: async (look) => {
          const top = (await look.need(chain))[1] ?? '';
          const snapshots = await look.need(snapshotList);
          const found = snapshots.find(
            ({ parent, kind }) => parent !== undefined && kind === 'Committed',
          );
          const right =
            found?.key === (await look.need(diffIds.delta))
              ? 0
              : found?.key === (await look.need(digests.delta))
                ? 1
                : 2;
          return { right, said: `it is called ${brief(found?.key ?? top)}` };
        },
      },
      expect: text`Two lines, and below them a hash that you can find in the second.`,
      checks: [
        check('keys', {
          claim: 'S2',
          says: 'their keys are the chain IDs computed from your DiffIDs',
          look: async (look) => {
            const wanted = await look.need(chain);
            const found = await look.need(snapshotList);
            const missing = wanted.filter((key) => !found.some((each) => each.key === key));
            if (missing.length === 0) return pass(wanted.map(brief).join(' and '));
            return fail({
              expected: wanted.map(brief).join(' and '),
              actual: found.map(({ key }) => brief(key)).join(', ') || 'no snapshots',
              hint: 'Import again: lesson 5, step 2. If the layers changed since, pack them first.',
            });
          },
          mistakes: mistakes(seeImport, ...unpackedMistakes),
          faults: [
            {
              name: 'the upper snapshot was removed',
              breaks: sh`sudo ctr -n "$CTR_NAMESPACE" snapshots rm "$CHAIN_ID"`,
              mends: sh`
                sudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"
              `,
              also: ['parents'],
              says: /the image is there, and no snapshot of (delta|either layer)/,
              diagnosis: 'not-unpacked',
            },
          ],
        }),
        check('by-hand', {
          claim: 'S2',
          says: 'sha256sum over both DiffIDs gives the same chain ID',
          look: async (look) => {
            const [base = '', top = ''] = await look.need(chain);
            const line = `${base} ${await look.need(diffIds.delta)}`;
            const { stdout } = await look.tool(
              'bash',
              '-c',
              'printf %s "$1" | sha256sum',
              'bash',
              line,
            );
            return agree(top, `sha256:${stdout.split(' ')[0]}`, 'sha256sum', brief(top));
          },
          faults: [lyingSum],
        }),
        check('parents', {
          claim: 'S2',
          says: 'both are Committed, and the parent of delta is base',
          look: async (look) => {
            const [base = '', top = ''] = await look.need(chain);
            const found = await look.need(snapshotList);
            const lower = found.find(({ key }) => key === base);
            const higher = found.find(({ key }) => key === top);
            const kinds = [lower?.kind, higher?.kind];
            if (
              higher?.parent === base &&
              lower?.parent === undefined &&
              kinds.join() === 'Committed,Committed'
            ) {
              return pass(`${brief(top)} on ${brief(base)} on nothing`);
            }
            return fail({
              expected: `${brief(top)} with parent ${brief(base)}`,
              actual:
                higher === undefined
                  ? 'no such snapshot'
                  : `parent ${brief(higher.parent ?? 'sha256:none')}`,
              hint: 'Import again: the upper snapshot is made on top of the lower.',
            });
          },
          faults: [
            {
              name: 'the upper snapshot was removed',
              breaks: sh`sudo ctr -n "$CTR_NAMESPACE" snapshots rm "$CHAIN_ID"`,
              mends: sh`
                sudo ctr -n "$CTR_NAMESPACE" images import --base-name handroll "$WORKDIR/handroll-image.tar"
              `,
              also: ['keys'],
              says: /no such snapshot/,
            },
          ],
        }),
      ],
      notice: text`${topChainId} is on top. Any image whose first two layers are yours would find these
        snapshots by name and unpack nothing: that is what sharing layers means on disk.`,
      hint: text`\`printf\`, not \`echo\`: a newline at the end would give another hash.`,
      looksOnly: true,
    },
    {
      id: 'directories',
      title: 'A snapshot is a directory',
      why: text`Ask containerd where they are, and look. Each has an \`fs\` directory with that one layer's
        files. See what became of the whiteout.`,
      script: sh`
        sudo ls -lA "$BASE_SNAPSHOT" "$BASE_SNAPSHOT/data"
        sudo ls -lA "$DELTA_SNAPSHOT" "$DELTA_SNAPSHOT/data"
        sudo cat "$BASE_SNAPSHOT/hello.txt" "$DELTA_SNAPSHOT/hello.txt"
      `,
      uses: [snapshotDirs.base, snapshotDirs.delta],
      predict: {
        question: 'What is in data of the delta snapshot?',
        choices: ['.wh.config.txt', 'config.txt', 'nothing'],
        ask: async (look) => {
          const { entries } = await look.need(snapshotTrees.delta);
          const found = entries.map(({ path }) => path).filter((path) => path.startsWith('data/'));
          const right = found.includes('data/.wh.config.txt')
            ? 0
            : found.includes('data/config.txt')
              ? 1
              : 2;
          return { right, said: `it holds ${found.join(', ') || 'nothing'}` };
        },
      },
      expect: text`Your two trees, each by itself. One name has changed.`,
      checks: [
        check('unpacked', {
          claim: 'S3',
          says: "each snapshot holds its own layer's hello.txt",
          look: (look) =>
            forBoth(async (name) => {
              const { entries } = await look.need(snapshotTrees[name]);
              const ours = entries
                .find(({ path }) => path === 'hello.txt')
                ?.content?.toString()
                .trim();
              const theirs = await byCat(look, await look.need(snapshotDirs[name]), 'hello.txt');
              if (ours === `hello from ${name}` && ours === theirs)
                return pass(`${name}: "${ours}", and cat says so too`);
              return fail({
                expected: `${name}: "hello from ${name}"`,
                actual: `"${ours}", cat says "${theirs}"`,
                hint: 'Somebody wrote into a snapshot: containerd never does. Remove the image, import again.',
              });
            }),
          faults: [
            {
              name: 'somebody wrote into a committed snapshot',
              breaks: sh`echo 'hello from a vandal' | sudo tee "$BASE_SNAPSHOT/hello.txt"`,
              mends: sh`echo 'hello from base' | sudo tee "$BASE_SNAPSHOT/hello.txt"`,
              says: /hello from a vandal/,
            },
          ],
        }),
        check('translated', {
          claim: 'S4',
          says: "the whiteout is there, in the kernel's own spelling",
          look: async (look) => {
            const ours = await look.need(whiteoutOnDisk);
            const directory = await look.need(snapshotDirs.delta);
            const path = (await look.containerd()).seen(`${directory}/data/config.txt`);
            const theirs = await nodeByTool(look, path, look.host.privilege);
            if (ours === 'a character device 0,0' && theirs === ours) {
              return pass(`${ours}, and stat says so too`);
            }
            return fail({
              expected: 'a character device 0,0',
              actual: ours,
              hint: 'Without root containerd skips the device form of a whiteout, and says so only in its log.',
            });
          },
          faults: [
            {
              name: 'the whiteout got lost',
              breaks: sh`sudo rm "$DELTA_SNAPSHOT/data/config.txt"`,
              mends: sh`sudo mknod "$DELTA_SNAPSHOT/data/config.txt" c 0 0`,
              says: /^missing$/m,
            },
          ],
        }),
      ],
      notice: text`\`data/config.txt\` in the delta is ${whiteoutOnDisk}: the archive's spelling went in, the
        kernel's came out. The name \`.wh.config.txt\` exists nowhere in containerd.`,
      fieldNote: {
        title: 'Ask, do not search',
        text: text`The article loops over every directory under ${snapshotsRoot}. That meets the snapshots of
          every other user of this containerd too, and half-removed ones. \`ctr snapshots view --mounts\`
          names the ones that belong to a key: ${snapshotDirs.base} and ${snapshotDirs.delta}.`,
      },
      hint: text`In your own shell they are \`$BASE_SNAPSHOT\` and \`$DELTA_SNAPSHOT\`.`,
      looksOnly: true,
    },
    {
      id: 'no-mounts',
      title: 'And nothing is mounted',
      why: text`Two directories side by side on one disk: no overlay has been involved so far. It comes
        into being with a container, and goes with it. Ask the kernel, in the place where containerd
        lives.`,
      script: sh`
        sudo grep ' overlay ' "$MOUNTINFO" || echo 'no overlay is mounted here'
      `,
      uses: [mountTable],
      expect: text`That sentence, or overlays of other programs on this machine.`,
      checks: [
        check('none', {
          claim: 'S5',
          says: 'no mount mentions these snapshots',
          settles: 'the unmounting to be over',
          passing: true,
          look: async (look) => {
            const found = await look.need(ourMounts);
            if (found.length === 0) return pass('none of the mounts has them as a lowerdir');
            const running = (await look.get(task)) !== undefined;
            return fail({
              expected: 'no overlay over these snapshots yet',
              actual: `mounted at ${found.map(({ target }) => target).join(', ')}`,
              hint: 'Something has mounted the image: ctr images mount, or a container.',
              ...(running ? { over: true, stays: true } : {}),
            });
          },
          faults: [
            {
              name: 'the image is mounted',
              breaks: sh`
                mkdir -p "$WORKDIR/overlay/image"
                sudo ctr -n "$CTR_NAMESPACE" images mount handroll:latest "$WORKDIR/overlay/image"
              `,
              mends: sh`
                sudo ctr -n "$CTR_NAMESPACE" images unmount --rm "$WORKDIR/overlay/image"
              `,
              says: /mounted at .*overlay\/image/,
            },
          ],
        }),
      ],
      notice: text`An image at rest is files. It costs disk and nothing else.`,
      hint: text`\`/proc/self/mountinfo\` is the table for this shell; a private containerd has its own.`,
      looksOnly: true,
    },
  ],
});
