import type { Privilege } from '../host/privilege.ts';
import { counted } from '../text/words.ts';
import type { Place } from './lesson.ts';
import { rootCommands } from './script.ts';

const called: Record<Privilege, string> = {
  root: 'root',
  sudo: 'sudo',
  rootless: "root in your user namespace, not the machine's root",
};

/** Says how many of these steps used root, and for which commands. */
export function rootUsed(places: readonly Place[], privilege: Privilege): string {
  const each = places.map(({ step }) => rootCommands(step.script));
  const using = each.filter((commands) => commands.size > 0);
  if (using.length === 0) return 'No step used root.';
  const [first] = each;
  if (each.length === 1 && first) return `It used ${called[privilege]}: ${[...first].join(', ')}.`;
  const names = [...new Set(using.flatMap((commands) => [...commands]))];
  const uses = names.map((name) => ({
    name,
    steps: using.filter((commands) => commands.has(name)).length,
  }));
  const list = uses
    .sort((a, b) => b.steps - a.steps)
    .map(({ name, steps }) => `${name} (${counted(steps, 'step')})`);
  return `${using.length} of the ${places.length} steps used ${called[privilege]}: ${list.join(', ')}.`;
}
