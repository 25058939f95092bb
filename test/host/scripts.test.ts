import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lessons } from '../../lessons/index.ts';
import { keyOf, type Place } from '../../src/engine/lesson.ts';
import { workOf } from '../../src/engine/update.ts';
import { ownPlace, realSession } from '../helpers/host.ts';
import { program } from '../helpers/program.ts';

/*
 * The script that is shown is the script that runs, and it works in a plain shell. The whole tour is
 * done by hand here: each script as it is shown, pasted into a bash that has been given nothing but
 * `eval "$(handroll-tour env)"`; and the host alone decides whether the step holds.
 */

const place = ownPlace(`by "hand" & more`);
const command = program(place);
const steps = workOf(lessons);
let tour: Awaited<ReturnType<typeof realSession>>;

beforeAll(async () => {
  tour = await realSession(place);
  // Somebody has the tour open, so that its containerd runs.
  await tour.host.containerd();
});
afterAll(async () => {
  await tour.session.close();
  place.remove();
});

/** Pastes a script into a shell of the learner's. */
async function pasted(script: string) {
  const { stdout: exports } = await command.run('env');
  const { PATH = '', HOME = '' } = process.env;
  return execa('bash', ['-euo', 'pipefail', '-c', `eval "$EXPORTS"\n${script}`], {
    env: { PATH, HOME, EXPORTS: exports },
    extendEnv: false,
    cwd: '/',
    stdin: 'ignore',
    all: true,
    reject: false,
  });
}

async function checked({ step }: Place, key: string) {
  tour.session.dispatch({ type: 'open', key, observe: false });
  tour.session.dispatch({ type: 'check' });
  await tour.session.settled();
  const results = tour.session.getSnapshot().results.get(key) ?? [];
  return step.checks.map(({ id }, index) => ({ id, result: results[index] }));
}

describe('a script as it is shown, pasted into a plain shell', () => {
  for (const at of steps) {
    test(keyOf(at), async () => {
      const { exitCode, all } = await pasted(tour.session.scriptOf(at));
      expect(exitCode, all).toBe(0);
      const results = await checked(at, keyOf(at));
      expect(results.filter(({ result }) => result?.status !== 'pass')).toEqual([]);
    });
  }
});

test('what runs is what is shown, byte for byte', async () => {
  // A bash first on the PATH that keeps what it was given, and how.
  const kept = join(place.parent, 'kept');
  const bash = join(place.workdir, '.handroll-tour/bin/bash');
  await execa('sh', [
    '-c',
    `printf '%s' "$2" >"$1" && chmod +x "$1"`,
    'sh',
    bash,
    `#!/bin/sh\nmkdir -p ${kept}\nif [ "$1 $2 $3" = '-euo pipefail -c' ]; then\n  printf '%s' "$6" >"${kept}/$(ls ${kept} | wc -l)"\nfi\nexec /bin/bash "$@"\n`,
  ]);
  const local = steps.filter(({ lesson }) => /^0[234]/.test(lesson.id));
  try {
    for (const at of local) {
      await execa('rm', ['-rf', kept]);
      await tour.perform(at);
      const { stdout } = await execa('cat', [join(kept, '0')], { stripFinalNewline: false });
      expect(stdout).toBe(tour.session.scriptOf(at));
    }
  } finally {
    await execa('rm', [bash]);
  }
});
