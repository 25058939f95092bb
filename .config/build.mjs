// Bundles src/cli.ts into dist/: what is published, and what `npm start` runs.

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleOptions } from './bundle.mjs';
import { licences } from './licences.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = join(root, 'dist');

/** What starts without Ink and React: the command line, and every command but the tour. */
const withoutScreens = /^src\/(cli|commands\/(?!tour\.).+)\.ts$/;
const screens = /^node_modules\/(ink|react|react-reconciler|yoga-layout)\//;
const firstScreen = /^src\/(commands\/tour\.ts|ui\/tour\.tsx)$/;
/** What the first frame needn't wait for. */
const forMachine = /^(src\/host\/(host|shell)\.ts|node_modules\/(execa|tar-stream)\/)/;

async function bundle(version) {
  const { build } = await import('esbuild');
  return build({ ...bundleOptions(version), outdir, metafile: true, write: false });
}

/** The inputs that come with an output: its own, and those of all it imports statically. */
function inputsLoadedWith(output, outputs, seen = new Set()) {
  if (seen.has(output)) return [];
  seen.add(output);
  const { inputs, imports } = outputs[output];
  const further = imports.filter(({ kind, external }) => kind === 'import-statement' && !external);
  return [
    ...Object.keys(inputs),
    ...further.flatMap(({ path }) => inputsLoadedWith(path, outputs, seen)),
  ];
}

function refuseSlowStarts({ outputs }) {
  for (const [output, { entryPoint = '' }] of Object.entries(outputs)) {
    const refused = [
      ...(withoutScreens.test(entryPoint) ? [screens] : []),
      ...(firstScreen.test(entryPoint) ? [forMachine] : []),
    ];
    const loaded = inputsLoadedWith(output, outputs).find((input) =>
      refused.some((each) => each.test(input)),
    );
    if (loaded !== undefined) throw new Error(`${entryPoint} would load ${loaded} when it starts.`);
  }
}

const unfinished = (path) => `${path}.${process.pid}`;
/** The program's entry, which even a Node that is too old can parse. */
const entry = `#!/usr/bin/env node
require('./require-node.cjs');
import('./cli.js');
`;

const isUnfinished = (path) => /\.\d+$/.test(path);

/** Each file whole, the entry last, then what is left of an earlier build goes. */
async function write(files) {
  await mkdir(outdir, { recursive: true });
  const isEntry = ({ path }) => basename(path) === 'handroll-tour.cjs';
  for (const file of files.toSorted((a, b) => isEntry(a) - isEntry(b))) {
    const mode = isEntry(file) ? 0o755 : 0o644;
    await writeFile(unfinished(file.path), file.contents, { mode });
    await rename(unfinished(file.path), file.path);
  }
  const current = new Set(files.map(({ path }) => basename(path)));
  for (const name of await readdir(outdir)) {
    if (current.has(name) || isUnfinished(name)) continue;
    await rm(join(outdir, name), { recursive: true, force: true });
  }
}

const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const { outputFiles, metafile } = await bundle(version);
refuseSlowStarts(metafile);
await write([
  ...outputFiles,
  { path: join(outdir, 'handroll-tour.cjs'), contents: entry },
  {
    path: join(outdir, 'require-node.cjs'),
    contents: await readFile(join(root, '.config/require-node.cjs')),
  },
  {
    path: join(outdir, 'THIRD-PARTY-LICENSES.txt'),
    contents: await licences(root, metafile),
  },
]);
