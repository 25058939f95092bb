import type { CheckResult } from '../../engine/check.ts';
import type { Diagnosis } from '../../engine/diagnosis.ts';
import { key } from '../../engine/text.ts';
import { standingOf } from '../../engine/transition.ts';
import { counted } from '../../text/words.ts';
import { type Line, type Span, span } from '../line.ts';
import { readable } from '../measure.ts';
import type { NowOpen } from '../now.ts';
import { prose, sentence } from '../prose.ts';
import { scriptLines } from '../script-lines.ts';
import { firstTrouble } from '../standing.ts';
import type { Rung } from '../view.ts';
import { resultsOf } from './step-page.ts';

/** The levels of a hint, in order: what was observed, where to look, the command. */
const rungs = 3;

/** The current level of hint, which stays in view while the page scrolls. */
export function hintLines(now: NowOpen, width: number): Line[] {
  const { view, theme } = now;
  if (view.hint === 0) return [];
  const room = readable(width, theme);
  const head = `Hint ${view.hint} of ${rungs}. `;
  return rungLines(now, view.hint, head, room);
}

function rungLines(now: NowOpen, rung: Exclude<Rung, 0>, head: string, width: number): Line[] {
  const { theme, state } = now;
  const diagnosis = diagnosisIn(resultsOf(now));
  switch (rung) {
    case 1:
      return headed(head, sentence(`${head}${observed(now, diagnosis)}`, theme, width));
    case 2: {
      if (diagnosis?.where === undefined) {
        return headed(head, prose([head, ...state.at.step.hint], state.facts, theme, width));
      }
      const told = sentence(`${head}This command shows it, and changes nothing:`, theme, width);
      return [...headed(head, told), ...scriptLines(diagnosis.where, theme, width)];
    }
    case 3: {
      const command = diagnosis?.command ?? now.setting.scriptOf(state.at);
      const how =
        diagnosis?.command === undefined
          ? `The command. \`${key('run')}\` runs it; typed in a shell of your own (\`${key('shell')}\`) it counts just the same:`
          : `The command that mends it, for a shell of your own (\`${key('shell')}\`):`;
      const lines = scriptLines(command, theme, width);
      return [...headed(head, sentence(`${head}${how}`, theme, width)), ...cut(now, lines)];
    }
  }
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
function observed(now: NowOpen, diagnosis: Diagnosis | undefined): string {
  const { state } = now;
  const { at, problem } = state;
  if (problem !== undefined) return `Nothing was run: ${problem.message}`;
  if (diagnosis !== undefined) return `${diagnosis.observed}. ${diagnosis.remedy}`;
  const trouble = firstTrouble(state, at);
  const results = resultsOf(now);
  if (trouble === undefined) {
    const holds = standingOf(state, at) === 'holds' || results.every((each) => each !== undefined);
    if (!holds) return "The checks haven't run yet.";
    return at.step.looksOnly === true
      ? 'Nothing is missing here: the script only looks, and every check holds.'
      : 'Nothing is missing here: every check holds on this machine as it is.';
  }
  const holding = results.filter((each) => each?.status === 'pass' || each?.status === 'witnessed');
  const far =
    holding.length === 0
      ? 'No check holds yet. The first is'
      : `${holding.length} of ${counted(results.length, 'check')} hold by now. This one does not`;
  return `${far}: ${trouble.says}. Found: ${trouble.found}`;
}

/** Cuts a long script, so that the page stays in view; the page has all of it. */
function cut({ size, theme }: NowOpen, lines: readonly Line[]): Line[] {
  const room = Math.max(3, Math.floor(size.rows / 4));
  if (theme.spoken || lines.length <= room) return [...lines];
  const more = counted(lines.length - room + 1, 'more line');
  return [
    ...lines.slice(0, room - 1),
    [span(`   ${theme.symbols.ellipsis} ${more}, on the page above`, 'dim')],
  ];
}
