// @ts-check
// Which kills there are, and how one is written in a line. Pure.

/**
 * @typedef {'run' | 'screens' | 'own-shell' | 'shell' | 'cleanup' | 'starting'} Command
 * @typedef {'private' | 'system'} Daemon
 * @typedef {'node' | 'group' | 'script' | 'ctr' | 'daemon' | 'init' | 'shim'} Target
 * @typedef {'KILL' | 'TERM' | 'INT' | 'HUP'} Signal
 * @typedef {'resume' | 'whole' | 'cleanup'} Next
 */

/**
 * @typedef {object} Kill
 * @property {Command} command what is killed: `starting` is `run` while the private containerd starts
 * @property {Daemon} daemon which containerd it uses
 * @property {Target} target the process that gets the signal; `group` is node's process group
 * @property {Signal} signal
 * @property {string} place the step at which it happens, or how far the tour had come
 * @property {string} moment `script+20`: twenty milliseconds after the script is there; `goes+20`: after
 *   cleanup has said what goes
 * @property {Next} next what is done next: the run up to the same place, all of it, or cleanup at once
 */

/** @type {readonly Command[]} */
const commands = ['run', 'screens', 'own-shell', 'shell', 'cleanup', 'starting'];
/** @type {readonly Daemon[]} */
const daemons = ['private', 'system'];
/** @type {readonly Target[]} */
export const targets = ['node', 'group', 'script', 'ctr', 'daemon', 'init', 'shim'];
/** @type {readonly Signal[]} */
export const signals = ['KILL', 'TERM', 'INT', 'HUP'];
/** @type {readonly Next[]} */
const nexts = ['resume', 'whole', 'cleanup'];

const moments = /^(?:start|idle|prompt|job|(?:begin|goes|script|check|unshare|init|daemon)\+\d+)$/;

/** The order of the words in a line. */
const words = /** @type {const} */ ([
  'command',
  'daemon',
  'target',
  'signal',
  'place',
  'moment',
  'next',
]);

/**
 * A kill in a line, which {@link parseKill} reads.
 *
 * @param {Kill} kill
 */
export function spelled(kill) {
  return words.map((word) => kill[word]).join(' ');
}

/**
 * @param {string} line
 * @param {readonly string[]} steps
 * @returns {Kill | undefined} undefined if it is not one
 */
export function parseKill(line, steps) {
  const values = line.trim().split(/\s+/);
  /** @type {Record<string, readonly string[]>} */
  const lists = {
    command: commands,
    daemon: daemons,
    target: targets,
    signal: signals,
    place: steps,
  };
  const known = words.every((word, index) => {
    const value = values[index] ?? '';
    return word === 'moment' ? moments.test(value) : (lists[word] ?? nexts).includes(value);
  });
  if (!known || values.length !== words.length) return undefined;
  const kill = Object.fromEntries(words.map((word, index) => [word, values[index]]));
  return /** @type {Kill} */ (/** @type {unknown} */ (kill));
}

/** Where the shim of the tour's own container runs. @param {string} step */
const runsContainer = (step) => step.startsWith('08-run/') && !/\/(?:start|gone)$/.test(step);
/** What is in containerd is looked at from there on. @param {string} step */
const usesDaemon = (step) => /^0[5-8]/.test(step) && step !== '05-import/pack';
/** The screens open where the work begins. @param {string} step */
const isWork = (step) => !/^(?:00|01|11)-/.test(step);
/** @param {string} step */
const isRun = (step) => !step.startsWith('11-');
/** @param {string} step */
const startsDaemon = (step) => step === '00-prerequisites/machine';

/** @type {readonly Next[]} */
const mostlyResumed = ['resume', 'resume', 'resume', 'whole', 'cleanup'];

/**
 * Where and when each command is hit. With each combination of target, signal and containerd `rounds`
 * times, there is a kill at the start of every step, and one inside every script.
 *
 * @type {readonly { command: Command, targets: readonly Target[], at: (step: string) => boolean, moments: readonly string[], nexts: readonly Next[], rounds: number }[]}
 */
const kinds = [
  {
    command: 'run',
    targets: ['node', 'group'],
    at: isRun,
    moments: ['start'],
    nexts: mostlyResumed,
    rounds: 3,
  },
  {
    command: 'run',
    targets: ['node', 'group', 'script'],
    at: isRun,
    moments: ['script+0', 'script+10', 'script+50'],
    nexts: mostlyResumed,
    rounds: 2,
  },
  {
    command: 'run',
    targets: ['node', 'group'],
    at: isRun,
    moments: ['check+0', 'check+20'],
    nexts: mostlyResumed,
    rounds: 1,
  },
  {
    command: 'run',
    targets: ['daemon', 'init'],
    at: usesDaemon,
    moments: ['start', 'script+0', 'script+20', 'check+0'],
    nexts: ['resume', 'whole', 'cleanup'],
    rounds: 1,
  },
  {
    command: 'run',
    targets: ['shim'],
    at: runsContainer,
    moments: ['start', 'script+0', 'script+20', 'check+0'],
    nexts: ['resume', 'whole', 'cleanup'],
    rounds: 1,
  },
  {
    command: 'screens',
    targets: ['node', 'group'],
    at: isWork,
    moments: ['idle', 'script+0', 'script+20', 'check+0', 'check+50'],
    nexts: mostlyResumed,
    rounds: 1,
  },
  {
    command: 'screens',
    targets: ['script'],
    at: isWork,
    moments: ['script+0', 'script+20'],
    nexts: mostlyResumed,
    rounds: 1,
  },
  {
    command: 'screens',
    targets: ['daemon', 'init'],
    at: usesDaemon,
    moments: ['idle', 'script+0', 'script+20', 'check+0'],
    nexts: ['resume', 'whole', 'cleanup'],
    rounds: 1,
  },
  {
    command: 'screens',
    targets: ['shim'],
    at: runsContainer,
    moments: ['idle', 'script+0', 'script+20'],
    nexts: ['resume', 'whole', 'cleanup'],
    rounds: 1,
  },
  .../** @type {const} */ (['own-shell', 'shell']).map((command) => ({
    command,
    targets: /** @type {const} */ (['node', 'group', 'daemon', 'init']),
    at: isWork,
    moments: ['prompt', 'job'],
    nexts: /** @type {const} */ (['resume', 'cleanup']),
    rounds: 1,
  })),
  {
    command: 'cleanup',
    targets: ['node', 'group', 'daemon', 'init'],
    at: isWork,
    moments: ['begin+50', 'begin+200', 'begin+400', 'goes+0', 'goes+20', 'goes+80'],
    nexts: ['cleanup', 'resume'],
    rounds: 1,
  },
  {
    command: 'cleanup',
    targets: ['ctr'],
    at: usesDaemon,
    moments: ['goes+0', 'goes+20'],
    nexts: ['cleanup', 'resume'],
    rounds: 1,
  },
  {
    command: 'starting',
    targets: ['node', 'group'],
    at: startsDaemon,
    moments: ['unshare+0', 'unshare+2', 'init+0', 'init+5', 'daemon+0', 'daemon+30'],
    nexts: ['resume', 'whole', 'cleanup'],
    rounds: 2,
  },
  {
    command: 'starting',
    targets: ['init'],
    at: startsDaemon,
    moments: ['init+0', 'init+5', 'daemon+0', 'daemon+30'],
    nexts: ['resume', 'whole', 'cleanup'],
    rounds: 2,
  },
  {
    command: 'starting',
    targets: ['daemon'],
    at: startsDaemon,
    moments: ['daemon+0', 'daemon+10', 'daemon+30'],
    nexts: ['resume', 'whole', 'cleanup'],
    rounds: 2,
  },
];

/**
 * All kills that a seed gives, in an order in which each beginning is a fair sample.
 *
 * @param {readonly string[]} steps of the tour, in order
 * @param {number} seed
 * @returns {Kill[]}
 */
export function deck(steps, seed) {
  const random = randomFrom(seed);
  const kills = kinds.flatMap(
    ({ command, targets: hit, at, moments: when, nexts: after, rounds }) => {
      const spots = steps.filter(at).flatMap((place) => when.map((moment) => ({ place, moment })));
      const spot = endless(spots, ({ place }) => place, random);
      const next = endless(after, String, random);
      // Only a private containerd is started, and only that one has a init.
      const combinations = daemons.flatMap((daemon) =>
        hit
          .filter(
            (target) => daemon === 'private' || !(command === 'starting' || target === 'init'),
          )
          .flatMap((target) => signals.map((signal) => ({ command, daemon, target, signal }))),
      );
      return Array.from({ length: rounds }, () => shuffled(combinations, random))
        .flat()
        .map((combination) => ({ ...combination, ...spot(), next: next() }));
    },
  );
  return shuffled(kills, random);
}

/**
 * A step's script may have ended before the signal comes. Then the kill is tried again, then earlier, then
 * at the step's start, and then at the start of those next to it. A script that is to be killed itself has
 * to run, though: for that one it's the scripts of the steps next to it.
 *
 * @param {Kill} kill
 * @param {readonly string[]} steps
 * @returns {Kill[]}
 */
export function attempts(kill, steps) {
  const { command, target, moment, place } = kill;
  const earlier = moment.replace(/\d+$/, '0');
  const own = [moment, moment, earlier].map((when) => ({ ...kill, moment: when }));
  if (command === 'screens' && target !== 'script') return [...own, { ...kill, moment: 'idle' }];
  if (command !== 'run' && target !== 'script') return own;
  const work = steps.filter((step) => /^(?:0[1-9]|10)-/.test(step));
  const at = work.indexOf(place);
  const near = work
    .filter((step) => step !== place)
    .sort((a, b) => Math.abs(work.indexOf(a) - at) - Math.abs(work.indexOf(b) - at))
    .slice(0, 8);
  const [when, places] =
    target === 'script' ? [earlier, near] : /** @type {const} */ (['start', [place, ...near]]);
  return [...own, ...places.map((step) => ({ ...kill, place: step, moment: when }))];
}

/**
 * Gives each element in turn, shuffled, and one of each group before a second of any.
 *
 * @template T
 * @param {readonly T[]} all
 * @param {(each: T) => string} groupOf
 * @param {() => number} random
 * @returns {() => T}
 */
function endless(all, groupOf, random) {
  /** @type {T[]} */
  let queue = [];
  return () => {
    if (queue.length === 0) {
      /** @type {Map<string, number>} */
      const seen = new Map();
      const rounds = shuffled(all, random).map((each) => {
        const round = seen.get(groupOf(each)) ?? 0;
        seen.set(groupOf(each), round + 1);
        return { each, round };
      });
      queue = rounds.sort((a, b) => a.round - b.round).map(({ each }) => each);
    }
    return /** @type {T} */ (queue.shift());
  };
}

/**
 * @template T
 * @param {readonly T[]} all
 * @param {() => number} random
 */
function shuffled(all, random) {
  return all
    .map((each) => ({ each, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ each }) => each);
}

/** mulberry32: the same numbers from the same seed, on every machine. @param {number} seed */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Without `next`, whose words are commands too. */
const filters = words.filter((word) => word !== 'next');

/**
 * The kills in which each word is found; words for the same thing (two signals) are alternatives.
 *
 * @param {readonly Kill[]} kills
 * @param {readonly string[]} only
 */
export function chosen(kills, only) {
  return filters.reduce((left, word) => {
    const wanted = only.filter((each) => kills.some((kill) => kill[word] === each));
    return wanted.length === 0 ? left : left.filter((kill) => wanted.includes(kill[word]));
  }, kills);
}

/** @param {readonly Kill[]} kills @param {readonly string[]} only */
export function unknownWord(kills, only) {
  return only.find((each) => !kills.some((kill) => filters.some((word) => kill[word] === each)));
}
