import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lessons } from '../../lessons/index.ts';
import { keyOf, placesOf } from '../../src/engine/lesson.ts';
import { workOf } from '../../src/engine/update.ts';
import { ownPlace } from '../helpers/host.ts';
import { naming, type OwnMachine, ownMachine, until } from '../helpers/machine.ts';
import { jsonLines, program } from '../helpers/program.ts';

/** The commands that look, and those that lend the learner a shell. */

/** A name that a shell would trip over. */
const place = ownPlace(`it's "here" $(now)`);
const tour = program(place);
const untouched = ownPlace();

/** Everything in a directory by its content: path, kind, mode, and what files and links say. */
async function contents(directory: string): Promise<string> {
  const { stdout } = await execa('sh', [
    '-c',
    'cd "$0" && find . -printf "%P %y %m %U %s %l\\n" -type f -exec sha256sum {} + | sort',
    directory,
  ]);
  return stdout;
}

async function noDaemon(): Promise<void> {
  await until(() => naming(place.parent).length === 0, 2);
}

beforeAll(async () => {
  expect(await tour.run('run', '--to', '05')).toMatchObject({ code: 0 });
});
afterAll(() => {
  place.remove();
  untouched.remove();
});

describe('check', () => {
  test('before anything was done: everything fails, and nothing is made', async () => {
    const { code, stdout, stderr } = await program(untouched).run('check', '--json');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const lines = jsonLines(stdout);
    const work = workOf(lessons).flatMap((each) =>
      each.step.checks.map(({ id }) => `${keyOf(each)}/${id}`),
    );
    expect(lines.slice(0, -1).map(({ lesson, step, id }) => `${lesson}/${step}/${id}`)).toEqual(
      work,
    );
    expect(lines.at(-1)).toMatchObject({ ok: false });
    expect(readdirSync(untouched.parent)).toEqual([]);
  });

  test('in the middle: what is done passes, what is not says where it comes from', async () => {
    const { code, stdout } = await tour.run('check', '--json');
    expect(code).toBe(1);
    const checks = jsonLines(stdout).filter(({ type }) => type === 'check');
    for (const { lesson, status, hint } of checks) {
      const done = String(lesson) <= '05-import';
      if (done) expect({ lesson, status }).toEqual({ lesson, status: 'pass' });
      else if (status !== 'pass') expect(hint ?? 'blocked').toMatch(/./);
    }
  });

  test('changes nothing, and leaves no daemon', async () => {
    await noDaemon();
    const before = await contents(place.workdir);
    expect(await tour.run('check', '05', '--json')).toMatchObject({ code: 0, stderr: '' });
    await noDaemon();
    // But what the daemon writes about itself: it was started to be asked.
    const ours = (text: string) =>
      text.split('\n').filter((line) => !line.includes('.handroll-tour/containerd'));
    expect(ours(await contents(place.workdir))).toEqual(ours(before));
  });

  test.each([
    ['05', 0],
    ['05-import', 0],
    ['05-import/tag', 0],
    ['08-run/start', 1],
  ])('%s ends with %d', async (id, code) => {
    expect(await tour.run('check', id)).toMatchObject({ code });
  });
});

describe('list', () => {
  test('--json: every step, where it stands, and which is next', async () => {
    const { code, stdout, stderr } = await tour.run('list', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = jsonLines(stdout);
    expect(lines.slice(0, -1)).toEqual(
      placesOf(lessons).map(({ lesson, step }) => ({
        type: 'step',
        lesson: lesson.id,
        step: step.id,
        title: step.title,
        standing: expect.stringMatching(/^(holds|not yet|drifted|cannot be seen)$/),
      })),
    );
    const holding = lines.filter(({ standing }) => standing === 'holds');
    expect(holding.every(({ lesson }) => String(lesson) <= '05-import')).toBe(true);
    expect(lines.at(-1)).toEqual({
      type: 'result',
      ok: true,
      holds: holding.length,
      steps: workOf(lessons).length,
      next: '06-overlayfs/mount',
    });
  });

  test('names what has drifted, and goes back to it', async () => {
    const tar = join(place.workdir, 'base-layer.tar');
    await execa('mv', [tar, `${tar}.away`]);
    const { stdout } = await tour.run('list', '--json');
    await execa('mv', [`${tar}.away`, tar]);
    const lines = jsonLines(stdout);
    expect(lines.find(({ standing }) => standing === 'drifted')).toMatchObject({
      lesson: '03-layers',
      step: 'tar',
    });
    expect(lines.at(-1)).toMatchObject({ next: '03-layers/tar' });
  });

  test('where nothing was done, it makes nothing', async () => {
    const { stdout } = await program(untouched).run('list');
    expect(stdout).toMatch(/Next: 00-prerequisites\/machine\.\n$/);
    expect(existsSync(untouched.workdir)).toBe(false);
  });
});

describe('env', () => {
  const shells = ['sh', 'bash', 'dash', 'busybox sh', 'zsh'];

  test.each(shells)('can be eval’ed in %s', async (shell) => {
    const { stdout: exports } = await tour.run('env');
    const [command = '', ...args] = shell.split(' ');
    const line = `eval "$EXPORTS"; printf '%s\\n' "$WORKDIR" "$CTR_NAMESPACE" "$OCI_DIR"
      cd "$WORKDIR" && [ "sha256:$(sha256sum <base-layer.tar | cut -d' ' -f1)" = "$BASE_DIFFID" ] &&
      [ "$(stat -c %s delta-layer.tar.gz)" = "$DELTA_SIZE" ] &&
      [ -e "$OCI_DIR/blobs/sha256/\${MANIFEST_DIGEST#sha256:}" ] && command -v ctr`;
    const { stdout } = await execa(command, [...args, '-c', line], { env: { EXPORTS: exports } });
    expect(stdout.split('\n')).toEqual([
      place.workdir,
      place.namespace,
      join(place.workdir, 'oci'),
      join(place.workdir, '.handroll-tour/bin/ctr'),
    ]);
  });

  test.each(shells)(
    'in %s plain ctr reaches the daemon while a tour has it, and says so after',
    async (shell) => {
      const held = await tour.hold('true');
      const { stdout: exports } = await tour.run('env');
      const [command = '', ...args] = shell.split(' ');
      const ctr = () =>
        execa(command, [...args, '-c', 'eval "$EXPORTS"; ctr -n "$CTR_NAMESPACE" images ls -q'], {
          env: { EXPORTS: exports },
          reject: false,
        });
      expect((await ctr()).stdout).toBe('docker.io/library/handroll:latest\nhandroll:latest');
      await held.letGo();
      await noDaemon();
      expect(await ctr()).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/containerd is not running: open handroll-tour/),
      });
    },
  );

  test('asked again in the same shell, it does not put its directory on the PATH again', async () => {
    const line = `eval "$("$@")"; eval "$("$@")"; printf '%s' "$PATH"`;
    const argv = [process.execPath, join(import.meta.dirname, '../../dist/cli.js'), 'env'];
    const env = { WORKDIR: place.workdir, CTR_NAMESPACE: place.namespace, PATH: '/usr/bin:/bin' };
    const { stdout } = await execa('sh', ['-c', line, 'sh', ...argv, '--containerd', 'private'], {
      env,
    });
    expect(stdout).toBe(`${join(place.workdir, '.handroll-tour/bin')}:/usr/bin:/bin`);
  });

  test('fish is told in its own words, asked for or recognised', async () => {
    const line = `$argv[1] $argv[2] env --containerd private | source
      test (stat -c %s $WORKDIR/delta-layer.tar.gz) = $DELTA_SIZE; and command -v ctr sudo`;
    const { stdout } = await execa(
      'fish',
      ['--no-config', '-c', line, process.execPath, join(import.meta.dirname, '../../dist/cli.js')],
      { env: { WORKDIR: place.workdir, CTR_NAMESPACE: place.namespace } },
    );
    const bin = join(place.workdir, '.handroll-tour/bin');
    expect(stdout.split('\n')).toEqual([join(bin, 'ctr'), join(bin, 'sudo')]);
    const asked = await tour.run('env', '--shell', 'fish');
    expect(asked.stdout).toContain(`set -gx WORKDIR '${place.workdir.replace("'", "\\'")}';\n`);
    expect(await tour.run('env', '--shell', 'tcsh')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--shell cannot be 'tcsh'"),
    });
  });

  test('where nothing was done: the names, and nothing is made', async () => {
    const { code, stdout } = await program(untouched).run('env');
    expect(code).toBe(0);
    expect(stdout).toContain(`export WORKDIR='${untouched.workdir}'\n`);
    expect(stdout).not.toContain('BASE_DIGEST');
    expect(existsSync(untouched.workdir)).toBe(false);
  });
});

describe('shell -c', () => {
  test('in the working directory, with the names, ends with the command’s own code', async () => {
    const { code, stdout, stderr } = await tour.run(
      'shell',
      '-c',
      'pwd; echo "$CTR_NAMESPACE"; echo "$MANIFEST_DIGEST"; ctr -n "$CTR_NAMESPACE" images ls; exit 42',
    );
    expect({ code, stderr }).toEqual({ code: 42, stderr: '' });
    const [directory, namespace, digest, ...images] = stdout.trimEnd().split('\n');
    expect({ directory, namespace }).toEqual({
      directory: place.workdir,
      namespace: place.namespace,
    });
    expect(images.slice(1).map((line) => line.split(/\s+/)[2])).toEqual([digest, digest]);
    await noDaemon();
  });

  test('a signal’s code is 128 and its number', async () => {
    expect(await tour.run('shell', '-c', 'kill -TERM $$')).toMatchObject({ code: 143 });
  });

  test('the article’s own commands work in it', async () => {
    const { code, stdout, stderr } = await tour.run(
      'shell',
      '-c',
      `ctr -n "$CTR_NAMESPACE" run --rm docker.io/library/handroll:latest mine \
        /bin/sh -c 'cat /hello.txt; ls /data; exit 5'`,
    );
    expect({ code, stdout, stderr }).toEqual({ code: 5, stdout: 'hello from delta\n', stderr: '' });
  });
});

describe('doctor', () => {
  test('--json on a machine that has everything', async () => {
    const { code, stdout, stderr } = await tour.run('doctor', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = jsonLines(stdout);
    expect(lines.at(-1)).toEqual({
      type: 'result',
      ok: true,
      containerd: 'private',
      privilege: 'root',
    });
    for (const line of lines.slice(0, -1)) {
      const text = expect.any(String);
      expect(line).toEqual({
        type: 'prerequisite',
        id: text,
        status: 'ok',
        detail: text,
        install: null,
      });
    }
    expect(lines.slice(0, -1).map(({ id }) => id)).toEqual(
      expect.arrayContaining(['containerd', 'ctr', 'runc', 'jq', 'tree', 'tar', 'gzip', 'busybox']),
    );
  });

  describe('where tools are missing', () => {
    const release = join(untouched.parent, 'os-release');
    let machine: OwnMachine;

    beforeAll(async () => {
      // Hidden from every place that a tool is looked for in, not from one PATH only.
      machine = await ownMachine(`
        touch ${release}
        mount --bind ${release} /etc/os-release
        for name in jq tree busybox ctr; do
          for path in $(type -aP "$name" busybox-static busybox.static); do
            mountpoint -q "$path" || mount --bind /dev/null "$path"
          done
        done
      `);
    });
    afterAll(() => machine.close());

    const doctor = (...args: string[]) =>
      program(untouched, { through: machine.through }).run('doctor', ...args);

    test('--json: which, and the command for each; ends with 3', async () => {
      writeFileSync(release, 'ID=debian\nPRETTY_NAME="Debian"\n');
      const { code, stdout, stderr } = await doctor('--json');
      expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
      const lines = jsonLines(stdout);
      const apt = (name: string) =>
        `apt-get update && apt-get install -y --no-install-recommends ${name}`;
      const missing = lines.filter(
        ({ type, status }) => type === 'prerequisite' && status !== 'ok',
      );
      expect(missing.map(({ id, status, install }) => [id, status, install])).toEqual([
        ['ctr', 'missing', apt('containerd')],
        ['jq', 'missing', apt('jq')],
        ['tree', 'missing', apt('tree')],
        ['busybox', 'missing', apt('busybox-static')],
      ]);
      expect(lines.at(-1)).toMatchObject({ type: 'result', ok: false });
    });

    test.each([
      ['debian', 'apt-get install -y --no-install-recommends busybox-static containerd jq tree'],
      ['ubuntu', 'apt-get install -y --no-install-recommends busybox-static containerd jq tree'],
      ['fedora', 'dnf install -y busybox containerd jq tree'],
      ['alpine', 'apk add busybox-static containerd-ctr jq tree'],
      ['arch', 'pacman -S --needed --noconfirm busybox containerd jq tree'],
      ['opensuse-leap', 'zypper --non-interactive install busybox-static containerd-ctr jq tree'],
    ])('on %s it prints the one command to paste', async (id, command) => {
      writeFileSync(release, `ID=${id}\n`);
      const { code, stdout } = await doctor();
      expect(code).toBe(3);
      expect(stdout).toMatch(/^ {2}missing +jq +not found: reads the JSON documents$/m);
      expect(stdout.split('\n')).toContain(`  ${command}`);
    });

    test('on a system that it does not know it says what is missing', async () => {
      writeFileSync(release, 'ID=plan9\nNAME="Plan 9"\n');
      const { code, stdout } = await doctor();
      expect(code).toBe(3);
      expect(stdout).toMatch(
        /Plan 9 is none we know how to install on\. Missing: ctr, jq, tree, busybox\./,
      );
      const install = await doctor('--install');
      expect(install.code).toBe(3);
      expect(install.stderr).toMatch(/Plan 9 is none we know/);
    });

    test('run stops at lesson 00 with the hint, and a shell ends with 3', async () => {
      const there = program(untouched, { through: machine.through });
      const run = await there.run('run', '--json');
      expect(run).toMatchObject({ code: 3 });
      expect(run.stderr).toMatch(/^Not installed: ctr\.\nhandroll-tour doctor prints the command/);
      const check = await there.run('check', '00-prerequisites', '--json');
      expect(check).toMatchObject({ code: 1, stderr: '' });
      expect(jsonLines(check.stdout).find(({ status }) => status === 'fail')).toMatchObject({
        lesson: '00-prerequisites',
        actual: 'ctr: not found',
        hint: expect.stringMatching(/handroll-tour doctor/),
      });
      expect(jsonLines(run.stdout).at(-1)).toMatchObject({ type: 'result', ok: false });
      expect(await there.run('shell', '-c', 'true')).toMatchObject({
        code: 3,
        stderr: expect.stringMatching(/Not installed: ctr\./),
      });
      expect((await there.run('cleanup')).code).toBe(0);
    });
  });
});
