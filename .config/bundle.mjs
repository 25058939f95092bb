// How src/cli.ts is bundled: what is published, and what the tests of the command line start.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { textFiles } from './text-files.mjs';

const withoutWhatIsNotUsed = {
  name: 'without-what-is-not-used',
  setup(build) {
    // Ink's bridge to the React devtools, which depends on ws and react-devtools-core.
    build.onResolve({ filter: /^\.\/devtools\.js$/ }, ({ importer }) =>
      importer.endsWith('/ink/build/reconciler.js')
        ? { path: 'data:text/javascript,', external: true }
        : undefined,
    );
    // Yoga decodes its WebAssembly from a data: URL with fetch(), for which Node loads a whole
    // HTTP client. Where there is no fetch it decodes the same bytes itself, 25 ms sooner.
    build.onLoad({ filter: /\/yoga-wasm-base64-esm\.js$/ }, async ({ path }) => ({
      contents: `var fetch;${await readFile(path, 'utf8')}`,
    }));
  },
};

/**
 * @param {string} version what `--version` prints
 * @returns {import('esbuild').BuildOptions}
 */
export function bundleOptions(version) {
  return {
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
    entryPoints: ['src/cli.ts'],
    bundle: true,
    splitting: true,
    chunkNames: '[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // Keep names: they make stack traces readable, and don't slow down loading.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 200,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"', HANDROLL_VERSION: JSON.stringify(version) },
    banner: {
      // Some bundled packages are CommonJS and call require() for Node's own modules.
      js: `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);`,
    },
    loader: Object.fromEntries(textFiles.map((extension) => [extension, 'text'])),
    plugins: [withoutWhatIsNotUsed],
    logLevel: 'warning',
  };
}
