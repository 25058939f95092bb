// @ts-check
// The command that is going to be killed, brought to the moment at which it is: one that writes to a
// pipe, or one in a terminal with somebody in front of it.

import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { jsonLinesIn } from '../worlds/outcome.mjs';
import { terminal } from '../worlds/terminal.mjs';
import { exitCode } from './machine.mjs';
import { below, eventually, read } from './processes.mjs';

/** @typedef {import('./deck.mjs').Kill} Kill */
/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {import('./processes.mjs').Process} Process */

/**
 * @typedef {object} Victim
 * @property {number} node
 * @property {() => Promise<boolean>} reach waits for the moment; false if the command is over before
 * @property {() => boolean} isOver
 * @property {(seconds: number) => Promise<number | undefined>} ended its exit code; undefined if it goes on
 * @property {() => Promise<void>} leave leaves it as a learner would who has seen nothing of the kill
 * @property {() => Promise<string[]>} look what is wrong with the terminal, once it has ended
 * @property {() => Promise<void>} close
 */

/** What the tour is told where a run or a cleanup is killed. @param {Kill} kill */
const argumentsOf = ({ command, place }) =>
  command === 'cleanup' ? ['cleanup'] : ['run', '--json', '--to', place];

/**
 * @param {Machine} machine
 * @param {Kill} kill
 * @returns {Promise<Victim>}
 */
export async function atPipe(machine, kill) {
  const argv = [...machine.through, 'setsid', ...machine.tourArgv(argumentsOf(kill))];
  const child = spawn(argv[0] ?? '', argv.slice(1), {
    env: machine.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  /** Which events were told of the step. @type {Set<string>} */
  const told = new Set();
  createInterface(child.stdout).on('line', (line) => {
    if (line === 'This goes:') told.add('goes');
    for (const { type, lesson, step } of jsonLinesIn(line)) {
      if (`${lesson}/${step}` === kill.place) told.add(type);
    }
  });
  child.stderr.resume();
  /** @type {number | undefined} */
  let code;
  child.on('exit', (...how) => {
    code = exitCode(...how);
  });
  const isOver = () => code !== undefined;
  const node = await nodeBelow(/** @type {number} */ (child.pid));
  const script = () => findTarget('script', machine, node);
  const reach = async () => {
    const [what, milliseconds] = kill.moment.split('+');
    /** @type {() => unknown} */
    let arrived = () => true;
    if (what === 'start') arrived = () => told.has('step-start');
    if (what === 'unshare' || what === 'init' || what === 'daemon') {
      arrived = () => findTarget(what, machine, node);
    }
    if (what === 'goes') arrived = () => told.has('goes');
    if (what === 'script' || what === 'check') {
      await eventually(() => told.has('step-start') || isOver(), 120);
      // One that is over at once may never be seen.
      arrived = () => script() ?? told.has('step-end');
    }
    await eventually(() => Boolean(arrived()) || isOver(), 120);
    if (what === 'check') await eventually(() => script() === undefined || isOver(), 120);
    await sleep(Number(milliseconds ?? 0));
    return !isOver();
  };
  return {
    node,
    reach,
    isOver,
    ended: async (seconds) => {
      await eventually(isOver, seconds);
      return code;
    },
    leave: async () => {},
    look: async () => [],
    close: async () => void child.kill('SIGKILL'),
  };
}

const prompt = 'kills> ';
const atPrompt = /^kills> *$/m;
const innerPrompt = /^\(tour\) .*[#$>] *$/m;
const keys =
  /^ (?:↵ (?:begin|read on|run it again|run it|go on|the questions|leave)|s own shell|1-\d answer)/m;

/**
 * @param {Machine} machine
 * @param {Kill} kill
 * @param {readonly string[]} steps
 * @returns {Promise<Victim>}
 */
export async function atTerminal(machine, kill, steps) {
  const [command = '', ...through] = machine.through;
  // A shell with job control, as a learner's: the tour has a process group of its own.
  const shell = ['setsid', '--ctty', '--wait', 'bash', '--norc', '--noprofile', '-i'];
  const it = terminal(command, [...through, ...shell], {
    ...machine.env,
    PS1: prompt,
    CI: 'false',
    TOUR: machine.tourArgv(kill.command === 'shell' ? ['shell'] : []).join(' '),
  });
  const isBack = () => atPrompt.test(lastLine(it.screen()));
  let questions = 0;
  /** What a command in that shell answers. @param {string} words */
  const ask = async (words) => {
    await eventually(isBack, 10);
    questions += 1;
    it.type(`echo "${questions}:${words}"\r`);
    const answer = new RegExp(`^${questions}:(.*)$`, 'm');
    await it.sees(answer, 10);
    return answer.exec(it.screen())?.[1] ?? '';
  };
  const settings = await ask('$(stty -g | cksum)');
  it.type('$TOUR\r');
  const node = await nodeBelow(it.pid);
  const isOver = () => !isAlive(node);
  const reach = async () => {
    if (kill.command === 'shell') {
      await it.sees(innerPrompt, 60);
    } else {
      await walkTo(it, kill.place, steps);
      if (kill.command === 'own-shell') {
        it.type('s');
        await it.sees(innerPrompt, 30);
      }
    }
    if (kill.moment === 'job') {
      it.type('sleep 1000\r');
      await eventually(() => below(node).some(({ argv }) => argv[0] === 'sleep'), 30);
    }
    const [what, milliseconds] = kill.moment.split('+');
    if (milliseconds === undefined) return !isOver();
    it.type('r');
    const seen = await eventually(() => findTarget('script', machine, node), 5);
    if (what === 'check' && seen !== undefined) {
      await eventually(() => findTarget('script', machine, node) === undefined, 120);
    }
    await sleep(Number(milliseconds));
    return !isOver();
  };
  const leave = async () => {
    if (kill.moment === 'job') it.type('\u0003');
    if (kill.command !== 'screens') {
      await it.sees(innerPrompt, 10);
      it.type('exit\r');
    }
    if (kill.command === 'shell') return;
    await eventually(() => it.isAlternate() || isOver(), 10);
    // Keys that come before there is somebody to read them are the shell's.
    await it.sees(/^ ↵ |^ q |^ esc /m, 60);
    it.type('q');
  };
  const look = async () => {
    const wrong = [];
    const isUsable = await eventually(() => isBack() && !it.isAlternate() && it.cursorIsShown(), 2);
    if (isUsable === undefined) {
      if (it.isAlternate()) wrong.push('terminal: still the alternate screen');
      if (!it.cursorIsShown()) wrong.push('terminal: no cursor');
      if (!isBack()) wrong.push(`terminal: no prompt, but ${lastLine(it.screen()).trim()}`);
    }
    // The shell puts some of it right itself, as a learner's would.
    const now = await ask('$(stty -g | cksum)').catch(() => 'no answer');
    if (now !== settings) wrong.push(`terminal: stty is not what it was (${now})`);
    it.type('exit\r');
    await it
      .ended(5)
      .catch(() => wrong.push('terminal: the shell in front of the tour does not end'));
    return wrong;
  };
  return {
    node,
    reach,
    isOver,
    ended: async (seconds) => {
      await eventually(isOver, seconds);
      if (!isOver()) return undefined;
      return Number(await ask('$?').catch(() => Number.NaN));
    },
    leave,
    look,
    close: async () => it.kill(),
  };
}

/**
 * Goes to a step with Enter, which reads on, runs and goes on; with `b` where the tour opens behind it.
 * A task is asked for its solution, and the quiz is left for later.
 *
 * @param {ReturnType<typeof terminal>} it
 * @param {string} place
 * @param {readonly string[]} steps
 */
async function walkTo(it, place, steps) {
  const wanted = steps.indexOf(place);
  for (let presses = 0; presses < 300; presses += 1) {
    await it.sees(keys, 60);
    const before = it.screen();
    const [, lesson = '', number = ''] = /^ +(\d+) {2}.* step (\d+) of/m.exec(before) ?? [];
    const first = steps.findIndex((step) => Number(step.slice(0, 2)) === Number(lesson));
    const at = lesson === '' ? -1 : first + Number(number) - 1;
    const isTask = /^ s own shell/m.test(before);
    if (at === wanted && !isTask) return;
    if (before.includes('run it again')) throw new Error(`a step failed:\n${before}`);
    if (/^ 1-\d answer/m.test(before)) it.type('\u001b');
    else if (isTask && at <= wanted) it.type('hhh');
    else it.type(at > wanted ? 'b' : '\r');
    await eventually(() => it.screen() !== before, 60);
  }
  throw new Error(`never at ${place}:\n${it.screen()}`);
}

/** @param {string} screen */
const lastLine = (screen) => screen.trimEnd().split('\n').at(-1) ?? '';

/** Node itself, below what the command goes through. @param {number} pid */
async function nodeBelow(pid) {
  const isNode = (/** @type {Process} */ { argv }) => argv[0] === process.execPath;
  const node = await eventually(() => below(pid).find(isNode), 30);
  if (node === undefined) throw new Error('the command does not start');
  return node.pid;
}

/** @param {number} pid */
const isAlive = (pid) => read(pid) !== undefined;

/**
 * The process that a signal is for.
 *
 * @param {Exclude<import('./deck.mjs').Target, 'node' | 'group'> | 'unshare'} target
 * @param {Machine} machine
 * @param {number} node
 */
export function findTarget(target, machine, node) {
  const own = `${machine.workdir}/.handroll-tour/containerd`;
  const all = () => [...below(node), ...below(machine.first)];
  /** @param {Process} process @param {string} name */
  const is = ({ argv }, name) => basename(argv[0] ?? '') === name;
  /** @param {Process} process */
  const isOwn = ({ argv }) => argv.some((word) => word.startsWith(own));
  switch (target) {
    case 'script':
      return below(node).find((each) => is(each, 'bash') && each.argv[1] === '-euo');
    case 'ctr':
      return below(node).find((each) => is(each, 'ctr'));
    case 'unshare':
      return all().find((each) => is(each, 'unshare') && isOwn(each));
    case 'init':
      return all().find((each) => each.isFirst && isOwn(each));
    case 'daemon':
      return all().find((each) => is(each, 'containerd') && each.argv.includes('--config'));
    case 'shim':
      return all().find(
        (each) =>
          is(each, 'containerd-shim-runc-v2') &&
          each.argv.includes(machine.namespace) &&
          !each.argv.includes('start'),
      );
  }
}
