// The roots: Debian of one release each, made with debootstrap and kept for the next time.

import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { neededTools } from '../../.config/needed-tools.mjs';
import { aptOptions, httpProxyIn, mirrorIn } from './apt.mjs';

/** What the tour needs, and a few more: besides what debootstrap puts into the smallest root. */
export const packagesOfTheTour = [
  ...new Set((await neededTools()).map((tool) => tool.packages.debian)),
  'ca-certificates',
  'sudo',
];

/** The mark of a root that is whole, with what it was made of; without it nothing is taken or removed. */
const rootMark = '.handroll-tour-world.json';

/**
 * The root of a world: the one that is there, or a new one.
 *
 * @param {{ name: string, suite: string, title: string, packages: readonly string[] }} world
 * @param {{ roots: string, rebuild: boolean, say: (line: string) => void }} options
 */
export function rootOf(world, { roots, rebuild, say }) {
  const root = join(roots, world.name);
  const recipe = JSON.stringify({ suite: world.suite, packages: world.packages });
  const known = join(root, rootMark);
  if (!rebuild && existsSync(known) && readFileSync(known, 'utf8') === recipe) return root;
  say(`${world.title}: building its root, which takes a few minutes …`);
  mkdirSync(roots, { recursive: true });
  const partial = `${root}.partial`;
  for (const old of [partial, root]) removeRoot(old);
  mkdirSync(partial);
  writeFileSync(join(partial, rootMark), 'not whole yet');
  build(world, partial, roots);
  writeFileSync(join(partial, rootMark), recipe);
  renameSync(partial, root);
  return root;
}

/** Removes what this script made, and nothing that is mounted in it. */
function removeRoot(path) {
  if (!existsSync(path)) return;
  if (!existsSync(join(path, rootMark)) && readdirSync(path).length > 0) {
    throw new Error(`${path} is in the way: it was not made here. Move it, or say --roots DIR.`);
  }
  execFileSync('rm', ['-rf', '--one-file-system', path]);
}

function build({ suite, packages }, root, roots) {
  const options = aptOptions(run('apt-config', ['dump']));
  const proxy = httpProxyIn(options);
  const archive = join(roots, 'archive');
  mkdirSync(archive, { recursive: true });
  const env = { ...process.env, ...(proxy === undefined ? {} : { http_proxy: proxy }) };
  run('debootstrap', ['--variant=minbase', `--cache-dir=${archive}`, suite, root, mirror()], {
    env,
  });
  // In its own mount and pid namespace, so that what packages start ends here, and nothing stays mounted.
  const script = `
    mount -t proc proc "$ROOT/proc"
    mount --bind "$ARCHIVE" "$ROOT/var/cache/apt/archives"
    mkdir -p "$ARCHIVE/partial"
    cat /etc/resolv.conf >"$ROOT/etc/resolv.conf"
    printf '#!/bin/sh\\nexit 101\\n' >"$ROOT/usr/sbin/policy-rc.d"
    chmod 755 "$ROOT/usr/sbin/policy-rc.d"
    chroot "$ROOT" apt-get "$@" update
    chroot "$ROOT" apt-get "$@" install -y --no-install-recommends $PACKAGES
    rm "$ROOT/usr/sbin/policy-rc.d"`;
  const inOwn = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'];
  run('unshare', [...inOwn, 'bash', '-euc', script, 'bash', '-qq', ...options], {
    env: {
      ...env,
      ROOT: root,
      ARCHIVE: archive,
      PACKAGES: packages.join(' '),
      DEBIAN_FRONTEND: 'noninteractive',
      LC_ALL: 'C.UTF-8',
    },
  });
}

/** This machine's way to the mirror, as a file for apt in a root. */
export const aptConfiguration = () =>
  aptOptions(run('apt-config', ['dump']))
    .filter((word) => word !== '-o')
    .map((option) => `${option.replace('=', ' "')}";\n`)
    .join('');

function mirror() {
  const folder = '/etc/apt/sources.list.d';
  const lists = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const files = ['/etc/apt/sources.list', ...lists].filter(existsSync);
  const codename = /^VERSION_CODENAME=(\S+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const found = mirrorIn(
    files.map((file) => readFileSync(file, 'utf8')),
    codename ?? '',
  );
  if (found === undefined) {
    throw new Error(`No mirror of Debian in ${files.join(', ')}: the roots are made from it.`);
  }
  return found;
}

/** Runs a command whose output matters only if it fails. */
function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
    ...options,
  });
  if (status === 0) return stdout;
  const said = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-15).join('\n');
  throw new Error(`${command} failed: ${error?.message ?? said}`);
}
