// @ts-check
// `npm run kills`: the tour and what belongs to it, killed at every step and in every way; then it must
// go on, and leave the machine as it was. Needs root, containerd, runc and util-linux.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBundle, installPackages, root as project, say } from '../../.config/tree.mjs';
import { chosen, deck, parseKill, spelled, unknownWord } from './deck.mjs';
import { table, told } from './table.mjs';

const usage = `npm run kills -- [--only WORD]... [--count N] [--seed S] [--jobs N] [--kill LINE]

Kills the tour and what belongs to it, then goes on, checks, cleans up, and compares the machine
before and after. Each kill has a little machine of its own; with 2 processors all of them take
about half an hour.

  --only WORD   only kills in whose line this is: run, screens, own-shell, shell, cleanup, starting;
                private, system; node, group, script, ctr, daemon, init, shim; KILL, TERM, INT, HUP;
                a step (05-import/tag); a moment (script+0). Words of one kind are alternatives
  --count N     so many of them (default: all)
  --seed S      another choice of steps and moments (default 1)
  --jobs N      so many at a time (default 2)
  --within MS   in which a signal is to be obeyed (default 1000)
  --kill LINE   this one, as it is told where one was not survived`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    only: { type: 'string', multiple: true, default: [] },
    count: { type: 'string' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    within: { type: 'string', default: '1000' },
    kill: { type: 'string', multiple: true, default: [] },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
/** @param {string} message @returns {never} */
function refuse(message, code = 2) {
  say(message);
  process.exit(code);
}
const missing = ['containerd', 'ctr', 'runc', 'unshare', 'nsenter', 'setsid', 'busybox'].filter(
  (name) => spawnSync('which', [name]).status !== 0,
);
if (process.getuid?.() !== 0 || missing.length > 0) {
  refuse(`The kills need root${missing.map((name) => `, ${name}`).join('')}.`, 3);
}
for (const name of /** @type {const} */ (['count', 'seed', 'jobs', 'within'])) {
  if (!/^\d+$/.test(values[name] ?? '0')) refuse(`--${name} takes a number.`);
}

installPackages();
buildBundle();
// Loaded only now: they import packages that a fresh clone has just got.
const { endMachines } = await import('./machine.mjs');
const { control, perform } = await import('./kill.mjs');

const keep = join(homedir(), '.cache/handroll-tour');
mkdirSync(keep, { recursive: true });
const scratch = mkdtempSync(join(keep, 'kills-'));
const suffix = scratch.slice(-6);
const remove = () => {
  rmSync(scratch, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  // Of machines that were ended while something ran in them.
  const named = ['-depth', '-type', 'd', '-path', `*/kills-${suffix}-*`];
  spawnSync('find', ['/sys/fs/cgroup', ...named, '-exec', 'rmdir', '{}', '+']);
};
/** @type {import('./table.mjs').Outcome[]} */
const outcomes = [];
const begun = performance.now();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, async () => {
    report();
    await endMachines();
    remove();
    process.exit(130);
  });
}
try {
  process.exitCode = await main();
} finally {
  await endMachines();
  remove();
}

async function main() {
  // A copy, since the bundle may be built again in the meantime.
  cpSync(join(project, 'dist'), join(scratch, 'dist'), { recursive: true });
  const cli = join(scratch, 'dist/cli.js');
  const steps = stepsOf(cli);
  const kills = wanted(steps);
  let number = 0;
  const context = {
    cli,
    steps,
    image: kills.some(({ daemon }) => daemon === 'system') ? imageMade(cli) : '',
    within: Number(values.within),
    newPlace: () => {
      number += 1;
      return { directory: join(scratch, `${number}`), namespace: `kills-${suffix}-${number}` };
    },
  };
  for (const daemon of new Set(kills.map((kill) => kill.daemon))) {
    const wrong = await control(daemon, context);
    if (wrong.length === 0) continue;
    say(`Without any kill, with a ${daemon} containerd:\n  ${wrong.join('\n  ')}`);
    return 1;
  }
  const queue = [...kills];
  const work = async () => {
    for (let kill = queue.shift(); kill !== undefined; kill = queue.shift()) {
      const outcome = await perform(kill, context);
      outcomes.push(outcome);
      const survived = outcome.wrong.length === 0;
      say(`${`${outcomes.length}`.padStart(3)}  ${survived ? '✔' : '✗'} ${spelled(kill)}`);
      if (!survived) for (const line of told(outcome)) say(`       ${line}`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  return report();
}

/** Prints the table. @returns whether all were survived, as an exit code */
function report() {
  const survived = outcomes.filter(({ wrong }) => wrong.length === 0).length;
  const slowest = Math.max(0, ...outcomes.map(({ milliseconds }) => milliseconds ?? 0));
  const seconds = Math.round((performance.now() - begun) / 1000);
  console.log(`\n${table(outcomes).join('\n')}\n`);
  console.log(
    `Seed ${values.seed}, ${seconds} s. The slowest signal was obeyed after ${Math.round(slowest)} ms.`,
  );
  console.log(`${survived} of ${outcomes.length}`);
  return survived === outcomes.length && survived > 0 ? 0 : 1;
}

/** @param {readonly string[]} steps */
function wanted(steps) {
  if (values.kill.length > 0) {
    return values.kill.map(
      (line) => parseKill(line, steps) ?? refuse(`That is not a kill: ${line}`),
    );
  }
  const all = deck(steps, Number(values.seed));
  const unknown = unknownWord(all, values.only);
  if (unknown !== undefined) refuse(`There is no kill with '${unknown}'. See --help.`);
  return chosen(all, values.only).slice(0, Number(values.count ?? all.length));
}

/** @param {string} cli */
function stepsOf(cli) {
  const { stdout } = tour(cli, 'list', '--json');
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .flatMap(({ type, lesson, step }) => (type === 'step' ? [`${lesson}/${step}`] : []));
}

/** An image, for a container that isn't the tour's. @param {string} cli */
function imageMade(cli) {
  tour(cli, 'run', '--to', '05-import/pack');
  const image = join(scratch, 'image.tar');
  cpSync(join(scratch, 'first/handroll-image.tar'), image);
  tour(cli, 'cleanup');
  return image;
}

/** @param {string} cli @param {string[]} args */
function tour(cli, ...args) {
  const options = ['--containerd', 'private', '--workdir', join(scratch, 'first')];
  const ran = spawnSync(process.execPath, [cli, ...args, ...options], { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${args.join(' ')}:\n${ran.stdout}${ran.stderr}`);
  return ran;
}
