import type { CheckResult } from '../../engine/check.ts';
import { keyOf } from '../../engine/lesson.ts';
import { notYetKnown } from '../../engine/text.ts';
import { type Phase, standingOf } from '../../engine/transition.ts';
import { beside, type Document, type Range, type Section, stack } from '../document.ts';
import { indented, type Line, line, span, spread, widthOf } from '../line.ts';
import type { NowOpen } from '../now.ts';
import {
  checkLines,
  codeLines,
  codeSummary,
  excerpt,
  fits,
  duration,
  listWidth,
  marked,
} from '../parts.ts';
import { pictureLines } from '../picture.ts';
import { paragraphs, prose, proseWidth, readable, sentence, spelled } from '../prose.ts';
import { firstTrouble, numberOf } from '../standing.ts';
import { wrap } from '../wrap.ts';

/** From this width on, what happens stands beside what it is for. */
const twoColumns = 140;
const gap = 4;

/** What a step's page is built from. */
interface Step extends NowOpen {
  readonly width: number;
  /** Lines of the window it will be seen through. */
  readonly height: number;
}

/** What is known of each check, in order. */
function resultsOf({ state }: NowOpen): readonly (CheckResult | undefined)[] {
  return state.results.get(keyOf(state.at)) ?? state.at.step.checks.map(() => undefined);
}

/** Whether the step's own doing is on the page, or what it is going to do. */
function isUnderway({ state, view }: NowOpen): boolean {
  const { phase, ended, problem } = state;
  if (phase === 'running' || phase === 'checking') return true;
  return (phase === 'passed' || phase === 'failed') && (view.acted || !!ended || !!problem);
}

export function stepDocument(now: NowOpen, width: number, height: number): Document {
  if (now.theme.spoken) return spokenDocument({ ...now, width, height });
  if (width < twoColumns) {
    const step = { ...now, width, height };
    // What was empty at the beginning of the lesson is filled in at its end.
    const filled = now.state.phase === 'passed' && isLast(step) && !isFirst(step);
    const picture = filled ? lessonPicture(step) : [];
    return stack([...purpose(step), ...happening(step), { lines: picture }]);
  }
  const narrow = { ...now, width: proseWidth, height };
  const picture = isFirst(narrow) ? [] : lessonPicture(narrow);
  const left = stack([...purpose(narrow), { lines: picture }]);
  const right = { ...now, ...columnFor(width), height };
  return beside(left, stack(happening(right)), proseWidth, gap);
}

/** How wide what happens may be. */
function columnFor(width: number): { readonly width: number } {
  return { width: width < twoColumns ? width : Math.min(listWidth, width - proseWidth - gap) };
}

/** For a screen reader only what is new: the step before it runs, the outcome after. */
function spokenDocument(step: Step): Document {
  if (step.state.phase === 'running') {
    return stack([{ lines: [line('Running. Escape cancels it.')] }]);
  }
  if (step.state.phase === 'checking') return stack([{ lines: [line('Checking.')] }]);
  if (step.state.phase === 'looking') return stack([]);
  return stack(isUnderway(step) ? happening(step) : [...purpose(step), ...happening(step)]);
}

/** What the step is for, and its script. */
function purpose(step: Step): Section[] {
  const { state, theme, width } = step;
  const { lesson, step: it } = state.at;
  const opening: Section[] = isFirst(step)
    ? [{ lines: prose(lesson.intro, state.facts, theme, width) }, { lines: lessonPicture(step) }]
    : [];
  return [
    { lines: remarkLines(step) },
    { lines: driftLines(step) },
    ...opening,
    { lines: wrap([span(it.title, 'title')], width), stop: true },
    { lines: prose(it.why, state.facts, theme, width) },
    { lines: codeLines(step.setting.scriptOf(state.at), theme, width), stop: true },
    { lines: givenLines(step) },
  ];
}

/** Before: the question, what to expect, the checks to come. After: what came of it. */
function happening(step: Step): Section[] {
  const { state, theme, width } = step;
  const { step: it } = state.at;
  if (!isUnderway(step)) {
    return [
      { lines: questionLines(step), stop: true },
      { lines: state.phase === 'passed' ? [] : prose(it.expect, state.facts, theme, width) },
      checkSection(step),
      ...(state.phase === 'passed' ? lessons(step) : []),
    ];
  }
  return [
    { lines: ranLines(step), start: true, stop: true },
    { lines: problemLines(step) },
    state.problem === undefined ? checkSection(step) : { lines: [] },
    ...(state.phase === 'passed' ? lessons(step) : []),
    { lines: state.phase === 'failed' ? wayOutLines(step) : [] },
  ];
}

/** What to take away from a step that passed. */
function lessons(step: Step): Section[] {
  const { state, theme, width } = step;
  const { step: it } = state.at;
  return [
    { lines: verdictLines(step) },
    { lines: prose(it.notice, state.facts, theme, width), stop: true },
    { lines: fieldNoteLines(step), stop: true },
  ];
}

function isFirst({ state }: Step): boolean {
  const { lesson, step } = state.at;
  return lesson.steps[0] === step;
}

function isLast({ state }: Step): boolean {
  const { lesson, step } = state.at;
  return lesson.steps.at(-1) === step;
}

function lessonPicture({ state, theme, width }: Step): Line[] {
  const { picture } = state.at.lesson;
  if (picture === undefined) return [];
  return indented(pictureLines(picture, state.facts, theme, width), theme.spoken ? 0 : 2);
}

function remarkLines({ view, theme, width }: Step): Line[] {
  if (view.remark === undefined) return [];
  return marked(span(theme.symbols.here, 'warn'), sentence(view.remark, theme, width - 4));
}

/** It held when its page was left. Said first, because it is why the tour opened here. */
function driftLines({ state, theme, width }: Step): Line[] {
  const fresh = state.phase === 'ready' || state.phase === 'looking';
  if (!fresh || standingOf(state, state.at) !== 'drifted') return [];
  const trouble = firstTrouble(state, state.at);
  if (trouble === undefined) return [];
  const told = `This step was done, and something changed since. No longer true: ${trouble.says}. Found: `;
  const words = wrap([span(told), span(trouble.found, 'live')], readable(width, theme) - 4);
  return marked(span(theme.symbols.warn, 'warn'), words);
}

/** The values that travel to the script as variables; those that never change stand in the frame. */
function givenLines({ state, theme, width }: Step): Line[] {
  const spans = (state.at.step.uses ?? []).flatMap(({ id, variable }) => {
    const value = state.facts.get(id);
    const known = value === undefined ? span(notYetKnown, 'dim') : span(value, 'live');
    return variable === undefined || constants.has(variable)
      ? []
      : [span(`  ${variable}=`, 'dim'), known];
  });
  return indented(wrap(spans, Math.min(width, listWidth) - 3), theme.spoken ? 0 : 3);
}

const constants = new Set(['WORKDIR', 'CTR_NAMESPACE']);

function questionLines({ state, theme, width }: Step): Line[] {
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

function checkSection(step: Step): Section {
  const { state, theme, width } = step;
  const results = resultsOf(step);
  const looking = state.phase === 'checking';
  const room = Math.min(width, listWidth);
  const lines: Line[] = [];
  let focus: Range | undefined;
  for (const [index, check] of state.at.step.checks.entries()) {
    const result = results[index];
    const shown = isStale(state.phase, result) ? undefined : result;
    const own = checkLines(check, shown, looking, theme, room);
    if (focus === undefined && shown?.status === 'fail') {
      focus = { from: lines.length, to: lines.length + own.length };
    }
    lines.push(...own);
  }
  return { lines, stop: true, focus };
}

/** While the script runs everything may change; before it ran, a check that fails is no failure. */
function isStale(phase: Phase, result: CheckResult | undefined): boolean {
  if (phase === 'running') return true;
  return (phase === 'ready' || phase === 'looking') && result?.status === 'fail';
}

/** The script in a line, how it went, and what it printed. */
function ranLines(step: Step): Line[] {
  const { state, theme, width } = step;
  const room = Math.min(width, listWidth);
  const ran = state.ended !== undefined || state.phase === 'running';
  if (!ran) return state.problem === undefined ? [line(span('Checked as it is now:', 'dim'))] : [];
  const more = state.phase === 'running' ? 'tail' : 'ends';
  return [
    theme.spoken
      ? [...codeSummary(script, theme, width), span(', '), ...went]
      : spread(codeSummary(script, theme, room - widthOf(went) - 2), went, room),
    ...excerpt(state.output, outputRoom(step), more, theme, width),
  ];
}

/** Output that nearly fits is shown whole, if all is well; else it leaves room for the checks. */
function outputRoom(step: Step): number {
  const { state, theme, width, height } = step;
  if (theme.spoken) return height;
  const whole = height - 3;
  const well = state.phase === 'passed' || state.phase === 'checking';
  if (well && fits(state.output, whole, theme, width)) return whole;
  return Math.max(Math.min(6, whole), height - 2 - checkSection(step).lines.length);
}

/** Whether some of the output is only to be seen on its own page. */
export function isCut(now: NowOpen, width: number, height: number): boolean {
  if (!isUnderway(now)) return false;
  const step = { ...now, ...columnFor(width), height };
  return !fits(now.state.output, outputRoom(step), now.theme, step.width);
}

function wentLine({ state, running }: Step): Line {
  const { ended } = state;
  if (ended === undefined)
    return [span(running < 1000 ? 'running' : `running, ${Math.floor(running / 1000)} s`, 'dim')];
  const took = duration(ended.milliseconds);
  if (ended.cancelled) return [span(`cancelled after ${took}`, 'warn')];
  return [span(`exit ${ended.code}`, ended.code === 0 ? 'dim' : 'warn'), span(`, ${took}`, 'dim')];
}

function problemLines({ state, theme, width }: Step): Line[] {
  if (state.problem === undefined) return [];
  const { message, hint } = state.problem;
  const lines = [
    ...message.split('\n').flatMap((text) => sentence(text, theme, width - 4)),
    ...(hint === undefined ? [] : sentence(hint, theme, width - 4)),
  ];
  return marked(span(theme.symbols.warn, 'warn'), lines);
}

function wayOutLines({ state, theme, width }: Step): Line[] {
  if (state.problem !== undefined) return [];
  const told =
    'Nothing is lost. Run it again, or mend it in a shell of your own (`s`): it is checked when you come back.';
  return sentence(told, theme, width);
}

function verdictLines({ state, theme, width }: Step): Line[] {
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

function fieldNoteLines({ state, theme, width }: Step): Line[] {
  const { fieldNote } = state.at.step;
  if (fieldNote === undefined) return [];
  return [
    ...wrap([span('Field note. ', 'warn'), span(fieldNote.title, 'title')], width),
    ...indented(prose(fieldNote.text, state.facts, theme, width - 2), theme.spoken ? 0 : 2),
  ];
}

/** The hint of a step, pinned above the key line wherever the page is. */
export function hintLines({ state, theme }: NowOpen, width: number): Line[] {
  const spans = paragraphs(state.at.step.hint, state.facts, theme).flat();
  return marked(span('Hint.', 'warn'), wrap(spans, readable(width, theme) - 6));
}

/** The title line: which lesson, and how far along in it. */
export function stepTitle({ state, theme }: NowOpen): { left: Line; right: Line } {
  const { lesson, step } = state.at;
  const number = lesson.steps.indexOf(step) + 1;
  const total = lesson.steps.length;
  const done = number - (state.phase === 'passed' ? 0 : 1);
  const { full, empty } = theme.symbols;
  return {
    left: [span(`${numberOf(lesson)}  ${lesson.title}`, 'dim')],
    right: [
      span(`step ${number} of ${total}  `, 'dim'),
      span(full.repeat(done), 'pass'),
      span(empty.repeat(total - done), 'dim'),
    ],
  };
}
