// What our command line costs before it does anything, against Node doing nothing.

import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export const benchmark = {
  name: '--version, against node -e 0',
  rounds: 25,
  atMost: 1.3,
  ours: () => duration([cli, '--version']),
  theirs: () => duration(['-e', '0']),
};

async function duration(args) {
  const start = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} exited with ${status}`);
  return performance.now() - start;
}
