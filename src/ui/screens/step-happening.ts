import type { CheckResult } from '../../engine/check.ts';
import { keyOf, type Place } from '../../engine/lesson.ts';
import { lastWords } from '../../engine/output.ts';
import { isSolutionHidden } from '../../engine/task.ts';
import { key } from '../../engine/text.ts';
import { endedWithError, type State } from '../../engine/update.ts';
import { clock } from '../../text/words.ts';
import { checkLines } from '../check-lines.ts';
import type { Section } from '../document.ts';
import { indented, type Line, line, marked, span } from '../line.ts';
import { listWidth, readable } from '../measure.ts';
import { predictionRecap, verdictLines } from '../predictions.ts';
import { prose, sentence } from '../prose.ts';
import { questionLines } from '../question-lines.ts';
import { firstFailure } from '../step-status.ts';
import { wrap } from '../wrap.ts';
import { labInvitation } from './lab-invitation.ts';
import { quizInvitation } from './quiz.ts';
import { checkSection } from './step-checks.ts';
import { printedLines, ranLines } from './step-output.ts';
import { areChecksPinned, isUnderway, type StepPage } from './step-page.ts';

/** The last step of a lesson that looks back over the tour. */
function endsRecap({ lesson, step }: Place): boolean {
  return lesson.recap === true && lesson.steps.at(-1) === step;
}

/** Before the run: the question, what to expect, the checks to come. After it: the result. */
export function happening(page: StepPage): Section[] {
  const { state, theme, width } = page;
  const passed = state.phase === 'passed';
  const toRun = !(passed || isSolutionHidden(state));
  if (!isUnderway(page)) {
    return [
      { lines: asked(page), stop: true, joins: 2 },
      { lines: toRun ? prose(state.at.step.expect, state.facts, theme, width) : [], joins: 1 },
      { lines: passed ? printedLines(page) : [] },
      // The checks to come don't keep anyone from running the script.
      ...(areChecksPinned(page)
        ? []
        : [{ ...checkSection(page), optional: state.phase === 'ready', wanted: true, joins: 1 }]),
      ...(passed ? learned(page) : asItWas(page)),
    ];
  }
  return [
    { lines: ranLines(page), start: true, stop: true },
    { lines: problemLines(page) },
    state.error === undefined ? { ...checkSection(page), joins: 1 } : { lines: [] },
    { lines: passed ? scriptErrorLines(page) : [] },
    ...(passed ? learned(page) : []),
    { lines: state.phase === 'failed' ? wayOutLines(page) : [] },
    // It's still open if nothing was run.
    { lines: isAsked(state) ? asked(page) : [], stop: true },
  ];
}

/** A step that passed once and doesn't hold now, as it was when it passed. */
function asItWas(page: StepPage): Section[] {
  const { state, theme, width } = page;
  const { at } = state;
  const record = state.records.get(keyOf(at));
  const gone = firstFailure(state, at) !== undefined && state.phase === 'ready';
  if (record === undefined || !gone) return [];
  const results = at.step.checks.map(({ id }): CheckResult | undefined => {
    const evidence = record.evidence[id];
    return evidence === undefined ? undefined : { status: 'pass', evidence };
  });
  const lines = at.step.checks.flatMap((check, index) =>
    checkLines(check, results[index], false, theme, Math.min(width, listWidth)),
  );
  return [
    { lines: [line(span(`When it passed, at ${clock(record.at)}:`, 'title'))], stop: true },
    { lines: printedLines(page) },
    { lines },
    { lines: verdictLines(state, at, theme, readable(width, theme)) },
  ];
}

/** What to notice after a step has passed. */
function learned(page: StepPage): Section[] {
  const { state, theme, width } = page;
  return [
    { lines: verdictLines(state, state.at, theme, readable(width, theme)), joins: 2 },
    { lines: prose(state.at.step.notice, state.facts, theme, width), stop: true, joins: 3 },
    { lines: fieldNoteLines(page), stop: true },
    { lines: quizInvitation(page, width), stop: true },
    { lines: labInvitation(page, width), optional: true },
    ...(endsRecap(state.at)
      ? predictionRecap(state, theme, width).map((each) => ({ ...each, optional: true }))
      : []),
  ];
}

/** Whether the learner can still say what will happen: not after the script has run. */
export function isAsked({ phase, ended, error }: State): boolean {
  return phase === 'ready' || (phase === 'failed' && ended === undefined && error === undefined);
}

function asked({ state, theme, width, tightness = 0 }: StepPage): Line[] {
  const { predict } = state.at.step;
  if (predict === undefined || state.phase === 'passed') return [];
  const chosen = state.answers.get(keyOf(state.at))?.choice;
  return questionLines(predict, chosen, theme, width, tightness > 0);
}

function problemLines({ state, theme, width }: StepPage): Line[] {
  if (state.error === undefined) return [];
  const { message, hint = '' } = state.error;
  const texts = `${message}\n${hint}`.split('\n').filter((text) => text !== '');
  const lines = texts.flatMap((text) => sentence(text, theme, width - 4));
  return marked(span(theme.symbols.warn, 'warn'), lines);
}

/** All checks of a step hold, and its script ended with an error: a later step may need what it left out. */
function scriptErrorLines({ state, theme, width }: StepPage): Line[] {
  const { ended, output } = state;
  if (!endedWithError(ended)) return [];
  const told = `The checks hold, though the script ended with an error (exit ${ended.code}). Read what it printed before you go on.`;
  const words = lastWords(output);
  return marked(span(theme.symbols.warn, 'warn'), [
    ...sentence(told, theme, width - 4),
    ...(words === undefined ? [] : wrap([span(words, 'warn')], width - 4)),
  ]);
}

function wayOutLines({ state, theme, width }: StepPage): Line[] {
  if (state.error !== undefined) return [];
  if (isSolutionHidden(state)) {
    const open = `Not there yet, and nothing is lost. Go on in a shell of your own (\`${key('shell')}\`), or take a hint (\`${key('hint')}\`).`;
    return sentence(open, theme, width);
  }
  const told = `Nothing is lost. Run it again, or mend it in a shell of your own (\`${key('shell')}\`): the tour checks it when you come back.`;
  return sentence(told, theme, width);
}

function fieldNoteLines({ state, theme, width }: StepPage): Line[] {
  const { fieldNote } = state.at.step;
  if (fieldNote === undefined) return [];
  return [
    ...wrap([span('Field note. ', 'dim'), span(fieldNote.title, 'title')], width),
    ...indented(prose(fieldNote.text, state.facts, theme, width - 2), theme.spoken ? 0 : 2),
  ];
}
