// `handroll-tour run`, checks and all, against the same scripts in one plain bash.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { textFiles } from '../../.config/text-files.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'dist', 'cli.js');
const firstStage = '02-filesystems';
const lastStage = '08-run';

export const benchmark = {
  name: 'run of lessons 02 to 08, against plain bash',
  rounds: 7,
  atMost: 1.5,
  prepare,
};

/** Both sides share one private containerd, kept alive by a shell that waits for its input. */
async function prepare() {
  const folder = mkdtempSync(join(tmpdir(), 'handroll-tour-bench-'));
  const workdir = join(folder, 'w');
  const namespace = `bench-${process.pid}`;
  const options = ['--workdir', workdir, '--namespace', namespace, '--containerd', 'private'];
  // The whole tour once: everything that the scripts name is known from then on.
  call(['run', ...options, '--to', '08-run/write']);
  const holder = spawn(process.execPath, [cli, 'shell', ...options, '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const script = join(folder, 'plain.sh');
  const where = { workdir, namespace, containerd: 'private' };
  writeFileSync(script, await plainScript(call(['env', ...options]), where));
  return {
    ours: () => timedRun(options),
    theirs: async () => {
      const start = performance.now();
      const { status, stderr } = spawnSync('bash', ['-euo', 'pipefail', script]);
      if (status !== 0) throw new Error(`the plain script ended with ${status}: ${stderr}`);
      return performance.now() - start;
    },
    finish: async () => {
      holder.stdin.end();
      await once(holder, 'exit');
      call(['cleanup', ...options]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function call(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`handroll-tour ${args[0]} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Milliseconds from the command to its end, without what the lessons before the first stage took. */
async function timedRun(options) {
  const start = performance.now();
  const child = spawn(process.execPath, [cli, 'run', '--json', '--to', lastStage, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  let begun;
  let before = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line);
    if (event.type !== 'step-start') continue;
    begun ??= performance.now();
    if (event.lesson === firstStage && before === 0) before = performance.now() - begun;
  }
  const [code] = await exit;
  if (code !== 0) throw new Error(`run ended with ${code}`);
  return performance.now() - start - before;
}

/**
 * The scripts of the same steps, one after the other. Digests and sizes that they pass on to one another
 * a script has to find out, as the article's does. Where containerd keeps a snapshot it is told.
 */
async function plainScript(variables, where) {
  const outfile = join(tmpdir(), `handroll-tour-bench-${process.pid}.mjs`);
  await build({
    stdin: {
      contents: `export { lessons } from './lessons/index.ts';
        export { render } from './src/engine/script.ts';
        export { openHost } from './src/host/host.ts';`,
      resolveDir: root,
    },
    bundle: true,
    loader: Object.fromEntries(textFiles.map((extension) => [extension, 'text'])),
    platform: 'node',
    format: 'esm',
    outfile,
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
    },
    logLevel: 'error',
  });
  const { lessons, openHost, render } = await import(pathToFileURL(outfile).href);
  rmSync(outfile);
  const steps = lessons
    .filter(({ id }) => id >= firstStage && id <= lastStage)
    .flatMap((lesson) => lesson.steps);
  const host = await openHost(where);
  const scripts = steps.map(({ script, leaves }) =>
    leaves === undefined
      ? `(\n${render(script, host)}\n)`
      : `${render(script, host)}\n${render(leaves, host)}`,
  );
  // Where the container writes is another directory each time.
  const upperdir = `export UPPERDIR=$(ctr -n "$CTR_NAMESPACE" snapshots mounts / demo |
    sed -n 's/.*upperdir=\\([^,]*\\).*/\\1/p')`;
  const write = steps.findLastIndex(({ id }) => id === 'write');
  scripts.splice(write, 0, upperdir);
  // And its process is another one, in the process namespace of the private containerd.
  const demo = `export DEMO_PROC=/proc/$(cat "$WORKDIR/.handroll-tour/containerd/pid")/root/proc/$(
    ctr -n "$CTR_NAMESPACE" tasks ls | awk '$1 == "demo" { print $2 }')`;
  scripts.splice(steps.findLastIndex(({ id }) => id === 'start') + 1, 0, demo);
  return [variables, ...scripts].join('\n');
}
