import type { ContainerdMode } from '../containerd-mode.ts';
import { isBefore } from '../kernel.ts';
import { mountOf } from '../mounts.ts';
import type { Privilege } from '../privilege.ts';
import { filesystemOf } from './filesystem.ts';
import type { Machine } from './machine.ts';
import { type ObstacleId, obstacleError } from './obstacles.ts';
import type { Prerequisite } from './tools.ts';

/** Something about this machine that stops the tour, or is good to know. */
export interface FoundObstacle {
  readonly id: ObstacleId;
  /** What was seen, in a sentence. */
  readonly seen: string;
  /** Whether the tour can't be finished with it. Otherwise it's only good to know. */
  readonly stops: boolean;
}

/** How the tour would run, as far as that is decided. */
export interface Plan {
  readonly workdir: string;
  readonly privilege: Privilege | undefined;
  readonly containerd: ContainerdMode | undefined;
  /** The system's socket, if it accepts connections and doesn't answer. */
  readonly unresponsive?: string | undefined;
  /** Where the system's containerd keeps its snapshots, if they can't be seen from here. */
  readonly hidden?: string | undefined;
}

const stop = (id: ObstacleId, seen: string): FoundObstacle => ({ id, seen, stops: true });
const know = (id: ObstacleId, seen: string): FoundObstacle => ({ id, seen, stops: false });

/**
 * The obstacle of a system that isn't Linux, or only looks like it.
 * @param kernel as `uname -r` has it
 */
export function foreignSystem(
  platform: NodeJS.Platform,
  kernel: string,
): FoundObstacle | undefined {
  if (platform === 'win32') return stop('windows', 'This is Windows, and the tour needs Linux.');
  if (platform !== 'linux') {
    const name = platform === 'darwin' ? 'macOS' : platform;
    return stop('not-linux', `This is ${name}, and the tour needs Linux.`);
  }
  // The kernel of WSL 2 is a real one: 5.15.167.4-microsoft-standard-WSL2.
  if (/-Microsoft$/.test(kernel)) {
    return stop('wsl1', `This is WSL 1 (${kernel}), which has no Linux kernel.`);
  }
  return undefined;
}

/** @throws TourError (exit 4) unless this is Linux, before anything else is examined */
export function refuseForeignSystem(platform: NodeJS.Platform, kernel: string): void {
  const found = foreignSystem(platform, kernel);
  if (found !== undefined) throw obstacleError(found.id, found.seen);
}

function checkProcessor({ architecture, kernelArchitecture }: Machine): FoundObstacle[] {
  if (kernelArchitecture === undefined || kernelArchitecture === architecture) return [];
  const seen = `The programs here are built for ${architecture}, and the kernel for ${kernelArchitecture}.`;
  const native = new Map([
    ['amd64', '386'],
    ['arm64', 'arm'],
  ]);
  return native.get(kernelArchitecture) === architecture
    ? [know('userland-32', seen)]
    : [stop('emulated', seen)];
}

function checkKernel({ kernel, filesystems, overlayModule, enforcing }: Machine, plan: Plan) {
  const found: FoundObstacle[] = [];
  if (isBefore(kernel, 4, 0)) found.push(stop('old-kernel', `The kernel is Linux ${kernel}.`));
  else if (plan.privilege === 'rootless' && isBefore(kernel, 5, 11)) {
    // The kernels of Ubuntu and Debian allow it in earlier versions.
    found.push(know('old-kernel', `The kernel is Linux ${kernel}, and there is no root.`));
  }
  if (!filesystems.has('overlay') && overlayModule !== true) {
    const seen = "overlay isn't in /proc/filesystems";
    found.push(
      overlayModule === false
        ? stop('no-overlay', `${seen}, and Linux ${kernel} has no module for it.`)
        : know('no-overlay', `${seen}, and the kernel's modules aren't visible here.`),
    );
  }
  if (enforcing) found.push(know('selinux', '/sys/fs/selinux/enforce is 1.'));
  return found;
}

function checkPrivilege({ sysAdmin }: Machine, { privilege }: Plan): FoundObstacle[] {
  if (sysAdmin || privilege === 'rootless') return [];
  return [stop('no-sys-admin', 'CAP_SYS_ADMIN is not available to any process here.')];
}

function checkUserNamespaces({ sysctls, ids }: Machine, { privilege }: Plan): FoundObstacle[] {
  if (privilege === 'root' || privilege === 'sudo') return [];
  const forbidding: readonly (readonly [ObstacleId, string, string])[] = [
    ['userns-sysctl', 'kernel.unprivileged_userns_clone', '0'],
    ['userns-none', 'user.max_user_namespaces', '0'],
    ['userns-apparmor', 'kernel.apparmor_restrict_unprivileged_userns', '1'],
  ];
  const forbidden = forbidding
    .filter(([, name, value]) => sysctls.get(name) === value)
    .map(([id, name, value]) => stop(id, `${name} is ${value}.`));
  if (forbidden.length > 0 || ids.whole) return forbidden;
  // Without these, root is the only user inside, which is enough for the tour's image.
  return [know(ids.lacks === 'newuidmap' ? 'no-newuidmap' : 'no-subids', `${ids.because}.`)];
}

function checkControlGroups(
  { mounts, cgroupsOccupied }: Machine,
  { privilege }: Plan,
): FoundObstacle[] {
  // Without root the tour uses no control groups.
  if (privilege === 'rootless') return [];
  const groups = mounts.filter(({ type }) => type === 'cgroup' || type === 'cgroup2');
  const readOnly = groups.find(({ flags }) => flags.has('ro'));
  if (groups.length === 0)
    return [stop('no-cgroups', 'Nothing of type cgroup or cgroup2 is mounted here.')];
  if (readOnly !== undefined) {
    return [stop('cgroups-read-only', `${readOnly.target} is mounted read-only.`)];
  }
  if (!cgroupsOccupied) return [];
  return [
    stop(
      'cgroups-occupied',
      "/sys/fs/cgroup/cgroup.procs isn't empty, and cgroup.subtree_control doesn't have cpu.",
    ),
  ];
}

/** The whole tour takes 16 MB and some 400 files. */
const spaceNeeded = { bytes: 32 * 1024 * 1024, inodes: 1000 };

/** What the mount options of the working directory rule out. */
export function checkMount(
  { workdir, containerd }: Pick<Plan, 'workdir' | 'containerd'>,
  mounts: Machine['mounts'],
): FoundObstacle[] {
  const mount = mountOf(workdir, mounts);
  if (mount === undefined) return [];
  const { flags, target, options } = mount;
  if (flags.has('ro') || options.has('ro')) {
    return [stop('workdir-read-only', `${target} is mounted read-only.`)];
  }
  const { type, supportsLayers } = filesystemOf(workdir, mounts);
  if (!supportsLayers) return [stop('workdir-filesystem', `${target} is ${type}.`)];
  // The tour puts a program there only to reach a private containerd.
  if (containerd === 'system' || !flags.has('noexec')) return [];
  return [stop('workdir-noexec', `${target} is mounted noexec.`)];
}

/** @param needed how much has to be free */
export function checkFreeSpace(
  free: Machine['free'],
  needed = spaceNeeded,
): FoundObstacle | undefined {
  const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  if (free.bytes < needed.bytes) {
    return stop(
      'disk-full',
      `${megabytes(free.bytes)} are free, and ${megabytes(needed.bytes)} are needed.`,
    );
  }
  if (free.inodes !== undefined && free.inodes < needed.inodes) {
    return stop('disk-full', `${free.inodes} inodes are free, and ${needed.inodes} are needed.`);
  }
  return undefined;
}

/** What affects the commands that the learner types, but not the tour's scripts. */
function checkEnvironment({ disturbances, temporary }: Machine): FoundObstacle[] {
  const found: FoundObstacle[] = [];
  if (disturbances.length > 0) {
    const each = disturbances.map(({ name, does, mend }) => `${name} ${does}: ${mend}`);
    found.push(know('own-variables', `${each.join('. ')}.`));
  }
  const { directory, bytes } = temporary;
  if (bytes < temporaryNeeded) {
    found.push(know('tmp-unusable', `${directory} is full, or it isn't writable.`));
  }
  return found;
}

/** Enough for a here-document and a few directories. */
const temporaryNeeded = 64 * 1024;

/** Tools whose output has other bytes than usual. */
export function checkTools(found: readonly Prerequisite[]): FoundObstacle[] {
  return found.flatMap(({ status, obstacle, detail }) =>
    status === 'ok' && obstacle !== undefined
      ? [know(obstacle, `Found: ${detail.split('  ').join(', ')}.`)]
      : [],
  );
}

/** Stops the tour only if that containerd was asked for: otherwise the tour starts one of its own. */
function hiddenFrom({ containerd }: Plan, directory: string): FoundObstacle {
  const seen = `The system's containerd keeps its snapshots in ${directory}, which isn't there.`;
  return containerd === 'system' ? stop('daemon-elsewhere', seen) : know('daemon-elsewhere', seen);
}

/** All obstacles on a machine, those that stop the tour first. */
export function findObstacles(machine: Machine, plan: Plan): FoundObstacle[] {
  const foreign = foreignSystem(machine.platform, machine.kernel);
  if (foreign !== undefined) return [foreign];
  const room = checkFreeSpace(machine.free);
  const found = [
    ...checkPrivilege(machine, plan),
    ...checkProcessor(machine),
    ...checkKernel(machine, plan),
    ...checkUserNamespaces(machine, plan),
    ...checkControlGroups(machine, plan),
    ...checkMount(plan, machine.mounts),
    ...(room === undefined ? [] : [room]),
    ...checkEnvironment(machine),
    ...(plan.unresponsive === undefined
      ? []
      : [know('daemon-hangs', `${plan.unresponsive} accepts connections, but nothing answers.`)]),
    ...(plan.hidden === undefined ? [] : [hiddenFrom(plan, plan.hidden)]),
  ];
  return found.sort((a, b) => Number(b.stops) - Number(a.stops));
}
