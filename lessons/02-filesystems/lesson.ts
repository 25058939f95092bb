import { check, fail, type Outcome, pass } from '../../src/engine/check.ts';
import { mistakes } from '../../src/engine/diagnosis.ts';
import { defineLesson } from '../../src/engine/lesson.ts';
import type { Look } from '../../src/engine/look.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text } from '../../src/engine/text.ts';
import { inspectProgram } from '../../src/host/tools.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import {
  architecture,
  busybox,
  type LayerName,
  trees,
  whiteoutChoice,
  whiteoutReason,
  whiteouts,
} from '../facts.ts';
import { nodeByTool, seenHere, takesAway } from '../witnesses.ts';
import {
  baseTextMistakes,
  deltaTextMistakes,
  linkMistakes,
  programMistakes,
  seeTrees,
  strayMistakes,
  whiteoutMistakes,
} from './mistakes.ts';

/** What each tree should hold: the path, what it is, and what it says or points at. */
const plan: Record<LayerName, Record<string, string>> = {
  base: {
    bin: 'directory',
    'bin/busybox': 'file',
    'bin/cat': 'symlink busybox',
    'bin/ls': 'symlink busybox',
    'bin/sh': 'symlink busybox',
    data: 'directory',
    'data/config.txt': 'file "base config"',
    'hello.txt': 'file "hello from base"',
  },
  delta: {
    data: 'directory',
    'hello.txt': 'file "hello from delta"',
  },
};

/** An entry in the words of the plan. */
function describe(entry: LayerEntry): string {
  if (entry.kind === 'symlink') return `symlink ${entry.link}`;
  // Programs are named, not quoted.
  if (entry.kind !== 'file' || entry.content === undefined) return entry.kind;
  return `file "${entry.content.toString().trimEnd()}"`;
}

/** Compares these paths of a tree with the plan. */
async function asPlanned(
  look: Look,
  name: LayerName,
  paths: string[],
  hint: string,
): Promise<Outcome> {
  const tree = await look.need(trees[name]);
  const found = new Map(tree.entries.map((entry) => [entry.path, entry]));
  const wrong = paths.flatMap((path) => {
    const entry = found.get(path);
    const actual = entry === undefined ? 'missing' : describe(entry);
    const expected = plan[name][path] ?? '';
    return actual === expected ? [] : [{ path, expected, actual }];
  });
  if (wrong.length === 0) return pass(paths.join(', '));
  return fail({
    expected: wrong.map(({ path, expected }) => `${path}: ${expected}`).join('; '),
    actual: wrong.map(({ path, actual }) => `${path}: ${actual}`).join('; '),
    hint,
  });
}

/** Paths that the tree command lists below build, one a line. */
async function listed(look: Look, ...options: string[]): Promise<string[]> {
  const build = look.path('build');
  const { stdout } = await look.tool('tree', ...options, '-f', '-i', '--noreport', build);
  return stdout
    .split('\n')
    .flatMap((line) => line.split(' -> ')[0] ?? [])
    .filter((line) => line.startsWith(`${build}/`))
    .map((line) => line.slice(build.length + 1))
    .sort();
}

const hiddenByTree = seenHere('what tree leaves out', '02-filesystems/tree', async (look) => {
  const shown = new Set(await listed(look));
  const all = await listed(look, '-a');
  return all.filter((path) => !shown.has(path)).join(', ') || 'nothing';
});

const everyPath = (['base', 'delta'] as const)
  .flatMap((name) => [name, ...Object.keys(plan[name]).map((path) => `${name}/${path}`)])
  .concat('delta/data/.wh.config.txt')
  .sort();

/** The sources of the COPY lines of a Dockerfile, in order. */
function copied(dockerfile: string): string[] {
  return [...dockerfile.matchAll(/^COPY\s+(\S+?)\/?\s+\/\s*$/gm)].map(([, source = '']) => source);
}

export const filesystems = defineLesson({
  id: '02-filesystems',
  title: 'Two filesystem trees',
  intro: text`Before anything is packed, a layer is a directory. You will make two: a base, and a
    delta that changes one file of it and takes another away.`,
  picture: {
    drawing: picture`
      delta   hello.txt              data/.wh.config.txt
              │ covers               │ takes away
      base    hello.txt   bin/…      data/config.txt
      ─────────────────────────────────────────────────
      seen    hello.txt   bin/…      data/
    `,
    alt: 'Delta lies on base: its hello.txt covers the one below, its whiteout takes data/config.txt away, and bin shows through.',
  },
  steps: [
    {
      id: 'base',
      title: 'The base: a whole userland in one program',
      why: text`busybox is one program that is many: called as \`ls\` it lists, called as \`sh\` it is a
        shell. It looks at the name it was called by, so three links to it make three commands. Add two
        text files to have something to cover and something to delete.`,
      script: sh`
        rm -rf "$WORKDIR/build/base"
        mkdir -p "$WORKDIR/build/base/bin" "$WORKDIR/build/base/data"
        cp -L "$BUSYBOX" "$WORKDIR/build/base/bin/busybox"
        for cmd in sh ls cat; do
          ln -s busybox "$WORKDIR/build/base/bin/$cmd"
        done
        echo 'hello from base' >"$WORKDIR/build/base/hello.txt"
        echo 'base config' >"$WORKDIR/build/base/data/config.txt"
      `,
      builds: true,
      uses: [busybox],
      expect: text`No output. A directory that looks like a very small root file system.`,
      checks: [
        check('program', {
          claim: 'P2',
          says: 'bin/busybox is static, for this machine, and may be run',
          look: async (look) => {
            const tree = await look.need(trees.base);
            const entry = tree.entries.find(({ path }) => path === 'bin/busybox');
            const expected = `a static program for ${await look.need(architecture)}, mode rwx`;
            const hint = 'Copy the static busybox again: the container has no other program.';
            if (entry?.kind !== 'file') {
              return fail({ expected, actual: entry?.kind ?? 'missing', hint });
            }
            const elf = inspectProgram(look.path('build', 'base', 'bin', 'busybox'));
            const mode = (entry.mode & 0o777).toString(8);
            const runs = (entry.mode & 0o100) !== 0;
            const right = elf?.architecture === (await look.need(architecture));
            if (elf !== undefined && elf.interpreter === undefined && right && runs) {
              return pass(`ELF, ${elf.architecture}, no PT_INTERP, mode ${mode}`);
            }
            const actual =
              elf === undefined
                ? 'not a program at all'
                : `${elf.architecture}, ${elf.interpreter ? `asks for ${elf.interpreter}` : 'static'}, mode ${mode}`;
            return fail({ expected, actual, hint });
          },
          mistakes: mistakes(seeTrees, ...programMistakes),
          faults: [
            {
              name: 'a dynamic program in its place',
              breaks: sh`cp "$(command -v ls)" "$WORKDIR/build/base/bin/busybox"`,
              says: /asks for \//,
              diagnosis: 'busybox-dynamic',
            },
            {
              name: 'the link was copied, not the program',
              breaks: sh`ln -sfn /bin/busybox "$WORKDIR/build/base/bin/busybox"`,
              says: /bin\/busybox is a link to \/bin\/busybox/,
              diagnosis: 'busybox-link',
            },
          ],
        }),
        check('links', {
          claim: 'F1',
          says: 'sh, ls and cat are links to busybox',
          look: (look) =>
            asPlanned(
              look,
              'base',
              ['bin/cat', 'bin/ls', 'bin/sh'],
              'Link by name only: ln -s busybox sh. An absolute target would be looked up from the root.',
            ),
          mistakes: mistakes(seeTrees, ...linkMistakes),
          faults: [
            {
              name: 'a link points at the host',
              breaks: sh`ln -sfn /bin/busybox "$WORKDIR/build/base/bin/sh"`,
              says: /bin\/sh points at \/bin\/busybox/,
              diagnosis: 'link-absolute',
            },
          ],
        }),
        check('files', {
          claim: 'F1',
          says: 'hello.txt and data/config.txt say what they should',
          look: (look) =>
            asPlanned(
              look,
              'base',
              ['hello.txt', 'data', 'data/config.txt'],
              'The exact words matter: later you will read them through three mounts.',
            ),
          mistakes: mistakes(seeTrees, ...baseTextMistakes),
          faults: [
            {
              name: 'a typo in hello.txt',
              breaks: sh`echo 'helo from base' >"$WORKDIR/build/base/hello.txt"`,
              says: /helo from base/,
            },
          ],
        }),
      ],
      notice: text`No /etc, no /lib, no /dev, no package database. A root file system is any directory
        in which a process finds what it asks for, and a static shell asks for nothing.`,
      hint: text`\`ls -lR "$WORKDIR/build/base"\` shows what is there.`,
    },
    {
      id: 'delta',
      title: 'The delta: one file covered, one taken away',
      why: text`A layer only ever adds files. So how does it delete one? With a marker: a *whiteout*,
        called \`.wh.\` and the name of what it hides. The article makes it as a device with the
        numbers 0,0, which no driver answers to. The image spec asks for an empty ordinary file.
        containerd takes the file everywhere, and the device where it runs as root. Yours will be
        ${whiteoutChoice}.`,
      script: sh`
        rm -rf "$WORKDIR/build/delta"
        mkdir -p "$WORKDIR/build/delta/data"
        echo 'hello from delta' >"$WORKDIR/build/delta/hello.txt"
        mknod "$WORKDIR/build/delta/data/.wh.config.txt" c 0 0
      `,
      builds: true,
      expect: text`No output. The article writes \`sudo mknod … c 0 0\`: since Linux 5.8 this one device
        needs no root, for it opens nothing.`,
      checks: [
        check('shadow', {
          claim: 'F2',
          says: 'hello.txt says "hello from delta"',
          look: (look) =>
            asPlanned(
              look,
              'delta',
              ['data', 'hello.txt'],
              'Write it with: echo "hello from delta".',
            ),
          mistakes: mistakes(seeTrees, ...deltaTextMistakes),
          faults: [
            {
              name: 'the base file was copied instead',
              breaks: sh`cp "$WORKDIR/build/base/hello.txt" "$WORKDIR/build/delta/hello.txt"`,
              says: /hello from base/,
              diagnosis: 'delta-says-base',
            },
          ],
        }),
        check('whiteout', {
          claim: 'F2',
          says: 'data/.wh.config.txt is a whiteout',
          look: async (look) => {
            await look.need(trees.delta);
            const outcome = await takesAway(
              look,
              await look.get(whiteouts.tree),
              'The name is .wh. and then exactly the name to hide: .wh.config.txt. Run the step: it makes one.',
            );
            if (outcome.status !== 'pass') return outcome;
            const path = look.path('build', 'delta', 'data', '.wh.config.txt');
            return pass(`${outcome.evidence}; stat says: ${await nodeByTool(look, path)}`);
          },
          mistakes: mistakes(seeTrees, ...whiteoutMistakes),
          faults: [
            {
              name: 'a typo in the name',
              breaks: sh`
                mv "$WORKDIR/build/delta/data/.wh.config.txt" "$WORKDIR/build/delta/data/.wh.config.tx"
              `,
              says: /data\/\.wh\.config\.tx hides data\/config\.tx, which base does not have/,
              diagnosis: 'whiteout-typo',
            },
            {
              name: 'in another directory',
              breaks: sh`
                mv "$WORKDIR/build/delta/data/.wh.config.txt" "$WORKDIR/build/delta/.wh.config.txt"
              `,
              says: /\.wh\.config\.txt hides config\.txt, and base has data\/config\.txt/,
              diagnosis: 'whiteout-misplaced',
            },
            {
              name: "spelled the kernel's way",
              breaks: sh`
                rm "$WORKDIR/build/delta/data/.wh.config.txt"
                sudo mknod "$WORKDIR/build/delta/data/config.txt" c 0 0
              `,
              says: /data\/config\.txt is a character device 0,0/,
              diagnosis: 'whiteout-plain-name',
            },
            {
              name: 'another device',
              breaks: sh`
                rm "$WORKDIR/build/delta/data/.wh.config.txt"
                sudo mknod "$WORKDIR/build/delta/data/.wh.config.txt" c 1 3
              `,
              says: /is a character device 1,3/,
              diagnosis: 'whiteout-other-device',
            },
          ],
        }),
      ],
      notice: text`Yours is ${whiteouts.tree}. It deletes nothing: base still has its config.txt, and
        always will. A whiteout is a note to whoever stacks the layers.`,
      fieldNote: {
        title: 'Two forms, two spellings',
        text: text`It is ${whiteoutChoice} here, because ${whiteoutReason}.

          \`.wh.config.txt\` is how an *archive* spells it. On a mounted overlay the kernel
          spells it differently: a 0,0 device under the plain name, \`config.txt\`. Between the two
          somebody has to translate. You will catch them at it in lesson 7.`,
      },
      hint: text`\`stat -c '%F %t,%T' FILE\` says what a file is, and its device numbers.`,
    },
    {
      id: 'tree',
      title: 'Look at both',
      why: text`A last look before they are packed: first the way the article looks at them, then with
        \`-a\`.`,
      script: sh`
        tree "$WORKDIR/build"
        tree -a "$WORKDIR/build"
      `,
      predict: {
        question: 'Will the plain tree, as in the article, show the whiteout?',
        choices: ['yes', 'no'],
        ask: async (look) => {
          const hidden = await look.need(hiddenByTree);
          const right = hidden.includes('.wh.config.txt') ? 1 : 0;
          return { right, said: `tree without -a left out: ${hidden}` };
        },
      },
      expect: text`The same picture twice, but for one line.`,
      checks: [
        check('listing', {
          claim: 'F3',
          says: 'tree -a lists every entry, and nothing else is there',
          look: async (look) => {
            const actual = await listed(look, '-a');
            const unexpected = actual.filter((path) => !everyPath.includes(path));
            const missing = everyPath.filter((path) => !actual.includes(path));
            if (unexpected.length === 0 && missing.length === 0) {
              return pass(`${actual.length} entries, all of them yours`);
            }
            return fail({
              expected:
                missing.length === 0 ? 'nothing but what the two steps made' : missing.join(', '),
              actual: unexpected.length === 0 ? 'missing' : `unexpected: ${unexpected.join(', ')}`,
              hint: 'Everything in these directories goes into the layers, editor backups too.',
            });
          },
          mistakes: mistakes(seeTrees, ...strayMistakes),
          faults: [
            {
              name: 'an editor left its backup behind',
              breaks: sh`touch "$WORKDIR/build/delta/.hello.txt.swp"`,
              mends: sh`rm "$WORKDIR/build/delta/.hello.txt.swp"`,
              says: /unexpected: delta\/\.hello\.txt\.swp/,
              diagnosis: 'stray-backup',
            },
          ],
        }),
      ],
      notice: text`Hidden from the plain listing: ${hiddenByTree}. An image can hide a file from you in
        just this way, and scanners that forget dot-files have missed worse.`,
      hint: text`Delete what should not be there, or run the two steps before this one again.`,
      looksOnly: true,
    },
    {
      id: 'dockerfile',
      title: 'The same thing as a Dockerfile',
      why: text`Every COPY adds a layer. These four lines would give the same two trees, with no marker
        you can see. You will not build it: the tour's whole point is what a builder does after reading
        it.`,
      script: sh`
        cat >"$WORKDIR/Dockerfile" <<'END'
        FROM scratch AS base
        COPY build/base/ /
        FROM base
        COPY build/delta/ /
        END
        cat "$WORKDIR/Dockerfile"
      `,
      expect: text`Four lines; nothing is built.`,
      checks: [
        check('copies', {
          claim: 'F4',
          says: 'its COPY lines name your two trees, bottom first',
          look: async (look) => {
            const sources = copied(((await look.file('Dockerfile')) ?? '').toString());
            const exist = await Promise.all(sources.map((source) => look.exists(source)));
            const expected = 'COPY build/base, then COPY build/delta';
            const hint = 'The first COPY makes the bottom layer, the second lies on it.';
            if (sources.join() !== 'build/base,build/delta') {
              return fail({ expected, actual: `COPY ${sources.join(', then COPY ')}`, hint });
            }
            if (exist.includes(false)) return fail({ expected, actual: 'no such directory', hint });
            return pass(`${sources.join(' then ')}, both there`);
          },
          faults: [
            {
              name: 'the layers are the wrong way round',
              breaks: sh`
                printf 'FROM scratch\nCOPY build/delta/ /\nCOPY build/base/ /\n' >"$WORKDIR/Dockerfile"
              `,
              says: /COPY build\/delta, then COPY build\/base/,
            },
          ],
        }),
      ],
      notice: text`In a real build the second tree would come from \`RUN rm /data/config.txt\`. The
        builder compares before and after, sees a name missing, and writes the whiteout for you.`,
      hint: text`Run it again: the file is written anew.`,
    },
  ],
});
