import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stackInSources } from '../../src/stack.ts';

const source = `// Comments and types go when it is bundled,
// and the lines are other lines.
function fall(): never {
  throw new Error('down');
}
fall();
`;

describe('stackInSources', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stack-'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(join(folder, 'fall.ts'), source);
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** The error of a bundled program, from a process of its own: vitest has maps switched on. */
  async function fall(options: BuildOptions): Promise<Error> {
    const outfile = join(folder, 'dist/fall.js');
    await build({ entryPoints: [join(folder, 'fall.ts')], outfile, format: 'esm', ...options });
    const program = `import(process.argv[1]).catch((error) => console.log(error.stack))`;
    const stack = execFileSync(process.execPath, ['-e', program, pathToFileURL(outfile).href]);
    return Object.assign(new Error('down'), { stack: stack.toString() });
  }

  it('names the source file and line of a bundled function', async () => {
    const stack = stackInSources(await fall({ minifyWhitespace: true, sourcemap: 'linked' }));
    expect(stack).toContain('Error: down\n');
    expect(stack).toMatch(/fall \(fall\.ts:4:\d+\)/);
  });

  it('leaves a position alone that has no source map', async () => {
    const error = await fall({ minifyWhitespace: true });
    expect(stackInSources(error)).toBe(error.stack);
  });

  it('survives an error without a stack', () => {
    const error = new TypeError('bare');
    Reflect.deleteProperty(error, 'stack');
    expect(stackInSources(error)).toBe('TypeError: bare');
  });
});
