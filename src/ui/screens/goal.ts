import { isSolutionHidden } from '../../engine/task.ts';
import { key } from '../../engine/text.ts';
import type { Section } from '../document.ts';
import { type Line, line, span } from '../line.ts';
import { prose, sentence } from '../prose.ts';
import { scriptLines } from '../script-lines.ts';
import type { StepPage } from './step-page.ts';

/** The goal of a task and, once it's shown, the solution. */
export function goalSections(page: StepPage): Section[] {
  const { state, theme, width } = page;
  const { goal } = state.at.step;
  if (goal === undefined) return [];
  const hidden = isSolutionHidden(state);
  return [
    {
      lines: [line(span('Yours to do', 'title')), ...prose(goal, state.facts, theme, width)],
      stop: true,
    },
    hidden ? { lines: howLines(page) } : solutionSection(page),
  ];
}

function howLines({ theme, width }: StepPage): Line[] {
  const told = `Do it in a shell of your own (\`${key('shell')}\`) or in another terminal, in any way you like. The checks turn green while you work. The last hint (\`${key('hint')}\`) is a solution.`;
  return sentence(told, theme, width);
}

function solutionSection({ state, context, theme, width }: StepPage): Section {
  const lines = [
    line(span('One solution:', 'dim')),
    ...scriptLines(context.scriptOf(state.at), theme, width),
  ];
  // It was asked for, and the page above it has been read.
  return { lines, stop: true, start: state.phase === 'ready' };
}
