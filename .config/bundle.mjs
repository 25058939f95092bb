// How src/cli.ts is bundled: what is published, and what the tests of the command line start.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { textFiles } from './text-files.mjs';

const withoutWhatIsNotUsed = {
  name: 'without-what-is-not-used',
  setup(build) {
    // Ink's bridge to the React devtools, which would bring ws and react-devtools-core along.
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
    // Names stay: they make a stack trace worth sending, and cost no time to load.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 200,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"', HANDROLL_VERSION: JSON.stringify(version) },
    banner: {
      // Some of what is bundled is CommonJS and calls require() for what Node brings along.
      js: `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);`,
    },
    loader: Object.fromEntries(textFiles.map((extension) => [extension, 'text'])),
    plugins: [withoutWhatIsNotUsed],
    logLevel: 'warning',
  };
}
