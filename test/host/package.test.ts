import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** What someone gets who has only the published package. */
describe('the package', () => {
  let folder: string;
  let tarball: string;
  let files: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'handroll-tour-package-'));
    const packed = npm(root, 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
    const [{ filename, files: list }] = JSON.parse(packed);
    tarball = join(folder, filename);
    files = list.map(({ path }: { path: string }) => path);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  function npm(cwd: string, ...args: string[]): string {
    const quiet = ['--silent', `--cache=${join(folder, 'cache')}`];
    return execFileSync('npm', [...args, ...quiet], { cwd, encoding: 'utf8' });
  }

  it('holds the bundle and the licences, and none of the sources', () => {
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'dist/THIRD-PARTY-LICENSES.txt', 'dist/cli.js']),
    );
    const others = files.filter((file) => !/^dist\/[\w-]+\.js(\.map)?$/.test(file));
    const known =
      /^(LICENSE|README\.md|CHANGELOG\.md|package\.json|dist\/THIRD-PARTY-LICENSES\.txt)$/;
    expect(others.filter((file) => !known.test(file))).toEqual([]);
  });

  it('names the licence of every package in the bundle', async () => {
    const licences = await readFile(join(root, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    const names = [...licences.matchAll(/^-{80}\n\n(\S+) \d/gm)].map(([, name]) => name);
    expect(names).toEqual(
      expect.arrayContaining(['ink', 'react', 'yoga-layout', 'execa', 'fzstd']),
    );
    expect(names).not.toContain('vitest');
  });

  it('runs from the tarball, without a registry', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const command = ['--offline', '--yes', `--package=${tarball}`];
    expect(npm(folder, 'exec', ...command, '--', 'handroll-tour', '--version')).toBe(
      `${version}\n`,
    );
  });
});
