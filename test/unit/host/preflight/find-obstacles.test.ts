import { describe, expect, test } from 'vitest';
import { parseMountinfo } from '../../../../src/host/mounts.ts';
import {
  findObstacles,
  foreignSystem,
  type Plan,
  refuseForeignSystem,
} from '../../../../src/host/preflight/find-obstacles.ts';
import {
  freeSpaceAt,
  type Machine,
  mayHave,
  readFilesystems,
  readMachine,
} from '../../../../src/host/preflight/machine.ts';
import { temporaryDirectory } from '../../../helpers/temporary.ts';

const root = '1 0 8:1 / / rw,relatime - ext4 /dev/sda1 rw';
const cgroups = '31 30 0:29 / /sys/fs/cgroup rw,nosuid,nodev,noexec - cgroup2 cgroup2 rw';
const mounts = (...lines: string[]) => parseMountinfo(lines.join('\n'));

/** A machine on which nothing is in the way. */
const fine: Machine = {
  platform: 'linux',
  kernel: '6.1.0-28-amd64',
  kernelArchitecture: 'amd64',
  architecture: 'amd64',
  filesystems: new Set(['ext4', 'overlay', 'tmpfs']),
  overlayModule: undefined,
  sysctls: new Map([['user.max_user_namespaces', '95000']]),
  sysAdmin: true,
  ids: { whole: true, uids: '0 1000 1 1 100000 65536', gids: '0 1000 1 1 100000 65536' },
  enforcing: false,
  mounts: mounts(root, cgroups),
  cgroupsOccupied: false,
  free: { bytes: 1e10, inodes: 1e6 },
  temporary: { directory: '/tmp', bytes: 1e10, inodes: 1e6 },
  disturbances: [],
};
const plan: Plan = { workdir: '/home/me/demo', privilege: 'sudo', containerd: 'private' };

test.each(['root', 'sudo', 'rootless', undefined] as const)(
  'nothing is in the way: %s',
  (privilege) => {
    expect(findObstacles(fine, { ...plan, privilege })).toEqual([]);
  },
);

type Case = [
  name: string,
  id: string,
  stops: boolean,
  machine: Partial<Machine>,
  plan?: Partial<Plan>,
];

const rootless = { privilege: 'rootless' } as const;
const sysctl = (name: string, value: string) => ({ sysctls: new Map([[name, value]]) });

const cases: Case[] = [
  ['macOS', 'not-linux', true, { platform: 'darwin', kernel: '24.1.0' }],
  ['FreeBSD', 'not-linux', true, { platform: 'freebsd', kernel: '14.1-RELEASE' }],
  ['Windows', 'windows', true, { platform: 'win32', kernel: '10.0.22631' }],
  ['WSL 1', 'wsl1', true, { kernel: '4.4.0-19041-Microsoft' }],
  ['a container with no privileges', 'no-sys-admin', true, { sysAdmin: false }],
  ['the same, as root', 'no-sys-admin', true, { sysAdmin: false }, { privilege: 'root' }],
  ['qemu', 'emulated', true, { architecture: 'arm64' }],
  ['Rosetta', 'emulated', true, { kernelArchitecture: 'arm64' }],
  ['amd64 on 386, which cannot be', 'emulated', true, { kernelArchitecture: '386' }],
  [
    'Raspberry Pi OS, 32 bits',
    'userland-32',
    false,
    { architecture: 'arm', kernelArchitecture: 'arm64' },
  ],
  ['386 programs on amd64', 'userland-32', false, { architecture: '386' }],
  ['RHEL 7', 'old-kernel', true, { kernel: '3.10.0-1160.el7.x86_64' }],
  ['Ubuntu 20.04, without root', 'old-kernel', false, { kernel: '5.4.0-200-generic' }, rootless],
  [
    'no overlay at all',
    'no-overlay',
    true,
    { filesystems: new Set(['ext4']), overlayModule: false },
  ],
  [
    'no overlay loaded, no modules to be seen',
    'no-overlay',
    false,
    { filesystems: new Set(['ext4']) },
  ],
  ['Fedora', 'selinux', false, { enforcing: true }],
  ['Debian 10', 'userns-sysctl', true, sysctl('kernel.unprivileged_userns_clone', '0'), rootless],
  ['hardened', 'userns-none', true, sysctl('user.max_user_namespaces', '0'), rootless],
  [
    'Ubuntu 24.04',
    'userns-apparmor',
    true,
    sysctl('kernel.apparmor_restrict_unprivileged_userns', '1'),
    rootless,
  ],
  [
    'no way to root known yet',
    'userns-none',
    true,
    sysctl('user.max_user_namespaces', '0'),
    { privilege: undefined },
  ],
  [
    'no subordinate ids',
    'no-subids',
    false,
    { ids: { whole: false, lacks: 'ids', because: 'me has no line in /etc/subuid' } },
    rootless,
  ],
  [
    'no newuidmap',
    'no-newuidmap',
    false,
    { ids: { whole: false, lacks: 'newuidmap', because: 'newuidmap is not installed' } },
    rootless,
  ],
  [
    'a drive of Windows, in WSL 2',
    'workdir-filesystem',
    true,
    { mounts: mounts(root, cgroups, '9 1 0:9 / /home rw - vfat /dev/b rw') },
  ],
  [
    "a daemon of the system's that hangs",
    'daemon-hangs',
    false,
    {},
    { unresponsive: '/run/containerd/containerd.sock' },
  ],
  [
    "a daemon of the system's in a container, which is insisted on",
    'daemon-elsewhere',
    true,
    {},
    { containerd: 'system', hidden: '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs' },
  ],
  [
    "a daemon of the system's in a container, which isn't used",
    'daemon-elsewhere',
    false,
    {},
    { hidden: '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs' },
  ],
  ['a bare chroot', 'no-cgroups', true, { mounts: mounts(root) }],
  [
    'an unprivileged container',
    'cgroups-read-only',
    true,
    { mounts: mounts(root, cgroups.replace('rw,nosuid', 'ro,nosuid')) },
  ],
  [
    'version 1, one of them read-only',
    'cgroups-read-only',
    true,
    {
      mounts: mounts(
        root,
        '32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu',
        '33 31 0:30 / /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids',
      ),
    },
  ],
  ['Docker in Docker', 'cgroups-occupied', true, { cgroupsOccupied: true }],
  [
    'noexec',
    'workdir-noexec',
    true,
    { mounts: mounts(root, cgroups, '9 1 0:9 / /home rw,nosuid,nodev,noexec - ext4 /dev/b rw') },
  ],
  [
    'a read-only mount',
    'workdir-read-only',
    true,
    { mounts: mounts(root, cgroups, '9 1 0:9 / /home ro - ext4 /dev/b rw') },
  ],
  [
    'a file system that turned read-only',
    'workdir-read-only',
    true,
    { mounts: mounts(root, cgroups, '9 1 0:9 / /home rw - ext4 /dev/b ro') },
    { containerd: 'system' },
  ],
  ['a full disk', 'disk-full', true, { free: { bytes: 20 * 1024 ** 2, inodes: 1e6 } }],
  ['no inodes left', 'disk-full', true, { free: { bytes: 1e10, inodes: 12 } }],
];

test.each<Case>(cases)('%s: %s', (_, id, stops, machine, differing = {}) => {
  const found = findObstacles({ ...fine, ...machine }, { ...plan, ...differing });
  expect(found).toEqual([{ id, stops, seen: expect.stringMatching(/\.$/) }]);
});

test.each<[string, Partial<Machine>, Partial<Plan>?]>([
  ['WSL 2', { kernel: '5.15.167.4-microsoft-standard-WSL2' }],
  ['an older WSL 2', { kernel: '4.19.104-microsoft-standard' }],
  ['a machine that the kernel has no clear name for', { kernelArchitecture: undefined }],
  ['overlay that is a module, not yet loaded', { filesystems: new Set(), overlayModule: true }],
  [
    'nodev and nosuid',
    { mounts: mounts(root, cgroups, '9 1 0:9 / /home rw,nosuid,nodev - xfs b rw') },
  ],
  [
    "noexec, with the system's containerd",
    { mounts: mounts(root, cgroups, '9 1 0:9 / /home rw,noexec - ext4 b rw') },
    { containerd: 'system' },
  ],
  ['btrfs, which counts no inodes', { free: { bytes: 1e9, inodes: undefined } }],
  ['user namespaces forbidden, with root', sysctl('user.max_user_namespaces', '0')],
  ['no cgroups, without root', { mounts: mounts(root) }, rootless],
  ['no CAP_SYS_ADMIN, without root', { sysAdmin: false }, rootless],
])('%s is not in the way', (_, machine, differing = {}) => {
  expect(findObstacles({ ...fine, ...machine }, { ...plan, ...differing })).toEqual([]);
});

test('what stops the tour goes before what is only worth knowing', () => {
  const machine = { ...fine, enforcing: true, sysAdmin: false, free: { bytes: 0, inodes: 1e6 } };
  const ids = findObstacles(machine, plan).map(({ id }) => id);
  expect(ids).toEqual(['no-sys-admin', 'disk-full', 'selinux']);
});

test.each([
  ['darwin', '24.1.0', 'This is macOS, and the tour needs Linux.', 'limactl'],
  ['win32', '10.0.22631', 'This is Windows, and the tour needs Linux.', 'wsl --install'],
  ['linux', '4.4.0-22621-Microsoft', /WSL 1/, 'wsl --set-version'],
] as const)('on %s %s it is said at once, with a line to paste', (platform, kernel, says, line) => {
  expect(() => refuseForeignSystem(platform, kernel)).toThrow(
    expect.objectContaining({
      message: typeof says === 'string' ? says : expect.stringMatching(says),
      hint: expect.stringContaining(line),
      exit: 4,
    }),
  );
});

test('on this machine nothing is said', () => {
  const here = readMachine(temporaryDirectory());
  expect(() => refuseForeignSystem(here.platform, here.kernel)).not.toThrow();
  expect(foreignSystem(here.platform, here.kernel)).toBeUndefined();
});

describe('what a machine says', () => {
  test('/proc/filesystems', () => {
    const text = 'nodev\tsysfs\nnodev\toverlay\n\text4\n\txfs\n';
    expect(readFilesystems(text)).toEqual(new Set(['sysfs', 'overlay', 'ext4', 'xfs']));
    expect(readFilesystems('')).toEqual(new Set());
  });

  test.each([
    ['everything', 'CapBnd:\t000001ffffffffff', true],
    ["Docker's default", 'CapBnd:\t00000000a80425fb', false],
    ['that one only', 'CapEff:\t0000000000000000\nCapBnd:\t0000000000200000\n', true],
    ['nothing said', 'Name:\tnode\n', false],
  ])('capabilities: %s', (_, status, has) => {
    expect(mayHave(21, status)).toBe(has);
  });

  test('room, also for a directory that is not there yet', () => {
    const directory = temporaryDirectory();
    expect(freeSpaceAt(directory).bytes).toBeGreaterThan(0);
    expect(freeSpaceAt(`${directory}/a/b`).inodes).toBe(freeSpaceAt(directory).inodes);
  });
});
