// @ts-check
// `npm run pictures`: takes the whole tour in a real terminal, as root, and writes what README shows of it
// into .github/pictures: some screens as SVG, for dark and light pages, and the run as an asciicast.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBundle, root as project, say } from '../../.config/tree.mjs';
import { terminal } from '../worlds/terminal.mjs';
import { solutions } from './solutions.mjs';
import { runsIn, svgOf } from './svg.mjs';

const folder = join(project, '.github/pictures');
const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));

/*
 * In namespaces of its own, where the machine has another name and /srv is empty: nothing of this machine
 * is to be seen in the pictures.
 */
const home = '/srv/you';
const inside = 'handroll-tour-pictures';
if (process.argv[2] !== inside) {
  if (process.geteuid?.() !== 0) {
    say('npm run pictures needs root, for a hostname and a home of its own.');
    process.exit(1);
  }
  buildBundle();
  const enter = `hostname laptop && mount -t tmpfs -o mode=0755 tmpfs /srv && mkdir ${home} && exec "$@"`;
  const self = [process.execPath, fileURLToPath(import.meta.url), inside];
  const own = ['--mount', '--propagation', 'private', '--uts', 'sh', '-c', enter, 'sh'];
  const { status } = spawnSync('unshare', [...own, ...self], { stdio: 'inherit' });
  process.exit(status ?? 1);
}

/** Seconds for which a screen stays in the cast, unless there is more to see on it. */
const usual = 0.35;
/** The longest wait for a script, in seconds of the cast. */
const longestWait = 1.2;

/**
 * What is looked at longer, and what becomes a picture: the first screen that looks like that.
 *
 * @type {readonly { on: RegExp, seconds: number, name?: string, title?: string }[]}
 */
const sights = [
  { on: /↵ begin/, seconds: 5, name: 'opening', title: 'The opening: what an image is' },
  { on: /^ 1 .*step 2 of[\s\S]* ↵ run it/, seconds: 2 },
  { on: /^ 2 .*step 3 of[\s\S]* ✔ /, seconds: 2 },
  {
    on: /^ 3 .*step 2 of[\s\S]* ↵ run it/,
    seconds: 3,
    name: 'script',
    title: 'A step: what it is for, the script that will run, what to expect, and the checks',
  },
  { on: /^ 3 .*step 2 of[\s\S]* ✔ /, seconds: 3 },
  {
    on: /^ 4 [\s\S]*base digest[\s\S]*delta digest[\s\S]* ✔ /,
    seconds: 4,
    name: 'passed',
    title:
      'A step that passed: its output, in which your own digests are named, and what each check saw',
  },
  { on: /^ 6 .*step 1 of[\s\S]* ✔ /, seconds: 2 },
  { on: /^ 7 .*step 2 of[\s\S]* ✔ /, seconds: 2 },
  { on: /^ 8 .*step 2 of[\s\S]* ✔ /, seconds: 2 },
  { on: /^ 8 .*step 6 of[\s\S]* ✔ /, seconds: 2 },
  { on: /^ 10 .*step 3 of[\s\S]* ✔ /, seconds: 2 },
  { on: /That's all there is to an image/, seconds: 4, name: 'end', title: 'The end' },
];

/** Where the explorer is opened, and which keys are pressed in it. */
const explorerFrom = /^ 5 .*step 1 of/;
const explorerKeys = ['e', 't', '1', '1', 'q'];
const explorerPicture = {
  name: 'explorer',
  title: 'The explorer: the layers as transparencies, and which of them each path comes from',
};

const env = {
  PATH: process.env.PATH,
  HOME: home,
  SHELL: '/bin/bash',
  TERM: 'xterm-256color',
  LANG: 'C.UTF-8',
};

/** @type {[seconds: number, code: 'o', data: string][]} */
const events = [];
/** Seconds in the cast, and when they were last read from the clock. */
let now = 0;
let at = performance.now();
const argv = [join(project, 'dist/cli.js'), '--containerd', 'private'];
const it = terminal(process.execPath, argv, env, (data) => {
  now += Math.min(longestWait, (performance.now() - at) / 1000) / 2;
  at = performance.now();
  events.push([Math.round(now * 1000) / 1000, 'o', data]);
});

const { scriptOf, rightOn } = await solutions();
mkdirSync(folder, { recursive: true });
try {
  await walk();
  if ((await it.ended(30)) !== 0) throw new Error('the tour did not end with 0');
} finally {
  it.kill();
}
writeCast();
say(`${join(folder, 'tour.cast')}: ${Math.round(now)} s`);

/** Takes the tour from its first screen to its last, always with the obvious key. */
async function walk() {
  const goesOn =
    /^ (?:↵ (?:begin|read on|run it|go on|the questions|back to the step|leave)|s own shell|1-\d answer) /m;
  const left = new Set(sights);
  for (let explored = false; ; ) {
    await it.sees(goesOn, 60);
    const screen = it.screen();
    if (/run it again/.test(screen)) throw new Error(`a step failed:\n${screen}`);
    if (!explored && explorerFrom.test(screen)) {
      explored = true;
      await explore();
      continue;
    }
    const sight = [...left].find(({ on }) => on.test(screen));
    if (sight !== undefined) {
      left.delete(sight);
      if (sight.name !== undefined) draw(sight.name, sight.title ?? '');
    }
    now += sight?.seconds ?? usual;
    if (/^ s own shell /m.test(screen)) await doByHand(screen);
    else await press(/^ 1-\d answer /m.test(screen) ? rightOn(screen) : '\r');
    if (/^ ↵ leave /m.test(screen)) break;
  }
  const missed = [...left].map(({ on }) => on);
  if (missed.length > 0) throw new Error(`never seen: ${missed.join(', ')}`);
}

/** Does a task in the shell that the tour opens. @param {string} screen */
async function doByHand(screen) {
  const [, lesson, step] = /^ +(\d+) {2}.* step (\d+) of/.exec(screen) ?? [];
  // In one piece: a command that reads would read what is typed ahead.
  const typed = `(\r${scriptOf(Number(lesson), Number(step)).replaceAll('\n', '\r')}\r)\r`;
  const prompt = /\(tour\) \S*[#$]\s*$/;
  await press('s');
  await it.sees(prompt, 10);
  now += 1;
  await press(typed);
  await it.sees(prompt, 30);
  now += 1.5;
  await press('exit\r');
  await it.sees(/^ ↵ (?:go on|read on|the questions) /m, 30);
}

async function explore() {
  for (const key of explorerKeys) {
    await press(key);
    if (key === 't') draw(explorerPicture.name, explorerPicture.title);
    now += key === 't' ? 3 : 1;
  }
}

/** Presses a key, and waits until the screen is another one and stays so. @param {string} key */
async function press(key) {
  const before = it.screen();
  at = performance.now();
  it.type(key);
  const changed = () => it.screen() !== before;
  for (let tries = 0; tries < 1500 && !changed(); tries += 1) await pause(20);
  for (let screen = ''; screen !== it.screen(); ) {
    screen = it.screen();
    await pause(150);
  }
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Writes the screen as SVG. @param {string} name @param {string} title */
function draw(name, title) {
  const screen = it.rows().map(runsIn);
  for (const palette of /** @type {const} */ (['dark', 'light'])) {
    const path = join(folder, `${name}-${palette}.svg`);
    writeFileSync(path, svgOf(screen, { palette, title, version }));
    say(path);
  }
}

/** Writes what the terminal got, as an asciicast (version 2). */
function writeCast() {
  const header = {
    version: 2,
    width: 80,
    height: 24,
    duration: Math.round(now),
    title: `handroll-tour ${version}: a container image, by hand`,
    env: { SHELL: env.SHELL, TERM: env.TERM },
  };
  const lines = [header, ...events].map((each) => JSON.stringify(each));
  writeFileSync(join(folder, 'tour.cast'), `${lines.join('\n')}\n`);
}
