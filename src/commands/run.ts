import { setTimeout as sleep } from 'node:timers/promises';
import { lessons } from '../../lessons/index.ts';
import { keyOf, type Place, placesOf } from '../engine/lesson.ts';
import { rootUsed } from '../engine/root-used.ts';
import type { Session } from '../engine/session.ts';
import { endedWithError, workOf } from '../engine/update.ts';
import { Exit, exitSignals, type signalExits, TourError } from '../errors.ts';
import { keepSudoTicket, type Privilege } from '../host/privilege.ts';
import { requestExit, requestedExit } from '../signals.ts';
import { counted } from '../text/words.ts';
import { type Arguments, type Command, type Io, textOption } from './command.ts';
import { errorResult } from './failure.ts';
import {
  ensureSudo,
  equipTerminals,
  openHostFrom,
  openTourSession,
  renewSudo,
  selectLessons,
  type TourSession,
} from './open-session.ts';
import { announceWaiting, emptyTally, reportChecks, type Tally } from './results.ts';

/** The steps to run, in order. */
function chosen(args: Arguments): Place[] {
  const to = textOption(args, 'to');
  const only = textOption(args, 'only');
  if (to !== undefined && only !== undefined) {
    throw new TourError('--to and --only exclude each other.', { exit: Exit.usage });
  }
  const all = workOf(lessons);
  if (only !== undefined) return placesOf(selectLessons(only));
  if (to === undefined) return all;
  const last = placesOf(selectLessons(to)).at(-1);
  const end = placesOf(lessons).findIndex(
    (place) => last !== undefined && keyOf(place) === keyOf(last),
  );
  return placesOf(lessons).slice(0, end + 1);
}

export const run: Command = {
  description: `Performs every step for real and checks it, and stops at the first check that fails.
Without --to: lessons 0 to 10. ID is a lesson (05-import, or 05) or a step (05-import/tag).`,
  run: async (args, io) => {
    const json = args.values.json === true;
    const places = chosen(args);
    const host = await openHostFrom(args);
    await ensureSudo(host, io);
    const work = openTourSession(host, 'handroll-tour run', {
      onOutput: ({ lesson, step }, text) => {
        if (json) io.json({ type: 'output', lesson: lesson.id, step: step.id, text });
      },
      ...announceWaiting(io, json),
    });
    const stopTicket = keepSudoTicket(host.privilege);
    const interruption = interruptible(work);
    const tally = emptyTally();
    try {
      equipTerminals(host, args);
      let good = true;
      const erred: Place[] = [];
      for (const place of places) {
        // Ctrl-C may be pressed during the checks, when there is no script to end.
        good = (await perform(work, place, tally, io, json)) && interruption.exit() === undefined;
        if (endedWithError(work.session.getSnapshot().ended)) erred.push(place);
        if (!good) break;
      }
      if (!good) await sleep(lateSignalMs);
      // If it can't be written, that's the result.
      work.progress.save();
      if (json) io.json({ type: 'result', ok: good, ...tally });
      const interrupted = interruption.exit();
      if (interrupted !== undefined) return interrupted;
      if (!json) io.out(summary(good, places, erred, tally, host.privilege));
      return good ? Exit.good : Exit.failed;
    } catch (error) {
      if (json) io.json({ ...errorResult(error), ...tally });
      throw error;
    } finally {
      interruption.stop();
      stopTicket();
      await work.close();
    }
  },
};

function summary(
  good: boolean,
  places: readonly Place[],
  erred: readonly Place[],
  { passed }: Tally,
  privilege: Privilege,
): string {
  const but =
    erred.length === 0
      ? '.'
      : `, though ${counted(erred.length, 'script')} ended with an error: ${erred.map(keyOf).join(', ')}.`;
  return good
    ? `\n${counted(places.length, 'step')}, ${counted(passed, 'check')}, all of them hold${but}\n${rootUsed(places, privilege)}`
    : '\nStopped there: no later step was run. Mend it, then run again; steps that hold stay as they are.';
}

/**
 * A signal to our process group may end a script before we get it ourselves: it waits for a thread of ours to
 * be scheduled. A run that stopped gives it this time, or its exit code would tell of a failed check.
 */
const lateSignalMs = 300;

/** Ends the running script with all its processes, then the command, on Ctrl-C or a closed terminal. */
function interruptible({ session }: TourSession) {
  const interrupt = (signal: NodeJS.Signals) => {
    requestExit(signal as keyof typeof signalExits);
    session.dispatch({ type: 'cancel' });
  };
  for (const signal of exitSignals) process.on(signal, interrupt);
  return {
    /** The exit code, if the command was interrupted. */
    exit: requestedExit,
    stop: () => {
      for (const signal of exitSignals) process.off(signal, interrupt);
    },
  };
}

/** Asks for sudo's password again if a step stopped or its checks failed without it, and continues. */
async function unlock(session: Session, place: Place, io: Io): Promise<void> {
  const { error, results } = session.getSnapshot();
  const stopped = error?.password === true;
  const blind = results.get(keyOf(place))?.some((result) => result?.status === 'blocked') === true;
  if (!(stopped || blind) || !(await renewSudo(session.host, io))) return;
  session.dispatch({ type: stopped ? 'run' : 'check' });
  await session.settled();
}

/** Performs one step and reports it. @returns whether all its checks passed */
async function perform(
  { session, progress }: TourSession,
  place: Place,
  tally: Tally,
  io: Io,
  json: boolean,
): Promise<boolean> {
  const { lesson, step } = place;
  const names = { lesson: lesson.id, step: step.id };
  if (json) io.json({ type: 'step-start', ...names, title: step.title });
  else io.out(`${keyOf(place)}  ${step.title}`);
  session.dispatch({ type: 'open', key: keyOf(place), observe: false });
  session.dispatch({ type: 'run' });
  await session.settled();
  await unlock(session, place, io);
  const state = session.getSnapshot();
  if (state.error !== undefined) {
    throw new TourError(state.error.message, {
      ...(state.error.hint === undefined ? {} : { hint: state.error.hint }),
      exit: state.error.exit,
    });
  }
  // What was asked after a signal has no answer.
  if (requestedExit() === undefined) {
    reportChecks(place, state.results.get(keyOf(place)) ?? [], tally, io, json);
  }
  const ok = state.phase === 'passed' && state.ended?.cancelled !== true;
  if (ok) progress.markCompleted(keyOf(place));
  // The checks may hold all the same: what it stopped at is then found later, where it's harder to see.
  const erred = endedWithError(state.ended);
  if (!json && erred) io.out(`  the script ended with an error (exit ${state.ended.code}).`);
  if (!json && (erred || !ok) && state.output.lines.length > 0) {
    io.out('  the script printed:');
    for (const line of state.output.lines.slice(-10)) io.out(`    ${line}`);
  }
  const { code = null, milliseconds = null } = state.ended ?? {};
  if (json) io.json({ type: 'step-end', ...names, ok, code, milliseconds });
  return ok;
}
