import { check, fail, type Outcome, pass } from '../../src/engine/check.ts';
import { mistakes } from '../../src/engine/diagnosis.ts';
import { fact } from '../../src/engine/fact.ts';
import { defineLesson, type Visit } from '../../src/engine/lesson.ts';
import type { Look } from '../../src/engine/look.ts';
import { sh } from '../../src/engine/script.ts';
import { picture, text, wide } from '../../src/engine/text.ts';
import { merge } from '../../src/oci/merge.ts';
import {
  brief,
  containerName,
  manifestDigest,
  snapshotDirs,
  snapshotList,
  snapshotTrees,
  taggedName,
  tars,
  task,
  topChainId,
  upperdir,
} from '../facts.ts';
import { forBoth, othersUntouched, seenHere } from '../witnesses.ts';
import {
  goneMistakes,
  imageMistakes,
  runningMistakes,
  seeContainer,
  seeWrites,
  writeMistakes,
} from './mistakes.ts';

/** What runc mounts into every container, so that it finds a kernel. */
const runtimeMounts = ['dev', 'proc', 'run', 'sys'];

/** The image's top level by our own merge of the two tars. */
const mergedTop = seenHere('the merged top level', '08-run/start', async (look) => {
  const layers = [(await look.need(tars.base)).entries, (await look.need(tars.delta)).entries];
  const paths = [...merge(layers).keys()];
  return [...new Set(paths.map((path) => path.split('/')[0] ?? ''))]
    .filter((path) => path !== '.')
    .sort();
});

/**
 * What a path is to the process in the container. `/proc/PID/root` is the process's own root: the same
 * directory entries that it sees itself, whatever is mounted in between.
 */
async function ownRoot(look: Look): Promise<string> {
  return `/proc/${(await look.need(task)).pid}/root`;
}

function listedInside(directory: string) {
  return seenHere(`inside: ${directory}`, '08-run/start', async (look) =>
    (await look.containerd()).list((await ownRoot(look)) + directory),
  );
}

const rootInside = listedInside('/');
const binInside = listedInside('/bin');
const dataInside = listedInside('/data');
const helloInside = seenHere('inside: /hello.txt', '08-run/start', async (look) =>
  (await (await look.containerd()).read(`${await ownRoot(look)}/hello.txt`))?.trim(),
);

/** The root mount of the container, as its own /proc/1/mountinfo has it. */
const rootMount = seenHere('the root mount', '08-run/start', async (look) => {
  const running = await look.need(task);
  const mounts = await (await look.containerd()).mountsInside(running);
  return mounts.find(({ target }) => target === '/');
});

function listing(expected: string[], found: string[], hint: string): Outcome {
  const names = (all: string[]) => all.join(' ') || 'nothing';
  if (names(found) === names(expected)) return pass(`${names(found)}, to the process itself`);
  return fail({ expected: names(expected), actual: `${names(found)} inside`, hint });
}

async function upperTree(look: Look) {
  const directory = await look.need(upperdir);
  return (await look.containerd()).tree(directory);
}

const stepInside: Visit = {
  label: 'step into the container',
  leave: 'exit',
  script: sh`sudo ctr -n "$CTR_NAMESPACE" tasks exec -t --exec-id "visit-$$" demo /bin/sh`,
};

/** Also after it is gone: the picture stands at the end of the lesson as well. */
const itsUpperdir = fact<string>('container.upper.last', {
  what: "the container's upperdir",
  from: '08-run/start',
  read: async (look) => (await look.get(upperdir)) ?? look.progress.remembered(upperdir.id),
  show: upperdir.show,
});

export const running = defineLesson({
  id: '08-run',
  title: 'Run it',
  intro: text`A container is a process whose root is an overlay of your directories. You will keep one
    alive and look at it from both sides: through its own eyes, and from the host.`,
  picture: {
    drawing: picture`
      what the process calls /
      ───────────────────────────────────────────────────
      upperdir   ${wide(itsUpperdir, 19)}   its writes; gone with it
      lowerdir   ${wide(snapshotDirs.delta, 19)}   delta, read-only
      lowerdir   ${wide(snapshotDirs.base, 19)}   base, read-only
    `,
    alt: "The container's root: its own upperdir on top of the delta snapshot on top of the base snapshot.",
  },
  subject: manifestDigest,
  steps: [
    {
      id: 'start',
      title: 'Start a container and keep it',
      why: text`The image's own command is \`/bin/sh\`, which ends as soon as nobody types. To have time to
        look around, run something that waits instead. What follows the container's name replaces the
        command in the config.`,
      script: sh`
        # what an earlier try may have left: its task, its record, its snapshot
        sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo 2>/dev/null || true
        sudo ctr -n "$CTR_NAMESPACE" containers rm demo 2>/dev/null || true
        sudo ctr -n "$CTR_NAMESPACE" snapshots rm demo 2>/dev/null || true

        sudo ctr -n "$CTR_NAMESPACE" run -d \
          docker.io/library/handroll:latest demo /bin/busybox sleep 86400
        sudo ctr -n "$CTR_NAMESPACE" tasks ls
      `,
      expect: text`One line: a task called demo, a process number, RUNNING.`,
      lasts: true,
      checks: [
        check('running', {
          claim: 'R1',
          says: 'the container runs',
          passing: true,
          look: async (look) => {
            const found = await look.get(task);
            if (found !== undefined)
              return pass(`${found.id}, process ${found.pid}, ${found.status}`);
            const all = await (await look.containerd()).tasks();
            const stopped = all.find(({ id }) => id === containerName);
            return fail({
              expected: 'a task demo, RUNNING',
              actual: stopped === undefined ? 'no task demo' : `demo is ${stopped.status}`,
              hint: 'Start it: the container has ended, with its containerd perhaps.',
              over: true,
            });
          },
          mistakes: mistakes(seeContainer, ...runningMistakes),
          faults: [
            {
              name: 'the process was killed',
              breaks: sh`
                sudo ctr -n "$CTR_NAMESPACE" tasks kill -s SIGKILL demo
                while sudo ctr -n "$CTR_NAMESPACE" tasks ls | grep RUNNING; do sleep 0.02; done
              `,
              says: /demo is STOPPED/,
              diagnosis: 'container-stopped',
            },
            {
              name: 'only the record was made',
              breaks: sh`
                sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo
              `,
              says: /there is a container demo, and no task/,
              diagnosis: 'container-without-task',
            },
          ],
        }),
        check('image', {
          claim: 'R1',
          says: 'it was made from your image, on top of your snapshots',
          passing: true,
          look: async (look) => {
            const wanted = await look.need(manifestDigest);
            const containerd = await look.containerd();
            const [images, snapshots] = await Promise.all([
              containerd.images(),
              look.need(snapshotList),
            ]);
            const snapshot = snapshots.find(({ key }) => key === containerName);
            const top = await look.need(topChainId);
            const expected = `${taggedName} at ${brief(wanted)}, snapshot on ${brief(top)}`;
            if (snapshot === undefined) {
              return fail({
                expected,
                actual: 'no snapshot demo',
                hint: 'Start the container: its writable snapshot comes with it.',
                over: true,
              });
            }
            if (images.get(taggedName) === wanted && snapshot.parent === top) return pass(expected);
            return fail({
              expected,
              actual: `${taggedName} at ${brief(images.get(taggedName) ?? 'sha256:missing')}, snapshot on ${brief(snapshot.parent ?? 'sha256:nothing')}`,
              hint: 'The image changed since the container was started. Start it anew.',
            });
          },
          mistakes: mistakes(seeContainer, ...imageMistakes),
          faults: [
            {
              name: 'the tag was moved away while it ran',
              breaks: sh`sudo ctr -n "$CTR_NAMESPACE" images rm docker.io/library/handroll:latest`,
              mends: sh`
                sudo ctr -n "$CTR_NAMESPACE" images tag --force \
                  handroll:latest docker.io/library/handroll:latest
              `,
              says: /there is no docker\.io\/library\/handroll:latest any more/,
              diagnosis: 'tag-gone',
            },
          ],
        }),
      ],
      notice: text`A third snapshot exists now, called demo, of kind Active: the writable one. Its directory is
        ${upperdir}.`,
      visit: stepInside,
      hint: text`\`ctr run\` complains "already exists"? Something of an earlier try is left: the first three
        lines of the script take it away.`,
    },
    {
      id: 'root',
      title: 'What it takes for its root',
      why: text`From inside, there are no layers. There is \`/\`, and it looks like a very small Linux. The
        names come from base, from delta, and four from runc, which mounts a kernel's worth of
        directories into every container.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id root-$$ demo \
          /bin/ls -l /
      `,
      expect: text`bin, data and hello.txt are yours. The rest was not in either tree.`,
      checks: [
        check('merged', {
          claim: 'R2',
          says: "its root is the merge of your two tars, and runc's mount points",
          passing: true,
          look: async (look) => {
            const expected = [
              ...new Set([...(await look.need(mergedTop)), ...runtimeMounts]),
            ].sort();
            return listing(
              expected,
              await look.need(rootInside),
              'Something was created or removed at the top. Start a fresh container: back to the first step.',
            );
          },
          faults: [
            {
              name: 'somebody made a directory in the root',
              breaks: sh`
                sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id fault-$$ demo /bin/busybox mkdir /etc
              `,
              mends: sh`
                sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id mend-$$ demo /bin/busybox rmdir /etc
              `,
              says: /dev etc hello\.txt/,
            },
          ],
        }),
      ],
      notice: text`No \`etc\`, though the article's listing has one, and a \`run\` that it does not have: these are
        containerd's defaults, and they change. What does not change is that your three names are there.`,
      visit: stepInside,
      hint: text`If the container has ended, go back to the first step and start it.`,
      looksOnly: true,
    },
    {
      id: 'shadow',
      title: 'Covered, and shining through',
      why: text`Two layers have a hello.txt. The process opens one path and gets one file: the kernel went
        through the layers from the top and took the first it found.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id hello-$$ demo \
          /bin/cat /hello.txt
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id bin-$$ demo \
          /bin/ls -l /bin
      `,
      predict: {
        question: 'Which hello will the container print?',
        choices: ['hello from base', 'hello from delta', 'both'],
        ask: async (look) => {
          const found = await look.need(helloInside);
          const right = found.includes('\n') ? 2 : found === 'hello from base' ? 0 : 1;
          return { right, said: `the container printed: ${found}` };
        },
      },
      expect: text`One line, then four names in bin that only base has.`,
      checks: [
        check('hello', {
          claim: 'R3',
          says: '/hello.txt reads inside as the topmost layer has it',
          passing: true,
          look: async (look) => {
            const found = await look.need(helloInside);
            if (found === 'hello from delta') return pass(`the process reads: ${found}`);
            return fail({
              expected: 'hello from delta',
              actual: found,
              hint: 'Was it changed from inside? A fresh container starts clean: back to the first step.',
            });
          },
          faults: [
            {
              name: 'the container changed its own copy',
              breaks: sh`
                sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id fault-$$ demo \
                  /bin/sh -c 'echo changed >/hello.txt'
              `,
              mends: sh`
                sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id mend-$$ demo \
                  /bin/sh -c 'echo hello from delta >/hello.txt'
              `,
              says: /^changed$/m,
            },
          ],
        }),
        check('bin', {
          claim: 'R4',
          says: "base's bin shows through: busybox cat ls sh",
          passing: true,
          look: async (look) =>
            listing(
              ['busybox', 'cat', 'ls', 'sh'],
              await look.need(binInside),
              'Start a fresh container: back to the first step.',
            ),
          faults: [
            {
              name: 'a file was added to bin inside',
              breaks: sh`
                sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id fault-$$ demo \
                  /bin/busybox ln -s busybox /bin/vi
              `,
              mends: sh`
                sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id mend-$$ demo /bin/busybox rm /bin/vi
              `,
              says: /busybox cat ls sh vi inside/,
            },
          ],
        }),
      ],
      notice: text`bin exists only in base; nothing in delta mentions it. That is sharing: ten images on the same
        base have ten deltas and one bin.`,
      visit: stepInside,
      hint: text`If the container has ended, go back to the first step and start it.`,
      looksOnly: true,
    },
    {
      id: 'whiteout',
      title: 'Taken away, and still there',
      why: text`The delta's whiteout hides data/config.txt from the process. Look at the same place from
        outside, in the snapshot that belongs to base.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id data-$$ demo \
          /bin/ls -lA /data
        sudo cat "$BASE_SNAPSHOT/hello.txt" "$BASE_SNAPSHOT/data/config.txt"
      `,
      uses: [snapshotDirs.base],
      expect: text`Nothing from inside. Then two lines from the host: both files, untouched.`,
      checks: [
        check('hidden', {
          claim: 'R5',
          says: '/data is empty inside',
          passing: true,
          look: async (look) =>
            listing(
              [],
              await look.need(dataInside),
              'Something was written there from inside. Start a fresh container: back to the first step.',
            ),
          faults: [
            {
              name: 'the container wrote a config of its own',
              breaks: sh`
                sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id fault-$$ demo \
                  /bin/sh -c 'echo mine >/data/config.txt'
              `,
              mends: sh`
                sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id mend-$$ demo \
                  /bin/busybox rm /data/config.txt
              `,
              says: /config\.txt inside/,
            },
          ],
        }),
        check('still-there', {
          claim: 'R6',
          says: 'in the base snapshot both files are still there',
          look: async (look) => {
            const { entries } = await look.need(snapshotTrees.base);
            const read = (wanted: string) =>
              entries
                .find(({ path }) => path === wanted)
                ?.content?.toString()
                .trim() ?? 'missing';
            const found = [read('hello.txt'), read('data/config.txt')];
            if (found.join() === 'hello from base,base config') return pass(found.join(', '));
            return fail({
              expected: 'hello from base, base config',
              actual: found.join(', '),
              hint: 'A snapshot was written to. Remove the image and import it again.',
            });
          },
          faults: [
            {
              name: 'the file was really deleted, below the mount',
              breaks: sh`sudo rm "$BASE_SNAPSHOT/data/config.txt"`,
              mends: sh`echo 'base config' | sudo tee "$BASE_SNAPSHOT/data/config.txt"`,
              says: /hello from base, missing/,
            },
          ],
        }),
      ],
      notice: text`So deleting a file in a later layer frees no space, and hides no secret: whoever has the image
        has the base layer, with everything in it.`,
      visit: stepInside,
      hint: text`\`$BASE_SNAPSHOT\` is the directory of base's snapshot.`,
      looksOnly: true,
    },
    {
      id: 'mountinfo',
      title: 'The mount that does it all',
      why: text`The kernel will tell any process what its root is made of. Ask it from inside.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id mounts-$$ demo \
          /bin/cat /proc/1/mountinfo | grep ' / / '
      `,
      predict: {
        question: 'In lowerdir=A:B, which of your layers is A?',
        choices: ['base', 'delta'],
        ask: async (look) => {
          const first = (await look.need(rootMount)).options.get('lowerdir')?.split(':')[0];
          const right = first === (await look.need(snapshotDirs.delta)) ? 1 : 0;
          return { right, said: `lowerdir begins with ${first?.split('/').slice(-3).join('/')}` };
        },
      },
      expect: text`One long line of type overlay. You have seen its three options before: you typed them.`,
      checks: [
        check('overlay', {
          claim: 'R7',
          says: 'its root is one overlay: your two snapshots, and its own upperdir',
          passing: true,
          look: async (look) => {
            const [mount, delta, base, own = 'no upperdir'] = await Promise.all([
              look.need(rootMount),
              look.need(snapshotDirs.delta),
              look.need(snapshotDirs.base),
              look.get(upperdir),
            ]);
            const lower = (mount.options.get('lowerdir') ?? '').split(':');
            const found = [mount.type, ...lower, mount.options.get('upperdir')];
            const wanted = ['overlay', delta, base, own];
            const brief_ = (paths: readonly (string | undefined)[]) =>
              paths.map((path) => path?.split('/').slice(-2).join('/')).join(' ');
            if (found.join() === wanted.join()) return pass(brief_(wanted));
            return fail({
              expected: brief_(wanted),
              actual: brief_(found),
              hint: 'These are not the directories of your snapshots. Start the container anew.',
            });
          },
          faults: [
            {
              name: 'the container was started over a plain directory',
              breaks: sh`
                sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo
                sudo ctr -n "$CTR_NAMESPACE" containers rm demo
                cp -a "$WORKDIR/build/base" "$WORKDIR/rootfs"
                sudo ctr -n "$CTR_NAMESPACE" run -d --rootfs \
                  "$WORKDIR/rootfs" demo /bin/busybox sleep 86400
              `,
              mends: sh`
                sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo
                sudo ctr -n "$CTR_NAMESPACE" containers rm demo
                sudo rm -rf "$WORKDIR/rootfs"
                sudo ctr -n "$CTR_NAMESPACE" run -d \
                  docker.io/library/handroll:latest demo /bin/busybox sleep 86400
              `,
              also: ['start/image', 'shadow/hello', 'whiteout/hidden'],
              says: /not the directories of your snapshots/,
            },
          ],
        }),
      ],
      notice: text`lowerdir lists the topmost first: delta, then base. upperdir is ${upperdir}. This line is the
        answer to "what is a container's file system": a mount of three directories you can open with an
        editor.`,
      fieldNote: {
        title: 'A grep that was never installed',
        text: text`The article pipes this file through \`grep\`, in an image that has sh, ls and cat. It works,
          and not because of the image: this busybox shell runs the commands it has built in without
          looking for a file. Start \`grep\` as the container's own command and it is "not found".`,
      },
      visit: stepInside,
      hint: text`\`findmnt\` on the host does not show it: the mount is where containerd lives.`,
      looksOnly: true,
    },
    {
      id: 'write',
      title: 'Write inside, look outside',
      why: text`What the container writes goes to its upperdir. You know where that is, so watch it arrive.`,
      script: sh`
        sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id write-$$ demo \
          /bin/sh -c 'echo written inside >/data/new.txt
            echo changed >/hello.txt'
        sudo ls -lA "$UPPERDIR" "$UPPERDIR/data"
        sudo cat "$UPPERDIR/data/new.txt" "$UPPERDIR/hello.txt"
      `,
      uses: [upperdir],
      expect: text`Two files on the host, beside the empty mount points that runc made.`,
      checks: [
        check('upper', {
          claim: 'R8',
          says: 'both writes are on the host, in the upperdir',
          passing: true,
          look: async (look) => {
            const tree =
              (await look.get(upperdir)) === undefined ? undefined : await upperTree(look);
            if (tree === undefined) {
              return fail({
                expected: 'data/new.txt and hello.txt in the upperdir',
                actual: 'there is no upperdir: the container is gone',
                hint: 'Start the container and write again: from the first step of this lesson.',
                over: true,
              });
            }
            const read = (wanted: string) =>
              tree.entries
                .find(({ path }) => path === wanted)
                ?.content?.toString()
                .trim() ?? 'missing';
            const found = [read('data/new.txt'), read('hello.txt')];
            if (found.join() === 'written inside,changed') {
              return pass(`data/new.txt "${found[0]}", hello.txt "${found[1]}"`);
            }
            return fail({
              expected: 'data/new.txt "written inside", hello.txt "changed"',
              actual: `data/new.txt "${found[0]}", hello.txt "${found[1]}"`,
              hint: 'Write them from inside the container, with the names and words of the script.',
            });
          },
          mistakes: mistakes(seeWrites, ...writeMistakes),
          faults: [
            {
              name: 'the new file was deleted inside',
              breaks: sh`
                sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id fault-$$ demo \
                  /bin/busybox rm /data/new.txt
              `,
              says: /data\/new\.txt "missing"/,
            },
            {
              name: 'it was written somewhere else',
              breaks: sh`
                sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id fault-$$ demo \
                  /bin/busybox mv /data/new.txt /new.txt
              `,
              mends: sh`
                sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id mend-$$ demo /bin/busybox rm /new.txt
              `,
              also: ['root/merged'],
              says: /the upperdir has new\.txt/,
              diagnosis: 'written-elsewhere',
            },
          ],
        }),
        check('layers', {
          claim: 'R8',
          says: 'the two snapshots below are as they were',
          look: async (look) =>
            forBoth(async (name) => {
              const { entries } = await look.need(snapshotTrees[name]);
              const hello = entries
                .find(({ path }) => path === 'hello.txt')
                ?.content?.toString()
                .trim();
              if (hello === `hello from ${name}`) return pass(`${name}: "${hello}"`);
              return fail({
                expected: `${name}: "hello from ${name}"`,
                actual: `${name}: "${hello}"`,
                hint: 'A snapshot was written to. Remove the image and import it again.',
              });
            }),
          mistakes: mistakes(seeWrites, ...writeMistakes),
          faults: [
            {
              name: 'somebody wrote into the delta snapshot',
              breaks: sh`echo 'hello from a vandal' | sudo tee "$DELTA_SNAPSHOT/hello.txt"`,
              mends: sh`echo 'hello from delta' | sudo tee "$DELTA_SNAPSHOT/hello.txt"`,
              says: /hello\.txt in the snapshot of delta was written to/,
              diagnosis: 'written-into-snapshot',
            },
          ],
        }),
      ],
      notice: text`hello.txt was copied up whole before it was changed. The layers below still say what they said,
        and a second container from this image would see them as new.`,
      remembers: upperdir,
      visit: stepInside,
      hint: text`\`$UPPERDIR\` is the directory, in your own shell too.`,
    },
    {
      id: 'gone',
      title: 'Let it go',
      why: text`End the process, then remove the container: two things, in that order, since a record whose
        process still runs cannot be removed.`,
      script: sh`
        if sudo ctr -n "$CTR_NAMESPACE" tasks ls -q | grep -x demo >/dev/null; then
          sudo ctr -n "$CTR_NAMESPACE" tasks rm -f demo
        fi
        if sudo ctr -n "$CTR_NAMESPACE" containers ls -q | grep -x demo >/dev/null; then
          sudo ctr -n "$CTR_NAMESPACE" containers rm demo
        fi
        sudo ctr -n "$CTR_NAMESPACE" snapshots ls
      `,
      predict: {
        question: 'The container is removed. Where is the file it wrote?',
        choices: ['still in the upperdir', 'in the delta snapshot', 'gone'],
        ask: async (look) => {
          const directory = look.progress.remembered(upperdir.id);
          const there =
            directory !== undefined &&
            (await (await look.containerd()).list(directory)) !== undefined;
          const said = there
            ? 'the directory is still there'
            : 'the upperdir does not exist any more';
          return { right: there ? 0 : 2, said };
        },
      },
      expect: text`Two snapshots again, the ones from the import. A remark about exit code 137 is the killed
        process: 128 and signal 9.`,
      checks: [
        check('ended', {
          claim: 'R8',
          says: 'task, container and its snapshot are gone',
          settles: 'the process to end and its snapshot to go',
          look: async (look) => {
            const containerd = await look.containerd();
            await look.need(topChainId);
            const [tasks, containers, snapshots] = await Promise.all([
              containerd.tasks(),
              containerd.containers(),
              look.need(snapshotList),
            ]);
            const left = [
              ...tasks.map(({ id }) => `task ${id}`),
              ...containers.map((id) => `container ${id}`),
              ...snapshots.map(({ key }) => `snapshot ${key}`),
            ].filter((each) => each.endsWith(` ${containerName}`));
            if (left.length === 0) return pass('no task, no container, no snapshot called demo');
            return fail({
              expected: 'nothing called demo',
              actual: left.join(', '),
              hint: 'First the task, then the container: ctr tasks rm -f demo, ctr containers rm demo.',
              // A record is there until it is removed.
              ...(containers.includes(containerName) ? { stays: true } : {}),
            });
          },
          mistakes: mistakes(seeContainer, ...goneMistakes),
          faults: [
            {
              name: 'another one was started',
              breaks: sh`
                sudo ctr -n "$CTR_NAMESPACE" run -d \
                  docker.io/library/handroll:latest demo /bin/busybox sleep 86400
              `,
              says: /task demo, container demo, snapshot demo/,
            },
            {
              name: 'the record was left',
              breaks: sh`
                sudo ctr -n "$CTR_NAMESPACE" containers create \
                  docker.io/library/handroll:latest demo /bin/sh
              `,
              says: /there is a container demo, and no task/,
              diagnosis: 'container-without-task',
            },
          ],
        }),
        check('written', {
          claim: 'R8',
          says: 'what it wrote is gone with it',
          settles: 'containerd to collect its garbage',
          look: async (look) => {
            const directory = look.progress.remembered(upperdir.id);
            if (directory === undefined) {
              return fail({
                expected: 'an upperdir that was seen before',
                actual: 'nobody looked at one',
                hint: 'Go through this lesson from its first step.',
              });
            }
            const containerd = await look.containerd();
            const [names, containers] = await Promise.all([
              containerd.list(directory),
              containerd.containers(),
            ]);
            if (names === undefined)
              return pass(`${directory.split('/').slice(-3).join('/')} does not exist`);
            return fail({
              expected: 'no such directory',
              actual: `it is still there, with ${names.join(', ')}`,
              hint: 'containerd removes it with a garbage collection after the container: check again.',
              ...(containers.includes(containerName) ? { stays: true } : {}),
            });
          },
          faults: [
            {
              name: 'the directory survived',
              breaks: sh`
                sudo mkdir -p "$LAST_UPPERDIR/data"
                sudo chattr +i "$LAST_UPPERDIR"
              `,
              mends: sh`
                sudo chattr -i "$LAST_UPPERDIR"
                sudo rm -rf "$(dirname "$LAST_UPPERDIR")"
              `,
              says: /it is still there, with data/,
            },
          ],
        }),
        check('kept', {
          claim: 'R8',
          says: "the image's own snapshots are untouched",
          look: (look) =>
            forBoth(async (name) => {
              const inTar = (await look.need(tars[name])).entries.find(
                ({ path }) => path === 'hello.txt',
              );
              const onDisk = (await look.need(snapshotTrees[name])).entries.find(
                ({ path }) => path === 'hello.txt',
              );
              if (inTar?.digest !== undefined && inTar.digest === onDisk?.digest) {
                return pass(`${name}: hello.txt ${brief(inTar.digest)} in the tar and on disk`);
              }
              return fail({
                expected: `${name}: hello.txt as in the tar`,
                actual: `${name}: ${onDisk === undefined ? 'missing' : 'another content'}`,
                hint: 'A snapshot was written to. Remove the image and import it again.',
              });
            }),
          faults: [
            {
              name: 'somebody wrote into the base snapshot',
              breaks: sh`echo 'hello from a vandal' | sudo tee "$BASE_SNAPSHOT/hello.txt"`,
              mends: sh`echo 'hello from base' | sudo tee "$BASE_SNAPSHOT/hello.txt"`,
              also: ['write/layers', 'whiteout/still-there'],
              says: /base: another content/,
            },
          ],
        }),
        check('others', {
          claim: 'P4',
          says: 'the other namespaces are as they were',
          look: othersUntouched,
          faults: [
            {
              name: 'something appeared in another namespace',
              breaks: sh`sudo ctr -n handroll-tour-stranger snapshots prepare theirs`,
              mends: sh`
                sudo ctr -n handroll-tour-stranger snapshots rm theirs
                sudo ctr namespaces rm handroll-tour-stranger
              `,
              says: /changed: handroll-tour-stranger/,
            },
          ],
        }),
      ],
      notice: text`Nothing to roll back and nothing to clean: the layers were never written to. That is why a
        container can be thrown away, and why what must stay belongs in a volume.`,
      fieldNote: {
        title: 'A kill that kills nothing',
        text: text`The article ends with \`tasks kill demo\`, which sends SIGTERM. A shell that is process 1
          ignores it, the next two commands then fail, and their errors go to /dev/null. \`tasks rm -f\`
          kills and removes, and fails aloud if it cannot.`,
      },
      hint: text`\`ctr tasks ls\`, \`ctr containers ls\`, \`ctr snapshots ls\` show what is left.`,
    },
  ],
});
