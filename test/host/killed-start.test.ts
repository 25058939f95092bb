import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, test } from 'vitest';
import { failedWith } from '../../src/errors.ts';
import { findTool } from '../../src/host/preflight/tools.ts';
import { ownPlace } from '../helpers/host.ts';
import { naming, until } from '../helpers/machine.ts';
import { program } from '../helpers/program.ts';

/*
 * A command that is killed while it starts its private containerd leaves no process behind, wherever
 * that start had come to. Each moment is held by a tool that waits before it does its work.
 */

const place = ownPlace();
const bin = join(place.parent, 'bin');
const reached = join(place.parent, 'reached');
const goOn = join(place.parent, 'go-on');

/** Puts a tool in front of the real one, which waits until it may go on. */
function hold(tool: string): void {
  const real = findTool(tool) ?? '';
  mkdirSync(bin, { recursive: true });
  writeFileSync(
    join(bin, tool),
    `#!/bin/sh
touch ${reached}
until [ -e ${goOn} ]; do sleep 0.01; done
exec ${real} "$@"
`,
    { mode: 0o755 },
  );
}

/** What is killed may take others along before their turn. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!failedWith(error, 'ESRCH')) throw error;
  }
}

afterEach(() => {
  for (const { pid } of naming(place.parent)) kill(pid);
  for (const path of [bin, reached, goOn]) rmSync(path, { recursive: true, force: true });
});
afterAll(place.remove);

const moments = [
  ['before its namespaces are made', 'unshare'],
  ['while they are set up', 'mount'],
  ['while the daemon is started', 'containerd'],
  ['while the lifeline is first read', 'cat'],
] as const;

describe.each(['root', 'rootless'] as const)('%s', (privilege) => {
  test.each(
    moments.flatMap(([when, tool]) =>
      (['SIGKILL', 'SIGTERM', 'SIGHUP'] as const).map((signal) => ({ when, tool, signal })),
    ),
  )('$signal $when ($tool): nothing stays', async ({ tool, signal }) => {
    hold(tool);
    const options = ['--containerd', 'private', '--privilege', privilege];
    const env = { PATH: `${bin}:${process.env.PATH}` };
    const { pid, ended } = program(place, { env, options }).start('shell', '-c', 'true');
    await until(() => existsSync(reached));
    process.kill(pid, signal);
    await ended;
    writeFileSync(goOn, '');
    await until(() => naming(place.parent).length === 0);
  });
});
