// Files that are imported as their text: scripts of other languages, which their own tools can check.
// src/text-files.d.ts has the same list for the types.

import { readFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';

/** @type {readonly string[]} */
export const textFiles = ['.css', '.sh', '.zsh', '.fish'];

/**
 * What esbuild's loader `text` does, for the tests.
 * @returns {import('vite').Plugin}
 */
export function textFilesPlugin() {
  const mark = '\0text:';
  return {
    name: 'text-files',
    enforce: 'pre',
    resolveId(source, importer) {
      if (importer === undefined || !textFiles.includes(extname(source))) return undefined;
      // The ending hides it from what knows the file's own.
      return `${mark}${resolve(dirname(importer), source)}.js`;
    },
    async load(id) {
      if (!id.startsWith(mark)) return undefined;
      const path = id.slice(mark.length, -'.js'.length);
      this.addWatchFile(path);
      return `export default ${JSON.stringify(await readFile(path, 'utf8'))};`;
    },
  };
}
