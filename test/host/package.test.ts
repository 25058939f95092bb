import { execFileSync, spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faults } from '../../lessons/faults.ts';
import { lessons } from '../../lessons/index.ts';

const root = join(import.meta.dirname, '../..');

/** What someone gets who has only the published package. */
describe('the package', () => {
  let folder: string;
  let tarball: string;
  let files: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'handroll-tour-package-'));
    const pack = [join(root, '.config/pack.mjs'), folder];
    execFileSync(process.execPath, pack, { cwd: root, stdio: 'ignore' });
    const [packed = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
    tarball = join(folder, packed);
    const list = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' });
    files = list
      .trim()
      .split('\n')
      .map((name) => name.replace(/^package\//, ''));
    execFileSync('tar', ['-xzf', tarball, '-C', folder]);
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
    const others = files.filter((file) => !/^dist\/[\w-]+\.(cjs|js|js\.map)$/.test(file));
    const known =
      /^(LICENSE|(README|CHANGELOG|SECURITY|lessons\/00-prerequisites\/TROUBLESHOOTING)\.md|package\.json|dist\/THIRD-PARTY-LICENSES\.txt|\.github\/pictures\/[\w-]+\.svg)$/;
    expect(others.filter((file) => !known.test(file))).toEqual([]);
  });

  it('holds the lessons, and no way to break what their checks guard', async () => {
    const dist = join(root, 'dist');
    const scripts = (await readdir(dist)).filter((file) => file.endsWith('.js'));
    const bundle = (await Promise.all(scripts.map((file) => readFile(join(dist, file), 'utf8'))))
      .join('\n')
      // Long lines are broken, within strings too.
      .replaceAll('\\\n', '');
    expect(lessons.filter(({ title }) => !bundle.includes(title))).toEqual([]);
    const names = Object.values(faults)
      .flatMap((steps) => Object.values(steps).flatMap((checks) => Object.values(checks)))
      .flatMap((all) => all.map(({ name }) => name));
    expect(names.length).toBeGreaterThan(lessons.length);
    expect(names.filter((name) => bundle.includes(name))).toEqual([]);
  });

  it('holds what its README links to', async () => {
    const readme = await readFile(join(folder, 'package/README.md'), 'utf8');
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target ?? '');
    links.push(...[...readme.matchAll(/(?:src|srcset)="([^"]+)"/g)].map(([, path]) => path ?? ''));
    const relative = links.filter((link) => !/^https?:|^#/.test(link));
    expect(relative.length).toBeGreaterThan(0);
    expect(relative.filter((link) => !files.includes(link))).toEqual([]);
  });

  it('has no scripts, no dependencies, and a command that is there', async () => {
    const manifest = JSON.parse(await readFile(join(folder, 'package/package.json'), 'utf8'));
    expect(Object.keys(manifest)).toEqual(expect.not.arrayContaining(['scripts', 'dependencies']));
    expect(files).toContain(manifest.bin['handroll-tour']);
  });

  it('begins in files that Node 12 can read, and that tell an old Node what is needed', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const entry = join(folder, 'package/dist/handroll-tour.cjs');
    for (const file of [entry, join(folder, 'package/dist/require-node.cjs')]) {
      const source = await readFile(file, 'utf8');
      // Node parses import() since version 10, long before it can do it.
      const supported = { 'dynamic-import': true };
      const written = async (target: string) =>
        (await transform(source, { target, supported })).code;
      expect(await written('node12')).toBe(await written('esnext'));
    }
    const asIf = (node: string) => {
      const pretend = `Object.defineProperty(process.versions, 'node', { value: '${node}' });`;
      const script = `${pretend} process.argv.push('--version'); require(process.argv[1]);`;
      return spawnSync(process.execPath, ['-e', script, entry], { encoding: 'utf8' });
    };
    for (const node of ['12.22.12', '18.20.8', '20.18.3']) {
      const said = `handroll-tour needs Node 20.19 or newer, and this is Node ${node}.\n`;
      expect(asIf(node)).toMatchObject({ status: 3, stdout: '' });
      expect(asIf(node).stderr).toContain(said);
    }
    expect(asIf('20.19.0')).toMatchObject({ status: 0, stdout: `${version}\n` });
  });

  it.each([
    [
      'the registry takes no connections',
      'http://127.0.0.1:9',
      [],
      /cannot be reached: ECONNREFUSED/,
    ],
    [
      'there is no network',
      'http://registry.invalid',
      ['unshare', '--net'],
      /cannot be reached: (EAI_AGAIN|ENOTFOUND)/,
    ],
  ])(
    'a clone says at once that it cannot be installed: %s',
    async (name, registry, through, said) => {
      const clone = join(folder, name);
      for (const each of ['package.json', 'package-lock.json', '.config']) {
        await cp(join(root, each), join(clone, each), { recursive: true });
      }
      const [command = '', ...argv] = [...through, 'npm', 'start'];
      const { status, stderr } = spawnSync(command, argv, {
        cwd: clone,
        encoding: 'utf8',
        env: {
          ...process.env,
          npm_config_registry: registry,
          npm_config_cache: join(folder, 'empty'),
        },
      });
      expect(stderr).toMatch(said);
      expect(stderr).not.toMatch(/npm error/);
      expect(status).toBe(1);
    },
  );

  it('names the licence of every package in the bundle', async () => {
    const licences = await readFile(join(root, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    const names = [...licences.matchAll(/^-{80}\n\n(\S+) \d/gm)].map(([, name]) => name);
    expect(names).toEqual(
      expect.arrayContaining(['ink', 'react', 'yoga-layout', 'execa', 'tar-stream', 'fzstd']),
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
