// The tools of the host suites and their Debian packages: those of the tour, and other container tools.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { neededTools } from './needed-tools.mjs';
import { quietly, say } from './tree.mjs';

/** What localedef compiles: the environments of the tests are in other languages. */
const localeSources = '/usr/share/i18n/locales/de_DE';

/** The tools that only tests need. */
const packagesOfTests = {
  skopeo: 'skopeo',
  umoci: 'umoci',
  buildah: 'buildah',
  netavark: 'netavark',
  tmux: 'tmux',
  vi: 'vim-tiny',
  less: 'less',
  sudo: 'sudo',
  setfattr: 'attr',
  setcap: 'libcap2-bin',
  pigz: 'pigz',
  zstd: 'zstd',
  dash: 'dash',
  zsh: 'zsh',
  fish: 'fish',
  [localeSources]: 'locales',
  chattr: 'e2fsprogs',
  shellcheck: 'shellcheck',
};

/** The package of each command. */
async function packagesByTool() {
  const needed = (await neededTools()).map(({ id, packages }) => [id, packages.debian]);
  return { ...Object.fromEntries(needed), ...packagesOfTests };
}

/** The commands, and the one file, that are missing or unusable. */
export async function missingTools() {
  return Object.keys(await packagesByTool()).filter((command) => {
    const path = find(command);
    return path === undefined || (command === 'busybox' && !isStatic(path));
  });
}

/** Installs the packages of these commands. @returns the commands that are still missing */
export async function installTools(missing) {
  if (find('apt-get') === undefined) return missing;
  const packageOf = await packagesByTool();
  const packages = [...new Set(missing.map((command) => packageOf[command]))];
  say(`Installing ${packages.join(', ')} …`);
  aptGet('update');
  aptGet('install', '-y', '--no-install-recommends', ...packages);
  return missingTools();
}

function aptGet(...args) {
  const asRoot = isRoot() ? [] : ['sudo', '-n'];
  const [command, ...rest] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq'];
  // Another apt may be running on a machine that has just started.
  quietly(command, [...rest, '-o', 'DPkg::Lock::Timeout=300', ...args]);
}

export const isRoot = () => process.getuid?.() === 0;

/** Some of these are not in an ordinary user's PATH, and what buildah starts is in nobody's. */
const furtherFolders = ['/usr/sbin', '/sbin', '/usr/lib/podman'];

function find(command) {
  if (command.startsWith('/')) return existsSync(command) ? command : undefined;
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...furtherFolders];
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path));
}

/** ldd fails on a program that loads no shared library. */
function isStatic(path) {
  return spawnSync('ldd', [path], { stdio: 'ignore' }).status !== 0;
}
