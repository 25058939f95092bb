import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownPlace } from '../helpers/host.ts';
import { ownMachine } from '../helpers/machine.ts';
import { cli, green, jsonLines, judged, type ProgramOptions, program } from '../helpers/program.ts';

/*
 * The same steps come out the same wherever their tools do: whatever language, options and functions
 * the learner's environment has, the run passes and its four blobs have the same names. What of it
 * changes what the learner types is named by doctor, with the line that mends it.
 */

const shared = ownPlace('shared');
const locales = join(shared.parent, 'locales');
const bin = join(shared.parent, 'bin');
const noise = join(shared.parent, 'noise');
let expected: string[];

const blobsIn = (workdir: string) => readdirSync(join(workdir, 'oci/blobs/sha256')).sort();

/** Runs the tour up to a lesson in a place of its own. @returns what failed, and the names of the blobs */
async function runTo(lesson: string, options: ProgramOptions = {}, place = ownPlace()) {
  const tour = program(place, options);
  try {
    const run = await judged(tour, 'run', '--to', lesson);
    return { ...run, blobs: run.failed.length === 0 ? blobsIn(place.workdir) : [] };
  } finally {
    await tour.run('cleanup');
    place.remove();
  }
}

const passed = () => ({ ...green, blobs: expected });

beforeAll(async () => {
  mkdirSync(locales);
  for (const name of ['de_DE', 'tr_TR', 'ja_JP']) {
    await execa('localedef', ['-i', name, '-f', 'UTF-8', join(locales, `${name}.UTF-8`)]);
  }
  // The locale is there, and tools translate: otherwise the rows below say nothing.
  const env = { LC_ALL: 'de_DE.UTF-8', LOCPATH: locales };
  // Not stat's words for a kind of file: newer ones do not translate them.
  const { stderr } = await execa('cat', ['/none'], { env, reject: false });
  expect(stderr).toMatch(/Verzeichnis/);
  writeFileSync(noise, 'set -o noclobber\necho noise\n');
  mkdirSync(bin);
  const usual = await runTo('04');
  expect(usual).toMatchObject({ code: 0, failed: [] });
  expect(usual.blobs).toHaveLength(4);
  expected = usual.blobs;
}, 120_000);

afterAll(shared.remove);

type Row = readonly [name: string, env: NodeJS.ProcessEnv];

const language = (name: string) => ({ LC_ALL: `${name}.UTF-8`, LOCPATH: locales });

describe('to the end of the container’s life', () => {
  test.each<Row>([
    ['in German', language('de_DE')],
    ['in Turkish, in which i is not the small I', language('tr_TR')],
    ['in Japanese', language('ja_JP')],
    ['in German by LANGUAGE alone', { LANGUAGE: 'de', LC_ALL: 'C.UTF-8' }],
    ['names in quotes', { QUOTING_STYLE: 'c' }],
    ['a BASH_ENV that prints, and sets noclobber', { BASH_ENV: noise }],
    ['noclobber by SHELLOPTS', { SHELLOPTS: 'noclobber' }],
    ['an exported function that is called tar', { 'BASH_FUNC_tar%%': '() { echo no; }' }],
    ['another snapshotter', { CONTAINERD_SNAPSHOTTER: 'native' }],
    ['temporary directories that are not there', { TMPDIR: '/no/tmp', XDG_RUNTIME_DIR: '/no/run' }],
  ])('%s', async (_, env) => {
    expect(await runTo('08', { env })).toEqual(passed());
  });
});

describe('to the image', () => {
  test.each<Row>([
    ['POSIXLY_CORRECT', { POSIXLY_CORRECT: '1' }],
    ['options for tar', { TAR_OPTIONS: '--exclude=hello.txt' }],
    ['options for gzip', { GZIP: '-1' }],
    ['options for grep', { GREP_OPTIONS: '-v' }],
    ['another time zone', { TZ: 'Pacific/Auckland' }],
    ['BASHOPTS', { BASHOPTS: 'failglob:nocasematch' }],
    ['CDPATH', { CDPATH: '/usr:/etc' }],
  ])('%s', async (_, env) => {
    expect(await runTo('04', { env })).toEqual(passed());
  });

  test('a private umask', async () => {
    const through = ['bash', '-c', 'umask 077; exec "$@"', 'umask'];
    expect(await runTo('04', { through })).toEqual(passed());
  });
});

describe('doctor names what changes what the learner types', () => {
  test.each<[NodeJS.ProcessEnv, string]>([
    [{ GZIP: '-1' }, 'unset GZIP'],
    [{ TAR_OPTIONS: '--exclude=hello.txt' }, 'unset TAR_OPTIONS'],
    [{ POSIXLY_CORRECT: '1' }, 'unset POSIXLY_CORRECT'],
    [{ QUOTING_STYLE: 'c' }, 'unset QUOTING_STYLE'],
    [{ BASH_ENV: '/dev/null' }, 'unset BASH_ENV'],
    [{ SHELLOPTS: 'noclobber' }, 'export -n SHELLOPTS'],
    [{ 'BASH_FUNC_tar%%': '() { echo no; }' }, 'unset -f tar'],
    [{ CONTAINERD_SNAPSHOTTER: 'native' }, 'unset CONTAINERD_SNAPSHOTTER'],
    [{ TMPDIR: '/no/tmp' }, 'unset TMPDIR'],
  ])('%j: %s', async (env, mend) => {
    const { code, stdout } = await program(shared, { env }).run('doctor', '--json');
    const found = jsonLines(stdout).filter(({ id }) => id === 'own-variables');
    expect(found).toEqual([
      expect.objectContaining({ stops: false, seen: expect.stringContaining(mend) }),
    ]);
    expect(code).toBe(0);
  });

  test('and says nothing of what most people have', async () => {
    const env = { ...language('de_DE'), TZ: 'Asia/Tokyo' };
    const { stdout } = await program(shared, { env }).run('doctor', '--json');
    expect(jsonLines(stdout).filter(({ id }) => id === 'own-variables')).toEqual([]);
  });

  test('a line to type does what it says', async () => {
    const lines = 'unset GZIP BASH_ENV; export -n SHELLOPTS; unset -f tar; exec "$@"';
    const through = ['bash', '-c', lines, 'mend'];
    const env = {
      GZIP: '-1',
      BASH_ENV: '/dev/null',
      SHELLOPTS: 'braceexpand',
      'BASH_FUNC_tar%%': '() { :; }',
    };
    const { stdout } = await program(shared, { env, through }).run('doctor', '--json');
    expect(jsonLines(stdout).filter(({ id }) => id === 'own-variables')).toEqual([]);
  });
});

describe('tools that are others', () => {
  const first = () => ({ PATH: `${bin}:${process.env.PATH}` });
  const put = (name: string, text: string) => {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  };
  const doctor = async () => {
    const { stdout } = await program(shared, { env: first() }).run('doctor', '--json');
    return jsonLines(stdout);
  };

  test('pigz for gzip: other digests, and doctor says why', async () => {
    symlinkSync('/usr/bin/pigz', join(bin, 'gzip'));
    const found = (await doctor()).find(({ id }) => id === 'gzip-other');
    expect(found).toMatchObject({ stops: false, seen: expect.stringContaining('pigz') });
    const run = await runTo('04', { env: first() });
    expect(run).toMatchObject({ code: 0, failed: [] });
    expect(run.blobs).toHaveLength(4);
    expect(run.blobs).not.toEqual(expected);
  });

  test('a ctr that adds options is no ctr: doctor and lesson 00 say so', async () => {
    put('ctr', '#!/bin/sh\nPATH=/usr/bin:/usr/sbin exec ctr -n theirs "$@"\n');
    const says = expect.stringContaining('does not take all options');
    const tool = (await doctor()).find(({ id }) => id === 'ctr');
    expect(tool).toMatchObject({ status: 'wrong', detail: says });
    const { code, failed } = await runTo('00', { env: first() });
    expect(code).toBe(1);
    expect(failed).toEqual([expect.objectContaining({ id: 'runtime', actual: says })]);
  });
});

describe('a machine where /tmp cannot be used', () => {
  test.each([
    ['read-only', 'ro'],
    ['full', 'size=4k,nr_inodes=2'],
  ])('%s', async (_, options) => {
    const place = ownPlace();
    // The tests have everything below /tmp, and the clone may be there too: both have to be elsewhere as well.
    const machine = await ownMachine(`
      mount --bind ${place.parent} /mnt
      mount --bind ${dirname(cli)} /opt
      mount -t tmpfs -o ${options} tmpfs /tmp
      : >/tmp/x || :
      : >/tmp/y || :
    `);
    try {
      const tour = program(
        { workdir: '/mnt/w', namespace: place.namespace },
        { through: machine.through, env: { TMPDIR: undefined }, file: '/opt/cli.js' },
      );
      const doctor = await tour.run('doctor', '--json');
      expect(jsonLines(doctor.stdout).map(({ id }) => id)).toContain('tmp-unusable');
      expect(await judged(tour, 'run', '--to', '08')).toEqual(green);
      expect(blobsIn(join(place.parent, 'w'))).toEqual(expected);
      expect(await tour.run('cleanup')).toMatchObject({ code: 0 });
    } finally {
      await machine.close();
      place.remove();
    }
  });
});

describe('out of open files', () => {
  test('too few to begin: it says so, and what to do', async () => {
    const place = ownPlace();
    const through = ['bash', '-c', 'ulimit -n 26; exec "$@"', 'bash'];
    const { code, stderr } = await program(place, { through }).run('run', '--to', '00');
    expect({ code, stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('ulimit -n 4096'),
    });
    place.remove();
  });

  // Node opens the files of the program at once, and for that it needs nearly sixty; from 24 on, thirty.
  test.each([61, 64])(
    '%i of them: what cannot be known is blocked, and why is said',
    async (most) => {
      const through = ['bash', '-c', 'ulimit -n "$1"; shift; exec "$@"', 'bash', `${most}`];
      const place = ownPlace();
      try {
        const { code, stdout } = await program(place, { through }).run(
          'run',
          '--to',
          '00',
          '--json',
        );
        const checks = jsonLines(stdout).filter(({ type }) => type === 'check');
        const blocked = checks.filter(({ status }) => status === 'blocked');
        expect(code).toBe(1);
        expect(checks.filter(({ status }) => status === 'fail')).toEqual([]);
        expect(blocked.length).toBeGreaterThan(0);
        for (const { actual } of blocked) {
          expect(actual).toMatch(
            /^(The script stopped short. )?Too many files are open.*ulimit -n 4096/,
          );
        }
      } finally {
        await program(place).run('cleanup');
        place.remove();
      }
    },
  );
});
