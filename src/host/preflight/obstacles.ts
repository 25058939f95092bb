import { type ExitCode, TourError } from '../../errors.ts';

/** What can be in the way of the tour: its symptom, why it matters, and what to do about it. */
interface Obstacle {
  readonly symptom: string;
  readonly cause: string;
  readonly remedy: string;
  /** Lines to paste into a terminal. */
  readonly paste?: readonly string[];
}

/** Debian with Node, all capabilities, and a volume to work on, since that isn't an overlay. */
const container =
  'docker run --rm -it --privileged --cgroupns=host -v tour:/tour -e WORKDIR=/tour/demo -v "$PWD":/src:ro node:22 node /src/dist/handroll-tour.cjs';

/** Groups of them, in the order of the page, each under the id that `doctor` points to. */
const groups = {
  'Where it runs': {
    'not-linux': {
      symptom: 'This is macOS, or another system that is not Linux.',
      cause:
        'Containers are made of parts of the Linux kernel: namespaces, control groups, overlayfs. Docker on a Mac starts a Linux machine as well, and does not show it.',
      remedy:
        'Run the tour in a Linux machine (Lima, Multipass) or in a privileged container. After npm start has built it, one of these in the clone:',
      paste: [
        "limactl start -y --name=tour template://debian-13 && limactl shell tour sudo sh -c 'apt-get update && apt-get install -y nodejs' && limactl shell tour node dist/handroll-tour.cjs",
        'multipass launch --name tour && multipass mount "$PWD" tour:/home/ubuntu/tour && multipass exec tour -- sudo snap install node --classic && multipass exec tour -- node tour/dist/handroll-tour.cjs',
        container,
      ],
    },
    windows: {
      symptom: 'This is Windows.',
      cause: 'Containers are made of parts of the Linux kernel, and WSL 2 has one.',
      remedy:
        'Install a Linux distribution in WSL 2 from PowerShell, and in it Node 20.19 or later; clone and start the tour there, in your Linux home and not below /mnt/c.',
      paste: ['wsl --install -d Debian'],
    },
    wsl1: {
      symptom: 'This is WSL 1.',
      cause:
        'WSL 1 translates the system calls of Linux programs. There is no Linux kernel, so no namespaces, no control groups and no overlayfs.',
      remedy:
        'Turn the distribution into one of WSL 2, from PowerShell; wsl -l -v lists their names.',
      paste: ['wsl --set-version DISTRIBUTION 2'],
    },
    'no-sys-admin': {
      symptom: 'Nobody here may mount anything or make a namespace, not even root.',
      cause:
        'That takes the capability CAP_SYS_ADMIN, which a container does not have unless it was started with it.',
      remedy:
        'Leave this container, and start a privileged one: in the clone, after npm start has built it (with podman: sudo podman run, the rest is the same)',
      paste: [container],
    },
    emulated: {
      symptom: 'The programs here are for another processor than the machine has.',
      cause:
        'An emulator (qemu, Rosetta) runs them one by one. It does not translate all that runc asks of the kernel: starting a container usually fails, and nothing before it does.',
      remedy:
        'Take a system for this processor: in docker run, --platform linux/arm64 or linux/amd64, whichever the machine is.',
    },
    'userland-32': {
      symptom: 'The programs here are 32-bit ones, on a 64-bit kernel.',
      cause:
        'A Raspberry Pi is often set up so. The image is made for the programs, since the busybox in it is one of them, and the kernel runs both.',
      remedy:
        'Nothing has to be done: the config will name the 32-bit architecture, and that is right.',
    },
  },
  'The kernel': {
    'old-kernel': {
      symptom: 'The kernel is too old.',
      cause:
        'Stacking several read-only directories came to overlayfs with Linux 4.0; doing it without root, in a user namespace, with 5.11.',
      remedy: 'Take a newer kernel; or, if it is the missing root that needs it, root or sudo.',
    },
    'no-overlay': {
      symptom: 'The kernel knows no overlay file system.',
      cause:
        'A running container is an overlay: the layers below, what it writes on top. Lessons 05 to 09 are about it.',
      remedy:
        'Load the module. If there is none, this kernel was built without it: take the one of your distribution.',
      paste: ['sudo modprobe overlay'],
    },
    selinux: {
      symptom: 'SELinux is enforcing.',
      cause:
        "It can refuse what ownership and mode allow: a directory that is not where a policy expects containers' files.",
      remedy:
        'Nothing has to be done until a step says "Permission denied" of something that root may do. Then look at what was refused, and let SELinux only report while you take the tour (setenforce 1 afterwards).',
      paste: ['sudo ausearch -m avc -ts recent', 'sudo setenforce 0'],
    },
  },
  'User namespaces, for the tour without root': {
    'userns-sysctl': {
      symptom: 'kernel.unprivileged_userns_clone is 0: only root may make a user namespace.',
      cause:
        'Without root, the tour is root in a user namespace of its own, and nowhere else. This switch of Debian and Arch forbids making one.',
      remedy: 'Let an administrator turn it on, or take the tour with sudo.',
      paste: ['sudo sysctl kernel.unprivileged_userns_clone=1'],
    },
    'userns-none': {
      symptom: 'user.max_user_namespaces is 0: unshare says "No space left on device".',
      cause: 'That is how many user namespaces there may be. It is not about the disk.',
      remedy: 'Let an administrator allow some, or take the tour with sudo.',
      paste: ['sudo sysctl user.max_user_namespaces=15000'],
    },
    'userns-apparmor': {
      symptom: 'kernel.apparmor_restrict_unprivileged_userns is 1, as on Ubuntu since 24.04.',
      cause:
        'AppArmor lets a program that has no profile make a user namespace, and takes all its power in it away: writing its id map or mounting is "Operation not permitted".',
      remedy:
        'Take the tour with sudo; or let an administrator lift this until the next start of the machine.',
      paste: ['sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0'],
    },
    'no-subids': {
      symptom: '/etc/subuid or /etc/subgid has no line for this user.',
      cause:
        'A user namespace can have more users than root only if some numbers are lent to whoever makes it. The image of this tour has only files of root, so it gets along without.',
      remedy: 'Nothing has to be done. For other images, let an administrator lend you some.',
      paste: ['sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$(id -un)"'],
    },
    'no-newuidmap': {
      symptom: 'newuidmap is not installed.',
      cause:
        'It is the one program that may map the numbers lent to you into a user namespace. The image of this tour gets along without.',
      remedy:
        'Nothing has to be done. For other images, install it: uidmap on Debian and Ubuntu, shadow-utils on Fedora, shadow-uidmap on Alpine.',
    },
  },
  'Control groups': {
    'no-cgroups': {
      symptom: 'No control groups are mounted at /sys/fs/cgroup.',
      cause: 'runc puts each container into one, to count and limit what it uses: lesson 08.',
      remedy: 'Mount them, as an init would.',
      paste: ['sudo mount -t cgroup2 cgroup2 /sys/fs/cgroup'],
    },
    'cgroups-read-only': {
      symptom: '/sys/fs/cgroup is mounted read-only.',
      cause:
        'runc makes a control group for each container, and here it cannot: lesson 08 would fail. In a container this is how they are mounted unless it is privileged.',
      remedy:
        'On a machine of your own, mount them for writing. In a container, start a privileged one instead; or take the tour as an ordinary user with --privilege rootless, which does without.',
      paste: ['sudo mount -o remount,rw /sys/fs/cgroup', container],
    },
    'cgroups-occupied': {
      symptom:
        'The control group at the root of /sys/fs/cgroup has processes in it, and hands no controllers on.',
      cause:
        'A group of version 2 has either processes or children with limits. In a container with control groups of its own everything sits at their root, so runc finds no cpu.weight to set: lesson 08.',
      remedy:
        'Move the processes into a child, as Docker in Docker does; or start the container with --cgroupns=host.',
      paste: [
        "sudo sh -c 'cd /sys/fs/cgroup && mkdir -p init && for pid in $(cat cgroup.procs); do echo $pid >init/cgroup.procs; done; echo +cpu +memory +pids >cgroup.subtree_control'",
      ],
    },
  },
  'The working directory': {
    'workdir-noexec': {
      symptom: 'The working directory is on a file system mounted noexec.',
      cause:
        "The tour puts a ctr of its own there, the one that reaches its private containerd. No program on such a file system can be started, so it would be the system's that answers.",
      remedy: 'Name a directory elsewhere: --workdir DIR. Or mount this one for programs as well.',
      paste: ['sudo mount -o remount,exec MOUNTPOINT'],
    },
    'workdir-nodev': {
      symptom: 'The working directory is on a file system mounted nodev or nosuid.',
      cause:
        'The whiteout is a device, but it only marks something as gone: it is made and recognised, never opened.',
      remedy: 'Nothing has to be done: the tour is the same there.',
    },
    'workdir-read-only': {
      symptom: 'The working directory is on a file system that is mounted read-only.',
      cause: 'Everything that you make goes there. A disk with errors is turned read-only as well.',
      remedy:
        'Name a directory elsewhere: --workdir DIR. If it was not always so, look into dmesg.',
    },
    'workdir-filesystem': {
      symptom: 'The file system of the working directory cannot hold a layer.',
      cause:
        'Layers hold symbolic links, owners, modes and devices. FAT and NTFS keep none of these.',
      remedy: 'Name a directory on a local Linux file system: --workdir ~/container-demo.',
    },
    'disk-full': {
      symptom: 'There is no room left on the file system of the working directory.',
      cause:
        'The whole tour takes 16 MB: two layers, four times over, and what containerd makes of them. Written to a full disk, a file is cut short, and its hash is another one.',
      remedy:
        'Make room, or name a directory elsewhere: --workdir DIR. Then run the step again: it mends what was cut short.',
      paste: ['df -h ~/container-demo', 'df -i ~/container-demo'],
    },
  },
  'The tools': {
    'tools-missing': {
      symptom: 'A tool is not installed, or does not run.',
      cause: 'The tour uses what you have; it brings no tools of its own.',
      remedy: 'Let the tour install what is missing; it shows the commands first.',
      paste: ['handroll-tour doctor --install'],
    },
    'tools-busybox': {
      symptom: "tar, gzip, timeout or unshare is busybox's, or tar is not GNU tar.",
      cause:
        'Alpine and small containers have them. They lack --sort, --owner and --mtime, without which a layer packs differently each time; the name and time in the header of gzip; --kill-after and --kill-child.',
      remedy: 'Install the real ones beside them (on Alpine: tar, gzip, coreutils, util-linux).',
      paste: ['handroll-tour doctor --install'],
    },
    'ctr-wrapper': {
      symptom: 'The first ctr on the PATH is a script that adds options.',
      cause:
        'It names a namespace or a socket, and ctr takes each only once: with those of the tour, every command fails, or reaches something else.',
      remedy: 'Put the real ctr before it on the PATH, in the shell that starts the tour.',
      paste: ['type -a ctr', 'export PATH=/usr/bin:"$PATH"'],
    },
    'busybox-wrong': {
      symptom: 'busybox is dynamic, or is for another processor.',
      cause:
        'It will be the only program in the image. A dynamic one asks for a loader that is not there, and one for another processor cannot run: either way the container dies at its first step.',
      remedy:
        'Install the static one of this system: busybox-static on Debian, Ubuntu, Alpine and openSUSE; busybox on Fedora, Arch and, from EPEL, on RHEL and its kin.',
      paste: ['handroll-tour doctor --install'],
    },
  },
  'Your environment': {
    'own-variables': {
      symptom: 'A variable of your own changes what tools do.',
      cause:
        "The tour's scripts run without it. What you type yourself runs with it, and what comes of that may have another digest, or fail.",
      remedy: 'Unset it in the shell in which you type, before you begin.',
    },
    'gzip-other': {
      symptom: 'gzip is another program here: pigz, or one that is not GNU gzip.',
      cause:
        'It compresses as well, to other bytes: your Digests and the manifest’s are then others than those of people with GNU gzip. The DiffIDs are the same.',
      remedy:
        'Nothing has to be done. To compare digests in a class, put GNU gzip first on the PATH.',
    },
  },
  'What can run out': {
    'out-of-processes': {
      symptom: 'There are no processes left: no program can be started.',
      cause:
        'A user, a container or a session may have only so many (ulimit -u, pids.max). The tour and its containerd are a few of them, with many threads, which count as well.',
      remedy: 'End something else, or raise the limit.',
      paste: ['ulimit -u', 'cat /sys/fs/cgroup/pids.max'],
    },
    'out-of-files': {
      symptom: 'Too many files are open: no program can be started.',
      cause:
        'A process may have only so many open (ulimit -n), pipes to other programs among them.',
      remedy: 'Raise it in the shell that starts the tour: ulimit -n 4096.',
      paste: ['ulimit -n 4096'],
    },
    'out-of-memory': {
      symptom: 'There is no memory left.',
      cause: 'A container, or a control group, may have less than the machine.',
      remedy: 'End something else, or give this machine more.',
      paste: ['free -m'],
    },
    'tmp-unusable': {
      symptom: 'There is no room for temporary files, or they cannot be written.',
      cause:
        "ctr mounts a new container's files for a moment in $XDG_RUNTIME_DIR, $TMPDIR or /tmp, and shells put here-documents there. The tour's own scripts use a directory of the tour's; what you type yourself does not.",
      remedy: 'Make room in /tmp, or name another directory in the shell in which you type.',
      paste: ['export TMPDIR="$HOME"'],
    },
  },
  containerd: {
    'daemon-absent': {
      symptom: 'No containerd listens at the socket.',
      cause: 'With --containerd system or --address, the one of the system is insisted on.',
      remedy: 'Start it, or let the tour start one of its own: --containerd private.',
      paste: ['sudo systemctl start containerd'],
    },
    'daemon-hangs': {
      symptom: 'containerd takes a connection and does not answer.',
      cause:
        'Its process is stopped, or waits for something: a disk, or another containerd that has the same files open.',
      remedy:
        "The tour's own ends with the last command that uses it: end them all, and start again. The system's: look at what it says, and start it again; or leave it alone and let the tour start one of its own: --containerd private.",
      paste: ['journalctl -u containerd -n 20', 'sudo systemctl restart containerd'],
    },
    'daemon-elsewhere': {
      symptom: "The system's containerd answers, and its directories can't be seen.",
      cause:
        'It runs in a mount namespace of its own, in a container for example, and only its socket is shared. Lesson 07 looks into its snapshots, and a container gets its root from there.',
      remedy:
        'Run the tour where that containerd runs, or let it start one of its own: --containerd private.',
    },
    'daemon-dies': {
      symptom: 'The private containerd does not come up.',
      cause:
        'The tour starts containerd in namespaces of its own, with its files in the working directory. Either the kernel refuses that, or containerd did not like what it found.',
      remedy:
        'Read what it said last. If its own files are damaged, handroll-tour cleanup takes them away, and the next start makes new ones.',
      paste: ['cat ~/container-demo/.handroll-tour/containerd/log'],
    },
  },
  Root: {
    'no-root': {
      symptom: 'There is no way to become root here.',
      cause: "containerd's socket is root's, and so are mounts and the snapshots' directories.",
      remedy:
        'Let an administrator allow sudo, or try without root: --privilege rootless. Lessons 01 to 04 need neither.',
    },
    'sudo-password': {
      symptom: 'sudo wants a password, and there is no terminal to ask in.',
      cause: 'Nothing asks questions where nobody sits.',
      remedy: 'Run it in a terminal, as root, or after sudo -v in this very terminal.',
    },
  },
} as const satisfies Record<string, Record<string, Obstacle>>;

type Groups = typeof groups;
export type ObstacleId = { [Group in keyof Groups]: keyof Groups[Group] }[keyof Groups] & string;

const obstacles = Object.assign({}, ...Object.values(groups)) as Readonly<
  Record<ObstacleId, Obstacle>
>;

export const obstacleIds = Object.keys(obstacles) as ObstacleId[];

export function obstacleOf(id: ObstacleId): Obstacle {
  return obstacles[id];
}

/** What to do, in a sentence or two, and where to read more. */
export function remedyOf(id: ObstacleId): string {
  const { remedy, paste = [] } = obstacles[id];
  return [remedy, ...paste.map((line) => `  ${line}`), explainHint(id)].join('\n');
}

export function explainHint(id: ObstacleId): string {
  return `More: handroll-tour doctor --explain ${id}`;
}

/** The error for an obstacle: what was seen here, and what to do about it. */
export function obstacleError(
  id: ObstacleId,
  seen: string,
  options: { readonly exit?: ExitCode; readonly cause?: unknown } = {},
): TourError {
  return new TourError(seen, { hint: remedyOf(id), ...options });
}

/** One obstacle, as `doctor --explain ID` tells it. */
export function explainObstacle(id: ObstacleId): string {
  const { symptom, cause, remedy, paste = [] } = obstacles[id];
  const lines = paste.map((line) => `    ${line}`);
  return [symptom, '', cause, '', remedy, ...(lines.length > 0 ? ['', ...lines] : [])].join('\n');
}

/** All obstacles as a page of Markdown: TROUBLESHOOTING.md of lesson 00. */
export function troubleshootingPage(): string {
  const parts = Object.entries(groups).flatMap(([title, group]: [string, object]) => [
    `## ${title}`,
    ...(Object.keys(group) as ObstacleId[]).map((id) => `### ${id}\n\n${explainObstacle(id)}`),
  ]);
  const head = `# When something is in the way

\`handroll-tour doctor\` looks for all of this, and names what it finds as it is named here;
\`handroll-tour doctor --explain NAME\` prints one of these, \`--explain all\` this page.`;
  return `${[head, ...parts].join('\n\n')}\n`;
}
