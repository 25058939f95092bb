import { key } from '../../engine/text.ts';
import { counted } from '../../text/words.ts';
import type { ScreenName } from '../keymap.ts';
import type { Line } from '../line.ts';
import { sentence } from '../prose.ts';
import { isCleanedUp } from '../step-status.ts';
import type { TourViewModel } from '../view-model.ts';

/** Whether the lab can be opened here: from the contents, and where a lesson ends that it follows. */
export function isLabOffered(model: TourViewModel, screen: ScreenName): boolean {
  const { state, context } = model;
  if (screen === 'contents') return context.labCases.size > 0 && !isCleanedUp(state);
  return screen === 'step' && casesHere(model) > 0;
}

/** How many cases one knows enough for, once this step has passed. */
function casesHere({ state, context }: TourViewModel): number {
  const { lesson, step } = state.at;
  if (state.phase !== 'passed' || lesson.steps.at(-1) !== step) return 0;
  return context.labCases.get(lesson.id) ?? 0;
}

/** What is said of the lab on the last page of a lesson. */
export function labInvitation(model: TourViewModel, width: number): Line[] {
  const count = casesHere(model);
  if (count === 0) return [];
  const told = `The lab has ${counted(count, 'case')} for what you know now: something is broken on purpose, and you find out why. \`${key('lab')}\` opens the list. Or go on, and come back to it from the contents.`;
  return sentence(told, model.theme, width);
}
