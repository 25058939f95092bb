// Brings a clone to where it can run: its packages installed, its bundle built, only if needed.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** What decides how the bundle comes out. */
const sources = ['src', 'lessons', '.config', 'package.json', 'package-lock.json', 'tsconfig.json'];

export function installPackages() {
  if (packagesAreInstalled()) return;
  say('Installing the packages it is built with; this happens once …');
  // npm gives its settings to what it starts, and `npm install -g` would have these installed elsewhere.
  const { npm_config_global: _, npm_config_location: __, ...env } = process.env;
  const install = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  const silence = registrySilence(env);
  if (silence === undefined) {
    quietly('npm', install, { env });
    return;
  }
  // npm would retry for a minute and a half, though its cache may be enough.
  const offline = spawnSync('npm', [...install, '--offline'], { cwd: root, env, stdio: 'ignore' });
  if (offline.status === 0) return;
  say(`npm's registry cannot be reached: ${silence}. A clone needs it once, to be built.`);
  say('Without a network, a packed handroll-tour runs as it is: see "Start" in README.md.');
  process.exit(1);
}

/** Why the registry doesn't answer within five seconds; undefined if it does, even with an error. */
function registrySilence(env) {
  const ask = ['ping', '--fetch-retries=0', '--fetch-timeout=5000'];
  const { status, stderr } = spawnSync('npm', ask, { cwd: root, env, encoding: 'utf8' });
  if (status === 0) return undefined;
  if (/network timeout/i.test(stderr)) return 'it does not answer';
  return /\b(?:E[A-Z_]*(?:CONN|ADDR|NET|HOST|NOTFOUND|AGAIN|TIMEDOUT)[A-Z_]*|ERR_SOCKET\w*)\b/.exec(
    stderr,
  )?.[0];
}

export function buildBundle({ always = false } = {}) {
  if (!always && bundleIsCurrent()) return;
  say('Building …');
  quietly(process.execPath, [join(root, '.config/build.mjs')]);
}

/** Whether node_modules matches the lock file, by npm's own record of what it installed. */
function packagesAreInstalled() {
  const locked = packagesOf('package-lock.json');
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(locked).every(
    ([path, { version, optional }]) =>
      path === '' ||
      installed[path]?.version === version ||
      // Built for another machine: npm leaves it out.
      (optional && installed[path] === undefined),
  );
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(join(root, lockFile), 'utf8')).packages;
  } catch (error) {
    if (error.code !== 'ENOENT' || lockFile === 'package-lock.json') throw error;
    return {};
  }
}

function bundleIsCurrent() {
  const built = modified(join(root, 'dist/handroll-tour.cjs'));
  return built > 0 && sources.every((path) => newest(join(root, path)) < built);
}

function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  // A folder changes when a file in it is removed.
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Runs a command whose output matters only if it fails. */
export function quietly(command, args, options = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: Number.POSITIVE_INFINITY,
    ...options,
  });
  if (status === 0) return;
  process.stderr.write(
    error === undefined ? Buffer.concat([stdout, stderr]) : `${error.message}\n`,
  );
  say(`That was '${[command, ...args].join(' ')}', and it failed.`);
  process.exit(1);
}

export function say(line) {
  process.stderr.write(`${line}\n`);
}
