import type { CheckResult } from '../../engine/check.ts';
import type { Diagnosis } from '../../engine/diagnosis.ts';
import { isSolutionHidden } from '../../engine/task.ts';
import { key } from '../../engine/text.ts';
import { stepStatus } from '../../engine/update.ts';
import { counted } from '../../text/words.ts';
import { type Line, type Span, span } from '../line.ts';
import { readable } from '../measure.ts';
import { prose, sentence } from '../prose.ts';
import { scriptLines } from '../script-lines.ts';
import { firstFailure } from '../step-status.ts';
import type { HintLevel } from '../view.ts';
import type { TourViewModel } from '../view-model.ts';
import { isUnderway, resultsOf } from './step-page.ts';

/** The levels of a hint, in order: what was observed, where to look, the command. */
const hintLevels = 3;

/** The current level of hint, which stays in view while the page scrolls. */
export function hintLines(model: TourViewModel, width: number): Line[] {
  const { view, theme, state } = model;
  // A step that has passed needs its page more than a hint.
  if (view.hintLevel === 0 || state.phase === 'passed') return [];
  const room = readable(width, theme);
  const head = `Hint ${view.hintLevel} of ${hintLevels}. `;
  return hintLevelLines(model, view.hintLevel, head, room);
}

function hintLevelLines(
  model: TourViewModel,
  level: Exclude<HintLevel, 0>,
  head: string,
  width: number,
): Line[] {
  const { theme, state } = model;
  const diagnosis = diagnosisIn(resultsOf(model));
  switch (level) {
    case 1:
      return headed(head, sentence(`${head}${observed(model, diagnosis)}`, theme, width));
    case 2: {
      if (diagnosis?.where === undefined) {
        return headed(head, prose([head, ...state.at.step.hint], state.facts, theme, width));
      }
      const told = sentence(
        `${head}This command shows what is wrong, and changes nothing:`,
        theme,
        width,
      );
      return [
        ...headed(head, told),
        ...scriptLines(diagnosis.where, theme, width, model.context.highlight),
      ];
    }
    case 3: {
      const command = diagnosis?.command ?? model.context.scriptOf(state.at);
      const how =
        diagnosis?.command === undefined
          ? `The command. \`${key('run')}\` runs it, or Enter at the end of the page; typed in a shell of your own (\`${key('shell')}\`) it counts just the same:`
          : `The command that mends it, for a shell of your own (\`${key('shell')}\`):`;
      const lines = scriptLines(command, theme, width, model.context.highlight);
      return [...headed(head, sentence(`${head}${how}`, theme, width)), ...cut(model, lines)];
    }
  }
}

/** What there is to copy: the command of the hint that is shown, or the step's script. */
export function copyText(model: TourViewModel): string {
  const { view, state, context } = model;
  const diagnosis = diagnosisIn(resultsOf(model));
  const hinted = { 2: diagnosis?.where, 3: diagnosis?.command } as const;
  const command = view.hintLevel === 2 || view.hintLevel === 3 ? hinted[view.hintLevel] : undefined;
  // The solution of a task isn't copied before it's shown.
  const script = isSolutionHidden(state) ? '' : context.scriptOf(state.at);
  return `${(command ?? script).trimEnd()}\n`;
}

/** Emphasises the first words of a hint. */
function headed(head: string, [first = [], ...rest]: readonly Line[]): Line[] {
  const [begin, ...others] = first;
  const text = begin?.text ?? '';
  const title: Span[] = [span(head, 'title'), span(text.slice(head.length), begin?.role)];
  return [[...title.filter((each) => each.text !== ''), ...others], ...rest];
}

function diagnosisIn(results: readonly (CheckResult | undefined)[]): Diagnosis | undefined {
  for (const result of results) {
    if (result?.status === 'fail' && result.diagnoses !== undefined) return result.diagnoses[0];
  }
  return undefined;
}

/** What was found on this machine, in words; it may be called before the step has been run. */
function observed(model: TourViewModel, diagnosis: Diagnosis | undefined): string {
  const { state } = model;
  const { at, error } = state;
  if (error !== undefined) return `Nothing was run: ${error.message}`;
  if (diagnosis !== undefined) return `${diagnosis.observed}. ${diagnosis.remedy}`;
  const trouble = firstFailure(state, at);
  const results = resultsOf(model);
  if (trouble === undefined) {
    const holds = stepStatus(state, at) === 'holds' || results.every((each) => each !== undefined);
    if (!holds) return "The checks haven't run yet.";
    return at.step.readOnly === true
      ? 'Nothing is missing here: the script only looks, and every check holds.'
      : 'Nothing is missing here: every check holds on this machine as it is.';
  }
  const holding = results.filter((each) => each?.status === 'pass' || each?.status === 'witnessed');
  const far =
    holding.length === 0
      ? 'No check holds yet.'
      : `${holding.length} of ${counted(results.length, 'check')} hold by now.`;
  // Once a check has failed on the page, what was found and what to do about it is there already.
  if (isUnderway(model)) {
    const others = results.length - holding.length - 1;
    const cause = others > 0 ? ' It may be the cause of what fails below it.' : '';
    return `${far} Begin with the first that fails: ${trouble.says}.${cause}`;
  }
  const first = results.findIndex((each) => each?.status === 'fail' || each?.status === 'blocked');
  const which = first > 0 ? ` Check ${first + 1} is left.` : '';
  return `${far}${which} Found: ${trouble.found}. ${trouble.advice}`.trimEnd();
}

/** Cuts a long script, so that the page stays in view; the page has all of it. */
function cut({ size, theme }: TourViewModel, lines: readonly Line[]): Line[] {
  const room = Math.max(3, Math.floor(size.rows / 4));
  if (theme.spoken || lines.length <= room) return [...lines];
  const more = counted(lines.length - room + 1, 'more line');
  return [
    ...lines.slice(0, room - 1),
    [span(`   ${theme.symbols.ellipsis} ${more}, on the page above`, 'dim')],
  ];
}
