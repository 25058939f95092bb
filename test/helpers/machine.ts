import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { vi } from 'vitest';
import { type Process, processes, running } from './processes.mjs';

/** Waits until something holds: until the function neither throws nor returns false. */
export function until(holds: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  const check = async () => {
    if (!(await holds())) throw new Error(`does not come true in ${seconds} s: ${holds}`);
  };
  return vi.waitFor(check, { timeout: seconds * 1000, interval: 20 });
}

/** Every process below this one. */
export function descendants(pid: number): Process[] {
  const all = processes();
  const below = (parent: number): Process[] =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each, ...below(each.pid)]);
  return below(pid);
}

/** Processes with this text in their command line: a directory that only one suite has. */
export function naming(text: string): Process[] {
  return processes().filter(({ argv }) => argv.some((word) => word.includes(text)));
}

export function alive(pid: number): boolean {
  return processes().some((each) => each.pid === pid);
}

/** The lines of a mount table, without the numbers that say when something was mounted. */
export function mountsOf(pid: number | 'self'): string[] {
  const lines = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').trim().split('\n');
  return lines.map((line) => line.split(' ').slice(3).join(' ')).sort();
}

/** Control groups with this name, in any hierarchy. */
export async function cgroupsNamed(name: string): Promise<string[]> {
  const { stdout } = await execa('find', ['/sys/fs/cgroup', '-type', 'd', '-name', name], {
    reject: false,
  });
  return stdout === '' ? [] : stdout.split('\n');
}

/** Everything in a directory: path, kind, mode, owner, size, times. Equal if nothing was touched. */
export async function listing(directory: string): Promise<string[]> {
  const format = '%P %y %m %U:%G %s %T@ %C@ %l\n';
  const { stdout } = await execa('find', [directory, '-printf', format], { reject: false });
  return stdout.split('\n').sort();
}

/**
 * A small machine with its own mounts, processes and an empty /run, as after a boot. Everything started in
 * it ends with it, and it ends with the tests.
 * @param setup shell lines that are run in it first
 */
export async function ownMachine(setup = '') {
  const script = `mount -t tmpfs -o mode=0755 tmpfs /run\n${setup}\necho ready\nread -r _ || :`;
  const unshare = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'];
  const child = execa('unshare', [...unshare, '--mount-proc', 'bash', '-euc', script], {
    stdin: 'pipe',
    reject: false,
  });
  const pid = child.pid ?? 0;
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk) => String(chunk).includes('ready') && resolve());
    void child.then(({ stderr }) => reject(new Error(`no machine: ${stderr}`)));
  });
  const namespaces = `/proc/${pid}/ns`;
  const through = [
    'nsenter',
    `--mount=${namespaces}/mnt`,
    `--pid=${namespaces}/pid_for_children`,
    '--',
  ];
  const [first] = descendants(pid);
  const ours = () => running(`/proc/${first?.pid}/root/proc`);
  const sh = async (line: string, env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const argv = [...through.slice(1), 'bash', '-euo', 'pipefail', '-c', line];
    return (await execa('nsenter', argv, { env })).stdout;
  };
  return {
    /** What to put before a command to run it there. */
    through,
    /** Runs a shell line there. @throws if it fails */
    sh,
    /** What runs there, besides the first process, by the numbers of that place. */
    processes: ours,
    /** Ends whatever still runs there. */
    clear: async () => {
      const left = ours().map(({ pid: number }) => number);
      if (left.length > 0) await sh(`kill -9 ${left.join(' ')} || :`);
    },
    mounts: () => mountsOf(pid),
    close: async () => {
      child.stdin.end();
      await child;
    },
  };
}

/** Shell lines that start a machine's own daemon, with its files below a directory, and wait for it. */
export const systemDaemon = (directory: string, socket: string) => `
    cat >${directory}/config.toml <<'END'
version = 2
root = "${directory}/root"
state = "/run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri"]
[grpc]
address = "${socket}"
END
    containerd --config ${directory}/config.toml >${directory}/log 2>&1 &
    until ctr --address ${socket} --connect-timeout 1s version >/dev/null 2>&1; do sleep 0.02; done
`;

export type OwnMachine = Awaited<ReturnType<typeof ownMachine>>;
