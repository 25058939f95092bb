// `verify` on a layer of 1 GiB in 100,000 files: how long it takes against `sha256sum` of the blob and
// `gunzip | sha256sum`, one after the other, and how much memory, also for a layer of twice the bytes.
// The memory is what was resident at most, by the kernel's own count, read until the program ends.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { writeBigLayout } from './big-layout.mjs';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const files = 100_000;
const gib = 1024 ** 3;
const mb = 1e6;

/** The most memory that `verify` of the smaller layer took in any round, in MB. */
let peak = 0;

export const benchmarks = [
  {
    name: 'verify 1 GiB, against sha256sum, then gunzip | sha256sum',
    how: '100,000 files, gzip -1; theirs one after the other, the sum of both',
    rounds: 3,
    warmUp: false,
    atMost: 1,
    prepare: async () => {
      const { folder, blob, finish } = await prepareLayout(gib);
      return {
        ours: async () => {
          const { time, memory } = await verify(folder);
          peak = Math.max(peak, memory);
          return time;
        },
        theirs: async () => {
          const start = performance.now();
          shell('sha256sum "$1" && gunzip < "$1" | sha256sum', blob);
          return performance.now() - start;
        },
        finish,
      };
    },
  },
  {
    name: 'verify 1 GiB, memory at most, against 200 MB',
    how: 'VmHWM of /proc/PID/status every 20 ms, the most of three rounds',
    rounds: 1,
    warmUp: false,
    unit: 'MB',
    atMost: 1,
    ours: () => peak,
    theirs: () => 200,
  },
  {
    name: 'verify 2 GiB, memory at most, against 1 GiB',
    rounds: 1,
    warmUp: false,
    unit: 'MB',
    atMost: 1.2,
    prepare: async () => {
      const { folder, finish } = await prepareLayout(2 * gib);
      return { ours: async () => (await verify(folder)).memory, theirs: () => peak, finish };
    },
  },
];

async function prepareLayout(bytes) {
  const folder = mkdtempSync(join(tmpdir(), 'handroll-tour-bench-'));
  const finish = () => rmSync(folder, { recursive: true, force: true });
  try {
    return { folder, finish, blob: await writeBigLayout(folder, { files: files, bytes }) };
  } catch (error) {
    finish();
    throw error;
  }
}

/** Milliseconds and megabytes. */
async function verify(folder) {
  const start = performance.now();
  const child = spawn(process.execPath, [cli, 'verify', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let memory = 0;
  const watching = setInterval(() => {
    memory = residentAtMost(child.pid) ?? memory;
  }, 20);
  const [code] = await once(child, 'exit');
  const time = performance.now() - start;
  clearInterval(watching);
  if (code !== 0) throw new Error(`verify ended with ${code}`);
  return { time, memory };
}

function residentAtMost(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    // A process that has ended, and wasn't waited for yet, has a status without it.
    return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / mb;
  } catch {
    // It has ended.
    return undefined;
  }
}

function shell(script, ...args) {
  const { status } = spawnSync('bash', ['-euo', 'pipefail', '-c', script, 'bash', ...args], {
    stdio: 'ignore',
  });
  if (status !== 0) throw new Error(`${script} ended with ${status}`);
}
