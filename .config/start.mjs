// `npm start [-- ARGUMENTS]`: the tour, from a clone in any state.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildBundle, installPackages, root } from './tree.mjs';

installPackages();
buildBundle();

// npm came here from where the learner stands, and paths among the arguments start there.
process.chdir(process.env.INIT_CWD ?? process.cwd());

// In this very process: signals, the terminal and the exit code are the tour's own.
const cli = join(root, 'dist/cli.js');
process.argv[1] = cli;
process.execArgv = [];
await import(pathToFileURL(cli).href);
