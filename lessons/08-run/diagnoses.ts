import { defineDiagnoses } from '../../src/engine/define.ts';
import { type DiagnosisRule, diagnoser } from '../../src/engine/diagnosis.ts';
import type { Observation } from '../../src/engine/observation.ts';
import type { Snapshot, Task } from '../../src/host/containerd.ts';
import type { Digest } from '../../src/oci/digest.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { upperdir } from '../facts/container.ts';
import { astray, chain, containerName, snapshotTrees, taggedName } from '../facts/containerd.ts';
import { brief } from '../facts/layers.ts';
import { manifestDigest } from '../facts/layout.ts';
import { checks } from './checks.ts';

/** What there is of the container: its process, its record, its snapshot. */
export interface SeenContainer {
  readonly tasks: readonly Task[];
  readonly containers: readonly string[];
  /** Other namespaces that have the image, and a container of that name. */
  readonly elsewhere: readonly string[];
  readonly snapshots: readonly Snapshot[];
  /** What the article's name points at. */
  readonly image: string | undefined;
  readonly manifest: Digest | undefined;
  readonly chain: readonly Digest[];
}

export async function seeContainer(observation: Observation): Promise<SeenContainer> {
  const containerd = await observation.containerd();
  // A demo that is of another image is somebody else's.
  const others = [...new Set((await astray(observation)).map(([namespace]) => namespace))];
  const elsewhere = await Promise.all(
    others.map(async (name) =>
      (await containerd.containers(name)).includes(containerName) ? [name] : [],
    ),
  );
  return {
    tasks: await containerd.tasks(),
    containers: await containerd.containers(),
    elsewhere: elsewhere.flat(),
    snapshots: await containerd.snapshots(),
    image: (await containerd.images()).get(taggedName),
    manifest: await observation.get(manifestDigest),
    chain: (await observation.get(chain)) ?? [],
  };
}

type ContainerRule = DiagnosisRule<SeenContainer>;

const ours = ({ tasks }: SeenContainer) => tasks.find(({ id }) => id === containerName);

const snapshotOf = ({ snapshots }: SeenContainer) =>
  snapshots.find(({ key }) => key === containerName);

const list =
  'sudo ctr -n "$CTR_NAMESPACE" tasks ls; sudo ctr -n "$CTR_NAMESPACE" containers ls; sudo ctr -n "$CTR_NAMESPACE" snapshots ls';

const stopped: ContainerRule = {
  id: 'container-stopped',
  sign: (seen) => {
    const task = ours(seen);
    return task?.status === 'STOPPED' ? `${containerName} is ${task.status}` : undefined;
  },
  remedy:
    'Its process has ended, and what is left of it stands in the way. A `/bin/sh` ends at once where nobody types. Run the step: it takes the rest away, and runs something that waits.',
  where: list,
};

const noTask: ContainerRule = {
  id: 'container-without-task',
  sign: (seen) =>
    ours(seen) === undefined && seen.containers.includes(containerName)
      ? `there is a container ${containerName}, and no task`
      : undefined,
  remedy:
    'A container is only a record; the process is its task. After `containers create`, or once the task was removed, this is left: `containers rm` takes it and its snapshot away.',
  where: list,
  command: `sudo ctr -n "$CTR_NAMESPACE" containers rm ${containerName}`,
};

const snapshotLeft: ContainerRule = {
  id: 'snapshot-left',
  sign: (seen) =>
    snapshotOf(seen) !== undefined &&
    ours(seen) === undefined &&
    !seen.containers.includes(containerName)
      ? `there is a snapshot ${containerName}, and no container`
      : undefined,
  remedy: 'A run that failed early leaves it, and the next one says "already exists". Remove it.',
  where: list,
  command: `sudo ctr -n "$CTR_NAMESPACE" snapshots rm ${containerName}`,
};

const otherName: ContainerRule = {
  id: 'container-other-name',
  sign: (seen) => {
    const found = seen.tasks.find(({ id, status }) => id !== containerName && status === 'RUNNING');
    return ours(seen) === undefined && found !== undefined
      ? `a task ${found.id} is RUNNING, and none called ${containerName}`
      : undefined;
  },
  remedy: `After the image comes the container's name, ${containerName}, then the command. The tour looks for that name.`,
  where: list,
};

const elsewhere: ContainerRule = {
  id: 'container-elsewhere',
  sign: (seen) =>
    !seen.containers.includes(containerName) && seen.elsewhere[0] !== undefined
      ? `${containerName} is in the namespace ${seen.elsewhere[0]}`
      : undefined,
  remedy: 'It was started without `-n "$CTR_NAMESPACE"`. Remove it there, and start it here.',
  where: 'sudo ctr -n default containers ls',
};

/** Against the check that it runs. */
export const runningRules: readonly ContainerRule[] = [
  stopped,
  noTask,
  snapshotLeft,
  otherName,
  elsewhere,
];

const tagGone: ContainerRule = {
  id: 'tag-gone',
  sign: (seen) =>
    snapshotOf(seen) !== undefined && seen.manifest !== undefined && seen.image === undefined
      ? `there is no ${taggedName} any more`
      : undefined,
  remedy:
    'The container goes on without the name: it holds its snapshot. For the next one, tag the image again (05-import/tag).',
  where: 'sudo ctr -n "$CTR_NAMESPACE" images ls',
};

const plainDirectory: ContainerRule = {
  id: 'run-without-snapshot',
  sign: (seen) =>
    ours(seen)?.status === 'RUNNING' && snapshotOf(seen) === undefined
      ? `${containerName} runs, and has no snapshot`
      : undefined,
  remedy:
    'With `--rootfs` a container takes a plain directory for its root, and no image. Leave it out, and name the image.',
  where: list,
};

const otherImage: ContainerRule = {
  id: 'run-of-other-image',
  sign: (seen) => {
    const parent = snapshotOf(seen)?.parent;
    const [base, top] = seen.chain;
    if (snapshotOf(seen) === undefined || top === undefined || parent === top) return undefined;
    if (parent === base) return 'its snapshot lies on base alone, without delta';
    return `its snapshot lies on ${parent === undefined ? 'nothing' : brief(parent)}, not on ${brief(top)}`;
  },
  remedy:
    'It was started from another image, or from this one as it was before. Remove it, and start it anew.',
  where: list,
};

/** Against the check that it is of the image. */
export const imageRules: readonly ContainerRule[] = [tagGone, plainDirectory, otherImage];

/** Against the check that it is gone: what can be left of it. */
export const goneRules: readonly ContainerRule[] = [stopped, noTask, snapshotLeft];

// --- what it wrote ---------------------------------------------------------------------------

/** Where a write can have gone. */
export interface SeenWrites {
  readonly upper: readonly LayerEntry[];
  readonly base: readonly LayerEntry[];
  readonly delta: readonly LayerEntry[];
}

export async function seeWrites(observation: Observation): Promise<SeenWrites> {
  const directory = await observation.get(upperdir);
  const upper =
    directory === undefined ? undefined : await (await observation.containerd()).tree(directory);
  return {
    upper: upper?.entries ?? [],
    base: (await observation.get(snapshotTrees.base))?.entries ?? [],
    delta: (await observation.get(snapshotTrees.delta))?.entries ?? [],
  };
}

type WriteRule = DiagnosisRule<SeenWrites>;

const find = 'sudo find "$UPPERDIR" -type f';

const inSnapshot: WriteRule = {
  id: 'written-into-snapshot',
  sign: ({ base, delta }) => {
    for (const [name, entries] of [
      ['delta', delta],
      ['base', base],
    ] as const) {
      const found = entries.find(
        ({ path, content }) =>
          path === 'data/new.txt' ||
          (path === 'hello.txt' && content?.toString().trim() !== `hello from ${name}`),
      );
      if (found !== undefined) return `${found.path} in the snapshot of ${name} was written to`;
    }
    return undefined;
  },
  remedy:
    'That is a layer of the image, shared by all who use it, and containerd never writes to it. Remove the image, and import it again.',
  where: 'sudo ls -l "$BASE_SNAPSHOT" "$DELTA_SNAPSHOT"',
};

const otherPlace: WriteRule = {
  id: 'written-elsewhere',
  sign: ({ upper }) => {
    if (upper.some(({ path }) => path === 'data/new.txt')) return undefined;
    const found = upper.find(({ path, kind }) => kind === 'file' && /(^|\/)new\.txt$/.test(path));
    return found && `the upperdir has ${found.path}`;
  },
  remedy: 'The container wrote it to another directory than /data.',
  where: find,
};

const appended: WriteRule = {
  id: 'written-behind',
  sign: ({ upper }) => {
    const hello = upper.find(({ path }) => path === 'hello.txt')?.content?.toString();
    return hello !== undefined && /^hello from delta\n./.test(hello)
      ? 'hello.txt in the upperdir begins with "hello from delta"'
      : undefined;
  },
  remedy:
    '`>>` adds to what is there: the kernel copied the file up, old words and all. `>` begins it anew.',
  where: find,
};

/** Against the checks of what it wrote. */
export const writeRules: readonly WriteRule[] = [inSnapshot, otherPlace, appended];

export const diagnoses = defineDiagnoses(checks, {
  start: {
    running: diagnoser(seeContainer, ...runningRules),
    image: diagnoser(seeContainer, ...imageRules),
  },
  write: {
    upper: diagnoser(seeWrites, ...writeRules),
    layers: diagnoser(seeWrites, ...writeRules),
  },
  gone: { ended: diagnoser(seeContainer, ...goneRules) },
});
