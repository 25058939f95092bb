// What npm runs after an install in a clone, and before it packs one that it fetched from git.

import { buildBundle, installPackages } from './tree.mjs';

// With `npm install -g git+…` npm has not installed what the bundle is built with.
installPackages();
buildBundle({ always: true });
