import { TourError } from '../../errors.ts';

/** What can be in the way of the tour: the symptom, its cause, and what to do about it. */
export interface Obstacle {
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
        'Containers are made from features of the Linux kernel: namespaces, cgroups, overlayfs. Docker on a Mac also starts a Linux virtual machine; it only hides it.',
      remedy:
        'Run the tour in a Linux virtual machine (Lima, Multipass) or in a privileged container. Build it with npm start, then use one of these in the clone:',
      paste: [
        "limactl start -y --name=tour template://debian-13 && limactl shell tour sudo sh -c 'apt-get update && apt-get install -y nodejs' && limactl shell tour node dist/handroll-tour.cjs",
        'multipass launch --name tour && multipass mount "$PWD" tour:/home/ubuntu/tour && multipass exec tour -- sudo snap install node --classic && multipass exec tour -- node tour/dist/handroll-tour.cjs',
        container,
      ],
    },
    windows: {
      symptom: 'This is Windows.',
      cause: 'Containers are made from features of the Linux kernel, and WSL 2 has a Linux kernel.',
      remedy:
        'Install a Linux distribution in WSL 2 from PowerShell, and Node 20.19 or later in that. Clone and start the tour there, in your Linux home directory and not below /mnt/c.',
      paste: ['wsl --install -d Debian'],
    },
    wsl1: {
      symptom: 'This is WSL 1.',
      cause:
        'WSL 1 translates the system calls of Linux programs. It has no Linux kernel, and therefore no namespaces, no cgroups and no overlayfs.',
      remedy:
        'Convert the distribution to WSL 2, from PowerShell. wsl -l -v lists the names of your distributions.',
      paste: ['wsl --set-version DISTRIBUTION 2'],
    },
    'no-sys-admin': {
      symptom: "Even root isn't allowed to mount or to create namespaces here.",
      cause:
        'Mounting and creating namespaces need the capability CAP_SYS_ADMIN, which a container only has if it was started with it.',
      remedy:
        'Leave this container, and start a privileged one. Build the tour with npm start, then run this in the clone (with podman, use sudo podman run and the same options):',
      paste: [container],
    },
    emulated: {
      symptom: 'The programs here are built for another processor than this machine has.',
      cause:
        "An emulator (qemu, Rosetta) runs them. It doesn't translate every system call that runc needs, so starting a container usually fails, while everything before that works.",
      remedy:
        'Use a system for this processor. With docker run, give --platform linux/arm64 or linux/amd64, whichever the machine is.',
    },
    'userland-32': {
      symptom: 'The programs here are 32-bit, and the kernel is 64-bit.',
      cause:
        'This is common on Raspberry Pi. The image gets your 32-bit busybox, and the kernel runs both kinds.',
      remedy:
        'You need not do anything. The config will name the 32-bit architecture, and that is correct.',
    },
  },
  'The kernel': {
    'old-kernel': {
      symptom: 'The kernel is too old.',
      cause:
        'overlayfs can stack several read-only directories since Linux 4.0, and can do that without root, in a user namespace, since 5.11.',
      remedy: 'Use a newer kernel. If yours is 4.0 or later, root or sudo is enough.',
    },
    'no-overlay': {
      symptom: "The kernel doesn't know the overlay filesystem.",
      cause:
        "A container's root filesystem is an overlay mount: the image's layers, and on top what the container writes. Lessons 05 to 10 need it.",
      remedy:
        "Load the module. If there is none, this kernel was built without it; use your distribution's kernel.",
      paste: ['sudo modprobe overlay'],
    },
    selinux: {
      symptom: 'SELinux is enforcing.',
      cause:
        "It can refuse access that owners and modes allow, for example to container files in a directory where its policy doesn't expect them.",
      remedy:
        'You need not do anything unless a step fails with "Permission denied" for something that root may do. Then look at what was refused, and let SELinux only log while you take the tour (setenforce 1 afterwards).',
      paste: ['sudo ausearch -m avc -ts recent', 'sudo setenforce 0'],
    },
  },
  'User namespaces, for the tour without root': {
    'userns-sysctl': {
      symptom: 'kernel.unprivileged_userns_clone is 0, so only root may create a user namespace.',
      cause:
        'Without root, the tour works in a user namespace. This setting of Debian and Arch forbids creating one.',
      remedy: 'Ask an administrator to set it to 1, or take the tour with sudo.',
      paste: ['sudo sysctl kernel.unprivileged_userns_clone=1'],
    },
    'userns-none': {
      symptom: 'user.max_user_namespaces is 0, and unshare fails with "No space left on device".',
      cause:
        'The setting limits the number of user namespaces. The error has nothing to do with disk space.',
      remedy: 'Ask an administrator to raise it, or take the tour with sudo.',
      paste: ['sudo sysctl user.max_user_namespaces=15000'],
    },
    'userns-apparmor': {
      symptom: 'kernel.apparmor_restrict_unprivileged_userns is 1, as on Ubuntu since 24.04.',
      cause:
        'AppArmor lets a program without a profile create a user namespace, but strips its capabilities inside it. Writing the id map or mounting then fails with "Operation not permitted".',
      remedy:
        'Take the tour with sudo, or ask an administrator to lift the restriction until the next reboot.',
      paste: ['sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0'],
    },
    'no-subids': {
      symptom: '/etc/subuid or /etc/subgid has no line for this user.',
      cause:
        "A user namespace can have other users than root only if the user who creates it has subordinate ids. All files in this tour's image belong to root, so it works without them.",
      remedy: 'You need not do anything. For other images, ask an administrator to give you some.',
      paste: ['sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$(id -un)"'],
    },
    'no-newuidmap': {
      symptom: 'newuidmap is not installed.',
      cause:
        "It's the program that maps your subordinate ids into a user namespace. This tour's image works without them.",
      remedy:
        'You need not do anything. For other images, install it: the package is uidmap on Debian and Ubuntu, shadow-utils on Fedora, shadow-uidmap on Alpine.',
    },
  },
  Cgroups: {
    'no-cgroups': {
      symptom: 'No cgroups are mounted at /sys/fs/cgroup.',
      cause:
        'runc puts each container into a cgroup, to measure and limit what it uses. Lesson 8 needs that.',
      remedy: 'Mount them, as init usually does.',
      paste: ['sudo mount -t cgroup2 cgroup2 /sys/fs/cgroup'],
    },
    'cgroups-read-only': {
      symptom: '/sys/fs/cgroup is mounted read-only.',
      cause:
        "runc creates a cgroup for each container, and can't do that here, so lesson 8 would fail. In a container they're mounted like that unless it is privileged.",
      remedy:
        'On your own machine, remount them writable. In a container, start a privileged one instead, or take the tour as an ordinary user with --privilege rootless, which needs no cgroups.',
      paste: ['sudo mount -o remount,rw /sys/fs/cgroup', container],
    },
    'cgroups-occupied': {
      symptom:
        'The cgroup at the root of /sys/fs/cgroup contains processes, and passes no controllers to its children.',
      cause:
        'A cgroup v2 has either processes or children with limits. In a container with a cgroup namespace of its own all processes are at the root, so runc finds no cpu.weight to set, and lesson 8 fails.',
      remedy:
        'Move the processes into a child, as Docker in Docker does, or start the container with --cgroupns=host.',
      paste: [
        "sudo sh -c 'cd /sys/fs/cgroup && mkdir -p init && for pid in $(cat cgroup.procs); do echo $pid >init/cgroup.procs; done; echo +cpu +memory +pids >cgroup.subtree_control'",
      ],
    },
  },
  'The working directory': {
    'workdir-noexec': {
      symptom: 'The working directory is on a filesystem that is mounted noexec.',
      cause:
        "The tour puts a ctr there that reaches its private containerd. No program can be started from such a filesystem, so your commands would reach the system's containerd instead.",
      remedy: 'Choose another directory with --workdir DIR, or remount this filesystem with exec.',
      paste: ['sudo mount -o remount,exec MOUNTPOINT'],
    },
    'workdir-nodev': {
      symptom: 'The working directory is on a filesystem that is mounted nodev or nosuid.',
      cause:
        'The whiteout can be a device, but that device only marks a deleted file. It is created and recognised, and never opened.',
      remedy: 'You need not do anything. The tour works there as well.',
    },
    'workdir-read-only': {
      symptom: 'The working directory is on a filesystem that is mounted read-only.',
      cause: 'Everything you make goes there. The kernel also remounts a failing disk read-only.',
      remedy:
        'Choose another directory with --workdir DIR. If this one was writable before, look into dmesg.',
    },
    'workdir-filesystem': {
      symptom: "The filesystem of the working directory can't store the files of a layer.",
      cause:
        'Layers have symbolic links, owners, modes and devices. FAT and NTFS store none of these.',
      remedy:
        'Choose a directory on a local Linux filesystem, for example with --workdir ~/container-demo.',
    },
    'disk-full': {
      symptom: 'The filesystem of the working directory is full.',
      cause:
        'The whole tour takes 16 MB, for your layers in several forms and for what containerd unpacks. A file that is written to a full disk is cut short, and then has another hash.',
      remedy:
        'Free some space, or choose another directory with --workdir DIR. Then run the step again, which rewrites what was cut short.',
      paste: ['df -h ~/container-demo', 'df -i ~/container-demo'],
    },
  },
  'The tools': {
    'tools-missing': {
      symptom: "A tool isn't installed, or doesn't run.",
      cause: 'The tour uses the tools of your machine, and brings none of its own.',
      remedy: 'Let the tour install what is missing. It shows you the commands first.',
      paste: ['handroll-tour doctor --install'],
    },
    'tool-hangs': {
      symptom: "A tool is there, but doesn't answer.",
      cause:
        'It was asked for its version, which takes a moment, and had twenty seconds. Either this machine is very busy, or the tool waits for something, such as a network filesystem that is away.',
      remedy:
        'Look at what else is running, and try again when it has ended. Then ask the tool for its version yourself.',
      paste: ['uptime', 'tar --version'],
    },
    'tools-busybox': {
      symptom: "tar, gzip, timeout or unshare is the one from busybox, or tar isn't GNU tar.",
      cause:
        'Alpine and small containers have these. Their tar lacks --sort, --owner and --mtime, without which a layer gets another hash each time. Their gzip stores no name and no time, their timeout lacks --kill-after, and their unshare lacks --kill-child.',
      remedy: 'Install the full versions as well (on Alpine: tar, gzip, coreutils, util-linux).',
      paste: ['handroll-tour doctor --install'],
    },
    'ctr-wrapper': {
      symptom: 'The first ctr on the PATH is a script that adds options.',
      cause:
        'The script gives ctr a namespace or a socket, and ctr takes each option only once. With the options of the tour added, every command fails or reaches another containerd.',
      remedy: 'Put the real ctr first on the PATH, in the shell that starts the tour.',
      paste: ['type -a ctr', 'export PATH=/usr/bin:"$PATH"'],
    },
    'busybox-wrong': {
      symptom: 'busybox is dynamic, or built for another processor.',
      cause:
        "busybox will be the only program in the image. A dynamic one needs a loader that the image doesn't have, and one for another processor doesn't run, so the container would fail at once.",
      remedy:
        'Install a static busybox. The package is busybox-static on Debian, Ubuntu, Alpine and openSUSE, and busybox on Fedora, Arch and, from EPEL, on RHEL and its derivatives.',
      paste: ['handroll-tour doctor --install'],
    },
  },
  'Your environment': {
    'own-variables': {
      symptom: 'A variable of your own changes what tools do.',
      cause:
        "The tour's scripts run without it. What you type yourself runs with it, and may produce another digest, or fail.",
      remedy: 'Unset it in the shell you type in, before you begin.',
    },
    'gzip-other': {
      symptom: "gzip isn't GNU gzip here, but pigz or another program.",
      cause:
        'It compresses to other bytes, so your layer digests and your manifest digest differ from those of people with GNU gzip. The DiffIDs are the same.',
      remedy:
        'You need not do anything. To compare digests in a class, put GNU gzip first on the PATH.',
    },
  },
  'What can run out': {
    'out-of-processes': {
      symptom: 'There are no processes left, so no program can be started.',
      cause:
        'A user, a container or a session may have a limited number (ulimit -u, pids.max). The tour and its containerd are a few processes with many threads, and threads count too.',
      remedy: 'End other programs, or raise the limit.',
      paste: ['ulimit -u', 'cat /sys/fs/cgroup/pids.max'],
    },
    'out-of-files': {
      symptom: 'Too many files are open, so no program can be started.',
      cause:
        'A process may have a limited number of files open (ulimit -n), and pipes to other programs count too.',
      remedy: 'Raise the limit in the shell that starts the tour: ulimit -n 4096.',
      paste: ['ulimit -n 4096'],
    },
    'out-of-memory': {
      symptom: 'There is no memory left.',
      cause: 'A container or another cgroup can have a lower limit than the machine has memory.',
      remedy: 'End other programs, or give this machine more memory.',
      paste: ['free -m'],
    },
    'tmp-unusable': {
      symptom: "The directory for temporary files is full or isn't writable.",
      cause:
        "ctr briefly mounts a new container's files in $XDG_RUNTIME_DIR, $TMPDIR or /tmp, and shells store here-documents there. The tour's scripts use a directory of their own, but what you type yourself doesn't.",
      remedy: 'Free some space in /tmp, or set another directory in the shell you type in.',
      paste: ['export TMPDIR="$HOME"'],
    },
  },
  containerd: {
    'daemon-absent': {
      symptom: 'No containerd listens on the socket.',
      cause: "With --containerd system or --address, the tour uses only the system's containerd.",
      remedy: 'Start it, or let the tour start a private one with --containerd private.',
      paste: ['sudo systemctl start containerd'],
    },
    'daemon-hangs': {
      symptom: "containerd accepts a connection but doesn't answer.",
      cause:
        'Its process is stopped, or waits for a disk, or for another containerd that has the same files open. Or the machine is so busy that it takes longer than a minute to answer.',
      remedy:
        "The tour's private containerd ends with the last command that uses it, so end all of them and start again. If it's the system's, read its log and restart it, or let the tour start a private one with --containerd private.",
      paste: ['journalctl -u containerd -n 20', 'sudo systemctl restart containerd'],
    },
    'daemon-elsewhere': {
      symptom: "The system's containerd answers, and its directories can't be seen.",
      cause:
        'It runs in a mount namespace of its own, in a container for example, and only its socket is shared. Lesson 7 looks into its snapshots, and a container gets its root from there.',
      remedy:
        'Run the tour where that containerd runs, or let it start one of its own: --containerd private.',
    },
    'daemon-dies': {
      symptom: "The private containerd doesn't start.",
      cause:
        "The tour starts containerd in namespaces of its own, with its files in the working directory. Either the kernel refuses that, or containerd can't use the files it found.",
      remedy:
        'Read its log. If its files are damaged, handroll-tour cleanup removes them, and the next start creates new ones.',
      paste: ['cat ~/container-demo/.handroll-tour/containerd/log'],
    },
  },
  Root: {
    'no-root': {
      symptom: "You can't become root here.",
      cause: "containerd's socket, mounts and the directories of snapshots need root.",
      remedy:
        'Ask an administrator for sudo, or take the tour without root, with --privilege rootless. Lessons 01 to 04 need neither.',
    },
    'sudo-password': {
      symptom: 'sudo needs a password, and there is no terminal to ask for it.',
      cause: "The tour doesn't ask for a password when it has no terminal.",
      remedy: 'Run it in a terminal, or as root, or after sudo -v in the same terminal.',
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
export function obstacleError(id: ObstacleId, seen: string): TourError {
  return new TourError(seen, { hint: remedyOf(id) });
}

/** One obstacle, as `doctor --explain ID` tells it. */
export function explainObstacle(id: ObstacleId): string {
  const { symptom, cause, remedy, paste = [] } = obstacles[id];
  const lines = paste.map((line) => `    ${line}`);
  return [symptom, '', cause, '', remedy, ...(lines.length > 0 ? ['', ...lines] : [])].join('\n');
}

/** All obstacles as a page of Markdown: TROUBLESHOOTING.md of lesson 0. */
export function troubleshootingPage(): string {
  const parts = Object.entries(groups).flatMap(([title, group]: [string, object]) => [
    `## ${title}`,
    ...(Object.keys(group) as ObstacleId[]).map((id) => `### ${id}\n\n${explainObstacle(id)}`),
  ]);
  const head = `# When something is in the way

\`handroll-tour doctor\` looks for all of this, and uses these names for what it finds.
\`handroll-tour doctor --explain NAME\` prints one entry, \`--explain all\` the whole page.`;
  return `${[head, ...parts].join('\n\n')}\n`;
}
