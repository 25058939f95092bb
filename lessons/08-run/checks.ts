import { release } from 'node:os';
import { fail, type Outcome, pass } from '../../src/engine/check.ts';
import { defineAnswers, defineChecks } from '../../src/engine/define.ts';
import type { Fact } from '../../src/engine/fact.ts';
import type { Observation } from '../../src/engine/observation.ts';
import type { Task } from '../../src/host/containerd.ts';
import { lowerOf, type Mount } from '../../src/host/mounts.ts';
import { elevated } from '../../src/host/privilege.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { check } from '../claims.ts';
import {
  binInside,
  dataInside,
  expectedRoot,
  first,
  helloInside,
  hostNamespaces,
  ownNamespaces,
  rootInside,
  rootMount,
  second,
  secondData,
  secondHello,
  task,
  upperdir,
} from '../facts/container.ts';
import {
  containerName,
  containerNames,
  othersUntouched,
  secondContainer,
  shortened,
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

/** Where containerd mounts something in every container. */
const runtimeMounts = ['dev', 'proc', 'run', 'sys'];

const words = (names: readonly string[]) => names.join(' ') || 'nothing';

/** The names that the merge has in a directory: `''` is the root. */
async function expectedNames(observation: Observation, directory: string): Promise<string[]> {
  const prefix = directory === '' ? '' : `${directory}/`;
  const paths = [...(await observation.need(expectedRoot)).keys()];
  const below = paths.filter((path) => path.startsWith(prefix) && path !== directory);
  return [...new Set(below.map((path) => path.slice(prefix.length).split('/')[0] ?? ''))].filter(
    (name) => name !== '.' && name !== '',
  );
}

/** Compares a listing inside with the merge. What the learner has written is in the upperdir, and fits. */
function listing(expected: readonly string[], found: readonly string[]): Outcome {
  const [wanted, seen] = [words([...expected].sort()), words([...found].sort())];
  if (wanted === seen) return pass(seen);
  return fail({
    expected: wanted,
    actual: `${seen} inside`,
    hint: 'What is in no layer and not in the upperdir was put into a snapshot from outside. Remove the image and import it again.',
  });
}

const textOf = (entries: readonly LayerEntry[], wanted: string) =>
  entries.find(({ path }) => path === wanted)?.content?.toString();

/** A text as a sentence quotes it. */
const quoted = (text: string | undefined) =>
  text === undefined ? 'missing' : `"${text.replace(/\n$/, '').replaceAll('\n', '\\n')}"`;

/** Whether a container's task runs. */
async function running(
  observation: Observation,
  name: string,
  wanted: Fact<Task>,
): Promise<Outcome> {
  const found = await observation.get(wanted);
  if (found !== undefined) return pass(`${found.id}, process ${found.pid}, ${found.status}`);
  const containerd = await observation.containerd();
  const stopped = (await containerd.tasks()).find(({ id }) => id === name);
  return fail({
    expected: `a task ${name}, RUNNING`,
    actual: stopped === undefined ? `no task ${name}` : `${name} is ${stopped.status}`,
    hint: `There is no container ${name} in ${containerd.namespace}. If \`ctr run\` reported "not found": the image is only in this namespace, so \`ctr\` needs \`-n "$CTR_NAMESPACE"\`.`,
    targetGone: true,
  });
}

/** The directories of an overlay, topmost first. */
function directoriesOf(mount: Mount) {
  return {
    lower: lowerOf(mount),
    upper: mount.options.get('upperdir') ?? '',
  };
}

export const checks = defineChecks(lesson, {
  start: [
    check('running', {
      claim: 'R1',
      says: 'the container runs',
      ephemeral: true,
      observe: (observation) => running(observation, containerName, task),
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
            actual: `no snapshot ${containerName}`,
            hint: 'Start the container: `ctr run` makes its writable snapshot.',
            targetGone: true,
          });
        }
        if (images.get(taggedName) === wanted && snapshot.parent === top) return pass(expected);
        return fail({
          expected,
          actual: `${taggedName} at ${brief(images.get(taggedName) ?? 'sha256:missing')}, snapshot on ${brief(snapshot.parent ?? 'sha256:nothing')}`,
          hint: 'The image has changed since the container was started. Start it again.',
        });
      },
    }),
  ],
  look: [
    check('merged', {
      claim: 'R2',
      says: '/ is the merge of your two tars, plus mount points',
      ephemeral: true,
      observe: async (observation) =>
        listing(
          [...new Set([...(await expectedNames(observation, '')), ...runtimeMounts])],
          await observation.need(rootInside),
        ),
    }),
    check('hello', {
      claim: 'R3',
      says: '/hello.txt is that of the topmost layer',
      ephemeral: true,
      observe: async (observation) => {
        await observation.need(task);
        const merged = (await observation.need(expectedRoot)).get('hello.txt');
        const expected = quoted(merged?.file.content?.toString());
        const found = quoted(await observation.get(helloInside));
        if (found === expected) return pass(found);
        return fail({
          expected,
          actual: `${found} inside`,
          hint: 'The file was changed in a snapshot, from outside. Remove the image and import it again.',
        });
      },
    }),
    check('bin', {
      claim: 'R4',
      says: "the base's bin shows through",
      ephemeral: true,
      observe: async (observation) =>
        listing(await expectedNames(observation, 'bin'), await observation.need(binInside)),
    }),
    check('hidden', {
      claim: 'R5',
      says: '/data is empty, except for what was written since',
      ephemeral: true,
      observe: async (observation) =>
        listing(await expectedNames(observation, 'data'), await observation.need(dataInside)),
    }),
    check('still-there', {
      claim: 'R6',
      says: "the base's snapshot is as the import left it",
      observe: async (observation) => {
        const { entries } = await observation.need(snapshotTrees.base);
        const found = ['hello.txt', 'data/config.txt'].map((path) => quoted(textOf(entries, path)));
        const expected = '"hello from base", "base config"';
        if (found.join(', ') === expected) return pass(expected);
        return fail({
          expected,
          actual: found.join(', '),
          hint: 'A snapshot was changed from outside. Remove the image and import it again.',
        });
      },
    }),
  ],
  isolated: [
    check('namespaces', {
      claim: 'R1',
      says: 'the process has mnt, pid, net, ipc and uts namespaces of its own',
      ephemeral: true,
      observe: async (observation) => {
        const { own, shared } = await observation.need(ownNamespaces);
        const missing = shared.filter((kind) => kind !== 'user');
        if (missing.length === 0) return pass(`${own.join(', ')}, by their numbers in /proc`);
        const outside = await observation.need(hostNamespaces);
        return fail({
          expected: 'mnt, pid, net, ipc and uts of its own',
          actual: `it shares ${missing.map((kind) => outside.get(kind)).join(', ')} with containerd`,
          hint: 'An option of `ctr run` did that. Start the container as the first step does.',
        });
      },
    }),
  ],
  mountinfo: [
    check('overlay', {
      claim: 'R7',
      says: 'its root is one overlay: delta over base, with its own upperdir',
      ephemeral: true,
      observe: async (observation) => {
        const mount = await observation.need(rootMount);
        const { lower, upper } = directoriesOf(mount);
        const wanted = [
          'overlay',
          await observation.need(snapshotDirs.delta),
          await observation.need(snapshotDirs.base),
          (await observation.get(upperdir)) ?? 'an upperdir',
        ];
        const found = [mount.type, ...lower, upper];
        const told = ([type, ...paths]: string[]) => [type, ...paths.map(shortened)].join(' ');
        if (found.join() === wanted.join()) return pass(told(wanted));
        return fail({
          expected: told(wanted),
          actual: told(found),
          hint: 'These are not the directories of your snapshots. Start the container again.',
        });
      },
    }),
  ],
  second: [
    check('running', {
      claim: 'W1',
      says: 'demo2 runs as well',
      ephemeral: true,
      observe: (observation) => running(observation, secondContainer, second.task),
    }),
    check('shared', {
      claim: 'W1',
      says: "demo2's root is an overlay on your snapshots",
      ephemeral: true,
      observe: async (observation) => {
        const one = directoriesOf(await observation.need(rootMount));
        const other = directoriesOf(await observation.need(second.rootMount));
        const layers = [
          await observation.need(snapshotDirs.delta),
          await observation.need(snapshotDirs.base),
        ];
        const told = ({ lower, upper }: typeof one) =>
          `${lower.map(shortened).join(' ')} under ${shortened(upper) || 'nothing'}`;
        const isRight = [one, other].every(({ lower }) => lower.join() === layers.join());
        if (isRight && one.upper !== other.upper && other.upper !== '') {
          return pass(
            `${layers.map(shortened).join(' ')} under ${shortened(one.upper)} and ${shortened(other.upper)}`,
          );
        }
        return fail({
          expected: `${layers.map(shortened).join(' ')} under both, and two upperdirs`,
          actual: `demo: ${told(one)}; demo2: ${told(other)}`,
          hint: `Start demo2 from the image that demo is from: ${taggedName}.`,
        });
      },
    }),
  ],
  write: [
    check('upper', {
      claim: 'R8',
      says: 'both files that demo wrote are on the host, in its upperdir',
      ephemeral: true,
      observe: async (observation) => {
        const directory = await observation.get(upperdir);
        const tree =
          directory === undefined
            ? undefined
            : await (await observation.containerd()).tree(directory);
        if (tree === undefined) {
          return fail({
            expected: 'data/new.txt and hello.txt in the upperdir',
            actual: 'there is no upperdir: the container is gone',
            hint: 'Start the container again, in the first step of this lesson, and then write.',
            targetGone: true,
          });
        }
        const told = (hello: string | undefined, added: string | undefined) =>
          `data/new.txt ${quoted(added)}, hello.txt ${quoted(hello)}`;
        const found = told(textOf(tree.entries, 'hello.txt'), textOf(tree.entries, 'data/new.txt'));
        const expected = told('changed\n', 'written inside\n');
        if (found === expected) return pass(found);
        return fail({
          expected,
          actual: found,
          hint: 'Write them from inside demo, with the names and the texts of the script.',
        });
      },
    }),
    check('unseen', {
      claim: 'W1',
      says: "demo2's hello.txt and data are as they should be",
      ephemeral: true,
      observe: async (observation) => {
        const own = await observation.need(helloInside);
        const hello = await observation.need(secondHello);
        const names = await observation.need(secondData);
        const found = `demo reads ${quoted(own)}; demo2 ${quoted(hello)}, and in data ${words(names)}`;
        if (own === 'changed\n' && hello === 'hello from delta\n' && !names.includes('new.txt')) {
          return pass(found);
        }
        return fail({
          expected: 'demo reads "changed"; demo2 "hello from delta", and in data no new.txt',
          actual: found,
          hint:
            own === 'changed\n'
              ? 'demo2 was written to as well. Start it again, one step back in this lesson.'
              : 'Write to /hello.txt from inside demo, and leave demo2 as it is.',
        });
      },
    }),
    check('layers', {
      claim: 'R8',
      says: 'the two snapshots below have not changed',
      observe: async (observation) =>
        forBoth(async (name) => {
          const { entries } = await observation.need(snapshotTrees[name]);
          const hello = textOf(entries, 'hello.txt');
          const expected = `${name}: "hello from ${name}"`;
          if (hello === `hello from ${name}\n`) return pass(expected);
          return fail({
            expected,
            actual: `${name}: ${quoted(hello)}`,
            hint: 'A snapshot was written to. Remove the image and import it again.',
          });
        }),
    }),
  ],
  gone: [
    check('ended', {
      claim: 'R8',
      says: 'the names demo and demo2 are free again',
      settles: 'the processes to end and their snapshots to go',
      observe: async (observation) => {
        const containerd = await observation.containerd();
        await observation.need(topChainId);
        const [tasks, containers, snapshots] = await Promise.all([
          containerd.tasks(),
          containerd.containers(),
          observation.need(snapshotList),
        ]);
        const ours = (name: string) => containerNames.includes(name);
        const left = [
          ...tasks.filter(({ id }) => ours(id)).map(({ id }) => `task ${id}`),
          ...containers.filter(ours).map((id) => `container ${id}`),
          ...snapshots.filter(({ key }) => ours(key)).map(({ key }) => `snapshot ${key}`),
        ];
        const all = containerNames.join(' or ');
        if (left.length === 0) return pass(`no ${all}`);
        return fail({
          expected: `nothing named ${all}`,
          actual: left.join(', '),
          hint: 'For each of them, first the task, then the container: ctr tasks rm -f NAME, ctr containers rm NAME.',
          // A record is there until it is removed.
          ...(containers.some(ours) ? { permanent: true } : {}),
        });
      },
    }),
    check('written', {
      claim: 'R8',
      says: 'containerd has collected its garbage',
      settles: 'containerd to collect its garbage',
      observe: async (observation) => {
        const directories = [upperdir, second.upperdir].flatMap(({ id }) => {
          const directory = observation.progress.remembered(id);
          return directory === undefined ? [] : [directory];
        });
        if (directories.length < 2) {
          return fail({
            expected: 'two upperdirs that the tour has seen',
            actual: `it has seen ${directories.length}`,
            hint: 'Go through this lesson from its first step.',
          });
        }
        const containerd = await observation.containerd();
        const listed = await Promise.all(directories.map((each) => containerd.list(each)));
        const left = directories.filter((_, index) => listed[index] !== undefined);
        const names = (all: readonly string[]) => all.map(first.upperdir.show).join(' and ');
        if (left.length === 0)
          return pass(directories.map((each) => `no ${first.upperdir.show(each)}`).join(', '));
        return fail({
          expected: `no ${names(left)}`,
          actual: `still there, with ${listed.flatMap((each) => each ?? []).join(', ')}`,
          hint: "containerd removes an upperdir in a garbage collection after the container's removal. Check again.",
          ...((await containerd.containers()).some((name) => containerNames.includes(name))
            ? { permanent: true }
            : {}),
        });
      },
    }),
    check('kept', {
      claim: 'R8',
      says: "the image's own snapshots have not changed",
      observe: (observation) =>
        forBoth(async (name) => {
          const inTar = (await observation.need(tars[name])).entries.find(
            ({ path }) => path === 'hello.txt',
          );
          const onDisk = (await observation.need(snapshotTrees[name])).entries.find(
            ({ path }) => path === 'hello.txt',
          );
          if (inTar?.digest !== undefined && inTar.digest === onDisk?.digest) {
            return pass(`${name} ${brief(inTar.digest)}`);
          }
          return fail({
            expected: `${name}: hello.txt as in the tar`,
            actual: `${name}: ${onDisk === undefined ? 'hello.txt is missing' : 'hello.txt has other content'}`,
            hint: 'A snapshot was written to. Remove the image and import it again.',
          });
        }),
    }),
    check('others', {
      claim: 'P4',
      says: "the other namespaces haven't changed",
      observe: othersUntouched,
    }),
  ],
});

export const answers = defineAnswers(lesson, {
  start: async (observation) => {
    const { pid } = await observation.need(task);
    const path = `/proc/${pid}/root/proc/sys/kernel/osrelease`;
    const inside = (await (await observation.containerd()).read(path))?.trim();
    return {
      right: inside === release() ? 0 : 2,
      said: `Inside, /proc/sys/kernel/osrelease contains ${inside}; here uname -r prints ${release()}.`,
    };
  },
  look: async (observation) => {
    const text = textOf((await observation.need(snapshotTrees.base)).entries, 'data/config.txt');
    const where = (await observation.need(snapshotDirs.base)).split('/').slice(-3).join('/');
    return {
      right: text === undefined ? 0 : 1,
      said: `The base snapshot's ${where}/data/config.txt ${text === undefined ? 'is missing' : `contains ${quoted(text)}`}.`,
    };
  },
  second: async (observation) => {
    const { seen } = await observation.containerd();
    const inodeIn = async (root: string) => {
      const argv = ['stat', '-c', '%i', seen(`${root}/bin/busybox`)];
      return (await observation.tool(...elevated(observation.host.privilege, argv))).stdout.trim();
    };
    const base = await observation.need(snapshotDirs.base);
    const inside = async (fact: Fact<Task>) =>
      inodeIn(`/proc/${(await observation.need(fact)).pid}/root`);
    const [below, one, other] = [
      await inodeIn(base),
      await inside(first.task),
      await inside(second.task),
    ];
    const files = new Set([below, one, other]).size;
    return {
      right: 3 - files,
      said: `It has inode ${one} in demo, ${other} in demo2 and ${below} in ${first.upperdir.show(base)}.`,
    };
  },
  write: async (observation) => {
    const hello = await observation.need(secondHello);
    return {
      right: hello === 'hello from delta\n' ? 2 : 0,
      said: `In demo2, /hello.txt contains ${quoted(hello)}.`,
    };
  },
  gone: async (observation) => {
    const directory = await observation.need(first.lastUpperdir);
    const there = (await (await observation.containerd()).list(directory)) !== undefined;
    return {
      right: there ? 0 : 1,
      said: `The upperdir, ${first.upperdir.show(directory)}, ${there ? 'is still there' : "doesn't exist any more"}.`,
    };
  },
});
