// A machine of its own, by emulation: Debian 13 with its own kernel, systemd, a containerd that systemd
// started, and people who log in at its console. It needs no KVM, and is some ten times slower than this one.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { clone, password } from './cells.mjs';
import { terminal } from './terminal.mjs';
import { asUser } from './world.mjs';

/** What a machine has besides what the tour needs. */
export const packagesOfMachines = [
  'nodejs',
  'procps',
  'systemd-sysv',
  'dbus',
  'libpam-systemd',
  'linux-image-amd64',
  'apparmor',
  'udev',
  'kmod',
  'zstd',
];

/** A shell of root's for us, on a port of its own, so that the console is the learner's alone. */
const agent = `#!/bin/bash
exec 3<>/dev/virtio-ports/worlds
mkdir -p /run/worlds
while :; do
  # Until somebody is at its other end, the port has nothing to read.
  read -r line <&3 || { sleep 0.1; continue; }
  base64 -d <<<"$line" >/run/worlds/script
  bash /run/worlds/script </dev/null >/run/worlds/out 2>/run/worlds/err 3<&-
  printf '%s,%s,%s\\n' $? "$(base64 -w0 /run/worlds/out)" "$(base64 -w0 /run/worlds/err)" >&3
done
`;

const unit = `[Unit]
After=multi-user.target
[Service]
ExecStart=/usr/local/sbin/worlds-agent
Environment=LC_ALL=C.UTF-8
[Install]
WantedBy=multi-user.target
`;

/*
 * Written over the root in an overlay that is gone afterwards. Whoever logs in stays logged in to systemd
 * (linger): otherwise each login would mount and start things that look as if the tour had left them.
 *
 * What is run for it is run in the root whose programs run here, since those of arm64 don't.
 */
const prepare = `
  mount -t tmpfs tmpfs "$RUN"
  mkdir "$RUN/upper" "$RUN/work" "$RUN/merged"
  mount -t overlay overlay -o "lowerdir=$ROOT,upperdir=$RUN/upper,workdir=$RUN/work" "$RUN/merged"
  cd "$RUN/merged"
  mount --bind . "$TOOLS/mnt"
  echo machine >etc/hostname
  printf '127.0.0.1 localhost machine\\n' >etc/hosts
  chroot "$TOOLS" useradd --prefix /mnt --create-home --shell /bin/bash learner
  printf 'root:%s\\nlearner:%s\\n' "$PASSWORD" "$PASSWORD" | chroot "$TOOLS" chpasswd --prefix /mnt
  mkdir -p var/lib/systemd/linger home/learner/handroll-tour
  touch var/lib/systemd/linger/root var/lib/systemd/linger/learner
  install -m 755 "$FILES/agent" usr/local/sbin/worlds-agent
  install -m 644 "$FILES/unit" etc/systemd/system/worlds.service
  ln -s ../worlds.service etc/systemd/system/multi-user.target.wants/
  cp -r "$PROJECT/dist" "$PROJECT/package.json" home/learner/handroll-tour/
  ln -s ${clone}/dist/handroll-tour.cjs usr/local/bin/handroll-tour
  chown -R --reference=home/learner home/learner
  mke2fs -q -F -t ext4 -d . "$DISK" 6G`;

/**
 * Makes its disk from a root.
 *
 * @param {{ root: string, tools: string, folder: string, project: string }} options `tools` is a root of the
 *   same release, with programs for this machine
 */
export function diskOf({ root, tools, folder, project }) {
  const disk = join(folder, 'disk.img');
  const files = join(folder, 'files');
  const run = join(folder, 'run');
  for (const path of [files, run]) mkdirSync(path, { recursive: true });
  writeFileSync(join(files, 'agent'), agent);
  writeFileSync(join(files, 'unit'), unit);
  const own = ['--mount', '--propagation', 'private'];
  execFileSync('unshare', [...own, 'bash', '-euc', prepare], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      ROOT: root,
      TOOLS: tools,
      RUN: run,
      FILES: files,
      PROJECT: project,
      DISK: disk,
      PASSWORD: password,
    },
  });
  return disk;
}

/** @param {string} root @param {string} prefix `vmlinuz-` or `initrd.img-` */
export function bootFile(root, prefix) {
  const folder = join(root, 'boot');
  const name = readdirSync(folder).find((each) => each.startsWith(prefix));
  if (name === undefined) throw new Error(`There is no ${prefix} in ${folder}.`);
  return join(folder, name);
}

/** What differs between the two kinds of machines. */
export const hardware = {
  amd64: {
    qemu: 'qemu-system-x86_64',
    console: 'ttyS0',
    options: ['-cpu', 'max', '-accel', 'tcg,thread=multi'],
  },
  arm64: {
    qemu: 'qemu-system-aarch64',
    console: 'ttyAMA0',
    options: ['-M', 'virt', '-cpu', 'cortex-a76', '-accel', 'tcg,thread=multi'],
  },
};

/**
 * Boots a machine, until somebody can log in.
 *
 * @param {object} options
 * @param {keyof typeof hardware} options.kind
 * @param {string} options.kernel
 * @param {string} options.initrd
 * @param {string} options.disk
 * @param {string} options.folder for its socket
 * @param {number} options.processors
 * @param {number} options.patience how many times longer than on a quick machine things may take
 */
export async function boot({ kind, kernel, initrd, disk, folder, processors, patience }) {
  const { qemu, console: tty, options } = hardware[kind];
  const socket = join(folder, 'agent.sock');
  const argv = [
    ...options,
    ...['-m', '3072', '-smp', String(processors), '-nodefaults', '-display', 'none', '-no-reboot'],
    ...['-kernel', kernel, '-initrd', initrd],
    ...['-append', `root=/dev/vda rw console=${tty} quiet loglevel=0 panic=-1`],
    ...['-drive', `file=${disk},if=virtio,format=raw,cache=unsafe`, '-nic', 'none'],
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...[
      '-device',
      'virtio-serial-pci',
      '-chardev',
      `socket,id=agent,path=${socket},server=on,wait=off`,
    ],
    ...['-device', 'virtserialport,chardev=agent,name=worlds'],
  ];
  const screen = terminal(qemu, argv);
  try {
    const starts = await screen.sees(/machine login: *$/m, 90 * patience);
    if (!starts) throw new Error(`it does not start:\n${screen.screen()}`);
    const ask = await agentAt(socket);
    return machineOf(screen, ask, patience);
  } catch (error) {
    screen.kill();
    throw error;
  }
}

/** Asks root's shell in the machine, one script after the other. */
async function agentAt(path) {
  const socket = connect(path);
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  let received = '';
  let answered = (_line) => {};
  socket.setEncoding('utf8');
  socket.on('data', (data) => {
    received += data;
    const end = received.indexOf('\n');
    if (end === -1) return;
    const line = received.slice(0, end);
    received = received.slice(end + 1);
    answered(line);
  });
  let last = Promise.resolve();
  return (script) => {
    const answer = last.then(
      () =>
        new Promise((resolve) => {
          answered = resolve;
          socket.write(`${Buffer.from(script).toString('base64')}\n`);
        }),
    );
    last = answer.then(() => {});
    return answer.then((line) => {
      const [code, stdout, stderr] = String(line).split(',');
      const text = (base64) => Buffer.from(base64 ?? '', 'base64').toString();
      return { code: Number(code), stdout: text(stdout), stderr: text(stderr) };
    });
  };
}

const quoted = (words) => words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');

/** Two that compute, and one that waits for the disk, for as long as the machine is on. */
export const load = `
  for each in 1 2; do nohup sh -c 'while :; do gzip -c /usr/bin/node; done' >/dev/null 2>&1 & done
  nohup sh -c 'while :; do dd if=/dev/zero of=/var/cache/load bs=1M count=64 conv=fsync; done' >/dev/null 2>&1 &`;

/** What runs there, but for the kernel's own, those of systemd, of which some come and go, and the load. */
const processes = `ps --ppid 2 -p 2 -N -o args= |
  grep -vE '^(/usr/lib/systemd/|/sbin/agetty|\\(agetty\\)|\\(sd-pam\\)|/sbin/init|ps |grep |bash /run/worlds|/bin/login|-bash|sudo: |gzip -c /usr/bin/node|dd if=/dev/zero of=/var/cache/load |\\[(gzip|dd)\\] )' || :`;

/** The same as what `openWorld` returns, so that the cells take their ways here as well. */
function machineOf(screen, ask, patience) {
  const loggedIn = async (user) => {
    await screen.sees(/machine login: *$/m, 30 * patience);
    screen.type(`${user}\r`);
    await screen.sees(/Password: *$/m, 30 * patience);
    screen.type(`${password}\r`);
    await screen.sees(/[$#] $/m, 60 * patience);
    // A serial line does not know how large the terminal at its other end is.
    screen.type('unset HISTFILE; stty cols 80 rows 24; export TERM=xterm-256color; clear\r');
    await screen.sees(/^\S+[$#] *$/m, 30 * patience);
  };
  return {
    patience,
    run: (argv, { as = 'root', env = {} } = {}) => ask(quoted([...asUser(as, env), ...argv])),
    terminal: async (argv, { as = 'root', env = {} } = {}) => {
      await loggedIn(as);
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
      await ask(`cat >/run/worlds/typed <<'END'\n${quoted(['env', ...variables, ...argv])}\nEND`);
      const from = screen.written().length;
      screen.type('clear; . /run/worlds/typed; echo "ended with $?"\r');
      let left = false;
      const leave = () => {
        if (!left) screen.type('exit\r');
        left = true;
      };
      return {
        ...screen,
        written: () => screen.written().slice(from),
        sees: (wanted, seconds) => screen.sees(wanted, seconds * patience),
        ended: async (seconds) => {
          await screen.sees(/^ended with \d+/m, seconds * patience);
          const [, code] = /^ended with (\d+)/m.exec(screen.screen()) ?? [];
          leave();
          return code === undefined ? null : Number(code);
        },
        kill: () => {
          if (!left) screen.type('\u0003');
          leave();
        },
      };
    },
    processes: async () => (await ask(processes)).stdout.split('\n').filter(Boolean),
    mountinfo: async () => (await ask('cat /proc/1/mountinfo')).stdout,
    close: async () => {},
    /** Switches it off. */
    off: async () => {
      void ask('systemctl poweroff');
      await screen.ended(60 * patience).catch(() => screen.kill());
    },
  };
}

/** What is wrong with the machine itself; undefined if it is what the cells are about. */
export async function readMachine(it, kind) {
  const { stdout } = await it.run([
    'bash',
    '-c',
    `systemctl is-system-running --wait; systemctl is-active containerd; stat -fc %T /sys/fs/cgroup
    uname -m; uname -r; cat /sys/module/apparmor/parameters/enabled; nproc; systemctl --version | sed -n '1s/.*(\\(.*\\))/\\1/p'
    systemctl --failed --plain --no-legend`,
  ]);
  const [
    state,
    containerd,
    cgroup,
    architecture,
    kernel,
    apparmor,
    processors,
    systemd,
    ...failed
  ] = stdout.trim().split('\n');
  const told = `${kernel}, systemd ${systemd}, ${processors} CPU, AppArmor ${apparmor}`;
  const wanted = ['running', 'active', 'cgroup2fs', { amd64: 'x86_64', arm64: 'aarch64' }[kind]];
  const found = [state, containerd, cgroup, architecture];
  const ok = wanted.join() === found.join();
  return { ok, told, why: ok ? undefined : `it is ${found.join(', ')}: ${failed.join('; ')}` };
}
