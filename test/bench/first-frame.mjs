// From typing the command to seeing the tour, against seeing an Ink hello world that is not bundled.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import pty from '@lydell/node-pty';

const local = (file) => fileURLToPath(new URL(file, import.meta.url));

export const benchmark = {
  name: 'first frame of the tour, against an Ink hello world',
  rounds: 15,
  atMost: 0.5,
  ours: () => firstFrame(local('../../dist/cli.js')),
  theirs: () => firstFrame(local('ink-hello.mjs')),
};

/** Milliseconds until a program shows its first text in a terminal of 80x24. */
async function firstFrame(script) {
  const folder = await mkdtemp(join(tmpdir(), 'handroll-tour-bench-'));
  // Ink keeps its frames to itself where it believes to be in CI.
  const env = { ...process.env, CI: 'false', WORKDIR: join(folder, 'w') };
  const start = performance.now();
  const terminal = pty.spawn(process.execPath, [script], { cols: 80, rows: 24, env });
  const ended = new Promise((resolve) => terminal.onExit(resolve));
  try {
    return await new Promise((resolve, reject) => {
      let shown = '';
      terminal.onData((data) => {
        shown += data;
        if (/\S/.test(stripVTControlCharacters(shown))) resolve(performance.now() - start);
      });
      ended.then(() => reject(new Error(`${script} ended without showing anything`)));
    });
  } finally {
    terminal.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}
