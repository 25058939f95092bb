import { labCases } from '../../lessons/lab/index.ts';
import { goodImage } from '../../lessons/lab/script.ts';
import { dealt } from '../engine/lab/deal.ts';
import { sandboxOf } from '../engine/lab/sandbox.ts';
import { claim } from '../host/ownership.ts';
import type { LabGuest } from '../ui/tour.tsx';
import type { Arguments } from './command.ts';
import { equipTerminals } from './open-session.ts';

/** The lab, as the tour opens it. */
export function labInTour(args: Arguments): LabGuest {
  const cases = new Map<string, number>();
  for (const { after } of labCases) cases.set(after, (cases.get(after) ?? 0) + 1);
  return {
    cases,
    open: async (host, place, clear) => {
      claim(host.workspace);
      equipTerminals(host, args);
      const { showLab } = await import('../ui/lab/lab.tsx');
      await clear();
      return showLab({
        ...place,
        sandboxes: dealt(labCases).map((each) => sandboxOf(each, host, goodImage)),
        leave: 'back to the tour',
        env: process.env,
      });
    },
  };
}
