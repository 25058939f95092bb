// `npm test [-- SUITE [VITEST ARGUMENTS]]`: everything, or one suite of unit, ui and host.
// `npm test -- lab [NN]`: all cases of the lab, or one.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { installTools, isRoot, missingTools } from './host-tools.mjs';
import { buildBundle, installPackages, root, say } from './tree.mjs';

const suites = ['unit', 'ui', 'host'];
const [wanted, ...vitestArguments] = expanded(process.argv.slice(2));

if (wanted !== undefined && !suites.includes(wanted)) {
  say(`There is no suite '${wanted}'. npm test -- ${suites.join('|')}|lab [vitest arguments]`);
  process.exit(2);
}

/** No host test may be skipped: missing tools are installed, or the run fails. */
const strict = isRoot() || process.env.CI === 'true';

const chosen = wanted === undefined ? suites : [wanted];

/** Both would also colour a log file. */
const plain = process.stdout.isTTY ? {} : { biome: ['--colors=off'], vitest: ['--no-color'] };

installPackages();
// Those of the screens run no program.
const needsTools = chosen.some((suite) => suite !== 'ui');
const reason = needsTools ? await missingForHost() : undefined;
const skipped = chosen.includes('host') ? reason : undefined;
const runnable = chosen.filter((suite) => suite !== 'host' || skipped === undefined);
const results = [];
if (wanted === undefined) {
  results.push(
    step('lint', 'biome', ['ci']),
    step('types', 'tsc', []),
    step('types', 'tsc', ['-p', '.config']),
  );
}
if (wanted === undefined || runnable.includes('host')) buildBundle({ always: true });
if (runnable.length > 0) results.push(...runSuites(runnable));
finish();

/** The lab is a file of the host suite. Each of its cases is cleaned up, too. */
function expanded([first, ...rest]) {
  if (first !== 'lab') return [first, ...rest];
  const [number, ...others] = rest;
  const one = /^\d\d$/.test(number ?? '') ? ['-t', `${number}-|cleanup`] : [number ?? []].flat();
  return ['host', 'test/host/lab.test.ts', ...one, ...others];
}

/** Installs the tools if this may. @returns why the host suite can't run, if it can't */
async function missingForHost() {
  let missing = await missingTools();
  if (strict) {
    if (missing.length > 0) missing = await installTools(missing);
    if (missing.length === 0) return undefined;
    say(`The tests need ${missing.join(', ')}, and none may be skipped here.`);
    process.exit(1);
  }
  return [
    'it builds and runs real containers, and you are not root',
    ...(missing.length > 0 ? [`there is no ${missing.join(', no ')} here`] : []),
  ].join('; ');
}

function step(name, command, args) {
  console.log(`\n${name}: ${[command, ...args].join(' ')}`);
  const passed = runBinary(command, args) === 0;
  return { name, passed: Number(passed), failed: Number(!passed), skipped: [] };
}

function runBinary(command, args) {
  const path = join(root, 'node_modules/.bin', command);
  const { status, error } = spawnSync(path, [...args, ...(plain[command] ?? [])], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error !== undefined) throw error;
  return status;
}

function runSuites(names) {
  const folder = mkdtempSync(join(tmpdir(), 'handroll-tour-test-'));
  const outcome = join(folder, 'outcome.json');
  try {
    const status = runBinary('vitest', [
      'run',
      '--config=test/vitest.config.ts',
      ...names.map((name) => `--project=${name}`),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${outcome}`,
      ...vitestArguments,
    ]);
    const counted = names.map((name) => countSuite(name, readOutcome(outcome)));
    if (status !== 0 && counted.every(({ failed }) => failed === 0)) {
      counted.push({ name: 'vitest', passed: 0, failed: 1, skipped: [] });
    }
    return counted;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readOutcome(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).testResults;
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function countSuite(name, files) {
  const own = files.filter((file) => relative(root, file.name).startsWith(`test/${name}/`));
  const tests = own.flatMap(({ assertionResults }) => assertionResults);
  const unloadable = own.filter(
    (file) => file.status === 'failed' && !file.assertionResults.length,
  );
  return {
    name,
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: tests.filter(({ status }) => status === 'failed').length + unloadable.length,
    skipped: tests
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map(({ fullName }) => fullName),
  };
}

/** A line for each part, then the sum. */
function finish() {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  console.log('');
  for (const { name, ...counts } of results) {
    const { passed, failed } = counts;
    console.log(`${name.padEnd(6)} ${String(passed).padStart(4)} passed, ${failed} failed`);
    // With -t, these are the ones that were not asked for.
    const told = vitestArguments.includes('-t') ? [] : counts.skipped;
    for (const test of told) console.log(`       skipped: ${test}`);
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += counts.skipped.length;
  }
  if (skipped !== undefined) {
    console.log(
      `host   skipped: ${skipped}. As root, npm test installs what it needs and skips nothing.`,
    );
  }
  const sums = [`${sum.passed} passed`, `${sum.failed} failed`];
  if (sum.skipped > 0) sums.push(`${sum.skipped} skipped`);
  const incomplete = strict && hostTestsWereSkipped();
  if (incomplete) console.log('No host test may be skipped as root or in CI.');
  console.log(`\n${sums.join(', ')}`);
  process.exitCode = sum.failed > 0 || sum.passed === 0 || incomplete ? 1 : 0;
}

/** Other than those that the arguments deselect, which count as skipped too. */
function hostTestsWereSkipped() {
  const host = results.find(({ name }) => name === 'host');
  return host !== undefined && host.skipped.length > 0 && vitestArguments.length === 0;
}
