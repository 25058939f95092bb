import { isSolutionHidden } from '../../engine/task.ts';
import { unknownWords } from '../../engine/text.ts';
import { stepStatus } from '../../engine/update.ts';
import type { Section } from '../document.ts';
import { type Line, marked, type Span, span } from '../line.ts';
import { listWidth, readable } from '../measure.ts';
import { lessonPicture } from '../picture.ts';
import { prose } from '../prose.ts';
import { scriptLines } from '../script-lines.ts';
import { firstFailure } from '../step-status.ts';
import { wrap } from '../wrap.ts';
import { goalSections } from './goal.ts';
import { isAboutMachine, isFirst, isTightest, type StepPage } from './step-page.ts';

/** The step's purpose and script; on a lesson's first page, also its introduction. */
export function purpose(page: StepPage): Section[] {
  const { state, context, theme, width } = page;
  const { lesson, step } = state.at;
  const opening: Section[] = [
    { lines: prose(lesson.intro, state.facts, theme, width) },
    {
      lines:
        page.pictured || isTightest(page) ? [] : lessonPicture(lesson, state.facts, theme, width),
    },
  ];
  return [
    { lines: driftLines(page) },
    ...(isFirst(page) ? opening : []),
    { lines: isFirst(page) ? wrap([span(step.title, 'title')], width) : [], stop: true },
    {
      lines: prose(step.why, state.facts, theme, width),
      joins: 2,
    },
    ...(step.goal === undefined
      ? [
          {
            lines: scriptLines(context.scriptOf(state.at), theme, width, context.highlight),
            stop: true,
            joins: 3,
          },
        ]
      : goalSections(page)),
    { lines: isTightest(page) ? [] : givenLines(page), joins: 1 },
  ];
}

/** Says that the step held before. This comes first, because it's why the tour opened here. */
function driftLines({ state, theme, width }: StepPage): Line[] {
  const fresh = state.phase === 'ready' || state.phase === 'observing';
  if (!fresh || stepStatus(state, state.at) !== 'drifted') return [];
  const trouble = firstFailure(state, state.at);
  if (trouble === undefined) return [];
  const told = `You did this step, and something has changed since. No longer true: ${trouble.says}. Found: `;
  const words = wrap([span(told), span(trouble.found, 'live')], readable(width, theme) - 4);
  return marked(span(theme.symbols.warn, 'warn'), words);
}

/**
 * The values that the script gets as variables, as a sentence: an assignment would look like a part of the
 * script. Those that never change are told in lesson 0.
 */
export function givenLines({ state, width, context }: StepPage): Line[] {
  const constants: Value[] = isAboutMachine(state.at)
    ? [
        ['WORKDIR', span(context.workdir)],
        ['CTR_NAMESPACE', span(context.namespace)],
      ]
    : [];
  const values = (state.at.step.uses ?? []).flatMap((fact): Value[] => {
    const { id, variable, prefix = '' } = fact;
    if (variable === undefined || variable === 'WORKDIR' || variable === 'CTR_NAMESPACE') return [];
    const value = state.facts.get(id);
    const known =
      value === undefined ? span(unknownWords(fact), 'dim') : span(`${prefix}${value}`, 'live');
    return [[variable, known]];
  });
  const all = [...constants, ...values];
  if (all.length === 0) return [];
  const where = isSolutionHidden(state) ? 'your shell' : 'the script';
  const told = all.flatMap(([variable, value], at) => {
    const between = at === 0 ? ' ' : at === all.length - 1 ? ' and ' : ', ';
    return [span(`${between}$${variable} is `, 'dim'), value];
  });
  return wrap([span(`In ${where}`, 'dim'), ...told], Math.min(width, listWidth));
}

/** The name of a variable, and its value. */
type Value = readonly [variable: string, value: Span];
