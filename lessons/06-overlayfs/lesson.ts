import { readFileSync, readlinkSync } from 'node:fs';
import { check, fail, type Outcome, pass } from '../../src/engine/check.ts';
import { mistakes } from '../../src/engine/diagnosis.ts';
import { defineLesson } from '../../src/engine/lesson.ts';
import type { Look } from '../../src/engine/look.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text } from '../../src/engine/text.ts';
import { failedWith } from '../../src/errors.ts';
import { listAs, readWhole } from '../../src/host/files.ts';
import { type Mount, mountsUnder, parseMountinfo } from '../../src/host/mounts.ts';
import { readTree } from '../../src/host/tree.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { manifestDigest, trees, upperdirGround } from '../facts.ts';
import { nodeByTool, seenHere } from '../witnesses.ts';
import { deleteMistakes, mountMistakes, seeOverlay, writeMistakes } from './mistakes.ts';

/** The overlay that the learner mounts, while it is mounted. */
const overlay = seenHere('the mounted overlay', '06-overlayfs/mount', async (look) => {
  return mountsUnder(look.path('overlay', 'merged'), allMounts(look))[0];
});

function allMounts(look: Look): Mount[] {
  return parseMountinfo(readFileSync(look.host.mountTable(), 'utf8'));
}

/** What the writable directory holds. */
const upper = seenHere('overlay/upper', '06-overlayfs/write', async (look) =>
  readTree(look.seen('overlay', 'upper'), {
    as: look.host.privilege,
    derivations: look.host.derivations,
  }),
);

const seenInData = seenHere(
  'what data holds in the merged view',
  '06-overlayfs/mount',
  async (look) => {
    await look.need(overlay);
    const names = await listAs(look.host.privilege, look.seen('overlay', 'merged', 'data'));
    return names?.join(', ') || 'nothing';
  },
);

const seen = async (look: Look) =>
  seeOverlay(look, { mounts: allMounts(look), upper: (await look.get(upper))?.entries ?? [] });

/** Directories of an overlay as they were given, or as the kernel shows them. */
function lowerOf(mount: Mount): string[] {
  return (mount.options.get('lowerdir') ?? '').split(':');
}

function over(outcome: Omit<Parameters<typeof fail>[0], 'over'>): Outcome {
  return fail({ ...outcome, over: true });
}

function linkTo(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

async function merged(look: Look, path: string): Promise<string | undefined> {
  await look.need(overlay);
  try {
    return readWhole(look.seen('overlay', 'merged', path))
      .toString()
      .trim();
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function says(entries: readonly LayerEntry[] | undefined, path: string): string {
  const entry = entries?.find((each) => each.path === path);
  if (entry === undefined) return 'missing';
  if (entry.kind === 'character') return `a character device ${entry.major},${entry.minor}`;
  return entry.kind === 'file' ? `"${entry.content?.toString().trim()}"` : `a ${entry.kind}`;
}

/** The two trees still say what they said before anything was written. */
async function lowersUntouched(look: Look): Promise<Outcome> {
  const base = (await look.need(trees.base)).entries;
  const delta = (await look.need(trees.delta)).entries;
  const found = [says(delta, 'hello.txt'), says(base, 'hello.txt'), says(base, 'data/config.txt')];
  const wanted = ['"hello from delta"', '"hello from base"', '"base config"'];
  if (found.join() === wanted.join())
    return pass(`delta ${found[0]}, base ${found[1]}, ${found[2]}`);
  return fail({
    expected: wanted.join(', '),
    actual: found.join(', '),
    hint: 'Something wrote into build/ itself. Write through overlay/merged; then run lesson 2 again.',
  });
}

export const overlayfs = defineLesson({
  id: '06-overlayfs',
  title: 'How overlayfs stacks',
  intro: text`Before you look at what containerd made, do by hand what the kernel does for every container:
    lay directories over one another and see them as one.`,
  picture: {
    drawing: picture`
      merged     what a process sees: one ordinary directory
      ─────────────────────────────────────────────────────────
      upperdir   the only one that is written to
      lowerdir   delta   hello.txt "hello from delta"
      lowerdir   base    hello.txt "hello from base", bin, data
    `,
    alt: 'From top to bottom: the merged view, the writable upperdir, then delta and base, both read-only lowerdirs.',
  },
  subject: manifestDigest,
  steps: [
    {
      id: 'mount',
      title: 'Mount your own two trees',
      why: text`An overlay takes a list of *lowerdirs*, topmost first, which it never writes to; one
        *upperdir*, which takes all writes; and a *workdir*, where it prepares changes so that they appear
        all at once. Your trees from lesson 2 will do: they are directories like any others. But what the
        upperdir lies on must keep overlayfs's marks, and another overlay does not; ${upperdirGround}.`,
      script: sh`
        cd "$WORKDIR"
        # what an earlier try may have left mounted
        for it in overlay/merged overlay; do
          if mountpoint -q $it; then sudo umount $it; fi
        done
        sudo rm -rf overlay
        mkdir overlay
        # an overlay cannot write to an overlay: a file system in memory
        sudo mount -t tmpfs -o mode=1777 handroll-tour overlay
        mkdir overlay/upper overlay/work overlay/merged
        sudo mount -t overlay overlay \
          -o lowerdir=build/delta:build/base \
          -o upperdir=overlay/upper,workdir=overlay/work \
          overlay/merged
        cat overlay/merged/hello.txt
        ls -lA overlay/merged overlay/merged/data
      `,
      predict: {
        question: 'Delta has .wh.config.txt. Will data/config.txt be hidden in this mount?',
        choices: ['yes', 'no, it will be there'],
        ask: async (look) => {
          const found = await look.need(seenInData);
          const right = found.split(', ').includes('config.txt') ? 1 : 0;
          return { right, said: `in the mount, data holds ${found}` };
        },
      },
      expect: text`The delta's hello, then a listing that draws on both trees. Look hard at data.`,
      lasts: true,
      checks: [
        check('stacked', {
          claim: 'V1',
          says: 'an overlay is mounted: delta over base, and an upperdir',
          passing: true,
          look: async (look) => {
            const mount = await look.get(overlay);
            const expected = 'an overlay at overlay/merged, lowerdir delta then base';
            const hint =
              'Run the step: it mounts one. The topmost directory comes first in lowerdir.';
            if (mount === undefined)
              return over({ expected, actual: 'nothing is mounted there', hint });
            const lower = lowerOf(mount).map((path) => path.split('/').at(-1));
            const upperName = mount.options.get('upperdir')?.split('/').at(-1);
            if (lower.join() === 'delta,base' && upperName === 'upper') {
              return pass(`lowerdir ${lower.join(' then ')}, upperdir ${upperName}`);
            }
            return fail({
              expected,
              actual: `lowerdir ${lower.join(' then ')}, upperdir ${upperName}`,
              hint,
            });
          },
          mistakes: mistakes(seen, ...mountMistakes),
          faults: [
            {
              name: 'nobody mounted it',
              breaks: sh`sudo umount "$WORKDIR/overlay/merged"`,
              also: ['topmost', 'marker'],
              says: /nothing is mounted there/,
            },
            {
              name: 'base was laid over delta',
              breaks: sh`
                cd "$WORKDIR"
                sudo umount overlay/merged
                sudo mount -t overlay overlay \
                  -o lowerdir=build/base:build/delta,upperdir=overlay/upper,workdir=overlay/work \
                  overlay/merged
              `,
              also: ['topmost'],
              says: /lowerdir base then delta/,
              diagnosis: 'overlay-swapped',
            },
            {
              name: 'the writes would go into a tree',
              breaks: sh`
                cd "$WORKDIR"
                sudo umount overlay/merged
                cp -a build overlay/build
                sudo mount -t overlay overlay \
                  -o lowerdir=overlay/build/base,upperdir=overlay/build/delta,workdir=overlay/work \
                  overlay/merged
              `,
              says: /its upperdir is build\/delta/,
              diagnosis: 'overlay-upper-is-tree',
            },
          ],
        }),
        check('topmost', {
          claim: 'V1',
          says: 'the topmost hello.txt wins, and bin shows through from base',
          passing: true,
          look: async (look) => {
            const hello = await merged(look, 'hello.txt');
            const link = linkTo(look.seen('overlay', 'merged', 'bin', 'sh')) ?? 'missing';
            if (hello === 'hello from delta' && link === 'busybox') {
              return pass(`hello.txt says "${hello}", bin/sh is a link to ${link}`);
            }
            return fail({
              expected: 'hello.txt "hello from delta", bin/sh a link to busybox',
              actual: `hello.txt "${hello}", bin/sh ${link}`,
              hint: 'Look at the order of lowerdir: topmost first.',
            });
          },
          mistakes: mistakes(seen, ...mountMistakes),
          faults: [
            {
              name: 'somebody wrote over it through the mount',
              breaks: sh`echo 'hello from nobody' >"$WORKDIR/overlay/merged/hello.txt"`,
              says: /hello from nobody/,
            },
          ],
        }),
        check('marker', {
          claim: 'V1',
          says: 'data holds what the kernel makes of the .wh. name',
          passing: true,
          look: async (look) => {
            const found = await look.need(seenInData);
            if (found.split(', ').includes('config.txt')) return pass(`data holds ${found}`);
            return fail({
              expected: 'data/config.txt, in spite of the marker',
              actual: `data holds ${found}`,
              hint: 'Was it deleted through the mount already? Then mount it afresh: run the step again.',
            });
          },
          faults: [
            {
              name: 'it was deleted through the mount',
              breaks: sh`rm "$WORKDIR/overlay/merged/data/config.txt"`,
              says: /data holds nothing|data holds \.wh/,
            },
          ],
        }),
      ],
      notice: text`In this mount data holds: ${seenInData}. So \`.wh.config.txt\` did not hide it. The kernel
        has its own way to write "gone", and does not know the archive's. Hold that thought for two steps.`,
      fieldNote: {
        title: 'When a whiteout is read',
        text: text`The article says that the runtime processes the whiteout while it sets up the overlay. You
          have just set up an overlay with that whiteout in it, and nothing was processed. containerd
          translates it when it *unpacks* the layer. The mount later finds the kernel's own form.`,
      },
      hint: text`\`findmnt "$WORKDIR/overlay/merged"\` shows what is mounted there, with its options.`,
    },
    {
      id: 'write',
      title: 'Write through it',
      why: text`Every write lands in the upperdir. A file that exists only below is copied up first, whole,
        and then changed: *copy-up*. The lowerdirs could be on a read-only disk and shared by a
        thousand containers; nobody would notice.`,
      script: sh`
        cd "$WORKDIR/overlay"
        echo 'a new file' >merged/new.txt
        echo 'changed' >merged/hello.txt
        ls -lA upper
        cat "$WORKDIR/build/delta/hello.txt"
      `,
      expect: text`Two files in the upperdir, and delta's hello.txt as it was.`,
      checks: [
        check('upper', {
          claim: 'V1',
          says: 'both writes are in the upperdir',
          look: async (look) => {
            const entries = (await look.need(upper)).entries;
            const found = [says(entries, 'new.txt'), says(entries, 'hello.txt')];
            if (found.join() === '"a new file","changed"') {
              return pass(`upper/new.txt ${found[0]}, upper/hello.txt ${found[1]}`);
            }
            return fail({
              expected: 'new.txt "a new file", hello.txt "changed"',
              actual: `new.txt ${found[0]}, hello.txt ${found[1]}`,
              hint: 'Write to the files in overlay/merged while it is mounted.',
            });
          },
          mistakes: mistakes(seen, ...writeMistakes),
          faults: [
            {
              name: 'the new file was deleted again',
              breaks: sh`rm "$WORKDIR/overlay/merged/new.txt"`,
              says: /new\.txt missing/,
            },
          ],
        }),
        check('lower', {
          claim: 'V1',
          says: 'base and delta are as they were',
          look: lowersUntouched,
          mistakes: mistakes(seen, ...writeMistakes),
          faults: [
            {
              name: 'somebody wrote into the lower directory itself',
              breaks: sh`echo 'changed' >"$WORKDIR/build/delta/hello.txt"`,
              mends: sh`echo 'hello from delta' >"$WORKDIR/build/delta/hello.txt"`,
              says: /build\/delta\/hello\.txt says "changed"/,
              diagnosis: 'written-below',
            },
          ],
        }),
      ],
      notice: text`hello.txt now exists three times on this disk, and whoever looks through the mount sees the
        one on top. Changing one byte of a large file through an overlay copies the whole file.`,
      hint: text`If nothing is mounted at overlay/merged, go back one step and run it.`,
    },
    {
      id: 'delete',
      title: 'Delete through it',
      why: text`The kernel cannot take config.txt out of base: lowerdirs are never written to. It has to leave
        a note in the upperdir, so that the name stays hidden. You already know what kind of note.`,
      script: sh`
        cd "$WORKDIR/overlay"
        rm -f merged/data/config.txt
        ls -A merged/data
        ls -lA upper/data
        stat -c '%n: %F %t,%T' upper/data/config.txt
      `,
      expect: text`An empty line's worth of listing, then one odd entry in the upperdir.`,
      checks: [
        check('whiteout', {
          claim: 'V2',
          says: "upper/data/config.txt is a 0,0 device: the kernel's own whiteout",
          look: async (look) => {
            const found = says((await look.need(upper)).entries, 'data/config.txt');
            const path = look.seen('overlay', 'upper', 'data', 'config.txt');
            const theirs = await nodeByTool(look, path);
            if (found === 'a character device 0,0' && theirs === found) {
              return pass(`${found}, and stat says so too`);
            }
            return fail({
              expected: 'a character device 0,0 called config.txt',
              actual: found,
              hint: 'Delete merged/data/config.txt while the overlay is mounted.',
            });
          },
          mistakes: mistakes(seen, ...deleteMistakes),
          faults: [
            {
              name: 'a new file of that name was written',
              breaks: sh`echo 'back again' >"$WORKDIR/overlay/merged/data/config.txt"`,
              says: /"back again"/,
            },
          ],
        }),
        check('below', {
          claim: 'V2',
          says: 'base still has its config.txt',
          look: async (look) => {
            const found = says((await look.need(trees.base)).entries, 'data/config.txt');
            if (found === '"base config"') return pass(`build/base/data/config.txt says ${found}`);
            return fail({
              expected: '"base config"',
              actual: found,
              hint: 'It was deleted below the mount. Run 02-filesystems/base again.',
            });
          },
          mistakes: mistakes(seen, ...deleteMistakes),
          faults: [
            {
              name: 'it was deleted in base itself',
              breaks: sh`rm "$WORKDIR/build/base/data/config.txt"`,
              mends: sh`echo 'base config' >"$WORKDIR/build/base/data/config.txt"`,
              also: ['write/lower'],
              says: /build\/base has no data\/config\.txt any more/,
              diagnosis: 'deleted-below',
            },
          ],
        }),
      ],
      notice: text`A device 0,0 under the *plain* name. In the archive the same thing was spelled
        \`.wh.config.txt\`. Two spellings, one meaning; unpacking a layer is, among other things,
        translating from the one to the other.`,
      hint: text`\`ls -l\` shows a \`c\` first and \`0, 0\` where the size would be.`,
    },
    {
      id: 'unmount',
      title: 'Take it down',
      why: text`The merged view is a mount and nothing else. Unmount it and it is gone; what was written stays
        in the upperdir, as plain files. A container's root is exactly this, with its upperdir deleted in
        the end.`,
      script: sh`
        if mountpoint -q "$WORKDIR/overlay/merged"; then
          sudo umount "$WORKDIR/overlay/merged"
        fi
        ls -A "$WORKDIR/overlay/merged"
        ls -lA "$WORKDIR/overlay/upper"
      `,
      expect: text`Nothing in merged; everything still in upper.`,
      checks: [
        check('gone', {
          claim: 'V1',
          says: 'nothing is mounted at overlay/merged any more',
          settles: 'the unmounting to be over',
          look: async (look) => {
            await look.need(upper);
            const mount = await look.get(overlay);
            if (mount === undefined) return pass('the directory is there, and empty');
            return fail({
              expected: 'no mount',
              actual: `${mount.type} is mounted there`,
              hint: 'umount says "target is busy"? Then a shell stands in it: cd out.',
            });
          },
          faults: [
            {
              name: 'it is mounted again',
              breaks: sh`
                cd "$WORKDIR"
                sudo mount -t overlay overlay -o lowerdir=build/delta:build/base overlay/merged
              `,
              says: /overlay is mounted there/,
            },
          ],
        }),
        check('kept', {
          claim: 'V1',
          says: 'what was written is still in the upperdir',
          look: async (look) => {
            const entries = (await look.need(upper)).entries;
            const names = entries.map(({ path }) => path).filter((path) => path !== '.');
            if (names.includes('new.txt') && names.includes('hello.txt'))
              return pass(names.join(', '));
            return fail({
              expected: 'new.txt and hello.txt',
              actual: names.join(', ') || 'nothing',
              hint: 'Mount it and write through it again: steps 1 and 2 of this lesson.',
            });
          },
          faults: [
            {
              name: 'the upperdir was emptied',
              breaks: sh`sudo rm "$WORKDIR/overlay/upper/new.txt"`,
              mends: sh`echo 'a new file' >"$WORKDIR/overlay/upper/new.txt"`,
              also: ['write/upper'],
              says: /^data, .*hello\.txt$/m,
            },
          ],
        }),
      ],
      notice: text`Pack that upperdir as a tar, respell the whiteout, and you have a third layer. That is all
        that \`docker commit\` does.`,
      hint: text`\`fuser -vm "$WORKDIR/overlay/merged"\` says who is in the way.`,
    },
  ],
});
