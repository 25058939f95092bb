// @ts-check
// Which kills there are, and how one is written in a line. Pure.

/**
 * @typedef {'run' | 'screens' | 'own-shell' | 'shell' | 'cleanup' | 'starting'} Command
 * @typedef {'private' | 'system'} Daemon
 * @typedef {'node' | 'group' | 'script' | 'daemon' | 'keeper' | 'shim'} Target
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
 * @property {string} moment `script+20`: twenty milliseconds after the script is there
 * @property {Next} next what is done next: the run up to the same place, all of it, or cleanup at once
 */

/** @type {readonly Command[]} */
const commands = ['run', 'screens', 'own-shell', 'shell', 'cleanup', 'starting'];
/** @type {readonly Daemon[]} */
const daemons = ['private', 'system'];
/** @type {readonly Target[]} */
export const targets = ['node', 'group', 'script', 'daemon', 'keeper', 'shim'];
/** @type {readonly Signal[]} */
export const signals = ['KILL', 'TERM', 'INT', 'HUP'];
/** @type {readonly Next[]} */
const nexts = ['resume', 'whole', 'cleanup'];

const moments = /^(?:start|idle|prompt|job|(?:begin|script|check|unshare|keeper|daemon)\+\d+)$/;

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

/**
 * Each command: what can be hit in it, at which steps, and when. `weight` is how often each signal comes.
 *
 * @type {readonly { command: Command, targets: readonly Target[], weight: number, at: (target: Target, step: string) => boolean, moments: (target: Target) => readonly string[], nexts: readonly Next[] }[]}
 */
const kinds = [
  {
    command: 'run',
    targets: ['node', 'group', 'script'],
    weight: 4,
    at: (_, step) => !step.startsWith('11-'),
    moments: (target) =>
      target === 'script'
        ? ['script+0', 'script+10', 'script+50']
        : ['start', 'script+0', 'script+10', 'script+50', 'check+0', 'check+20'],
    nexts: ['resume', 'resume', 'resume', 'whole', 'cleanup'],
  },
  {
    command: 'run',
    targets: ['daemon', 'keeper', 'shim'],
    weight: 1,
    at: (target, step) => (target === 'shim' ? runsContainer(step) : usesDaemon(step)),
    moments: () => ['start', 'script+0', 'script+20', 'check+0'],
    nexts: ['resume', 'whole', 'cleanup'],
  },
  {
    command: 'screens',
    targets: ['node', 'group', 'script', 'daemon', 'keeper', 'shim'],
    weight: 1,
    at: (target, step) =>
      target === 'shim'
        ? runsContainer(step)
        : target === 'daemon' || target === 'keeper'
          ? usesDaemon(step)
          : isWork(step),
    moments: (target) =>
      target === 'script'
        ? ['script+0', 'script+20']
        : ['idle', 'script+0', 'script+20', 'check+0', 'check+50'],
    nexts: ['resume', 'resume', 'whole', 'cleanup'],
  },
  {
    command: 'own-shell',
    targets: ['node', 'group', 'daemon', 'keeper'],
    weight: 1,
    at: (_, step) => isWork(step),
    moments: () => ['prompt', 'job'],
    nexts: ['resume', 'cleanup'],
  },
  {
    command: 'shell',
    targets: ['node', 'group', 'daemon', 'keeper'],
    weight: 1,
    at: (_, step) => isWork(step),
    moments: () => ['prompt', 'job'],
    nexts: ['resume', 'cleanup'],
  },
  {
    command: 'cleanup',
    targets: ['node', 'group', 'script', 'daemon', 'keeper'],
    weight: 1,
    at: (_, step) => isWork(step),
    moments: (target) =>
      target === 'script'
        ? ['script+0', 'script+20']
        : ['begin+50', 'begin+200', 'begin+400', 'script+0', 'script+20', 'script+80'],
    nexts: ['cleanup', 'resume'],
  },
  {
    command: 'starting',
    targets: ['node', 'group', 'daemon', 'keeper'],
    weight: 2,
    at: (_, step) => step === '00-prerequisites/containerd',
    moments: (target) =>
      target === 'daemon'
        ? ['daemon+0', 'daemon+10', 'daemon+30']
        : target === 'keeper'
          ? ['keeper+0', 'keeper+5', 'daemon+0', 'daemon+30']
          : ['unshare+0', 'unshare+2', 'keeper+0', 'keeper+5', 'daemon+0', 'daemon+30'],
    nexts: ['resume', 'whole', 'cleanup'],
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
  const kills = kinds.flatMap((kind) => {
    // Each step and each moment once before any comes again.
    const spots = new Map(
      kind.targets.map((target) => {
        const all = steps
          .filter((step) => kind.at(target, step))
          .flatMap((place) => kind.moments(target).map((moment) => ({ place, moment })));
        return [target, endless(all, ({ place }) => place, random)];
      }),
    );
    const next = endless(kind.nexts, (each) => each, random);
    const used = kind.command === 'starting' ? /** @type {const} */ (['private']) : daemons;
    const combinations = used.flatMap((daemon) =>
      kind.targets
        .filter((target) => daemon === 'private' || target !== 'keeper')
        .flatMap((target) => signals.map((signal) => ({ daemon, target, signal }))),
    );
    return Array.from({ length: kind.weight }, () => combinations)
      .flat()
      .map(({ daemon, target, signal }) => {
        const { place, moment } = /** @type {NonNullable<ReturnType<typeof spots.get>>} */ (
          spots.get(target)
        )();
        return { command: kind.command, daemon, target, signal, place, moment, next: next() };
      });
  });
  return shuffled(kills, random);
}

/**
 * Gives each element in turn, shuffled, those of different groups first.
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

/**
 * The kills in which each word is found; words for the same thing (two signals) are alternatives.
 *
 * @param {readonly Kill[]} kills
 * @param {readonly string[]} only
 */
export function chosen(kills, only) {
  return words.reduce((left, word) => {
    const wanted = only.filter((each) => kills.some((kill) => kill[word] === each));
    return wanted.length === 0 ? left : left.filter((kill) => wanted.includes(kill[word]));
  }, kills);
}

/** @param {readonly Kill[]} kills @param {readonly string[]} only */
export function unknownWord(kills, only) {
  return only.find((each) => !kills.some((kill) => words.some((word) => kill[word] === each)));
}
