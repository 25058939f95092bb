// @ts-check
// A small machine for one kill, with its own mounts, processes, /run, /tmp and home. So everything that a
// kill leaves behind is seen, whatever happens on the real machine, and is gone with the small one.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { running } from '../helpers/processes.mjs';
import { below, commandLine, eventually } from './processes.mjs';

/** The machine's own containerd, where it has one: not at the usual place, so it must be told. */
const socket = '/run/machine/containerd.sock';

/** Whose image and container in that containerd must be there afterwards as before. */
const neighbour = 'neighbour';

/*
 * Everything is empty but the home, which is on the disk: overlayfs wants that of the working directory.
 * A containerd that ends is started again, as a machine does with its services. What other tests have
 * mounted on the real machine may go at any moment, so it is not taken along.
 */
const enter = `
while read -r _ _ _ _ target _; do
  case $target in /run/* | /tmp/* | /var/tmp/* | /dev/shm/*) umount -l "$target" || : ;; esac
done </proc/self/mountinfo 2>/dev/null
mount -t tmpfs -o mode=0755 tmpfs /run
for shared in /tmp /var/tmp /dev/shm; do mount -t tmpfs -o mode=1777 tmpfs "$shared"; done
for daemons in /var/lib/containerd /opt/containerd; do
  [ ! -d "$daemons" ] || mount -t tmpfs tmpfs "$daemons"
done
if [ -n "$CONFIG" ]; then
  mkdir /run/machine
  while :; do
    containerd --config "$CONFIG" >>"$CONFIG.log" 2>&1 </dev/null || :
    sleep 0.1
  done &
fi
echo ready
read -r _ || :`;

/** @param {string} directory */
const configuration = (directory) => `version = 2
root = ${JSON.stringify(join(directory, 'containerd'))}
state = "/run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri"]
[grpc]
address = "${socket}"
`;

/** @type {Set<() => Promise<unknown>>} */
const open = new Set();

/** Ends every machine, whatever is going on in it. */
export async function endMachines() {
  await Promise.all([...open].map((end) => end()));
}

/**
 * @typedef {object} Ran
 * @property {number} code 128 and its number after a signal
 * @property {string} stdout
 * @property {string} stderr
 */

/**
 * @param {object} options
 * @param {string} options.directory its own, made here and removed with it
 * @param {string} options.namespace that nobody else has on the real machine: its control groups are there
 * @param {import('./deck.mjs').Daemon} options.daemon
 * @param {string} options.cli the built command, where it is seen in there
 * @param {string} options.image a tar with an image for the neighbour
 */
export async function openMachine({ directory, namespace, daemon, cli, image }) {
  const home = join(directory, 'home');
  const workdir = join(home, 'container-demo');
  const config = daemon === 'system' ? join(directory, 'config.toml') : '';
  mkdirSync(home, { recursive: true });
  // The history of the learner's own shells is theirs.
  writeFileSync(join(home, '.bash_history'), '');
  if (config !== '') writeFileSync(config, configuration(directory));
  const own = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'];
  const child = spawn('unshare', [...own, '--mount-proc', 'bash', '-euc', enter], {
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', CONFIG: config },
  });
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const end = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  open.add(end);
  void ended.then(() => open.delete(end));
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.on('exit', () => reject(new Error(`no machine: ${said.trim()}`)));
  });
  const first = below(/** @type {number} */ (child.pid))[0]?.pid ?? 0;
  const through = ['nsenter', '--target', `${first}`, '--mount', '--pid', '--wd=/', '--'];
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    SHELL: '/bin/bash',
    USER: 'root',
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    WORKDIR: workdir,
    CTR_NAMESPACE: namespace,
  };
  const options =
    daemon === 'system'
      ? ['--containerd', 'system', '--address', socket]
      : ['--containerd', 'private'];

  /**
   * Runs a command in there to its end.
   * @param {readonly string[]} argv
   * @param {number} [seconds] after which it is killed
   * @returns {Promise<Ran>}
   */
  const run = (argv, seconds = 180) => finished([...through, ...argv], env, seconds);
  /** @param {readonly string[]} args */
  const tourArgv = (args) => [process.execPath, cli, ...args, ...options];
  const ctr = ['ctr', '--address', socket, '--connect-timeout', '1s'];

  /** Waits until its containerd answers. */
  const daemonAnswers = async () => {
    if (daemon === 'private') return;
    const answers = await eventually(
      async () => (await run([...ctr, 'version'], 10)).code === 0,
      60,
    );
    if (answers === undefined) throw new Error("the machine's containerd does not answer");
  };

  /** Everything on it, a line each. */
  const inventory = async () => {
    const files = await run(['find', ...places(directory), '-printf', '%p %y %m %U:%G %l\n']);
    const groups = await run(['find', '/sys/fs/cgroup', '-type', 'd', '-path', `*/${namespace}*`]);
    const known =
      daemon === 'system' ? (await run([...ctr, 'namespaces', 'ls'])).stdout.split('\n') : [];
    const mounts = readFileSync(`/proc/${first}/mountinfo`, 'utf8').trim().split('\n');
    return [
      ...processes().map(({ argv }) => `process ${commandLine(argv)}`),
      ...mounts.map((line) => `mount ${line.split(' ').slice(3).join(' ')}`),
      ...lines(files.stdout)
        .filter((line) => !isHabit.test(line))
        .map((line) => `file ${line}`),
      ...lines(groups.stdout).map((line) => `control group ${line}`),
      ...known.filter(Boolean).map((line) => `namespace ${line}`),
    ];
  };

  /** What runs, besides what the machine itself needs. */
  const processes = () =>
    running(`/proc/${first}/root/proc`).filter(
      ({ argv }) => !(argv.includes(enter) || argv.includes(config) || argv[1] === '0.1'),
    );

  if (daemon === 'system') {
    await daemonAnswers();
    const theirs = `${namespace}-${neighbour}`;
    await must(run([...ctr, '-n', theirs, 'images', 'import', image]));
    const name = 'handroll:latest';
    const idle = ['/bin/busybox', 'sleep', '1000000'];
    await must(run([...ctr, '-n', theirs, 'run', '--detach', name, 'idle', ...idle]));
    // An import leaves an index that nothing refers to: it goes now and not while we compare.
    await must(run([...ctr, '-n', theirs, 'images', 'tag', name, 'unused']));
    await must(run([...ctr, '-n', theirs, 'images', 'rm', '--sync', 'unused']));
  }

  return {
    daemon,
    namespace,
    workdir,
    env,
    through,
    /** The command as somebody on the machine would call it. */
    tourArgv,
    /** Runs the tour's command to its end. @param {readonly string[]} args */
    tour: (...args) => run(tourArgv(args)),
    /** The process below which everything is that was not started through `through`. */
    first,
    processes,
    daemonAnswers,
    inventory,
    close: async () => {
      child.stdin.end();
      const late = setTimeout(end, 5000);
      await ended;
      clearTimeout(late);
      rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
      // Control groups are no files of the directory, and nobody was there to remove these.
      const named = ['-depth', '-type', 'd', '-path', `*/${namespace}*`];
      await finished(['find', '/sys/fs/cgroup', ...named, '-exec', 'rmdir', '{}', '+'], env, 10);
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof openMachine>>} Machine */

/** Where the tour or a containerd could leave something. @param {string} directory */
const places = (directory) => [
  '/run',
  '/tmp',
  '/var/tmp',
  '/dev/shm',
  ...['/var/lib/containerd', '/opt/containerd'].filter((path) => existsSync(path)),
  directory,
];

/** A directory that containerd and runc keep for a namespace that is gone: theirs, and they say nothing of it. */
const isHabit = /\/(?:runc|io\.containerd\.runtime\.v2\.task)\/kills-\w+-\d+ d /;

/** @param {string} text */
const lines = (text) => text.split('\n').filter(Boolean);

/** @param {Promise<Ran>} running */
async function must(running) {
  const { code, stderr } = await running;
  if (code !== 0) throw new Error(`the machine cannot be made: ${stderr.trim()}`);
}

/**
 * @param {readonly string[]} argv
 * @param {NodeJS.ProcessEnv} env
 * @param {number} seconds
 * @returns {Promise<Ran>}
 */
function finished([command = '', ...args], env, seconds) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds * 1000,
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.on('exit', (code, signal) => {
      const settle = () => resolve({ code: exitCode(code, signal), stdout, stderr });
      // What it leaves behind may hold its output.
      const late = setTimeout(settle, 1000);
      child.on('close', () => {
        clearTimeout(late);
        settle();
      });
    });
  });
}

/** @param {number | null} code @param {NodeJS.Signals | null} signal */
export const exitCode = (code, signal) =>
  code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
