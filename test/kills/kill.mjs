// @ts-check
// One kill, from an empty machine to one that must be empty again.

import { jsonLinesIn, readRun } from '../worlds/outcome.mjs';
import { attempts } from './deck.mjs';
import { openMachine } from './machine.mjs';
import { commandLine, eventually } from './processes.mjs';
import { differences, surplus } from './table.mjs';
import { atPipe, atTerminal, findTarget } from './victims.mjs';

/** @typedef {import('./deck.mjs').Kill} Kill */
/** @typedef {import('./machine.mjs').Machine} Machine */
/** @typedef {import('./table.mjs').Outcome} Outcome */

/** The exit code of a command that a signal ends; only KILL doesn't let it exit by itself. */
const endings = { KILL: 137, TERM: 143, INT: 130, HUP: 129 };

/**
 * Where the shim of a machine's containerd is killed, these stay: its socket, the pipes that
 * `ctr run --detach` made, and what runc was told of a process that was just being started. They do with
 * plain ctr, without the tour.
 */
const residueOfShim =
  /^left: file \/(?:run\/containerd\/(?:s\/[0-9a-f]{64}|fifo\/\d+(?:\/\S+)?)|tmp\/runc-process\d+) /;

/** Good, a check that failed, a daemon that does not answer: what may come of losing another process. */
const told = [0, 1, 4];

/**
 * @typedef {object} KillContext what all kills of a run share
 * @property {string} cli
 * @property {string} image
 * @property {readonly string[]} steps
 * @property {number} within milliseconds in which a signal is to be obeyed
 * @property {() => { directory: string, namespace: string }} newPlace
 */

/**
 * @param {Kill} kill
 * @param {KillContext} context
 * @returns {Promise<Outcome>} of the kill that was performed: at another moment if its own can't be met
 */
export async function perform(kill, context) {
  for (const tried of attempts(kill, context.steps)) {
    const outcome = await attempt(tried, context);
    if (outcome !== undefined) return { ...outcome, kill: tried };
  }
  return {
    kill,
    wrong: ['it is over, and good, whenever it is to be killed'],
    milliseconds: undefined,
  };
}

/**
 * The whole tour without a kill: what is left after it is not for the kills to answer for.
 *
 * @param {import('./deck.mjs').Daemon} daemon
 * @param {KillContext} context
 */
export async function control(daemon, context) {
  const machine = await openMachine({ ...context.newPlace(), ...context, daemon });
  try {
    const before = await machine.inventory();
    const ran = await goOn(machine);
    const after = await cleanedUp(machine, before);
    return [...ran, ...after];
  } finally {
    await machine.close();
  }
}

/**
 * @param {Kill} kill
 * @param {KillContext} context
 * @returns {Promise<Outcome | undefined>} undefined if the command was over before
 */
async function attempt(kill, context) {
  const machine = await openMachine({
    ...context.newPlace(),
    ...context,
    daemon: kill.daemon,
  });
  /** @type {import('./victims.mjs').Victim | undefined} */
  let victim;
  try {
    const before = await machine.inventory();
    const running = machine.processes();
    const upTo = preparation(kill, context.steps);
    const prepared = upTo === undefined ? [] : await run(machine, upTo);
    if (prepared.length > 0) throw new Error(`before the kill: ${prepared.join('; ')}`);
    victim = /^(?:run|cleanup|starting)$/.test(kill.command)
      ? await atPipe(machine, kill)
      : await atTerminal(machine, kill, context.steps);
    if (!(await victim.reach())) return undefined;
    const hit = await strike(kill, machine, victim);
    if (!hit) return undefined;
    const { wrong, milliseconds, code } = await consequences(kill, victim, context.within);
    // It had finished its work when the signal came.
    if (wrong.length > 0 && code === 0) return undefined;
    wrong.push(...(await victim.look()));
    wrong.push(...(await lingering(machine, running)));
    await machine.daemonAnswers();
    if (kill.next === 'resume') wrong.push(...(await goOn(machine, kill.place)));
    if (kill.next === 'whole') wrong.push(...(await goOn(machine)));
    const isResidue = kill.target === 'shim' && kill.daemon === 'system' ? residueOfShim : /^$/;
    const after = await cleanedUp(machine, before);
    wrong.push(...after.filter((line) => !isResidue.test(line)));
    return { kill, wrong, milliseconds };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kill, wrong: [message], milliseconds: undefined };
  } finally {
    await victim?.close();
    await machine.close();
  }
}

/**
 * How far the tour is taken before.
 *
 * @param {Kill} kill
 * @param {readonly string[]} steps
 */
function preparation({ command, place }, steps) {
  if (command === 'run' || command === 'starting') return undefined;
  if (command === 'cleanup' || command === 'shell') return place;
  // The screens walk through a lesson themselves: a container lives as long as the tour that started it.
  return steps.findLast((step) => Number(step.slice(0, 2)) < Number(place.slice(0, 2)));
}

/**
 * Sends the signal.
 *
 * @param {Kill} kill
 * @param {Machine} machine
 * @param {import('./victims.mjs').Victim} victim
 * @returns {Promise<boolean>} false if there was nothing to send it to
 */
async function strike({ target, signal }, machine, { node, isOver }) {
  const pid = await eventually(() => {
    if (isOver()) return 0;
    if (target === 'node') return node;
    if (target === 'group') return -node;
    return findTarget(target, machine, node)?.pid;
  }, 60);
  if (pid === undefined || pid === 0) return false;
  try {
    return process.kill(pid, `SIG${signal}`);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * Waits for the command's end, and looks how it ended.
 *
 * @param {Kill} kill
 * @param {import('./victims.mjs').Victim} victim
 * @param {number} within
 */
async function consequences({ command, target, signal }, victim, within) {
  /** @type {string[]} */
  const wrong = [];
  const begun = performance.now();
  // Ctrl-C in a shell of the learner's own is for what runs in there.
  const isLent = command === 'shell' || command === 'own-shell';
  const mustEnd = (target === 'node' || target === 'group') && !(isLent && signal === 'INT');
  if (mustEnd) {
    await eventually(victim.isOver, within / 1000);
    const inTime = victim.isOver();
    await eventually(victim.isOver, 10);
    const milliseconds = performance.now() - begun;
    if (!victim.isOver()) {
      wrong.push(`${signal} is not obeyed`);
      process.kill(victim.node, 'SIGKILL');
      await eventually(victim.isOver, 10);
      return { wrong, milliseconds: undefined };
    }
    if (!inTime) wrong.push(`${signal} is obeyed after ${Math.round(milliseconds)} ms`);
    const code = await victim.ended(1);
    if (code !== endings[signal]) wrong.push(`exit ${code}, not ${endings[signal]}`);
    return { wrong, milliseconds, code };
  }
  if (!victim.isOver()) await victim.leave();
  const code = await victim.ended(120);
  if (code === undefined) {
    wrong.push('the command does not end any more');
    process.kill(victim.node, 'SIGKILL');
    await eventually(victim.isOver, 10);
  } else if (!(told.includes(code) || (isLent && code === endings.INT))) {
    wrong.push(`the command ends with ${code}`);
  }
  return { wrong, milliseconds: undefined };
}

/**
 * What runs on although the command is dead. A container and its shim do, in the machine's containerd.
 *
 * @param {Machine} machine
 * @param {ReturnType<Machine['processes']>} before
 */
async function lingering(machine, before) {
  const known = before.map(({ argv }) => commandLine(argv));
  const now = () => {
    const all = machine.processes();
    const theirs = machine.daemon === 'system' ? shimsAndContainers(all) : [];
    const rest = all.filter((each) => !theirs.includes(each));
    return surplus(
      rest.map(({ argv }) => commandLine(argv)),
      surplus(
        known,
        theirs.map(({ argv }) => commandLine(argv)),
      ),
    );
  };
  await eventually(() => now().length === 0, 5);
  return now().map((argv) => `still runs: ${argv}`);
}

/** @param {ReturnType<Machine['processes']>} all */
function shimsAndContainers(all) {
  const shims = all.filter(({ argv }) => argv[0]?.endsWith('containerd-shim-runc-v2'));
  const found = new Set(shims.map(({ pid }) => pid));
  for (let known = 0; known < found.size; ) {
    known = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return all.filter(({ pid }) => found.has(pid));
}

/**
 * Takes the tour up to a step, or through all of it.
 *
 * @param {Machine} machine
 * @param {string} [place]
 */
async function run(machine, place) {
  const upTo = place === undefined ? [] : ['--to', place];
  const { ok, why } = readRun(await machine.tour('run', '--json', ...upTo));
  return ok ? [] : [`run: ${why}`];
}

/**
 * The same, and looks whether it holds for another command as well.
 *
 * @param {Machine} machine
 * @param {string} [place]
 */
async function goOn(machine, place) {
  const wrong = await run(machine, place);
  if (wrong.length > 0) return wrong;
  const { ok, why } = readRun(
    await machine.tour('check', '--json', ...(place === undefined ? [] : [place])),
  );
  return ok ? [] : [`check: ${why}`];
}

/**
 * Cleans up, and compares the machine with what it was. What containerd does later is waited for.
 *
 * @param {Machine} machine
 * @param {readonly string[]} before
 */
async function cleanedUp(machine, before) {
  const { code, stdout, stderr } = await machine.tour('cleanup', '--json');
  const wrong = jsonLinesIn(stdout)
    .filter(({ type }) => type === 'left')
    .map(({ kind, name }) => `cleanup leaves ${kind} ${name}`);
  if (code !== 0) wrong.push(`cleanup: exit ${code}: ${stderr.trim().split('\n').at(-1) ?? ''}`);
  /** @type {string[]} */
  let differ = [];
  await eventually(async () => {
    differ = differences(before, await machine.inventory());
    return differ.length === 0;
  }, 10);
  return [...wrong, ...differ];
}
