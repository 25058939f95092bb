import { readFileSync, type StatsFs, statfsSync } from 'node:fs';
import { machine as machineName, release, tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { architectureOfKernel } from '../../oci/architecture.ts';
import { type Disturbance, disturbances } from '../environment.ts';
import { type Mount, parseMountinfo } from '../mounts.ts';
import { isWritable } from '../ownership.ts';
import { type IdMap, idMap } from '../private-containerd/user-namespace.ts';
import { hostArchitecture } from './tools.ts';

/** What a machine says of itself, as far as the tour depends on it. Read in one go; nothing is tried out. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** Of the kernel, as `uname -r` has it. */
  readonly kernel: string;
  /** GOARCH of the kernel, and of the programs. */
  readonly kernelArchitecture: string | undefined;
  readonly architecture: string;
  /** What is in `/proc/filesystems`: what is loaded now. */
  readonly filesystems: ReadonlySet<string>;
  /** Whether the kernel's modules, loaded or not, include overlay; undefined if they are not here. */
  readonly overlayModule: boolean | undefined;
  /** By name, as sysctl(8) has it; those that this kernel does not have are left out. */
  readonly sysctls: ReadonlyMap<string, string>;
  /** CAP_SYS_ADMIN can be had, by root or through sudo. */
  readonly sysAdmin: boolean;
  /** What a user namespace of the learner's can be made of. */
  readonly ids: IdMap;
  /** SELinux is there and enforces. */
  readonly enforcing: boolean;
  readonly mounts: readonly Mount[];
  /** The group at /sys/fs/cgroup is not the kernel's own root, holds processes and hands no cpu on. */
  readonly cgroupsOccupied: boolean;
  /** Room on the file system of the working directory. Inodes are undefined where it has no limit. */
  readonly free: { readonly bytes: number; readonly inodes: number | undefined };
  /** Where programs put what they need for a moment, and the room there; no room if it cannot be written. */
  readonly temporary: { readonly directory: string } & Machine['free'];
  /** What in the learner's environment changes what they type. */
  readonly disturbances: readonly Disturbance[];
}

const sysctls = [
  'kernel.unprivileged_userns_clone',
  'user.max_user_namespaces',
  'kernel.apparmor_restrict_unprivileged_userns',
] as const;

/** What a file says, without the newline at its end; undefined if it is not there, or not for us. */
export function readIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** The names in a text like `/proc/filesystems`. */
export function readFilesystems(text: string): Set<string> {
  return new Set(text.split('\n').flatMap((line) => line.split('\t').at(-1)?.trim() || []));
}

/** Whether a capability is in the bounding set that `/proc/PID/status` tells. */
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

/** Only a group that has a parent has a type; only in such a one do processes and children exclude each other. */
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

/** Room on the file system of a directory that need not exist yet. */
export function freeSpaceAt(directory: string): Machine['free'] {
  let stats: StatsFs;
  try {
    stats = statfsSync(directory);
  } catch {
    const parent = dirname(directory);
    if (parent !== directory) return freeSpaceAt(parent);
    return { bytes: Number.POSITIVE_INFINITY, inodes: undefined };
  }
  // Such a one does not count: proc, some of those in user space.
  if (stats.blocks === 0) return { bytes: Number.POSITIVE_INFINITY, inodes: undefined };
  // Some of it is kept for root.
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

/** @param workdir the working directory, which need not exist yet */
export function readMachine(workdir: string): Machine {
  const kernel = release();
  const own = hostArchitecture();
  return {
    platform: process.platform,
    kernel,
    // Emulators answer uname(2) themselves, and let this file through.
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
