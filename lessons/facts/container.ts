import { fact, lessonFact } from '../../src/engine/fact.ts';
import type { Observation } from '../../src/engine/observation.ts';
import type { SnapshotMount, Task } from '../../src/host/containerd.ts';
import { merge } from '../../src/oci/merge.ts';
import { containerName } from './containerd.ts';
import { tars } from './layers.ts';

/** The running container's task; not known once it has ended. */
export const task = fact<Task>('task', {
  what: 'the running container',
  from: '08-run/start',
  read: async (observation) => (await observation.containerd()).running(containerName),
  show: ({ pid }) => `process ${pid}`,
});

/** The directories of the container's own root. */
export const containerMount = fact<SnapshotMount>('container.mount', {
  what: "the container's snapshot",
  from: '08-run/start',
  read: async (observation) => (await observation.containerd()).activeMount(containerName),
  show: ({ upper = '' }) => upper.split('/').slice(-3).join('/'),
});

export const upperdir = fact<string>('container.upper', {
  what: "the container's upperdir",
  from: '08-run/start',
  variable: 'UPPERDIR',
  read: async (observation) => (await observation.get(containerMount))?.upper,
  show: (path) => path.split('/').slice(-3).join('/'),
});

/** The image's top level by our own merge of the two tars. */
export const mergedTop = lessonFact('the merged top level', '08-run/start', async (observation) => {
  const layers = [
    (await observation.need(tars.base)).entries,
    (await observation.need(tars.delta)).entries,
  ];
  const paths = [...merge(layers).keys()];
  return [...new Set(paths.map((path) => path.split('/')[0] ?? ''))]
    .filter((path) => path !== '.')
    .sort();
});

/**
 * What a path is to the process in the container. `/proc/PID/root` is the process's own root: the same
 * directory entries that it sees itself, whatever is mounted in between.
 */
async function ownRoot(observation: Observation): Promise<string> {
  return `/proc/${(await observation.need(task)).pid}/root`;
}

function listedInside(directory: string) {
  return lessonFact(`inside: ${directory}`, '08-run/start', async (observation) =>
    (await observation.containerd()).list((await ownRoot(observation)) + directory),
  );
}

export const rootInside = listedInside('/');
export const binInside = listedInside('/bin');
export const dataInside = listedInside('/data');

export const helloInside = lessonFact('inside: /hello.txt', '08-run/start', async (observation) =>
  (await (await observation.containerd()).read(`${await ownRoot(observation)}/hello.txt`))?.trim(),
);

/** The root mount of the container, as its own /proc/1/mountinfo has it. */
export const rootMount = lessonFact('the root mount', '08-run/start', async (observation) => {
  const running = await observation.need(task);
  const mounts = await (await observation.containerd()).mountsInside(running);
  return mounts.find(({ target }) => target === '/');
});

/** Also after it is gone: the picture stands at the end of the lesson as well. */
export const itsUpperdir = fact<string>('container.upper.last', {
  what: "the container's upperdir",
  from: '08-run/start',
  read: async (observation) =>
    (await observation.get(upperdir)) ?? observation.progress.remembered(upperdir.id),
  show: upperdir.show,
});
