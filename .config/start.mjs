// `npm start [-- ARGUMENTS]`: the tour, from a clone in any state.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildBundle, installPackages, root } from './tree.mjs';

installPackages();
buildBundle();

// npm changed to this directory; paths in the arguments are relative to the one it was called in.
process.chdir(process.env.INIT_CWD ?? process.cwd());

// In this process, so that signals, the terminal and the exit code are the tour's.
const cli = join(root, 'dist/cli.js');
process.argv[1] = cli;
process.execArgv = [];
await import(pathToFileURL(cli).href);
