// What npm runs after an install in a clone, and before it packs one that it fetched from git.

import { buildBundle, installPackages, root, say } from './tree.mjs';

// npm would link the command to its own copy of the clone, which it then deletes, and say that all is well.
if (process.env.npm_config_global === 'true' && root.includes('/_cacache/tmp/')) {
  say('npm install -g cannot take handroll-tour from git. In a clone, make the package first:');
  say('  npm run pack && npm install -g ./handroll-tour-*.tgz');
  process.exit(1);
}

// With `npm install -g` of a clone, npm has not installed what the bundle is built with.
installPackages();
buildBundle({ always: true });
