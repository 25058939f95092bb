import { mkdtempSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { cli } from '../helpers/program.ts';
import { openMachine } from '../kills/machine.mjs';
import { differences } from '../kills/table.mjs';

/* A few kills of `npm run kills`, and that it sees what a kill could leave. */

const kills = [
  'run private node KILL 02-filesystems/base script+0 cleanup',
  'starting private node HUP 00-prerequisites/machine daemon+0 cleanup',
  'run private daemon TERM 05-import/import start cleanup',
  'cleanup private group INT 02-filesystems/base begin+50 cleanup',
];

test('four kills are survived', { timeout: 180_000 }, async () => {
  const matrix = join(import.meta.dirname, '../kills/kills.mjs');
  const argv = [matrix, ...kills.flatMap((kill) => ['--kill', kill])];
  // Other suites run meanwhile: a second may be too little here.
  const { stdout } = await execa(process.execPath, [...argv, '--within', '20000']);
  expect(stdout).toMatch(/^4 of 4$/m);
});

test('a process, a file, a mount and a control group that stay are seen', async () => {
  const directory = mkdtempSync(join(homedir(), '.kills-test-'));
  const namespace = `kills-${directory.slice(-6)}-1`;
  const machine = await openMachine({ directory, namespace, daemon: 'private', cli, image: '' });
  try {
    const before = await machine.inventory();
    const leave = `
      setsid sleep 1000 >/dev/null 2>&1 &
      echo >/tmp/left
      mkdir /run/left
      mount -t tmpfs -o mode=0700 left /run/left
      group=/sys/fs/cgroup
      [ -e "$group/cgroup.procs" ] || group=$(find "$group" -mindepth 1 -maxdepth 1 -type d | sort | head -1)
      mkdir "$group/$CTR_NAMESPACE"`;
    await execa('nsenter', [...machine.through.slice(1), 'bash', '-euc', leave], {
      env: machine.env,
    });
    expect(differences(before, await machine.inventory()).sort()).toEqual([
      expect.stringMatching(`^left: control group /sys/fs/cgroup/.*${namespace}$`),
      'left: file /run/left d 700 0:0 ',
      'left: file /tmp/left f 644 0:0 ',
      expect.stringMatching(/^left: mount .* \/run\/left .*tmpfs/),
      'left: process sleep 1000',
    ]);
  } finally {
    await machine.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
