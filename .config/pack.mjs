// `npm run pack`: the tarball that is published. Its manifest has no scripts, about which npm would warn,
// and no devDependencies.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBundle, installPackages, quietly, root, say } from './tree.mjs';

const [destination = root] = process.argv.slice(2);

installPackages();
buildBundle({ always: true });

const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  cwd: root,
  encoding: 'utf8',
});
// A list up to npm 11, and an object with the packages' names as keys from npm 12 on.
const [{ filename, files }] = Object.values(JSON.parse(stdout));
const staging = mkdtempSync(join(tmpdir(), 'handroll-tour-pack-'));
try {
  for (const { path } of files) cpSync(join(root, path), join(staging, path));
  const {
    scripts: _,
    devDependencies: __,
    ...manifest
  } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(staging, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  quietly('npm', ['pack', '--pack-destination', destination], { cwd: staging });
} finally {
  rmSync(staging, { recursive: true });
}
say(join(destination, filename));
