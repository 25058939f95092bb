import { lessons } from '../../lessons/index.ts';
import { keyOf, type Place, placesOf } from '../engine/lesson.ts';
import { Exit } from '../errors.ts';
import type { Command } from './command.ts';
import { openCheckSession, openHostFrom, selectLessons } from './open-session.ts';
import { announceWaiting, emptyTally, reportChecks } from './results.ts';

export const check: Command = {
  description: `Looks at what is there and says what holds. Changes nothing. ID is a lesson (05-import, or 05)
or a step (05-import/tag); without it, lessons 0 to 10. What containerd and the kernel do a moment
later is waited for, ten seconds at most.`,
  run: async (args, io) => {
    const json = args.values.json === true;
    const [id] = args.positionals;
    const wanted =
      id === undefined ? lessons.filter(({ undoes }) => undoes !== true) : selectLessons(id);
    const host = await openHostFrom(args);
    const { session, progress } = openCheckSession(host, {
      lessons: wanted,
      ...announceWaiting(io, json),
    });
    // A step that has never held isn't waited for, unless the user names it.
    const waits = (place: Place) =>
      id !== undefined || progress.recordOf(keyOf(place)) !== undefined;
    try {
      session.dispatch({ type: 'survey', waits });
      await session.settled();
      const { results } = session.getSnapshot();
      const tally = emptyTally();
      for (const place of placesOf(wanted)) {
        if (!json) io.out(`${keyOf(place)}  ${place.step.title}`);
        reportChecks(place, results.get(keyOf(place)) ?? [], tally, io, json);
      }
      const { passed, failed, blocked } = tally;
      const ok = failed + blocked === 0;
      if (json) io.json({ type: 'result', ok, ...tally });
      else io.out(`\n${passed} hold, ${failed} don't, ${blocked} couldn't be checked.`);
      return ok ? Exit.good : Exit.failed;
    } finally {
      await session.close();
    }
  },
};
