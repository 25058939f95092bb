// The list of what the tour needs of a machine, for scripts: Node 20 cannot read TypeScript.

import { join } from 'node:path';
import { root } from './tree.mjs';

/**
 * @returns {Promise<typeof import('../src/host/preflight/needed-tools.ts').neededTools>}
 */
export async function neededTools() {
  // Loaded only now: a fresh clone gets it first.
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src/host/preflight/needed-tools.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  const list = await import(
    `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`
  );
  return list.neededTools;
}
