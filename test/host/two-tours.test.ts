import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownPlace } from '../helpers/host.ts';
import { until } from '../helpers/machine.ts';
import { program, result, type Started } from '../helpers/program.ts';

describe('two in one directory', () => {
  const place = ownPlace();
  const tour = program(place);
  const gate = join(place.parent, 'gate');
  const waiting = join(place.parent, 'waiting');
  let first: Started;

  beforeAll(async () => {
    // A tar that waits until it is let through, so that the first one is at work for certain.
    await execa('mkfifo', [gate]);
    mkdirSync(join(place.workdir, '.handroll-tour/bin'), { recursive: true });
    writeFileSync(join(place.workdir, '.handroll-tour/owner.json'), '{"tool":"handroll-tour"}');
    writeFileSync(
      join(place.workdir, '.handroll-tour/bin/tar'),
      `#!/bin/sh\ncase " $* " in *\\ --create\\ *|*\\ -c*)\n  touch ${waiting}\n  cat ${gate} >/dev/null ;;\nesac\nPATH=\${PATH#*:} exec tar "$@"\n`,
      { mode: 0o755 },
    );
    expect(await tour.run('run', '--only', '02')).toMatchObject({ code: 0 });
    first = tour.start('run', '--only', '03-layers/tar', '--json');
    await until(() => existsSync(waiting));
  });
  afterAll(place.remove);

  test.each([['run'], ['run', '--json'], ['cleanup'], ['cleanup', '--json']])(
    'the second is told who is there, and ends with 4: %s %s',
    async (...args) => {
      const { code, stdout, stderr } = await tour.run(...args.filter(Boolean));
      expect({ code, stdout }).toEqual({ code: 4, stdout: expect.not.stringMatching(/removed/) });
      expect(stderr).toMatch(
        `handroll-tour run is already at work in ${place.workdir} (process ${first.pid}).`,
      );
      expect(stderr).toMatch(/--workdir DIR --namespace NS/);
    },
  );

  test('those that only look go on', async () => {
    expect(await tour.run('check', '02', '--json')).toMatchObject({ code: 0, stderr: '' });
    expect(await tour.run('list', '--json')).toMatchObject({ code: 0, stderr: '' });
    expect(await tour.run('env')).toMatchObject({ code: 0, stderr: '' });
    expect(await tour.run('shell', '-c', 'true')).toMatchObject({ code: 0, stderr: '' });
  });

  test('the first was not disturbed', async () => {
    // Opening the pipe for writing lets every tar through that waits now or comes later.
    const open = execa('sh', ['-c', `while :; do : >"$0"; done`, gate], { reject: false });
    const { code, stdout } = await first.ended;
    open.kill('SIGKILL');
    expect(result(stdout)).toMatchObject({ ok: true });
    expect(code).toBe(0);
  });

  test('once it has ended, the next can go on', async () => {
    expect(await tour.run('run', '--only', '02')).toMatchObject({ code: 0 });
  });
});
