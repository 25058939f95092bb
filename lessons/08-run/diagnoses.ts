import { defineDiagnoses } from '../../src/engine/define.ts';
import { type DiagnosisRule, diagnoser } from '../../src/engine/diagnosis.ts';
import type { Observation } from '../../src/engine/observation.ts';
import type { Containerd, Snapshot, Task } from '../../src/host/containerd.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { parseJson } from '../../src/oci/documents.ts';
import type { LayerEntry } from '../../src/oci/layer.ts';
import { type NamespaceKind, ownNamespaces, upperdir } from '../facts/container.ts';
import {
  astray,
  chain,
  containerName,
  containerNames,
  secondContainer,
  snapshotTrees,
  taggedName,
} from '../facts/containerd.ts';
import { brief } from '../facts/layers.ts';
import { manifestDigest, objectOf } from '../facts/layout.ts';
import { checks } from './checks.ts';

/** The parts of a container that are there: its process, its record, its snapshot. */
export interface SeenContainer {
  readonly name: string;
  readonly tasks: readonly Task[];
  readonly containers: readonly string[];
  /** The command in its record. */
  readonly command: readonly string[];
  /** Other namespaces that have the image, and a container of that name. */
  readonly elsewhere: readonly string[];
  readonly snapshots: readonly Snapshot[];
  /** What the long name of the image points to. */
  readonly image: string | undefined;
  readonly manifest: Digest | undefined;
  readonly chain: readonly Digest[];
}

function seeContainer(name: string) {
  return async (observation: Observation): Promise<SeenContainer> => {
    const containerd = await observation.containerd();
    // A container of that name from another image is someone else's.
    const others = [...new Set((await astray(observation)).map(([namespace]) => namespace))];
    const elsewhere = await Promise.all(
      others.map(async (other) =>
        (await containerd.containers(other)).includes(name) ? [other] : [],
      ),
    );
    const containers = await containerd.containers();
    return {
      name,
      tasks: await containerd.tasks(),
      containers,
      command: containers.includes(name) ? await commandOf(containerd, name) : [],
      elsewhere: elsewhere.flat(),
      snapshots: await containerd.snapshots(),
      image: (await containerd.images()).get(taggedName),
      manifest: await observation.get(manifestDigest),
      chain: (await observation.get(chain)) ?? [],
    };
  };
}

/** The command that a container's record has, as far as \`ctr\` shows it. */
async function commandOf(containerd: Containerd, name: string): Promise<readonly string[]> {
  const ran = await containerd.ctr('containers', 'info', name);
  const parsed = ran.code === 0 ? parseJson(Buffer.from(ran.stdout)) : undefined;
  const info = parsed?.ok === true ? objectOf(parsed.value) : undefined;
  const args = objectOf(objectOf(info?.Spec)?.process)?.args;
  return Array.isArray(args) ? args.map(String) : [];
}

type ContainerRule = DiagnosisRule<SeenContainer>;

const taskOf = ({ name, tasks }: SeenContainer) => tasks.find(({ id }) => id === name);

const snapshotOf = ({ name, snapshots }: SeenContainer) =>
  snapshots.find(({ key }) => key === name);

/** What can be wrong with a container of this name. */
function rulesOf(name: string, prefix: string) {
  const list = `sudo ctr -n "$CTR_NAMESPACE" tasks ls; sudo ctr -n "$CTR_NAMESPACE" containers ls; sudo ctr -n "$CTR_NAMESPACE" snapshots ls`;
  const remove = `sudo ctr -n "$CTR_NAMESPACE" containers rm ${name}`;
  const run = `sudo ctr -n "$CTR_NAMESPACE" run -d ${taggedName} ${name} /bin/busybox sleep 86400`;

  const stopped: ContainerRule = {
    id: `${prefix}-stopped`,
    sign: (seen) => (taskOf(seen)?.status === 'STOPPED' ? `${name} is STOPPED` : undefined),
    remedy:
      'Its process has ended: it was killed, or its command came to its end, as `/bin/ls` does, or `/bin/sh` when `--null-io` gives it no input. Remove what is left, and start it with a command that goes on, such as `/bin/busybox sleep 86400`.',
    where: list,
    command: `sudo ctr -n "$CTR_NAMESPACE" tasks rm ${name}; ${remove}; ${run}`,
  };

  const notInImage: ContainerRule = {
    id: `${prefix}-command-not-found`,
    sign: (seen) => {
      const [program = ''] = seen.command;
      const isThere = ['sh', 'ls', 'cat', 'busybox'].includes(program);
      return taskOf(seen) === undefined && /^[^/]+$/.test(program) && !isThere
        ? `there is a container ${name} with the command \`${program}\`, and no task`
        : undefined;
    },
    remedy:
      "The container was created, but its process couldn't start: the image has no program of that name in a directory of PATH. If busybox has it built in, the command is `/bin/busybox` and then the name. Remove the container, and start it with that.",
    where: `sudo ctr -n "$CTR_NAMESPACE" containers info ${name} | jq .Spec.process.args`,
    command: `${remove}; ${run}`,
  };

  const noTask: ContainerRule = {
    id: `${prefix}-without-task`,
    sign: (seen) =>
      taskOf(seen) === undefined && seen.containers.includes(name)
        ? `there is a container ${name}, and no task`
        : undefined,
    remedy:
      "The container is only a record; its process is the task. `containers create` makes only the record, and a `run` whose process couldn't start leaves it. Remove the record and its snapshot.",
    where: list,
    command: remove,
  };

  const snapshotLeft: ContainerRule = {
    id: `${prefix}-snapshot-left`,
    sign: (seen) =>
      snapshotOf(seen) !== undefined &&
      taskOf(seen) === undefined &&
      !seen.containers.includes(name)
        ? `there is a snapshot ${name}, and no container`
        : undefined,
    remedy:
      'A `ctr run` that failed early left it, and makes the next one fail with "already exists". Remove it.',
    where: list,
    command: `sudo ctr -n "$CTR_NAMESPACE" snapshots rm ${name}`,
  };

  const otherName: ContainerRule = {
    id: `${prefix}-other-name`,
    sign: (seen) => {
      const found = seen.tasks.find(
        ({ id, status }) => !containerNames.includes(id) && status === 'RUNNING',
      );
      return taskOf(seen) === undefined && found !== undefined
        ? `a task ${found.id} is RUNNING, and none named ${name}`
        : undefined;
    },
    remedy: `The container's name should be ${name}: in \`ctr run\` it comes after the image and before the command.`,
    where: list,
    command: run,
  };

  const elsewhere: ContainerRule = {
    id: `${prefix}-elsewhere`,
    sign: (seen) =>
      !seen.containers.includes(name) && seen.elsewhere[0] !== undefined
        ? `${name} is in the namespace ${seen.elsewhere[0]}`
        : undefined,
    remedy:
      'It was started without `-n "$CTR_NAMESPACE"`, so it is in the wrong namespace. Remove it there, and start it here.',
    where: 'sudo ctr -n default containers ls',
    command: run,
  };

  const plainDirectory: ContainerRule = {
    id: `${prefix}-without-snapshot`,
    sign: (seen) =>
      taskOf(seen)?.status === 'RUNNING' && snapshotOf(seen) === undefined
        ? `${name} runs, and has no snapshot`
        : undefined,
    remedy:
      'With `--rootfs`, a container gets a plain directory as its root, and no image. Remove it, and start it again with the name of the image in place of that option.',
    where: list,
    command: `sudo ctr -n "$CTR_NAMESPACE" tasks rm -f ${name}; ${remove}; ${run}`,
  };

  const otherImage: ContainerRule = {
    id: `${prefix}-of-other-image`,
    sign: (seen) => {
      const parent = snapshotOf(seen)?.parent;
      const [base, top] = seen.chain;
      if (snapshotOf(seen) === undefined || top === undefined || parent === top) return undefined;
      if (parent === base) return `the snapshot of ${name} is on the base alone, without delta`;
      return `the snapshot of ${name} is on ${parent === undefined ? 'nothing' : brief(parent)}, not on ${brief(top)}`;
    },
    remedy:
      'It was started from another image, or from this one before it changed. Remove it, and start it again.',
    where: list,
    command: `sudo ctr -n "$CTR_NAMESPACE" tasks rm -f ${name}; ${remove}; ${run}`,
  };

  return {
    /** Against the check that it runs. */
    running: [stopped, notInImage, noTask, snapshotLeft, otherName, elsewhere],
    /** Against the checks that it is from the image. */
    image: [plainDirectory, otherImage],
    /** Against the check that it is gone: what can be left of it. */
    gone: [stopped, noTask, snapshotLeft],
  };
}

export const firstRules = rulesOf(containerName, 'container');
export const secondRules = rulesOf(secondContainer, 'second');

export const tagGone: ContainerRule = {
  id: 'tag-gone',
  sign: (seen) =>
    snapshotOf(seen) !== undefined && seen.manifest !== undefined && seen.image === undefined
      ? `there is no image ${taggedName} any more`
      : undefined,
  remedy:
    'The container goes on without the name, since it has its snapshot. To start another one, tag the image again (05-import/tag).',
  where: 'sudo ctr -n "$CTR_NAMESPACE" images ls',
};

// --- its namespaces --------------------------------------------------------------------------

/** The namespaces that the container shares with containerd. */
export interface SeenNamespaces {
  readonly shared: readonly NamespaceKind[];
}

export const sharedNetwork: DiagnosisRule<SeenNamespaces> = {
  id: 'container-on-host-network',
  sign: ({ shared }) =>
    shared.includes('net') ? 'it is in the network namespace that containerd is in' : undefined,
  remedy:
    'It was started with `--net-host`, so it has no network namespace of its own. Remove it, and start it without that option.',
  where: 'sudo readlink "$DEMO_PROC/ns/net" /proc/self/ns/net',
  command: `sudo ctr -n "$CTR_NAMESPACE" tasks rm -f ${containerName}; sudo ctr -n "$CTR_NAMESPACE" containers rm ${containerName}; sudo ctr -n "$CTR_NAMESPACE" run -d ${taggedName} ${containerName} /bin/busybox sleep 86400`,
};

// --- what it wrote ---------------------------------------------------------------------------

/** Where a write can have gone. */
export interface SeenWrites {
  readonly upper: readonly LayerEntry[];
  readonly base: readonly LayerEntry[];
  readonly delta: readonly LayerEntry[];
}

async function seeWrites(observation: Observation): Promise<SeenWrites> {
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

const inside = (command: string) =>
  `sudo ctr -n "$CTR_NAMESPACE" tasks exec --exec-id mend-$$ ${containerName} /bin/sh -c '${command}'`;

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
    'That directory is a layer of the image, shared by every container and never written to by containerd. Remove the image, and import it again (lesson 5). Then write from inside the container.',
  where: 'sudo ls -l "$BASE_SNAPSHOT" "$DELTA_SNAPSHOT"',
};

const otherPlace: WriteRule = {
  id: 'written-elsewhere',
  sign: ({ upper }) => {
    if (upper.some(({ path }) => path === 'data/new.txt')) return undefined;
    const found = upper.find(({ path, kind }) => kind === 'file' && /(^|\/)new\.txt$/.test(path));
    return found && `the upperdir has ${found.path}, and no data/new.txt`;
  },
  remedy: 'The container wrote the file to another directory. It should be /data/new.txt.',
  where: find,
  command: inside('echo written inside >/data/new.txt'),
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
    'With `>>` the kernel copies the whole file up first and then adds to it. `>` starts with an empty file.',
  where: find,
  command: inside('echo changed >/hello.txt'),
};

/** Against the checks of what it wrote. */
export const writeRules: readonly WriteRule[] = [inSnapshot, otherPlace, appended];

const seeFirst = seeContainer(containerName);
const seeSecond = seeContainer(secondContainer);

export const diagnoses = defineDiagnoses(checks, {
  start: {
    running: diagnoser(seeFirst, ...firstRules.running),
    image: diagnoser(seeFirst, tagGone, ...firstRules.image),
  },
  isolated: {
    namespaces: diagnoser(
      async (observation) => ({ shared: (await observation.need(ownNamespaces)).shared }),
      sharedNetwork,
    ),
  },
  second: {
    running: diagnoser(seeSecond, ...secondRules.running),
    shared: diagnoser(seeSecond, ...secondRules.image),
  },
  write: {
    upper: diagnoser(seeWrites, ...writeRules),
    layers: diagnoser(seeWrites, ...writeRules),
  },
  gone: {
    ended: diagnoser(seeFirst, ...firstRules.gone),
  },
});
