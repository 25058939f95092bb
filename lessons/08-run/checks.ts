import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import type { Observation } from '../../src/engine/observation.ts';
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

async function upperTree(observation: Observation) {
  const directory = await observation.need(upperdir);
  return (await observation.containerd()).tree(directory);
}

export const checks = defineChecks(lesson, {
  start: [
    check('running', {
      claim: 'R1',
      says: 'the container runs',
      ephemeral: true,
      observe: async (observation) => {
        const found = await observation.get(task);
        if (found !== undefined) return pass(`${found.id}, process ${found.pid}, ${found.status}`);
        const all = await (await observation.containerd()).tasks();
        const stopped = all.find(({ id }) => id === containerName);
        return fail({
          expected: 'a task demo, RUNNING',
          actual: stopped === undefined ? 'no task demo' : `demo is ${stopped.status}`,
          hint: 'Start it: the container has ended, with its containerd perhaps.',
          targetGone: true,
        });
      },
    }),
    check('image', {
      claim: 'R1',
      says: 'it was made from your image, on top of your snapshots',
      ephemeral: true,
      observe: async (observation) => {
        const wanted = await observation.need(manifestDigest);
        const containerd = await observation.containerd();
        const [images, snapshots] = await Promise.all([
          containerd.images(),
          observation.need(snapshotList),
        ]);
        const snapshot = snapshots.find(({ key }) => key === containerName);
        const top = await observation.need(topChainId);
        const expected = `${taggedName} at ${brief(wanted)}, snapshot on ${brief(top)}`;
        if (snapshot === undefined) {
          return fail({
            expected,
            actual: 'no snapshot demo',
            hint: 'Start the container: its writable snapshot comes with it.',
            targetGone: true,
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
      ephemeral: true,
      observe: async (observation) => {
        const expected = [
          ...new Set([...(await observation.need(mergedTop)), ...runtimeMounts]),
        ].sort();
        return listing(
          expected,
          await observation.need(rootInside),
          'Something was created or removed at the top. Start a fresh container: back to the first step.',
        );
      },
    }),
  ],
  shadow: [
    check('hello', {
      claim: 'R3',
      says: '/hello.txt reads inside as the topmost layer has it',
      ephemeral: true,
      observe: async (observation) => {
        const found = await observation.need(helloInside);
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
      ephemeral: true,
      observe: async (observation) =>
        listing(
          ['busybox', 'cat', 'ls', 'sh'],
          await observation.need(binInside),
          'Start a fresh container: back to the first step.',
        ),
    }),
  ],
  whiteout: [
    check('hidden', {
      claim: 'R5',
      says: '/data is empty inside',
      ephemeral: true,
      observe: async (observation) =>
        listing(
          [],
          await observation.need(dataInside),
          'Something was written there from inside. Start a fresh container: back to the first step.',
        ),
    }),
    check('still-there', {
      claim: 'R6',
      says: 'in the base snapshot both files are still there',
      observe: async (observation) => {
        const { entries } = await observation.need(snapshotTrees.base);
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
      ephemeral: true,
      observe: async (observation) => {
        const [mount, delta, base, own = 'no upperdir'] = await Promise.all([
          observation.need(rootMount),
          observation.need(snapshotDirs.delta),
          observation.need(snapshotDirs.base),
          observation.get(upperdir),
        ]);
        const lower = (mount.options.get('lowerdir') ?? '').split(':');
        const found = [mount.type, ...lower, mount.options.get('upperdir')];
        const wanted = ['overlay', delta, base, own];
        const shortened = (paths: readonly (string | undefined)[]) =>
          paths.map((path) => path?.split('/').slice(-2).join('/')).join(' ');
        if (found.join() === wanted.join()) return pass(shortened(wanted));
        return fail({
          expected: shortened(wanted),
          actual: shortened(found),
          hint: 'These are not the directories of your snapshots. Start the container anew.',
        });
      },
    }),
  ],
  write: [
    check('upper', {
      claim: 'R8',
      says: 'both writes are on the host, in the upperdir',
      ephemeral: true,
      observe: async (observation) => {
        const tree =
          (await observation.get(upperdir)) === undefined
            ? undefined
            : await upperTree(observation);
        if (tree === undefined) {
          return fail({
            expected: 'data/new.txt and hello.txt in the upperdir',
            actual: 'there is no upperdir: the container is gone',
            hint: 'Start the container and write again: from the first step of this lesson.',
            targetGone: true,
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
      observe: async (observation) =>
        forBoth(async (name) => {
          const { entries } = await observation.need(snapshotTrees[name]);
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
      settles: 'the process to end and its snapshot to go',
      observe: async (observation) => {
        const containerd = await observation.containerd();
        await observation.need(topChainId);
        const [tasks, containers, snapshots] = await Promise.all([
          containerd.tasks(),
          containerd.containers(),
          observation.need(snapshotList),
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
          ...(containers.includes(containerName) ? { permanent: true } : {}),
        });
      },
    }),
    check('written', {
      claim: 'R8',
      says: 'what it wrote is gone with it',
      settles: 'containerd to collect its garbage',
      observe: async (observation) => {
        const directory = observation.progress.remembered(upperdir.id);
        if (directory === undefined) {
          return fail({
            expected: 'an upperdir that was seen before',
            actual: 'nobody looked at one',
            hint: 'Go through this lesson from its first step.',
          });
        }
        const containerd = await observation.containerd();
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
          ...(containers.includes(containerName) ? { permanent: true } : {}),
        });
      },
    }),
    check('kept', {
      claim: 'R8',
      says: "the image's own snapshots are untouched",
      observe: (observation) =>
        forBoth(async (name) => {
          const inTar = (await observation.need(tars[name])).entries.find(
            ({ path }) => path === 'hello.txt',
          );
          const onDisk = (await observation.need(snapshotTrees[name])).entries.find(
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
      observe: othersUntouched,
    }),
  ],
});

export const answers = defineAnswers(lesson, {
  shadow: async (observation) => {
    const found = await observation.need(helloInside);
    const right = found.includes('\n') ? 2 : found === 'hello from base' ? 0 : 1;
    return { right, said: `the container printed: ${found}` };
  },
  mountinfo: async (observation) => {
    const first = (await observation.need(rootMount)).options.get('lowerdir')?.split(':')[0];
    const right = first === (await observation.need(snapshotDirs.delta)) ? 1 : 0;
    return { right, said: `lowerdir begins with ${first?.split('/').slice(-3).join('/')}` };
  },
  gone: async (observation) => {
    const directory = observation.progress.remembered(upperdir.id);
    const there =
      directory !== undefined &&
      (await (await observation.containerd()).list(directory)) !== undefined;
    const said = there ? 'the directory is still there' : 'the upperdir does not exist any more';
    return { right: there ? 0 : 2, said };
  },
});
