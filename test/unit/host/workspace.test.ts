import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Exit, TourError } from '../../../src/errors.ts';
import { lock } from '../../../src/host/lock.ts';
import {
  claim,
  inNotedNamespace,
  noteInMark,
  ownership,
  refuseForeign,
} from '../../../src/host/ownership.ts';
import { locate, type Workspace } from '../../../src/host/workspace.ts';
import { temporaryDirectory, temporaryWorkspace } from '../../helpers/temporary.ts';

/** What the function throws. */
function refusal(action: () => unknown): TourError {
  try {
    action();
  } catch (error) {
    if (error instanceof TourError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

function owned(): Workspace {
  const workspace = temporaryWorkspace();
  claim(workspace);
  return workspace;
}

let home: string;
beforeEach(() => {
  home = temporaryDirectory();
  vi.stubEnv('HOME', home);
});
afterEach(() => vi.unstubAllEnvs());

describe('locate', () => {
  test('the defaults are those of the article', () => {
    const dir = join(home, 'container-demo');
    const own = join(dir, '.handroll-tour');
    const expected = { given: dir, dir, own, namespace: 'spelunking' };
    expect(locate({}, {})).toEqual(expected);
    expect(locate({}, { WORKDIR: '', CTR_NAMESPACE: '' })).toEqual(expected);
    expect(existsSync(dir)).toBe(false);
  });

  test('options win over the environment', () => {
    const env = { WORKDIR: '/from/env', CTR_NAMESPACE: 'from-env' };
    expect(locate({}, env)).toMatchObject({ dir: '/from/env', namespace: 'from-env' });
    const options = { workdir: '/from/option', namespace: 'from-option' };
    expect(locate(options, env)).toMatchObject({ dir: '/from/option', namespace: 'from-option' });
  });

  test('a relative path is one from here', () => {
    expect(locate({ workdir: 'a/../b' }, {}).dir).toBe(join(process.cwd(), 'b'));
  });

  test('links are followed as far as there is something', () => {
    symlinkSync(home, join(home, 'link'));
    expect(locate({ workdir: join(home, 'link', 'new', 'dir') }, {}).dir).toBe(
      join(home, 'new', 'dir'),
    );
    expect(locate({ workdir: join(home, 'link') }, {}).dir).toBe(home);
  });

  test.each(['demo', 'a', 'a.b-c_d', 'UPPER9', 'x'.repeat(76)])('namespace %s', (namespace) => {
    expect(locate({ namespace }, {}).namespace).toBe(namespace);
  });

  test.each(['', ' ', '-a', 'a-', 'a--b', 'a/b', 'a b', 'ü', '../x', 'x'.repeat(77), 'a\n'])(
    'a namespace cannot be %j',
    (namespace) => {
      const error = refusal(() => locate({ namespace }, {}));
      expect(error).toMatchObject({ exit: Exit.usage, hint: expect.stringContaining('76') });
      expect(error.message).toContain(namespace);
    },
  );

  test.each([
    '/tmp/a:b',
    '/tmp/a,b',
    '/tmp/a\\b',
    '/tmp/a\nb',
    '/tmp/a\tb',
    '/tmp/a\u007fb',
    '/tmp/\u001b[31m',
    '',
  ])('a working directory cannot be %j', (workdir) => {
    const error = refusal(() => locate({ workdir }, {}));
    expect(error.exit).toBe(Exit.usage);
    // The message goes to a terminal.
    expect(stripVTControlCharacters(error.message)).toBe(error.message);
    expect(error.message).not.toContain('\n');
  });

  test('a link to a directory that cannot be used is no way round', () => {
    mkdirSync(join(home, 'a:b'));
    symlinkSync(join(home, 'a:b'), join(home, 'fine'));
    expect(refusal(() => locate({ workdir: join(home, 'fine') }, {})).exit).toBe(Exit.usage);
  });
});

describe('claim', () => {
  test.each([
    'plain',
    'a/b/c',
    'with space',
    `it's a "tést" $(x)`,
    '-rf',
    '%s',
    '*?[a]',
    '世界',
    '.hidden',
    "'; touch pwned #",
  ])('makes and marks %j', (name) => {
    const workspace = locate({ workdir: join(home, name) }, {});
    expect(workspace.dir).toBe(join(home, name));
    expect(ownership(workspace)).toBe('absent');
    claim(workspace);
    expect(ownership(workspace)).toBe('ours');
    expect(readdirSync(workspace.dir)).toEqual(['.handroll-tour']);
    expect(readdirSync(home)).toEqual([name.split('/')[0]]);
    claim(workspace);
    writeFileSync(join(workspace.dir, 'base-layer.tar'), '');
    expect(ownership(workspace)).toBe('ours');
    claim(workspace);
  });

  test('takes an empty directory', () => {
    const workspace = temporaryWorkspace();
    mkdirSync(workspace.dir);
    expect(ownership(workspace)).toBe('empty');
    claim(workspace);
    expect(ownership(workspace)).toBe('ours');
  });

  test.each([
    ['/', 'other things live there'],
    ['/tmp', 'other things live there'],
    ['/usr/local', 'other things live there'],
    ['/var/lib/../lib', 'other things live there'],
  ])('refuses %s', (workdir, why) => {
    const error = refusal(() => claim(locate({ workdir }, {})));
    expect(error).toMatchObject({
      exit: Exit.refused,
      message: expect.stringContaining(why),
      hint: expect.stringContaining('Nothing was touched'),
    });
    expect(existsSync(join(workdir, '.handroll-tour'))).toBe(false);
  });

  test.each([
    ['home itself', () => home],
    ['a directory above it', () => dirname(home)],
    [
      'a link to it',
      () => {
        const link = join(temporaryDirectory(), 'link');
        symlinkSync(home, link);
        return link;
      },
    ],
  ])('refuses %s, even empty and even marked', (_, path) => {
    const workspace = locate({ workdir: path() }, {});
    expect(refusal(() => claim(workspace)).exit).toBe(Exit.refused);
    expect(readdirSync(home)).toEqual([]);
    mkdirSync(join(home, '.handroll-tour'));
    writeFileSync(join(home, '.handroll-tour/owner.json'), '{"tool":"handroll-tour"}');
    expect(refusal(() => refuseForeign(workspace)).exit).toBe(Exit.refused);
  });

  test('a home that is a link is still home', () => {
    const link = join(temporaryDirectory(), 'link');
    symlinkSync(home, link);
    vi.stubEnv('HOME', link);
    expect(refusal(() => claim(locate({ workdir: home }, {}))).exit).toBe(Exit.refused);
  });

  const foreign: [string, (workspace: Workspace) => void][] = [
    ['files of somebody', ({ dir }) => writeFileSync(join(dir, 'thesis.tex'), '')],
    ['a hidden file', ({ dir }) => writeFileSync(join(dir, '.profile'), '')],
    ['the corner, but no mark in it', ({ own }) => mkdirSync(own)],
    [
      'a mark of something else',
      ({ own }) => {
        mkdirSync(own);
        writeFileSync(join(own, 'owner.json'), '{"tool":"other"}');
      },
    ],
    [
      'a damaged mark',
      ({ own }) => {
        mkdirSync(own);
        writeFileSync(join(own, 'owner.json'), '{"tool":');
      },
    ],
    [
      'a mark that is null',
      ({ own }) => {
        mkdirSync(own);
        writeFileSync(join(own, 'owner.json'), 'null');
      },
    ],
    [
      "a link to another one's corner",
      ({ own }) => {
        symlinkSync(owned().own, own);
      },
    ],
  ];
  test.each(foreign)('refuses a directory with %s, and touches nothing', (_, fill) => {
    const workspace = temporaryWorkspace();
    mkdirSync(workspace.dir);
    fill(workspace);
    const before = readdirSync(workspace.dir, { recursive: true });
    expect(ownership(workspace)).toBe('foreign');
    expect(refusal(() => claim(workspace))).toMatchObject({
      exit: Exit.refused,
      hint: expect.stringContaining('--workdir'),
    });
    expect(readdirSync(workspace.dir, { recursive: true })).toEqual(before);
  });

  test.each([
    ['a file in its place', ''],
    ['a file in the place of its parent', 'below'],
  ])('refuses %s', (_, below) => {
    const file = join(home, 'file');
    writeFileSync(file, 'mine');
    const workspace = locate({ workdir: join(file, below) }, {});
    expect(refusal(() => claim(workspace)).exit).toBe(Exit.refused);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test.each([
    ['the kernel has no room for it', () => '/proc/handroll-tour/w'],
    [
      'a link leads nowhere',
      () => {
        const link = join(home, 'link');
        symlinkSync(join(home, 'unplugged'), link);
        return link;
      },
    ],
  ])('says so where %s', (_, path) => {
    const workspace = locate({ workdir: path() }, {});
    expect(refusal(() => claim(workspace))).toMatchObject({
      exit: Exit.refused,
      message: expect.stringContaining('cannot be written'),
    });
  });
});

describe('lock', () => {
  const path = ({ own }: Workspace) => join(own, 'lock');

  test('a second one is told who is at work, until the first lets go', () => {
    const workspace = owned();
    const release = lock(workspace, 'A tour');
    expect(refusal(() => lock(workspace, 'handroll-tour run'))).toMatchObject({
      exit: Exit.refused,
      message: `A tour is already at work in ${workspace.dir} (process ${process.pid}).`,
      hint: expect.stringContaining('--namespace'),
    });
    release();
    expect(existsSync(path(workspace))).toBe(false);
    lock(workspace, 'handroll-tour run')();
  });

  const { pid: ended } = spawnSync('true');
  test.each([
    ['of a process that has ended', { pid: ended, started: '1', doing: 'A tour' }],
    ['of an earlier process with our number', { pid: process.pid, started: '1', doing: 'A tour' }],
    ['of a process that is another one now', { pid: 1, started: '-1', doing: 'A tour' }],
    ['that is damaged', '{"pid":'],
    ['that is empty', ''],
  ])('one %s is taken over', (_, holder) => {
    const workspace = owned();
    const text = typeof holder === 'string' ? holder : JSON.stringify(holder);
    writeFileSync(path(workspace), text);
    const release = lock(workspace, 'A tour');
    expect(JSON.parse(readFileSync(path(workspace), 'utf8'))).toMatchObject({ pid: process.pid });
    release();
  });

  test('letting go leaves alone what is of another by now', () => {
    const workspace = owned();
    const release = lock(workspace, 'A tour');
    const other = JSON.stringify({ pid: 1, started: '1', doing: 'A tour' });
    writeFileSync(path(workspace), other);
    release();
    expect(readFileSync(path(workspace), 'utf8')).toBe(other);
  });

  test('letting go after cleanup does no harm', () => {
    const workspace = owned();
    const release = lock(workspace, 'A tour');
    rmSync(workspace.dir, { recursive: true });
    release();
    release();
    expect(existsSync(workspace.dir)).toBe(false);
  });

  test.each([
    ['there is no place for it', ({ own }: Workspace) => rmSync(own, { recursive: true })],
    ['its place is taken', (workspace: Workspace) => mkdirSync(path(workspace))],
  ])('says so where %s', (_, prevent) => {
    const workspace = owned();
    prevent(workspace);
    expect(refusal(() => lock(workspace, 'A tour'))).toMatchObject({
      exit: Exit.refused,
      message: expect.stringContaining('cannot be written'),
    });
  });
});

describe('the namespace that the mark has', () => {
  const workspace = (noted: string | undefined) => {
    const made = temporaryWorkspace();
    claim(made);
    noteInMark(made, { namespace: noted });
    return { ...made, namespace: 'named' };
  };

  test.each([
    ['nothing noted', undefined, 'named', 'named'],
    ['the same', 'named', 'named', 'named'],
    ['none named', 'noted', undefined, 'noted'],
    ['a path noted', '../../etc', undefined, 'named'],
    ['a path noted, and one named', '../../etc', 'named', 'named'],
  ])('%s', (_, noted, named, chosen) => {
    expect(inNotedNamespace(workspace(noted), named).namespace).toBe(chosen);
  });

  test('another named', () => {
    expect(refusal(() => inNotedNamespace(workspace('noted'), 'named'))).toMatchObject({
      exit: Exit.refused,
      hint: expect.stringContaining('--namespace noted'),
    });
  });
});
