import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { twoDigests } from '../../lessons/lab/10-two-digests/case.ts';
import type { Script } from '../../src/engine/script.ts';

/* A sandbox of this case has one of six causes, by its token. The lab's suite meets them at random. */

let lab: string;

beforeEach(() => {
  lab = mkdtempSync(join(tmpdir(), 'handroll-tour-test-'));
  for (const layer of ['base', 'delta']) mkdirSync(join(lab, 'build', layer), { recursive: true });
  writeFileSync(join(lab, 'build/base/hello.txt'), 'hello\n');
  symlinkSync('hello.txt', join(lab, 'build/base/link'));
  writeFileSync(join(lab, 'build/delta/.wh.link'), '');
});

afterEach(() => rmSync(lab, { recursive: true, force: true }));

function run({ source }: Script, token: string): string {
  return execFileSync('bash', ['-euo', 'pipefail', '-c', source], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      LAB: lab,
      IMAGE_TAR: join(lab, 'tar'),
      TOKEN: token,
      ARCH: 'amd64',
    },
  });
}

test('its six causes are six scripts', () => {
  const scripts = [0, 1, 2, 3, 4, 5].map((cause) => {
    run(twoDigests.breaks, `00000${cause}`);
    return readFileSync(join(lab, 'build.sh'), 'utf8');
  });
  expect(new Set(scripts).size).toBe(6);
});

test.each([0, 1, 2, 3, 4, 5])(
  'cause %d makes two digests, and each right mend makes one',
  (cause) => {
    const token = `00000${cause}`;
    for (const solution of twoDigests.solutions) {
      run(twoDigests.breaks, token);
      expect(run(twoDigests.symptom, token)).toMatch(twoDigests.prints);
      run(solution, token);
      expect(run(twoDigests.symptom, token)).toMatch(
        /^laptop: (sha256:[0-9a-f]{64})\s+server: \1\s*$/m,
      );
    }
  },
);
