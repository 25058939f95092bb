import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  disturbances,
  knownEnvironment,
  ownTemporary,
  underKnownUmask,
} from '../../../src/host/environment.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';

describe('the environment of scripts and checks', () => {
  test('is who and where the learner is, and nothing that changes a result', () => {
    const who = {
      PATH: '/usr/bin',
      HOME: '/home/ada',
      USER: 'ada',
      LOGNAME: 'ada',
      SHELL: '/bin/zsh',
      TERM: 'xterm',
    };
    const what = {
      LANG: 'de_DE.UTF-8',
      LANGUAGE: 'de',
      LC_ALL: 'de_DE.UTF-8',
      LC_NUMERIC: 'de_DE.UTF-8',
      TZ: 'Pacific/Auckland',
      GZIP: '-1',
      TAR_OPTIONS: '--exclude=hello.txt',
      POSIXLY_CORRECT: '1',
      QUOTING_STYLE: 'c',
      BASH_ENV: '/home/ada/.env',
      ENV: '/home/ada/.env',
      SHELLOPTS: 'noclobber',
      BASHOPTS: 'failglob',
      'BASH_FUNC_tar%%': '() { echo no; }',
      CONTAINERD_SNAPSHOTTER: 'native',
      CONTAINERD_NAMESPACE: 'k8s.io',
      CONTAINERD_ADDRESS: '/elsewhere',
      TMPDIR: '/nowhere',
      XDG_RUNTIME_DIR: '/nowhere',
      GREP_OPTIONS: '-v',
      LD_PRELOAD: '/home/ada/it.so',
      CDPATH: '/home/ada',
    };
    expect(knownEnvironment({}, { ...who, ...what })).toEqual({
      ...who,
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC0',
      SHLVL: '1',
    });
  });

  test('what the tour says goes before what the learner has', () => {
    expect(knownEnvironment({ PATH: '/own', WORKDIR: '/w' }, { PATH: '/usr/bin' })).toMatchObject({
      PATH: '/own',
      WORKDIR: '/w',
    });
  });

  test('something is started under 022, and the learner’s own umask is as it was', () => {
    const directory = temporaryDirectory();
    const was = process.umask(0o077);
    try {
      underKnownUmask(() => mkdirSync(join(directory, 'made')));
      expect(statSync(join(directory, 'made')).mode & 0o777).toBe(0o755);
      expect(process.umask()).toBe(0o077);
      const failing = () => underKnownUmask(() => mkdirSync(join(directory, 'made')));
      expect(failing).toThrow('EEXIST');
      expect(process.umask()).toBe(0o077);
    } finally {
      process.umask(was);
    }
  });
});

describe('a directory for what is needed for a moment', () => {
  test('is made once, for nobody else', () => {
    const own = temporaryDirectory();
    expect(ownTemporary(own)).toBe(join(own, 'tmp'));
    expect(ownTemporary(own)).toBe(join(own, 'tmp'));
    expect(statSync(join(own, 'tmp')).mode & 0o777).toBe(0o700);
  });

  test.each([
    ['where the corner is not there', (own: string) => join(own, 'nowhere')],
    [
      'where a link is in its place',
      (own: string) => {
        symlinkSync('/tmp', join(own, 'tmp'));
        return own;
      },
    ],
    [
      'where a file is in its place',
      (own: string) => {
        writeFileSync(join(own, 'tmp'), '');
        return own;
      },
    ],
  ])('is the machine’s %s', (_, place) => {
    const own = place(temporaryDirectory());
    expect(ownTemporary(own)).toBeUndefined();
    if (own.endsWith('nowhere')) expect(existsSync(own)).toBe(false);
  });
});

describe('what of the learner’s own changes what they type', () => {
  const usual = { PATH: '/usr/bin', LANG: 'de_DE.UTF-8', LC_ALL: 'tr_TR.UTF-8', TZ: 'Asia/Tokyo' };

  test('is nothing that people usually have', () => {
    const runtime = temporaryDirectory();
    const fine = { ...usual, TMPDIR: runtime, XDG_RUNTIME_DIR: runtime, GZIP: '', TAR_OPTIONS: '' };
    expect(disturbances({ ...fine, CONTAINERD_SNAPSHOTTER: 'overlayfs' })).toEqual([]);
  });

  test.each([
    ['GZIP', '-1', 'unset GZIP'],
    ['TAR_OPTIONS', '--exclude=a', 'unset TAR_OPTIONS'],
    ['POSIXLY_CORRECT', '', 'unset POSIXLY_CORRECT'],
    ['QUOTING_STYLE', 'c', 'unset QUOTING_STYLE'],
    ['BASH_ENV', '/home/ada/.env', 'unset BASH_ENV'],
    ['SHELLOPTS', 'braceexpand:noclobber', 'export -n SHELLOPTS'],
    ['BASHOPTS', 'failglob', 'export -n BASHOPTS'],
    ['CONTAINERD_SNAPSHOTTER', 'native', 'unset CONTAINERD_SNAPSHOTTER'],
    ['TMPDIR', '/no/such/directory', 'unset TMPDIR'],
    ['XDG_RUNTIME_DIR', '/no/such/directory', 'unset XDG_RUNTIME_DIR'],
  ])('%s=%s is named, with the line that mends it', (name, value, mend) => {
    const text = expect.stringMatching(/./);
    expect(disturbances({ ...usual, [name]: value })).toEqual([{ name, does: text, mend }]);
  });

  test('an exported function is named as the program that it stands for', () => {
    const [found] = disturbances({ ...usual, 'BASH_FUNC_tar%%': '() { echo no; }' });
    expect(found).toMatchObject({ name: 'The function tar', mend: 'unset -f tar' });
  });
});
