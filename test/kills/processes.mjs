// @ts-check
// Processes, as /proc tells them.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Process
 * @property {number} pid as this machine numbers it
 * @property {readonly string[]} argv
 * @property {boolean} isFirst whether it is the first process of a pid namespace
 */

/**
 * Every process below one, the nearest first.
 *
 * @param {number} pid
 * @returns {Process[]}
 */
export function below(pid) {
  return childrenOf(pid).flatMap((child) => {
    const it = read(child);
    return it === undefined ? [] : [it, ...below(child)];
  });
}

/** @param {number} pid */
function childrenOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    // It ended while we looked.
    return [];
  }
}

/** @param {number} pid @returns {Process | undefined} undefined if it has ended */
export function read(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    if (/^State:\s+[ZX]/m.test(status)) return undefined;
    return { pid, argv: argvOf(`/proc/${pid}`), isFirst: /^NSpid:.*\t1$/m.test(status) };
  } catch {
    return undefined;
  }
}

/** @param {string} directory */
const argvOf = (directory) =>
  readFileSync(join(directory, 'cmdline'), 'utf8').split('\0').slice(0, -1);

/**
 * What runs in a pid namespace, besides its first process. A zombie does not run.
 *
 * @param {string} proc that namespace's /proc
 */
export function running(proc) {
  return readdirSync(proc).flatMap((name) => {
    if (!/^\d+$/.test(name) || name === '1') return [];
    try {
      const stat = readFileSync(join(proc, name, 'stat'), 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z' || state === 'X') return [];
      return [{ pid: Number(name), parent: Number(parent), argv: argvOf(join(proc, name)) }];
    } catch {
      // It ended while we looked.
      return [];
    }
  });
}

/**
 * Looks again until there is something.
 *
 * @template T
 * @param {() => T | undefined | false | Promise<T | undefined | false>} look
 * @param {number} seconds
 * @returns {Promise<T | undefined>} undefined if it is too late
 */
export async function eventually(look, seconds) {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > end) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/**
 * A command line to be read: a script in it is left out.
 *
 * @param {readonly string[]} argv
 */
export const commandLine = (argv) =>
  argv.map((word) => (word.includes('\n') ? '…' : word)).join(' ');
