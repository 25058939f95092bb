import { keyOf } from '../../engine/lesson.ts';
import type { Section } from '../document.ts';
import { indented, type Line, marked, span } from '../line.ts';
import { readable } from '../measure.ts';
import { prose, sentence, spelled } from '../prose.ts';
import { wrap } from '../wrap.ts';
import { checkSection } from './step-checks.ts';
import { ranLines } from './step-output.ts';
import { isUnderway, type StepPage } from './step-page.ts';

/** Before: the question, what to expect, the checks to come. After: what came of it. */
export function happening(page: StepPage): Section[] {
  const { state, theme, width } = page;
  const passed = state.phase === 'passed';
  if (!isUnderway(page)) {
    return [
      { lines: questionLines(page), stop: true },
      { lines: passed ? [] : prose(state.at.step.expect, state.facts, theme, width) },
      checkSection(page),
      ...(passed ? learned(page) : []),
    ];
  }
  return [
    { lines: ranLines(page), start: true, stop: true },
    { lines: problemLines(page) },
    state.problem === undefined ? checkSection(page) : { lines: [] },
    ...(passed ? learned(page) : []),
    { lines: state.phase === 'failed' ? wayOutLines(page) : [] },
  ];
}

/** What to take away from a step that passed. */
function learned(page: StepPage): Section[] {
  const { state, theme, width } = page;
  return [
    { lines: verdictLines(page) },
    { lines: prose(state.at.step.notice, state.facts, theme, width), stop: true },
    { lines: fieldNoteLines(page), stop: true },
  ];
}

function questionLines({ state, theme, width }: StepPage): Line[] {
  const { predict } = state.at.step;
  if (predict === undefined || state.phase === 'passed') return [];
  const chosen = state.answers.get(keyOf(state.at))?.choice;
  const question = wrap([span(predict.question, 'title')], readable(width, theme) - 2);
  const choices = predict.choices.flatMap((choice, index) => {
    const mine = index === chosen;
    const sign = mine ? theme.symbols.here : ' '.repeat(theme.symbols.here.length);
    const role = mine ? 'title' : 'text';
    const words = wrap([span(choice, role)], readable(width, theme) - 7);
    return marked(span(`  ${sign} ${index + 1}`, mine ? 'main' : 'dim'), words);
  });
  return [...marked(span(theme.symbols.ask, 'main'), question), ...choices];
}

function problemLines({ state, theme, width }: StepPage): Line[] {
  if (state.problem === undefined) return [];
  const { message, hint = '' } = state.problem;
  const texts = `${message}\n${hint}`.split('\n').filter((text) => text !== '');
  const lines = texts.flatMap((text) => sentence(text, theme, width - 4));
  return marked(span(theme.symbols.warn, 'warn'), lines);
}

function wayOutLines({ state, theme, width }: StepPage): Line[] {
  if (state.problem !== undefined) return [];
  const told =
    'Nothing is lost. Run it again, or mend it in a shell of your own (`s`): it is checked when you come back.';
  return sentence(told, theme, width);
}

function verdictLines({ state, theme, width }: StepPage): Line[] {
  const { predict } = state.at.step;
  const answer = state.answers.get(keyOf(state.at));
  if (predict === undefined || answer?.said === undefined || answer.right === undefined) return [];
  const said = spelled(answer.said, theme);
  const [yours, right] = [predict.choices[answer.choice], predict.choices[answer.right]];
  const verdict =
    answer.choice === answer.right
      ? `You said: ${yours}. So says this machine: `
      : `You said: ${yours}. This machine says: ${right}. `;
  return wrap([span(verdict), span(said, 'live')], readable(width, theme));
}

function fieldNoteLines({ state, theme, width }: StepPage): Line[] {
  const { fieldNote } = state.at.step;
  if (fieldNote === undefined) return [];
  return [
    ...wrap([span('Field note. ', 'dim'), span(fieldNote.title, 'title')], width),
    ...indented(prose(fieldNote.text, state.facts, theme, width - 2), theme.spoken ? 0 : 2),
  ];
}
