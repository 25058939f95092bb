import { readFileSync, type StatsFs, statfsSync } from 'node:fs';
import { machine as machineName, release, tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { architectureOfKernel } from '../../oci/architecture.ts';
import { type Disturbance, disturbances } from '../environment.ts';
import { type Mount, parseMountinfo } from '../mounts.ts';
import { isWritable } from '../ownership.ts';
import { type IdMap, idMap } from '../private-containerd/user-namespace.ts';
import { hostArchitecture } from './tools.ts';

/** What the tour depends on, read from the machine in one go; nothing is tried out. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** The release that `uname -r` prints. */
  readonly kernel: string;
  /** GOARCH of the kernel, and of the programs. */
  readonly kernelArchitecture: string | undefined;
  readonly architecture: string;
  /** The file systems in `/proc/filesystems`: those loaded now. */
  readonly filesystems: ReadonlySet<string>;
  /** Whether overlay is among the kernel's modules, loaded or not; undefined if they aren't installed here. */
  readonly overlayModule: boolean | undefined;
  /** By the names of sysctl(8); those that this kernel doesn't have are left out. */
  readonly sysctls: ReadonlyMap<string, string>;
  /** Whether a process can have CAP_SYS_ADMIN, as root or through sudo. */
  readonly sysAdmin: boolean;
  /** The id maps that a user namespace of the learner's can have. */
  readonly ids: IdMap;
  /** Whether SELinux is enforcing. */
  readonly enforcing: boolean;
  readonly mounts: readonly Mount[];
  /** Whether /sys/fs/cgroup isn't the kernel's root group, has processes, and doesn't delegate cpu. */
  readonly cgroupsOccupied: boolean;
  /** Free space of the working directory's file system. Inodes are undefined if it has no limit. */
  readonly free: { readonly bytes: number; readonly inodes: number | undefined };
  /** The directory for temporary files and its free space, which is 0 if it isn't writable. */
  readonly temporary: { readonly directory: string } & Machine['free'];
  /** What in the learner's environment changes what they type. */
  readonly disturbances: readonly Disturbance[];
}

const sysctls = [
  'kernel.unprivileged_userns_clone',
  'user.max_user_namespaces',
  'kernel.apparmor_restrict_unprivileged_userns',
] as const;

/** The trimmed text of a file; undefined if it's missing or we may not read it. */
export function readIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** The names in the text of `/proc/filesystems`. */
export function readFilesystems(text: string): Set<string> {
  return new Set(text.split('\n').flatMap((line) => line.split('\t').at(-1)?.trim() || []));
}

/** Whether a capability is in the bounding set of a `/proc/PID/status`. */
export function mayHave(capability: number, status: string): boolean {
  const [, hex = '0'] = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return ((BigInt(`0x${hex}`) >> BigInt(capability)) & 1n) === 1n;
}

const capSysAdmin = 21;

function overlayModule(kernel: string): boolean | undefined {
  const lists = ['modules.builtin', 'modules.dep'].map((name) =>
    readIfAny(`/lib/modules/${kernel}/${name}`),
  );
  if (lists.every((list) => list === undefined)) return undefined;
  return lists.some((list) => list?.includes('/overlay.ko'));
}

/** Only a group with a parent has a type, and only such a group can't have both processes and controllers. */
function cgroupsOccupied(): boolean {
  const root = '/sys/fs/cgroup';
  const handedOn = readIfAny(`${root}/cgroup.subtree_control`);
  return (
    handedOn !== undefined &&
    !handedOn.split(' ').includes('cpu') &&
    readIfAny(`${root}/cgroup.type`) !== undefined &&
    Boolean(readIfAny(`${root}/cgroup.procs`))
  );
}

/** Free space of the file system of a directory that may not exist yet. */
export function freeSpaceAt(directory: string): Machine['free'] {
  let stats: StatsFs;
  try {
    stats = statfsSync(directory);
  } catch {
    const parent = dirname(directory);
    if (parent !== directory) return freeSpaceAt(parent);
    return { bytes: Number.POSITIVE_INFINITY, inodes: undefined };
  }
  // File systems without a size: proc, some FUSE ones.
  if (stats.blocks === 0) return { bytes: Number.POSITIVE_INFINITY, inodes: undefined };
  // Some blocks are reserved for root.
  const blocks = process.getuid?.() === 0 ? stats.bfree : stats.bavail;
  return {
    bytes: blocks * stats.bsize,
    inodes: stats.files === 0 ? undefined : stats.ffree,
  };
}

function temporary(): Machine['temporary'] {
  const directory = tmpdir();
  const none = { bytes: 0, inodes: 0 };
  return { directory, ...(isWritable(directory) ? freeSpaceAt(directory) : none) };
}

/** @param workdir the working directory, which may not exist yet */
export function readMachine(workdir: string): Machine {
  const kernel = release();
  const own = hostArchitecture();
  return {
    platform: process.platform,
    kernel,
    // Emulators fake the answer of uname(2), but not this file.
    kernelArchitecture: architectureOfKernel(readIfAny('/proc/sys/kernel/arch') ?? machineName()),
    architecture: own,
    filesystems: readFilesystems(readIfAny('/proc/filesystems') ?? ''),
    overlayModule: overlayModule(kernel),
    sysctls: new Map(
      sysctls.flatMap((name): [string, string][] => {
        const value = readIfAny(`/proc/sys/${name.replaceAll('.', '/')}`);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    sysAdmin: mayHave(capSysAdmin, readIfAny('/proc/self/status') ?? ''),
    ids: idMap(),
    enforcing: readIfAny('/sys/fs/selinux/enforce') === '1',
    mounts: parseMountinfo(readIfAny('/proc/self/mountinfo') ?? ''),
    cgroupsOccupied: cgroupsOccupied(),
    free: freeSpaceAt(workdir),
    temporary: temporary(),
    disturbances: disturbances(),
  };
}
