import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { planInstall } from '../../../../src/host/preflight/install.ts';
import {
  findBusybox,
  findOutside,
  findTool,
  hostArchitecture,
  inspectProgram,
  prerequisites,
} from '../../../../src/host/preflight/tools.ts';
import { temporaryDirectory } from '../../../helpers/temporary.ts';

afterEach(() => vi.unstubAllEnvs());

/** An executable in a directory of the test's own. */
function place(
  directory: string,
  name: string,
  content: string | Uint8Array,
  mode = 0o755,
): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

const prints = (line: string, code = 0) => `#!/bin/sh\necho '${line}'\nexit ${code}\n`;

/** A program of this machine without program headers: only the header of the one that runs this. */
function staticProgram({ machine }: { machine?: number } = {}): Buffer {
  const bytes = Buffer.alloc(64);
  const file = openSync(process.execPath, 'r');
  readSync(file, bytes, 0, 64, 0);
  closeSync(file);
  const is64 = bytes[4] === 2;
  bytes.writeUInt16LE(0, is64 ? 56 : 44);
  if (machine !== undefined) bytes.writeUInt16LE(machine, 18);
  return bytes;
}

describe('findTool', () => {
  test('takes the first on the PATH that may be run, and is a file', () => {
    const [one, two] = [temporaryDirectory(), temporaryDirectory()];
    const path = `${one}:${two}`;
    expect(findTool('tour-tool', path)).toBeUndefined();
    const second = place(two, 'tour-tool', prints('two'));
    expect(findTool('tour-tool', path)).toBe(second);
    place(one, 'tour-tool', 'not to be run', 0o644);
    expect(findTool('tour-tool', path)).toBe(second);
    mkdirSync(join(one, 'tour-dir'));
    const file = place(two, 'tour-dir', prints('two'));
    expect(findTool('tour-dir', path)).toBe(file);
    symlinkSync(join(one, 'nowhere'), join(one, 'tour-link'));
    expect(findTool('tour-link', path)).toBeUndefined();
    const first = place(one, 'tour-tool', prints('one'));
    expect(findTool('tour-tool', path)).toBe(first);
  });

  test("looks where root's tools are, whatever the PATH says", () => {
    expect(findTool('sh', '')).toMatch(/^\/(usr\/)?bin\/sh$/);
    expect(findTool('sh', '.:relative:')).toMatch(/^\/(usr\/)?bin\/sh$/);
  });

  test('passes over the ctr that steps into a private containerd', () => {
    const parent = temporaryDirectory();
    const bin = join(parent, '.handroll-tour', 'bin');
    mkdirSync(bin, { recursive: true });
    place(bin, 'ctr', prints('the wrapper'));
    const real = place(parent, 'ctr', prints('the real one'));
    vi.stubEnv('PATH', `${bin}:${parent}`);
    expect(findTool('ctr')).toBe(join(bin, 'ctr'));
    expect(findOutside('ctr')).toBe(real);
  });
});

describe('busybox', () => {
  test('the program that runs this is for this machine', () => {
    expect(inspectProgram(process.execPath)?.architecture).toBe(hostArchitecture());
  });

  test.each([
    ['a script', prints('no program')],
    ['nothing', ''],
    ['cut short', staticProgram().subarray(0, 40)],
  ])('%s is no program', (_, content) => {
    expect(inspectProgram(place(temporaryDirectory(), 'busybox', content))).toBeUndefined();
  });

  test('the static one goes first, wherever it is', () => {
    const [one, two] = [temporaryDirectory(), temporaryDirectory()];
    place(one, 'busybox', prints('dynamic, say'));
    const longer = place(two, 'busybox.static', staticProgram());
    expect(findBusybox(`${one}:${two}`)).toEqual({
      path: longer,
      architecture: hostArchitecture(),
      interpreter: undefined,
    });
  });

  test.each([
    ['static, for this machine', () => staticProgram(), 'ok', /^static, \w+ {2}\/.*\.static$/],
    ['for another machine', () => staticProgram({ machine: 22 }), 'wrong', /this machine is/],
  ])('%s', async (_, content, status, detail) => {
    const bin = temporaryDirectory();
    place(bin, 'busybox.static', content());
    const found = (await prerequisites(bin)).find(({ id }) => id === 'busybox');
    expect(found).toMatchObject({ status, detail: expect.stringMatching(detail) });
  });

  test('a dynamic one names the loader that it needs', async () => {
    const loader = inspectProgram(process.execPath)?.interpreter;
    if (loader === undefined) return;
    const bin = temporaryDirectory();
    symlinkSync(process.execPath, join(bin, 'busybox.static'));
    const found = (await prerequisites(bin)).find(({ id }) => id === 'busybox');
    expect(found).toMatchObject({
      status: 'wrong',
      detail: `${bin}/busybox.static is dynamic: it asks for ${loader}, which the image will not have`,
    });
  });
});

describe('prerequisites', () => {
  test.each([
    ['jq', prints('jq-1.7.1'), 'ok', '1.7.1 '],
    ['runc', prints('runc version 1.1.15'), 'ok', '1.1.15 '],
    ['tar', prints('tar (GNU tar) 1.35'), 'ok', '1.35 '],
    ['tar', prints('tar (busybox) 1.36.1'), 'wrong', 'is not GNU tar'],
    ['tar', prints('bsdtar 3.7.4 - libarchive 3.7.4'), 'wrong', 'is not GNU tar'],
    ['stat', prints('stat: unrecognized option: version', 1), 'ok', 'stat'],
    ['stat', prints('BusyBox v1.36.1 multi-call binary.', 1), 'ok', "busybox's  /"],
    ['gzip', prints('BusyBox v1.36.1 multi-call binary.', 1), 'wrong', 'stores no name'],
    ['timeout', prints('BusyBox v1.36.1 multi-call binary.', 1), 'wrong', '--kill-after'],
    ['unshare', prints('BusyBox v1.36.1 multi-call binary.', 1), 'wrong', '--kill-child'],
    ['gzip', prints('gzip 1.13'), 'ok', '1.13 '],
    ['timeout', prints('timeout (uutils coreutils) 0.2.2'), 'ok', '0.2.2 '],
    ['jq', prints('cannot open shared object file', 127), 'wrong', 'does not run: cannot open'],
    ['tree', 'no script at all', 'wrong', 'does not run'],
  ])('%s that is %j is %s', async (id, content, status, detail) => {
    const bin = temporaryDirectory();
    const path = place(bin, id, content);
    const found = (await prerequisites(bin)).find((each) => each.id === id);
    expect(found).toMatchObject({ status, detail: expect.stringContaining(detail) });
    expect(found?.detail).toContain(path);
  });

  test('one that does not answer is neither missing nor broken, and no package mends it', async () => {
    const bin = temporaryDirectory();
    place(bin, 'tar', '#!/bin/sh\nexec sleep 60\n');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const looking = prerequisites(bin);
    vi.advanceTimersByTime(20_000);
    vi.useRealTimers();
    const found = (await looking).filter(({ id }) => id === 'tar');
    expect(found).toMatchObject([
      { status: 'wrong', detail: `${bin}/tar --version doesn't end`, obstacle: 'tool-hangs' },
    ]);
    expect(planInstall(found, 'root').commands).toEqual([]);
  });

  test('a ctr that adds options is named, also behind the ctr of the tour', async () => {
    const [bin, tours] = [temporaryDirectory(), join(temporaryDirectory(), '.handroll-tour/bin')];
    mkdirSync(tours, { recursive: true });
    // The tour's own knows nothing but its version while its containerd is not running.
    place(tours, 'ctr', '#!/bin/sh\n[ "$*" = --version ] && echo ctr 1.7.24\n');
    const real = place(bin, 'ctr', prints('ctr 1.7.24'));
    const ctr = async () => (await prerequisites(`${tours}:${bin}`)).find(({ id }) => id === 'ctr');
    expect(await ctr()).toMatchObject({ status: 'ok' });
    place(bin, 'ctr', '#!/bin/sh\ncase $* in *--namespace*) exit 1 ;; esac; echo ctr 1.7.24\n');
    expect(await ctr()).toMatchObject({
      status: 'wrong',
      detail: expect.stringContaining(`${real} does not take all options`),
    });
    const found = (await prerequisites(bin)).filter(({ id }) => id === 'ctr');
    expect(planInstall(found, 'root').commands).toEqual([]);
  });

  test.each([
    ['pigz 2.6', 'pigz 2.6  /'],
    ['Apple gzip 430.0.0', 'Apple gzip 430.0.0  /'],
  ])('a gzip that says %s will do, and makes other bytes', async (says, detail) => {
    const bin = temporaryDirectory();
    place(bin, 'gzip', prints(says));
    const found = (await prerequisites(bin)).find(({ id }) => id === 'gzip');
    expect(found).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining(detail),
      obstacle: 'gzip-other',
    });
  });

  test("what is busybox's by its link is known, whatever it prints", async () => {
    const bin = temporaryDirectory();
    place(bin, 'busybox', prints('proc on /proc type proc'));
    symlinkSync('busybox', join(bin, 'mount'));
    symlinkSync('busybox', join(bin, 'unshare'));
    const found = await prerequisites(bin);
    expect(found.find(({ id }) => id === 'mount')).toMatchObject({ status: 'ok' });
    expect(found.find(({ id }) => id === 'unshare')).toMatchObject({ status: 'wrong' });
  });

  test('each is named once and says what it is for', async () => {
    const found = await prerequisites('');
    const ids = found.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(['containerd', 'ctr', 'runc', 'jq', 'tree', 'tar']));
    for (const { why } of found) expect(why).not.toBe('');
  });
});
