// @ts-check
// The processes of a machine and below one of them, and waiting for something.

import { readdirSync, readFileSync } from 'node:fs';
import { argvOf } from '../helpers/processes.mjs';

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
