import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lessons } from '../../lessons/index.ts';
import { placesOf } from '../../src/engine/lesson.ts';
import { render } from '../../src/engine/script.ts';
import { filesystemOf } from '../../src/host/preflight/filesystem.ts';
import { ownPlace } from '../helpers/host.ts';
import { type Learner, ownLearner } from '../helpers/learner.ts';
import { until } from '../helpers/machine.ts';
import { green, jsonLines, judged, program, result } from '../helpers/program.ts';

/*
 * No root at all: sudo knows nothing of this learner, and nothing of what runs here has a privilege on
 * the machine. Once with a range of ids to lend, and once with none.
 */

const withoutHelper = 'mount --bind /dev/null /usr/bin/newuidmap';

/** The script of a step as it is shown to who has no root. */
function scriptOf(lessonId: string, stepId: string): string {
  const place = placesOf(lessons).find(
    ({ lesson, step }) => lesson.id === lessonId && step.id === stepId,
  );
  if (place === undefined) throw new Error(`no step ${lessonId}/${stepId}`);
  return render(place.step.script, {
    privilege: 'rootless',
    containerdAccess: { viaWrapper: true, address: undefined },
    filesystem: () => filesystemOf(tmpdir()),
    whiteout: () => ({ form: 'file', because: 'no device can be made' }),
  });
}

describe.each([
  ['with subordinate ids', ''],
  ['without newuidmap', withoutHelper],
])('%s', (_, setup) => {
  const place = ownPlace();
  let the: Learner;
  const tour = () => the.program(['--privilege', 'rootless']);

  beforeAll(async () => {
    the = await ownLearner(place, setup);
  });
  afterAll(() => the.close());

  test('a whole run is green', async () => {
    expect(await judged(tour(), 'run')).toEqual(green);
    await until(() => the.machine.processes().length === 0, 2);
  });

  test('every file is the learner’s own', async () => {
    const { machine } = the;
    const others = await machine.sh('find "$DIR" ! -user learner -print', { DIR: place.workdir });
    expect(others).toBe('');
  });

  test('check is as green', async () => {
    const { code, stdout } = await tour().run('check', '--json');
    expect(result(stdout)).toMatchObject({ ok: true, failed: 0, blocked: 0 });
    expect(code).toBe(0);
  });

  test('in its shell one is root of what is there, and a plain ctr runs containers', async () => {
    const script = `sudo -n id -u; pwd; cat /proc/self/uid_map; export CONTAINERD_NAMESPACE="$CTR_NAMESPACE"
      sudo ctr version >/dev/null && ctr run --rm handroll:latest again /bin/cat /hello.txt; exit 7`;
    const { code, stdout, stderr } = await tour().run('shell', '-c', script);
    expect({ code, stderr }).toEqual({ code: 7, stderr: '' });
    const ids = `0 +${the.uid} +1\n`;
    const rest = setup === '' ? ' *1 +\\d+ +65536\n' : '';
    expect(stdout).toMatch(new RegExp(`^0\n${place.workdir}\n *${ids}${rest}hello from delta\n$`));
  });

  test('the scripts that are shown work in its shell, and checks from outside see what they did', async () => {
    const steps = ['mount', 'write', 'delete'].map((step) => scriptOf('06-overlayfs', step));
    expect(steps.join('\n')).not.toMatch(/\bsudo\b/);
    const held = await tour().hold(`(set -e; ${steps.join('\n')})`);
    const { stdout } = await tour().run('check', '06', '--json');
    const status = (id: string) => jsonLines(stdout).find((line) => line.id === id)?.status;
    expect(['stacked', 'upper', 'whiteout'].map(status)).toEqual(['pass', 'pass', 'pass']);
    expect(the.machine.processes().map(({ argv }) => argv[0])).toContain('containerd');
    await held.letGo();
    await until(() => the.machine.processes().length === 0, 2);
  });

  test('in a terminal of the learner’s own ctr reaches the daemon while a tour is open', async () => {
    const held = await tour().hold('true');
    const { stdout: exports } = await tour().run('env');
    const asLearner = ['setpriv', `--reuid=${the.uid}`, '--clear-groups', 'sh', '-c'];
    const line = `${asLearner.join(' ')} 'eval "$EXPORTS"; ctr -n "$CTR_NAMESPACE" images ls -q'`;
    expect(await the.machine.sh(line, { EXPORTS: exports })).toMatch(/^handroll:latest$/m);
    await held.letGo();
  });

  test('in the tour one steps into a shell there, and comes back to the tour', async () => {
    const { child, ended, screen } = the.terminal('--privilege', 'rootless');
    const since = (text: string) => screen().slice(screen().lastIndexOf(text));
    await until(() => screen().includes('own shell'));
    child.write('s');
    await until(() => screen().includes('(tour) '));
    child.write('id -u; echo "was" here; exit\r');
    // The terminal is the tour's again: it draws, and it hears the key.
    await until(() => since('was here').includes('own shell'));
    child.write('q');
    expect(await ended, screen()).toBe(0);
    expect(screen()).toMatch(/^0\r$/m);
    expect(screen()).not.toMatch(/terminal changed/);
  });

  test('cleanup in its shell is refused, since it would end that, and so is a run beside a tour', async () => {
    const line = 'handroll-tour cleanup; echo "$?"';
    const { stdout, stderr } = await tour().run('shell', '-c', line);
    expect(stdout).toBe('4\n');
    expect(stderr).toMatch(/^This shell would end.*\n.*exit.*handroll-tour cleanup/m);
    expect(existsSync(place.workdir)).toBe(true);
    const { child, ended, screen } = the.terminal('--privilege', 'rootless');
    await until(() => screen().includes('own shell'));
    const beside = await tour().run('shell', '-c', 'handroll-tour run --to 00');
    expect(beside).toMatchObject({ code: 4, stderr: expect.stringMatching(/already at work/) });
    child.write('q');
    expect(await ended).toBe(0);
  });

  test('cleanup takes away what other ids own as well, and leaves nothing, twice', async () => {
    // In the container a user is made up who owns a directory with something in it.
    const lend = setup === '' ? 'chown -R 1000:1000 /data' : 'chmod 0 /data';
    const script = `export CONTAINERD_NAMESPACE="$CTR_NAMESPACE"
      ctr run handroll:latest theirs /bin/sh -c 'mkdir /data/deep; echo >/data/deep/file; ${lend}'`;
    expect(await tour().run('shell', '-c', script)).toMatchObject({ code: 0, stderr: '' });
    const cleanup = await tour().run('cleanup', '--json');
    expect(cleanup).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(place.workdir)).toBe(false);
    await until(() => the.machine.processes().length === 0, 2);
    expect(await tour().run('cleanup', '--json')).toMatchObject({
      code: 0,
      stdout: '{"type":"result","ok":true,"removed":0}\n',
    });
  });

  test('what the container owned goes even if its containerd can no longer start', async () => {
    expect(await tour().run('shell', '-c', 'true')).toMatchObject({ code: 0 });
    const root = join(place.workdir, '.handroll-tour/containerd/root');
    const theirs = setup === '' ? the.firstSubordinateId + 999 : the.uid;
    await the.machine.sh(
      'mkdir -p "$ROOT/theirs/deep"; chown -R "$THEM:$THEM" "$ROOT/theirs"; chmod -R 0 "$ROOT/theirs"',
      { ROOT: root, THEM: String(theirs) },
    );
    await the.machine.sh(
      'rm -rf "$ROOT"/io.containerd.metadata*; touch "$ROOT/io.containerd.metadata.v1.bolt"',
      { ROOT: root },
    );
    expect(await tour().run('cleanup', '--json')).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(place.workdir)).toBe(false);
  });

  test('the system’s containerd is said to be out of reach', async () => {
    const { code, stderr } = await the
      .program(['--privilege', 'rootless', '--containerd', 'system'])
      .run('check');
    expect(code).toBe(4);
    expect(stderr).toMatch(/Without root, the system's containerd is out of reach/);
  });
});

test('a newuidmap that may do nothing is as good as none', async () => {
  const place = ownPlace();
  const powerless = join(place.parent, 'powerless');
  const the = await ownLearner(
    place,
    `cp /usr/bin/newuidmap ${powerless}; chmod 755 ${powerless}; mount --bind ${powerless} /usr/bin/newuidmap`,
  );
  const tour = the.program(['--privilege', 'rootless']);
  const { code, stdout } = await tour.run('shell', '-c', 'wc -l </proc/self/uid_map; ctr version');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^1\nClient:.*\nServer:/s);
  expect(await tour.run('cleanup')).toMatchObject({ code: 0 });
  await the.close();
});

test('where user namespaces are forbidden it says so, and what to do', async () => {
  const place = ownPlace();
  // The limit is that of the user namespace one is in: this one is a whole machine to its root.
  const inside = ['unshare', '--user', '--map-root-user', 'sh', '-c'];
  const forbid = 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"';
  const through = [...inside, forbid, 'sh'];
  const tour = program(place, { through, options: ['--privilege', 'rootless'] });
  const { code, stderr } = await tour.run('shell', '-c', 'true');
  expect(code).toBe(4);
  expect(stderr).toMatch(/doesn't start. user.max_user_namespaces is 0.*sysctl/s);
  place.remove();
});
