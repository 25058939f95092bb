// A world that is entered: a root with mounts and processes of its own. What is started in it ends
// with it, and what is written to it is gone afterwards, but for the homes, which its owner removes.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { running } from '../helpers/processes.mjs';
import { terminal } from './terminal.mjs';

/*
 * The root lies below an overlay, as in a container, and the homes beside it on the disk, as on a
 * laptop: so a directory below / is on overlayfs, and one below /home is not. Not chroot: in one, the
 * kernel makes no user namespaces.
 */
const enter = `
  mount -t overlay overlay -o "lowerdir=$ROOT,upperdir=$RUN/upper,workdir=$RUN/work" "$RUN/merged"
  cd "$RUN/merged"
  mount --bind "$RUN/home" home
  mount --bind "$RUN/root" root
  mount -t proc proc proc
  mount --rbind /sys sys
  mount --rbind /dev dev
  mount -t tmpfs -o mode=0755 tmpfs run
  mount -t tmpfs -o mode=1777 tmpfs tmp
  while IFS='	' read -r from to; do
    [ -n "$from" ] || continue
    mkdir -p "$(dirname ".$to")"
    [ -d "$from" ] && mkdir -p ".$to" || { [ -e ".$to" ] || : >".$to"; }
    mount --bind -o ro "$from" ".$to"
  done <<<"$BINDS"
  mkdir -p .old
  pivot_root . .old
  cd /
  umount -l /.old
  rmdir /.old
  eval "$SETUP"
  echo ready
  read -r _ || :`;

/** How to end each world that is open. */
const open = new Set();

/** Ends every world, whatever is going on in it. */
export async function endWorlds() {
  await Promise.all([...open].map((end) => end()));
}

/**
 * Enters a root.
 *
 * @param {object} options
 * @param {string} options.root
 * @param {string} options.run a directory of its own: homes, and what is written over the root
 * @param {ReadonlyMap<string, string>} options.binds files and directories of this machine, and where they are seen
 * @param {string} [options.setup] shell lines, run in it as root
 */
export async function openWorld({ root, run, binds, setup = ':' }) {
  for (const name of ['upper', 'work', 'merged', 'home', 'root']) {
    mkdirSync(join(run, name), { recursive: true });
  }
  const own = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'];
  const child = spawn('unshare', [...own, 'bash', '-euc', enter], {
    env: {
      PATH: process.env.PATH,
      LC_ALL: 'C.UTF-8',
      ROOT: root,
      RUN: run,
      SETUP: setup,
      BINDS: [...binds].map(([from, to]) => `${from}\t${to}`).join('\n'),
    },
  });
  let said = '';
  const ready = new Promise((resolve, reject) => {
    child.stdout.on('data', (data) => String(data).includes('ready') && resolve(undefined));
    child.stderr.on('data', (data) => {
      said += data;
    });
    child.on('exit', () => reject(new Error(`the world cannot be entered: ${said.trim()}`)));
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const end = async () => {
    // Its first process goes with it, and with that one all others.
    child.kill('SIGKILL');
    await ended;
  };
  open.add(end);
  void ended.then(() => open.delete(end));
  await ready;
  const first = Number(
    readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim(),
  );
  const through = ['--target', String(first), '--mount', '--pid', '--root', '--wd', '--'];
  return {
    /** Runs a command in it, as a user or as root, and waits for its end. */
    run: (argv, { as = 'root', env = {} } = {}) =>
      finished('nsenter', [...through, ...asUser(as, env), ...argv]),
    /** Runs a command in it in a terminal. */
    terminal: async (argv, { as = 'root', env = {} } = {}) =>
      terminal('nsenter', [...through, ...asUser(as, env), ...argv]),
    /** What runs in it, besides its first process; a zombie does not run. */
    processes: async () => running(`/proc/${first}/root/proc`).map(({ argv }) => argv.join(' ')),
    mountinfo: async () => readFileSync(`/proc/${first}/mountinfo`, 'utf8'),
    close: async () => {
      child.stdin.end();
      const late = setTimeout(end, 10_000);
      await ended;
      clearTimeout(late);
    },
  };
}

/** An environment as a login makes it, and nothing of ours. */
export function asUser(user, env) {
  const isRoot = user === 'root';
  const home = isRoot ? '/root' : `/home/${user}`;
  const path = `/usr/local/bin:/usr/bin:/bin${isRoot ? ':/usr/local/sbin:/usr/sbin:/sbin' : ''}`;
  const login = { HOME: home, USER: user, LOGNAME: user, SHELL: '/bin/bash', PATH: path };
  const words = Object.entries({ ...login, LANG: 'C.UTF-8', TERM: 'xterm-256color', ...env });
  return [
    'setpriv',
    `--reuid=${user}`,
    `--regid=${user}`,
    '--init-groups',
    'env',
    '-i',
    '--chdir',
    home,
    ...words.map(([name, value]) => `${name}=${value}`),
  ];
}

function finished(command, argv) {
  return new Promise((resolve) => {
    const child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/**
 * What a world needs of this machine to reach its registry: names, certificates, and how npm is told
 * to go there. Read now, and written nowhere.
 *
 * @param {string} npmCli this machine's npm
 */
export function network(npmCli) {
  const binds = new Map();
  const env = {};
  const bind = (path) => {
    if (existsSync(path)) binds.set(path, path);
  };
  for (const file of ['/etc/resolv.conf', '/etc/hosts']) bind(file);
  for (const [name, value] of Object.entries(process.env)) {
    if (/^(?:https?|no|all)_proxy$/i.test(name)) env[name] = value;
    if (/^(?:NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/.test(name)) {
      env[name] = value;
      bind(value);
    }
  }
  for (const key of ['registry', 'cafile', 'proxy', 'https-proxy', 'noproxy', 'strict-ssl']) {
    const value = execFileSync(process.execPath, [npmCli, 'config', 'get', key], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    if (value === '' || value === 'null' || value === 'undefined') continue;
    env[`npm_config_${key.replaceAll('-', '_')}`] = value;
    if (key === 'cafile') bind(value);
  }
  return { binds, env };
}

/** Node and npm of this machine, for a release whose own Node is too old. */
export function nodeOfThisMachine(npmCli) {
  const npm = dirname(dirname(npmCli));
  return {
    binds: new Map([
      [process.execPath, '/usr/local/bin/node'],
      [npm, '/usr/local/lib/node_modules/npm'],
    ]),
    setup: `for name in npm npx; do
      ln -sf ../lib/node_modules/npm/bin/$name-cli.js /usr/local/bin/$name
    done`,
  };
}
