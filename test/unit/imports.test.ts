import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { importRules, rulesFile } from '../../.config/import-rules.mjs';

/* The linter keeps the rooms of the code apart, by rules that a table in .config is turned into. */

const root = join(import.meta.dirname, '../..');

test('the rules are what the table says: node .config/import-rules.mjs', () => {
  expect(JSON.parse(readFileSync(rulesFile, 'utf8'))).toEqual(importRules);
});

const cases: [room: string, imported: string, allowed: boolean][] = [
  ['src/oci', '../text/b.ts', true],
  ['src/oci', '../host/b.ts', false],
  ['src/host/deep', '../../oci/b.ts', true],
  ['src/host', '../engine/b.ts', false],
  ['src/text', '../oci/b.ts', false],
  ['src/engine', '../../lessons/index.ts', false],
  ['lessons/03-layers', '../../src/engine/b.ts', true],
  ['lessons/03-layers', '../../src/ui/b.ts', false],
  ['src/commands', '../ui/b.ts', true],
  ['src/commands', '../cli.ts', false],
  ['src/ui', 'ink', true],
  ['src/commands', 'ink', false],
  ['src/host', 'execa', false],
  ['src/oci', '../../test/helpers/b.ts', false],
];

test('the linter takes them so', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handroll-imports-'));
  const write = (path: string, text: string) => {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const importing = (module: string) => `import { b } from '${module}';\n\nexport const a = b;\n`;
  write('biome.json', JSON.stringify({ root: true, extends: [rulesFile] }));
  for (const [index, [room, module]] of cases.entries()) {
    write(`${room}/case${index}.ts`, importing(module));
  }
  write('src/host/shell.ts', importing('execa'));
  write('src/cli.ts', importing('./host/b.ts'));
  write('src/errors.ts', importing('./oci/b.ts'));
  const biome = join(root, 'node_modules/.bin/biome');
  const args = [
    'lint',
    '--colors=off',
    '--only=style/noRestrictedImports',
    '--max-diagnostics=100',
  ];
  const { stderr } = spawnSync(biome, args, { cwd: folder, encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  const refused = new Set(stderr.match(/^\S+\.ts(?=:.*noRestrictedImports)/gm));
  const expected = cases.flatMap(([room, , allowed], index) =>
    allowed ? [] : [`${room}/case${index}.ts`],
  );
  expect([...refused].sort()).toEqual([...expected, 'src/cli.ts', 'src/errors.ts'].sort());
});

/** What each module of a folder imports of the same tree: types too, and what is loaded later. */
function importsBelow(folders: readonly string[]): Map<string, string[]> {
  const paths = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path))
      .map((path) => join(folder, path)),
  );
  return new Map(
    paths.map((path) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(path, 'utf8'));
      const own = importedFiles.filter(({ fileName }) => fileName.startsWith('.'));
      return [path, own.map(({ fileName }) => join(dirname(path), fileName))];
    }),
  );
}

const declared =
  /^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|const|class|interface|type|enum) (\w+)/gm;

/** What is exported, as `path name`, without being named in any file that imports it from there. */
function unusedExports(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const texts = new Map([...imports.keys()].map((path) => [path, readFileSync(path, 'utf8')]));
  return [...texts].flatMap(([path, text]) => {
    const importers = [...imports].flatMap(([from, imported]) =>
      imported.includes(path) ? [texts.get(from) ?? ''] : [],
    );
    const names = [...text.matchAll(declared)].map(([, name]) => name);
    return names.flatMap((name) =>
      importers.some((each) => new RegExp(`\\b${name}\\b`).test(each)) ? [] : [`${path} ${name}`],
    );
  });
}

test('what no other file imports is not exported', () => {
  const folder = mkdtempSync(join(tmpdir(), 'handroll-exports-'));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('a.ts', 'export const used = 1;\nexport interface Own {}\nexport function later() {}\n');
  write('b.ts', "import { used } from './a.ts';\nconst { later } = await import('./a.ts');\n");
  write('c.ts', 'const Own = 1;\n');
  expect(unusedExports(importsBelow([folder]))).toEqual([`${join(folder, 'a.ts')} Own`]);
  rmSync(folder, { recursive: true });
  const all = importsBelow(['src', 'lessons', 'test'].map((each) => join(root, each)));
  // Its errors are what the compiler is asked for.
  const types = join(root, 'test/unit/engine/define.types.ts');
  expect(unusedExports(all)).toEqual([`${types} refused`]);
});
