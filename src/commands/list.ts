import { lessons } from '../../lessons/index.ts';
import { keyOf } from '../engine/lesson.ts';
import { positionOf, type StepStatus, stepStatus, workOf } from '../engine/update.ts';
import { Exit } from '../errors.ts';
import type { Command } from './command.ts';
import { openCheckSession, openHostFrom } from './open-session.ts';

const marks: Record<StepStatus, string> = {
  holds: 'holds',
  'not yet': '',
  drifted: 'drifted',
  'cannot be seen': 'cannot be seen',
};

export const list: Command = {
  description: `Lists every lesson and step, and which of them hold on this machine now. Changes nothing.`,
  run: async (args, io) => {
    const json = args.values.json === true;
    const host = await openHostFrom(args);
    const { session } = openCheckSession(host);
    try {
      session.dispatch({ type: 'survey' });
      await session.settled();
      const state = session.getSnapshot();
      const next = keyOf(positionOf(state));
      for (const lesson of lessons) {
        if (!json) io.out(`${lesson.id}  ${lesson.title}`);
        for (const step of lesson.steps) {
          const place = { lesson, step };
          const status = stepStatus(state, place);
          const names = { lesson: lesson.id, step: step.id, title: step.title };
          if (json) io.json({ type: 'step', ...names, standing: status });
          else {
            const here = keyOf(place) === next ? '>' : ' ';
            io.out(`  ${here} ${step.id.padEnd(12)} ${marks[status].padEnd(14)} ${step.title}`);
          }
        }
      }
      const work = workOf(lessons);
      const holds = work.filter((place) => stepStatus(state, place) === 'holds').length;
      if (json) io.json({ type: 'result', ok: true, holds, steps: work.length, next });
      else io.out(`\n${holds} of ${work.length} steps hold. Next: ${next}.`);
      return Exit.good;
    } finally {
      await session.close();
    }
  },
};
