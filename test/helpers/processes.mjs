// @ts-check
// Processes, as /proc tells them.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Process
 * @property {number} pid
 * @property {number} parent
 * @property {readonly string[]} argv
 */

/**
 * The processes of a pid namespace, without zombies.
 *
 * @param {string} proc that namespace's /proc
 * @returns {Process[]}
 */
export function processes(proc = '/proc') {
  return readdirSync(proc).flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(join(proc, name, 'stat'), 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z' || state === 'X') return [];
      return [{ pid: Number(name), parent: Number(parent), argv: argvOf(join(proc, name)) }];
    } catch {
      // It ended in the meantime.
      return [];
    }
  });
}

/**
 * What runs in a pid namespace besides its first process.
 *
 * @param {string} proc that namespace's /proc
 */
export const running = (proc) => processes(proc).filter(({ pid }) => pid !== 1);

/** @param {string} directory of a process in /proc */
export const argvOf = (directory) =>
  readFileSync(join(directory, 'cmdline'), 'utf8').split('\0').slice(0, -1);
