import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import type { Look } from '../../src/engine/look.ts';
import { check } from '../claims.ts';
import {
  binInside,
  dataInside,
  helloInside,
  mergedTop,
  rootInside,
  rootMount,
  task,
  upperdir,
} from '../facts/container.ts';
import {
  containerName,
  othersUntouched,
  snapshotDirs,
  snapshotList,
  snapshotTrees,
  taggedName,
  topChainId,
} from '../facts/containerd.ts';
import { brief, tars } from '../facts/layers.ts';
import { manifestDigest } from '../facts/layout.ts';
import { forBoth } from '../facts/trees.ts';
import { lesson } from './lesson.ts';

/** What runc mounts into every container, so that it finds a kernel. */
const runtimeMounts = ['dev', 'proc', 'run', 'sys'];

function listing(expected: string[], found: string[], hint: string): Outcome {
  const names = (all: string[]) => all.join(' ') || 'nothing';
  if (names(found) === names(expected)) return pass(`${names(found)}, to the process itself`);
  return fail({ expected: names(expected), actual: `${names(found)} inside`, hint });
}

async function upperTree(look: Look) {
  const directory = await look.need(upperdir);
  return (await look.containerd()).tree(directory);
}

/** Directories of removed snapshots go with the next garbage collection, a moment later. */
async function settledList(look: Look, directory: string): Promise<string[] | undefined> {
  const containerd = await look.containerd();
  const deadline = performance.now() + 1500;
  let names = await containerd.list(directory);
  while (names !== undefined && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    names = await containerd.list(directory);
  }
  return names;
}

export const checks = defineChecks(lesson, {
  start: [
    check('running', {
      claim: 'R1',
      says: 'the container runs',
      passing: true,
      look: async (look) => {
        const found = await look.get(task);
        if (found !== undefined) return pass(`${found.id}, process ${found.pid}, ${found.status}`);
        const all = await (await look.containerd()).tasks();
        const stopped = all.find(({ id }) => id === containerName);
        return fail({
          expected: 'a task demo, RUNNING',
          actual: stopped === undefined ? 'no task demo' : `demo is ${stopped.status}`,
          hint: 'Start it: the container has ended, with its containerd perhaps.',
          over: true,
        });
      },
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
    }),
  ],
  root: [
    check('merged', {
      claim: 'R2',
      says: "its root is the merge of your two tars, and runc's mount points",
      passing: true,
      look: async (look) => {
        const expected = [...new Set([...(await look.need(mergedTop)), ...runtimeMounts])].sort();
        return listing(
          expected,
          await look.need(rootInside),
          'Something was created or removed at the top. Start a fresh container: back to the first step.',
        );
      },
    }),
  ],
  shadow: [
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
    }),
  ],
  whiteout: [
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
    }),
  ],
  mountinfo: [
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
    }),
  ],
  write: [
    check('upper', {
      claim: 'R8',
      says: 'both writes are on the host, in the upperdir',
      passing: true,
      look: async (look) => {
        const tree = (await look.get(upperdir)) === undefined ? undefined : await upperTree(look);
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
    }),
  ],
  gone: [
    check('ended', {
      claim: 'R8',
      says: 'task, container and its snapshot are gone',
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
        });
      },
    }),
    check('written', {
      claim: 'R8',
      says: 'what it wrote is gone with it',
      look: async (look) => {
        const directory = look.progress.remembered(upperdir.id);
        if (directory === undefined) {
          return fail({
            expected: 'an upperdir that was seen before',
            actual: 'nobody looked at one',
            hint: 'Go through this lesson from its first step.',
          });
        }
        const names = await settledList(look, directory);
        if (names === undefined)
          return pass(`${directory.split('/').slice(-3).join('/')} does not exist`);
        return fail({
          expected: 'no such directory',
          actual: `it is still there, with ${names.join(', ')}`,
          hint: 'containerd removes it with the next garbage collection: check again in a moment.',
        });
      },
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
    }),
    check('others', {
      claim: 'P4',
      says: 'the other namespaces are as they were',
      look: othersUntouched,
    }),
  ],
});

export const answers = defineAnswers(lesson, {
  shadow: async (look) => {
    const found = await look.need(helloInside);
    const right = found.includes('\n') ? 2 : found === 'hello from base' ? 0 : 1;
    return { right, said: `the container printed: ${found}` };
  },
  mountinfo: async (look) => {
    const first = (await look.need(rootMount)).options.get('lowerdir')?.split(':')[0];
    const right = first === (await look.need(snapshotDirs.delta)) ? 1 : 0;
    return { right, said: `lowerdir begins with ${first?.split('/').slice(-3).join('/')}` };
  },
  gone: async (look) => {
    const directory = look.progress.remembered(upperdir.id);
    const there = directory !== undefined && (await settledList(look, directory)) !== undefined;
    const said = there ? 'the directory is still there' : 'the upperdir does not exist any more';
    return { right: there ? 0 : 2, said };
  },
});
