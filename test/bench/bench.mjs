// `npm run bench`: what we took against what it is measured by, side by side in one run.
// Each file exports `benchmark`, or `benchmarks`; they are on show, and never fail a build.

import { buildBundle, installPackages } from '../../.config/tree.mjs';
import { compare } from './compare.mjs';

installPackages();
buildBundle();

// Loaded only now: they import packages that a fresh clone has just got.
const modules = await Promise.all([
  import('./version.mjs'),
  import('./first-frame.mjs'),
  import('./run.mjs'),
  import('./verify.mjs'),
]);
/** @type {any[]} */
const all = modules.flatMap((module) =>
  'benchmarks' in module ? /** @type {any[]} */ (module.benchmarks) : [module.benchmark],
);

const table = [['median', 'ours', 'theirs', 'ratio', 'at most']];
for (const benchmark of all) {
  table.push(await measure(benchmark));
  if (benchmark.how !== undefined) table.push([`  ${benchmark.how}`]);
}
for (const [name = '', ...cells] of table) {
  console.log([name.padEnd(60), ...cells.map((cell) => cell.padStart(8))].join(''));
}
// A terminal that was closed may keep the process for a while.
process.exit(0);

async function measure({ name, atMost, rounds, warmUp, unit = 'ms', prepare, ...sides }) {
  let finish;
  try {
    const prepared = (await prepare?.()) ?? sides;
    finish = prepared.finish;
    const { ours, theirs } = await compare({ rounds, warmUp, ...prepared });
    const ratio = ours / theirs;
    const cells = [ours, theirs].map((value) => `${value.toFixed(0)} ${unit}`);
    cells.push(ratio.toFixed(2), `${atMost}`);
    return [name, ...cells, ratio > atMost ? 'over' : ''];
  } catch (error) {
    return [name, `not measured: ${error.message}`];
  } finally {
    await finish?.();
  }
}
