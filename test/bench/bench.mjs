// `npm run bench`: what we took against what it is measured by, side by side in one run.
// One file a benchmark, each exporting `benchmark`; it is on show, and never fails a build.

import { buildBundle, installPackages } from '../../.config/tree.mjs';
import { compare } from './compare.mjs';

installPackages();
buildBundle();

// Loaded only now: they import packages that a fresh clone has just got.
const modules = await Promise.all([
  import('./version.mjs'),
  import('./first-frame.mjs'),
  import('./run.mjs'),
]);
const benchmarks = modules.map(({ benchmark }) => benchmark);

const table = [['median', 'ours', 'theirs', 'ratio', 'at most']];
for (const benchmark of benchmarks) table.push(await measure(benchmark));
for (const [name, ...cells] of table) {
  console.log([name.padEnd(54), ...cells.map((cell) => cell.padStart(8))].join(''));
}
// A terminal that was closed may keep the process for a while.
process.exit(0);

async function measure({ name, atMost, rounds, prepare, ...sides }) {
  let finish;
  try {
    const prepared = (await prepare?.()) ?? sides;
    finish = prepared.finish;
    const { ours, theirs } = await compare({ rounds, ...prepared });
    const ratio = ours / theirs;
    const cells = [milliseconds(ours), milliseconds(theirs), ratio.toFixed(2), `${atMost}`];
    return [name, ...cells, ratio > atMost ? 'over' : ''];
  } catch (error) {
    return [name, `not measured: ${error.message}`];
  } finally {
    await finish?.();
  }
}

function milliseconds(value) {
  return `${value.toFixed(0)} ms`;
}
